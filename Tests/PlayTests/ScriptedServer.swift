import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

@testable import ClusterKit

/// An HTTP server on a free port that answers its requests in turn from a script, and remembers them.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        case reply(Int, String)
        /// Closes the connection without an answer.
        case hangUp
        /// Answers, then closes.
        case last(Int, String)
    }

    struct Request: Sendable, Equatable {
        var line: String
        var key: String?
        var authorization: String?
        var body: String
        /// Counts the connections from 0.
        var connection: Int
    }

    private let state: Mutex<(steps: [Step], requests: [Request], connections: Int)>
    private let channel: Mutex<(any Channel)?> = Mutex(nil)

    init(_ steps: [Step]) async throws {
        state = Mutex((steps, [], 0))
        let bound = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    let number = state.withLock { state in
                        state.connections += 1
                        return state.connections - 1
                    }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(server: self, connection: number))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        channel.withLock { $0 = bound }
    }

    var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }
    var requests: [Request] { state.withLock { $0.requests } }

    func close() async throws { try await channel.withLock { $0 }?.close() }

    fileprivate func next(_ request: Request) -> Step {
        state.withLock { state in
            state.requests.append(request)
            return state.steps.isEmpty ? .reply(500, #"{"title":"the script is over"}"#) : state.steps.removeFirst()
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let server: ScriptedServer
        private let connection: Int
        private var head: HTTPRequestHead?
        private var body = ""

        init(server: ScriptedServer, connection: Int) {
            self.server = server
            self.connection = connection
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = ""
            case .body(let part): body += String(buffer: part)
            case .end:
                guard let head else { return }
                let request = Request(
                    line: "\(head.method) \(head.uri)", key: head.headers.first(name: "Idempotency-Key"),
                    authorization: head.headers.first(name: "Authorization"), body: body, connection: connection)
                switch server.next(request) {
                case .hangUp: context.close(promise: nil)
                case .reply(let status, let text): answer(status, text, context)
                case .last(let status, let text):
                    answer(status, text, context)
                    context.close(promise: nil)
                }
            }
        }

        private func answer(_ status: Int, _ text: String, _ context: ChannelHandlerContext) {
            let headers = HTTPHeaders([("Content-Length", "\(text.utf8.count)")])
            context.write(
                wrapOutboundOut(
                    .head(
                        HTTPResponseHead(
                            version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers))),
                promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

/// Runs `body` with a server, and closes it.
@discardableResult
func withServer<Value>(
    _ steps: ScriptedServer.Step..., body: (ScriptedServer) async throws -> Value
) async throws -> Value {
    let server = try await ScriptedServer(steps)
    do {
        let value = try await body(server)
        try await server.close()
        return value
    } catch {
        try await server.close()
        throw error
    }
}
