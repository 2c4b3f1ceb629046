// A keep-alive HTTP/1.1 connection to one server, opened when it is first used and again after it broke. Used by the
// player; retries are its callers' affair, because only they know whether a request may be sent twice.

import NIOCore
import NIOHTTP1
import NIOPosix

public struct HTTPConnectionSettings: Sendable {
    /// Until the connection is there, in seconds. Default 5.
    public var connectSeconds: Int64 = 5
    /// Until the whole answer is there, in seconds. Default 30.
    public var answerSeconds: Int64 = 30
    /// Largest body of an answer, in bytes. Default 64 MiB.
    public var replyLimit = 64 << 20

    public init() {}
}

public actor HTTPConnection {
    private let host: String
    private let port: Int
    private let settings: HTTPConnectionSettings
    private var channel: (any Channel)?

    public init(host: String, port: Int, settings: HTTPConnectionSettings = .init()) {
        self.host = host
        self.port = port
        self.settings = settings
    }

    /// Sends one request and waits for its answer. `Host` and `Content-Length` are added. One request at a time: a
    /// second one before the first is answered fails. Throws `HTTPConnectionFault`; the next request connects anew.
    public func send(
        _ method: String, _ path: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) async throws(HTTPConnectionFault) -> HTTPReply {
        do {
            let channel = try await connected()
            var fields = HTTPHeaders([("Host", "\(host.contains(":") ? "[\(host)]" : host):\(port)")])
            fields.add(contentsOf: headers.map { ($0.name, $0.value) })
            if let body { fields.replaceOrAdd(name: "Content-Length", value: "\(body.count)") }
            let promise = channel.eventLoop.makePromise(of: HTTPReply.self)
            let exchange = HTTPExchange(
                head: HTTPRequestHead(
                    version: .http1_1, method: HTTPMethod(rawValue: method), uri: path, headers: fields),
                body: body.map { ByteBuffer(bytes: $0) }, reply: promise)
            channel.writeAndFlush(exchange).cascadeFailure(to: promise)
            return try await promise.futureResult.get()
        } catch let fault as HTTPConnectionFault {
            throw fault
        } catch {
            throw HTTPConnectionFault("\(error)")
        }
    }

    public func close() async {
        let open = channel
        channel = nil
        try? await open?.close()
    }

    private func connected() async throws -> any Channel {
        if let channel, channel.isActive { return channel }
        let settings = settings
        let made = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(settings.connectSeconds))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(
                        HTTPExchangeHandler(
                            replyLimit: settings.replyLimit, deadline: .seconds(settings.answerSeconds)))
                }
            }
            .connect(host: host, port: port).get()
        channel = made
        return made
    }
}
