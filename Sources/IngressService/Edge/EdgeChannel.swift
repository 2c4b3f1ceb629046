import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import Runtime
import Synchronization

/// The connections of the server: `PlainConnection`, and behind it, once it is needed, Hummingbird's, with
/// `EdgeConnection` between its decoder and the rest.
struct EdgeChannel: ServerChildChannel {
    /// A connection, and what Hummingbird has of it.
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        /// Nil when the connection ends before anything goes on.
        fileprivate let behind: EventLoopFuture<HTTP1Channel.Value?>
    }

    private let http: HTTP1Channel
    private let edge: Edge
    private let desks: @Sendable (any EventLoop) -> any Desks
    private let ticks: LoopTicks
    private let pens = OnLoops<PlainPen>()
    private let lines = OnLoops<AskLine>()

    /// `desks` are those for the requests of a loop's connections, `ticks` those of all loops.
    init(
        responder: @escaping HTTPChannelHandler.Responder, edge: Edge, ticks: LoopTicks,
        desks: @escaping @Sendable (any EventLoop) -> any Desks
    ) {
        http = HTTP1Channel(responder: responder)
        self.edge = edge
        self.ticks = ticks
        self.desks = desks
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let loop = channel.eventLoop
        return loop.makeCompletedFuture {
            let behind = loop.makePromise(of: HTTP1Channel.Value?.self)
            let idle = TimeAmount.seconds(Int64(edge.settings.idleSeconds))
            let line = lines.on(loop) {
                AskLine(to: desks(loop), on: loop, settings: edge.settings) { [ticks] work in
                    ticks.afterReading(on: loop, work)
                }
            }
            let connection = PlainConnection(
                edge: edge, line: line,
                pen: pens.on(loop) { PlainPen() }, idle: idle,
                install: { front in
                    // Everything of it is done at once, on this loop.
                    let set = http.setup(channel: channel, logger: logger)
                    let pipeline = channel.pipeline.syncOperations
                    let encoder = try pipeline.context(handlerType: HTTPResponseEncoder.self)
                    let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
                    let connection = EdgeConnection(
                        edge: edge, line: line, behindEncoder: encoder, idle: idle, front: front)
                    try pipeline.addHandler(connection, position: .after(decoder))
                    set.map { .some($0) }.cascade(to: behind)
                }, ended: { behind.succeed(nil) })
            try channel.pipeline.syncOperations.addHandler(connection)
            return Value(channel: channel, behind: behind.futureResult)
        }
    }

    func handle(value: Value, logger: Logger) async {
        let behind = await withTaskCancellationHandler {
            try? await value.behind.get()
        } onCancel: {
            value.channel.close(mode: .input, promise: nil)
        }
        if let behind { await http.handle(value: behind, logger: logger) }
    }
}

/// One for each event loop.
private final class OnLoops<Value>: Sendable {
    private let values = Mutex<[ObjectIdentifier: NIOLoopBound<Value>]>([:])

    /// On the loop.
    func on(_ loop: any EventLoop, _ make: () -> Value) -> Value {
        values.withLock { values in
            if let value = values[ObjectIdentifier(loop)] { return value }
            let value = NIOLoopBound(make(), eventLoop: loop)
            values[ObjectIdentifier(loop)] = value
            return value
        }.value
    }
}
