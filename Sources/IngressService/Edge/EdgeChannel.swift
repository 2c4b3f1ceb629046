import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// The connections of the server: Hummingbird's, with `EdgeConnection` between its decoder and the rest.
struct EdgeChannel: ServerChildChannel {
    private let http: HTTP1Channel
    private let edge: Edge
    private let desks: @Sendable (any EventLoop) -> any Desks

    /// `desks` are those for the requests of a loop's connections.
    init(
        responder: @escaping HTTPChannelHandler.Responder, edge: Edge,
        desks: @escaping @Sendable (any EventLoop) -> any Desks
    ) {
        http = HTTP1Channel(responder: responder)
        self.edge = edge
        self.desks = desks
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let encoder = try pipeline.context(handlerType: HTTPResponseEncoder.self)
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let connection = EdgeConnection(
                edge: edge, desks: desks(channel.eventLoop), behindEncoder: encoder,
                idle: .seconds(Int64(edge.settings.idleSeconds)))
            try pipeline.addHandler(connection, position: .after(decoder))
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }
}
