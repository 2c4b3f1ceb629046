// One connection over a channel without a socket. What passes on is kept by the stage behind, which the test answers.

import Domain
import Foundation
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Synchronization
import Testing
import Wire

@testable import IngressService

/// Desks that answer when the test says so.
final class PatientDesks: Desks {
    private let pending = Mutex<[@Sendable (Result<Answer, DeskError>) -> Void]>([])

    func submit(_ command: ShopCommand, completion: @escaping @Sendable (Result<Answer, DeskError>) -> Void) {
        pending.withLock { $0.append(completion) }
    }

    func query(_ query: ShopQuery) async throws(DeskError) -> View { throw .refused(.unknownShop) }
    func watch(_ watch: WatchShop, deliver: @escaping @Sendable (ShopItem) async throws -> Void) async throws {}

    var count: Int { pending.withLock { $0.count } }

    func answerNext() {
        pending.withLock { $0.removeFirst() }(.success(Answer(sequence: 1)))
    }
}

/// What passed the connection, in order, and whether it was told that a read is complete.
final class Behind: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    var seen: [String] = []
    var complete = true
    private let answers: Bool

    /// `answers`: by itself, with 204.
    init(answers: Bool = false) { self.answers = answers }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        complete = false
        switch unwrapInboundIn(data) {
        case .head(let head): seen.append("\(head.method) \(head.uri)")
        case .body(let buffer): seen.append(String(buffer: buffer))
        case .end:
            seen.append("end")
            guard answers else { return }
            // Never within the read, as behind a task.
            context.eventLoop.assumeIsolated().execute { [self] in
                guard context.channel.isActive else { return }
                context.write(
                    wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .noContent))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { complete = true }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { seen.append("half-closed") }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { seen.append("error") }
}

/// Counts what the channel is asked to read.
final class Reads: ChannelOutboundHandler {
    typealias OutboundIn = Any
    var count = 0

    func read(context: ChannelHandlerContext) {
        count += 1
        context.read()
    }
}

struct ConnectionBench {
    /// Whether the connection has `PlainConnection` in front of the parser.
    enum Way: CaseIterable {
        case plain
        case parsed
    }

    let bench: EdgeBench
    let channel: EmbeddedChannel
    let behind = Behind()
    let reads = Reads()
    let token: String

    init(_ way: Way, _ desks: (any Desks)? = nil, settings: IngressSettings = .init()) async throws {
        let bench = try await EdgeBench(settings: settings)
        let token = try await bench.token(.merchant, shop: "s1")
        #expect(await bench.edge.tokens.principal(of: token) != nil)
        self.bench = bench
        self.token = token
        channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(reads)
        try Self.add(way, to: channel, edge: bench.edge, desks: desks ?? bench.desks, behind: behind)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    /// The handlers of a connection; on its loop.
    static func add(
        _ way: Way, to channel: any Channel, edge: Edge, desks: any Desks, behind: Behind
    ) throws {
        let line = AskLine(to: desks, on: channel.eventLoop, settings: edge.settings) { channel.eventLoop.execute($0) }
        let install = { (front: PlainConnection?) throws in
            let pipeline = channel.pipeline.syncOperations
            let encoder = HTTPResponseEncoder()
            try pipeline.addHandler(encoder)
            try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
            try pipeline.addHandler(
                EdgeConnection(
                    edge: edge, line: line, behindEncoder: pipeline.context(handler: encoder), idle: .seconds(75),
                    front: front))
            try pipeline.addHandler(behind)
        }
        switch way {
        case .parsed: try install(nil)
        case .plain:
            try channel.pipeline.syncOperations.addHandler(
                PlainConnection(edge: edge, line: line, pen: PlainPen(), idle: .seconds(75), install: install))
        }
    }

    func message(_ id: String, fields: String = "", text: String = "Hello") -> String {
        let body = "{\"id\":\"\(id)\",\"text\":\"\(text)\"}"
        return head("Content-Length: \(body.utf8.count)\r\n" + fields) + body
    }

    func head(_ fields: String, path: String = "/v1/shops/s1/buyers/b1/messages") -> String {
        "POST \(path) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n\(fields)\r\n"
    }

    func give(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

    /// What went out since.
    func out() throws -> String {
        var text = ""
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
        return text
    }

    /// The status lines of what went out since.
    func statuses() throws -> [Int] {
        try out().split(separator: "HTTP/1.1 ").compactMap { Int($0.prefix(3)) }
    }

    /// Answers a request that passed on.
    func respond(_ status: HTTPResponseStatus) throws {
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: ["content-length": "0"])
        try channel.writeOutbound(HTTPServerResponsePart.head(head))
        try channel.writeOutbound(HTTPServerResponsePart.end(nil))
    }
}
