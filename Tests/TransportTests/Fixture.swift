// A server with a scripted service, a client of it, and a bare socket that can misbehave; each test has its own folder.

import Foundation
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing
import Wire

@testable import Transport

/// Values that one side awaits and the other gives, in order.
final class Signal<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let source: AsyncStream<Value>.Continuation

    init() { (stream, source) = AsyncStream.makeStream(of: Value.self) }
    func give(_ value: Value) { source.yield(value) }
    func next() async throws -> Value {
        for await value in stream { return value }
        throw CancellationError()
    }
}

enum Ask: UInt8 {
    /// The same payload again.
    case echo = 1
    /// No answer until the test gives one.
    case hold = 2
    /// Four bytes of length: so many bytes.
    case big = 3
    /// The connection is closed.
    case hangUp = 4
    /// Four bytes of a count: so many items, each its number in four bytes and 1,000 bytes.
    case items = 5

    func payload(_ number: Int = 0) -> [UInt8] {
        [rawValue] + (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }
}

func number(_ payload: some Collection<UInt8>) -> Int {
    payload.dropFirst().prefix(4).enumerated().reduce(0) { $0 | Int($1.element) << ($1.offset * 8) }
}

final class ScriptedService: FrameService {
    struct Pump {
        var next = 0
        var count: Int
    }

    let joined = Signal<ServerConnection>()
    let left = Signal<String>()
    let batches = Signal<Int>()
    let held = Signal<(ServerConnection, UInt64)>()
    let cancelled = Signal<UInt64>()
    /// Items sent so far, each time that the credit is used up.
    let paused = Signal<Int>()
    private let pumps = Mutex<[UInt64: Pump]>([:])

    func connected(_ connection: ServerConnection) { joined.give(connection) }
    func disconnected(_ connection: ServerConnection) { left.give(connection.peer.name) }

    func received(_ batch: [Frame], on connection: ServerConnection) {
        batches.give(batch.count)
        for frame in batch {
            switch frame.kind {
            case .request: answer(frame, connection)
            case .open:
                pumps.withLock { $0[frame.id] = Pump(count: number(frame.payload)) }
                pump(frame.id, connection)
            case .credit: pump(frame.id, connection)
            case .cancel: cancelled.give(frame.id)
            default: Issue.record("\(frame.kind) reached the service")
            }
        }
    }

    private func answer(_ frame: Frame, _ connection: ServerConnection) {
        switch frame.payload.first.flatMap(Ask.init) {
        case .echo: connection.reply(frame.id, Array(frame.payload))
        case .hold: held.give((connection, frame.id))
        case .big: connection.reply(frame.id, [UInt8](repeating: 7, count: number(frame.payload)))
        case .hangUp: connection.close()
        case .items, nil: connection.fail(frame.id, WireFault(.badRequest, "not a call"))
        }
    }

    private func pump(_ id: UInt64, _ connection: ServerConnection) {
        pumps.withLock { pumps in
            guard var pump = pumps[id] else { return }
            while pump.next < pump.count {
                let item = Ask.items.payload(pump.next) + [UInt8](repeating: 0, count: 995)
                guard connection.item(id, item) else { break }
                pump.next += 1
            }
            pumps[id] = pump
            if pump.next == pump.count { connection.end(id) } else { paused.give(pump.next) }
        }
    }
}

struct Place: ~Copyable {
    let folder: String
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    var socket: String { folder + "/s.sock" }
    var address: WireAddress { .unix(path: socket) }

    init() throws {
        ignoreSIGPIPE()
        folder = "/tmp/fl-" + UUID().uuidString.prefix(13)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func server(_ service: ScriptedService, _ settings: FrameServerSettings = .init()) async throws -> FrameServer {
        try await FrameServer.start(
            at: address, on: MultiThreadedEventLoopGroup.singleton,
            identity: PeerIdentity(role: .router, name: "router-1", pid: 1), service: service, settings: settings,
            logger: logger)
    }

    func client(
        _ settings: WireClientSettings = .init(), name: String = "client",
        changed: (@Sendable (WireClient.ConnectionState) -> Void)? = nil
    ) -> WireClient {
        WireClient(
            to: address, on: MultiThreadedEventLoopGroup.singleton.next(),
            identity: PeerIdentity(role: .ingress, name: name, pid: 2), settings: settings, logger: logger,
            changed: changed)
    }

    /// A blocking socket that has said what is given.
    func bare(_ frames: [Frame]) throws -> BareSocket { try BareSocket(socket, frames) }
    static let hello = ClientHandshake(identity: PeerIdentity(role: .ingress, name: "bare", pid: 3)).hello
}

final class BareSocket: Sendable {
    let handle: Int32

    init(_ path: String, _ frames: [Frame]) throws {
        handle = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(handle, $0, size) }
        }
        guard result == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        for frame in frames { say(frame.encoded()) }
    }

    deinit { close(handle) }

    func say(_ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { send(handle, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// The first frames that come, or fewer if the other end closes before.
    func read(frames count: Int) async throws -> [Frame] {
        var decoder = FrameDecoder()
        return try decoder.feed(
            await read { bytes in
                var seen = FrameDecoder()
                return ((try? seen.feed(bytes)) ?? []).count >= count
            })
    }

    /// Everything until the other end closes.
    func readToEnd() async -> [UInt8] { await read { _ in false } }

    private func read(until enough: @escaping @Sendable ([UInt8]) -> Bool) async -> [UInt8] {
        await withCheckedContinuation { done in
            Thread.detachNewThread { [self] in
                var all: [UInt8] = []
                var piece = [UInt8](repeating: 0, count: 65_536)
                while !enough(all) {
                    let count = recv(handle, &piece, piece.count, 0)
                    if count <= 0 { break }
                    all += piece[..<count]
                }
                done.resume(returning: all)
            }
        }
    }
}

extension WireFault.Code: CustomTestStringConvertible {
    public var testDescription: String { rawValue }
}

/// The code of the fault that `body` ends with; nil if it ends without.
func faultCode<T>(_ body: () async throws(WireFault) -> T) async -> WireFault.Code? {
    do throws(WireFault) {
        _ = try await body()
        return nil
    } catch {
        return error.code
    }
}
