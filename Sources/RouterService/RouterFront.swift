// A router's socket: decodes all of a read, hands it to the shards as one batch, writes all replies at once. While more
// comes than can be served it hands over bytes, to stand in line.
// On the router's event loop; it holds no state but the connections'.

import NIOCore
import Runtime
import Transport
import Wire

final class RouterFront: FrameService {
    private let shards: ShardSet
    /// See `InboundLimits.untold`.
    private let untold: Int

    init(_ shards: ShardSet, untold: Int) {
        self.shards = shards
        self.untold = untold
    }

    func connected(_ connection: ServerConnection) {
        connection.attachment = ConnectionSink(connection, untold: untold)
    }

    func received(_ batch: [Frame], on connection: ServerConnection) {
        guard let sink = connection.attachment as? ConnectionSink else { return }
        shards.onLoop { shards in
            if shards.isCrowded(batch.count) {
                lineUp(batch, connection, sink, in: shards)
            } else {
                hand(batch, connection, sink, to: shards)
            }
        }
    }

    private func hand(
        _ batch: [Frame], _ connection: ServerConnection, _ sink: ConnectionSink, to shards: isolated ShardSet
    ) {
        var requests: [AskedRequest] = []
        requests.reserveCapacity(batch.count)
        func hand() {
            guard !requests.isEmpty else { return }
            let taken = requests
            requests.removeAll(keepingCapacity: true)
            shards.receive(taken)
        }
        for frame in batch {
            if let request = request(frame, connection) {
                requests.append(AskedRequest(request: request, to: ReplyTo(sink: sink, id: frame.id)))
            } else if frame.kind == .credit || frame.kind == .cancel {
                hand()
                tell(frame, sink, to: shards)
            }
        }
        hand()
    }

    private func lineUp(
        _ batch: [Frame], _ connection: ServerConnection, _ sink: ConnectionSink, in shards: isolated ShardSet
    ) {
        for frame in batch {
            let to = ReplyTo(sink: sink, id: frame.id)
            if frame.kind == .request, shards.line(up: frame.payload, to) { continue }
            if let request = request(frame, connection) {
                shards.line(up: AskedRequest(request: request, to: to))
            } else {
                tell(frame, sink, to: shards)
            }
        }
        shards.finish()
    }

    /// What the client asks for; nil of other frames, and of what cannot be read, which is refused.
    private func request(_ frame: Frame, _ connection: ServerConnection) -> RouterRequest? {
        guard frame.kind == .request || frame.kind == .open else { return nil }
        do {
            let request = try RouterRequest(decoding: frame.payload)
            if request.isStream == (frame.kind == .open) { return request }
            refuse(frame, connection, "a stream is opened, all else is requested")
        } catch {
            refuse(frame, connection, "\(error)")
        }
        return nil
    }

    /// What a client says of a stream that it reads.
    private func tell(_ frame: Frame, _ sink: ConnectionSink, to shards: isolated ShardSet) {
        let to = ReplyTo(sink: sink, id: frame.id)
        switch frame.kind {
        case .credit: shards.credited(to)
        case .cancel: shards.cancelled(to)
        default: break
        }
    }

    private func refuse(_ frame: Frame, _ connection: ServerConnection, _ reason: String) {
        let fault = WireFault(.badRequest, "cannot read the request: \(reason)")
        if frame.kind == .open { connection.end(frame.id, fault) } else { connection.fail(frame.id, fault) }
    }

    func disconnected(_ connection: ServerConnection) {
        guard let sink = connection.attachment as? ConnectionSink else { return }
        shards.onLoop { $0.gone(sink) }
    }
}

/// A connection as the runtime sees it; on the router's loop alone.
private final class ConnectionSink: ReplySink, @unchecked Sendable {
    private let connection: ServerConnection
    private var untold: RefusalsToTell

    init(_ connection: ServerConnection, untold most: Int) {
        self.connection = connection
        untold = RefusalsToTell(most: most)
    }

    func reply(_ id: UInt64, _ reply: RouterReply) { connection.reply(id, hand: reply) }
    func credit(for id: UInt64) -> Int? { connection.credit(for: id) }
    func item(_ id: UInt64, _ payload: [UInt8]) -> Bool { connection.item(id, payload) }
    func end(_ id: UInt64, _ fault: WireFault?) { connection.end(id, fault) }
    func flush() { connection.flush() }
    func overloaded(_ id: UInt64) { connection.reply(id, Self.overloaded) }

    func refusalsWait(_ change: Int) {
        untold.change(by: change)
        if connection.isLeftUnread != untold.leavesUnread { connection.isLeftUnread = untold.leavesUnread }
    }

    private static let overloaded = RouterReply.fault(ShardSet.overloaded).encoded()
}

extension RouterRequest {
    /// Answered by a stream of items.
    var isStream: Bool {
        switch self {
        case .followShard, .watchShop: true
        case .command, .query, .status: false
        }
    }
}
