// One reader's stream of a shop's events: from `Last-Event-ID` on, then live, while the shop may move between routers.
// Framing and filter: EventText and Audience; bounds: StreamMailbox.

import Domain
import Hummingbird
import NIOCore
import Logging
import Wire

struct ShopStream: Sendable {
    private let edge: Edge
    private let watch: WatchShop
    private let audience: Audience
    private let mailbox: StreamMailbox
    private let number: UInt64
    private let connection: (any Channel)?

    /// Takes a place among the streams. Throws a problem if there is none, or if the shop is not there.
    init(_ call: Call) async throws {
        guard let principal = call.principal, let audience = Audience(principal) else { throw Problem.noSuchThing }
        if call.edge.stopping { throw Problem.stopping }
        let shop = try call.shop()
        let after = try Self.after(call)
        if case .agent(let agent) = audience {
            _ = try await call.ask(.diagnosis(agent))
        } else {
            _ = try await call.ask(.shop)
        }
        let time = PoolTime.system
        let mailbox = StreamMailbox(limit: call.edge.settings.streamBacklogBytes, now: time.now)
        guard let number = call.edge.streams.enter(shop: shop.rawValue, mailbox) else {
            call.edge.metrics.shed(.read)
            throw Problem.tooManyStreams
        }
        edge = call.edge
        self.audience = audience
        self.mailbox = mailbox
        self.number = number
        connection = call.connection
        watch = WatchShop(shop: shop, after: after, agent: principal.role == .agent ? principal.agent : nil)
        connection?.closeFuture.whenComplete { _ in mailbox.finish() }
    }

    /// `Last-Event-ID`, else the parameter `after`.
    private static func after(_ call: Call) throws(Problem) -> UInt64? {
        if let text = call.headers[FieldName.lastEventID], !text.isEmpty {
            guard let number = UInt64(text) else { throw .parameter("Last-Event-ID", "is not a number of an event") }
            return number
        }
        if let text = call.parameter("after") {
            guard let number = UInt64(text) else { throw .parameter("after", "is not a number of an event") }
            return number
        }
        return nil
    }

    var reply: Reply {
        Reply(status: 200, contentType: "text/event-stream", content: .stream { try await run(&$0) })
    }

    private func run(_ writer: inout any ResponseBodyWriter) async throws {
        edge.metrics.streamOpened()
        defer {
            mailbox.finish()
            edge.streams.leave(number)
            edge.metrics.streamClosed()
        }
        _ = await mailbox.put(EventText.opening)
        let follower = Task { await follow() }
        let keeper = Task { await keepAlive() }
        defer {
            follower.cancel()
            keeper.cancel()
        }
        while let bytes = await mailbox.next() {
            try await writer.write(ByteBuffer(bytes: bytes))
        }
        try await writer.finish(nil)
    }

    /// Puts the shop's events into the mailbox until it ends.
    private func follow() async {
        let source = TextSource(EventText(audience: audience, after: watch.after))
        do {
            try await edge.desks.watch(watch) { item in
                let text = try await source.text(item)
                guard await mailbox.put(text) else { throw CancellationError() }
            }
        } catch {
            // The reader comes back with the last number that it saw.
        }
        mailbox.finish()
    }

    /// Heartbeats, and the end of a reader who takes nothing.
    private func keepAlive() async {
        let settings = edge.settings
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            if mailbox.age > .seconds(settings.streamBacklogSeconds) {
                edge.metrics.streamCut()
                mailbox.finish()
                connection?.close(promise: nil)
                return
            }
            mailbox.putIfSilent(EventText.heartbeat, for: .seconds(settings.heartbeatSeconds))
        }
    }
}

/// Items come one after the other; the actor holds the number that was sent last.
private actor TextSource {
    private var events: EventText

    init(_ events: EventText) {
        self.events = events
    }

    func text(_ item: ShopItem) throws -> [UInt8] { try events.text(item) }
}
