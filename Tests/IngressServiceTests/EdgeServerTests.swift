// The whole server on a socket: Hummingbird with `EdgeConnection` in its pipeline.

import Domain
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Runtime
import ServiceLifecycle
import Synchronization
import Testing

@testable import IngressService

private final class Flag: Sendable {
    let value = Mutex(false)
}

struct EdgeServerTests {
    /// The first message passes on, because its token was not seen before; the third request does, because it asks no
    /// desk; the others are answered on the way.
    @Test func oneConnectionIsServedBothWaysAndEndsWithTheProcess() async throws {
        let bench = try await EdgeBench()
        let token = try await bench.token(.merchant, shop: "s1")
        let (server, group, port) = try await serve(bench, IngressSettings())
        let client = try await connect(port)
        try await client.executeThenClose { inbound, outbound in
            let requests =
                message("m1", token) + message("m2", token) + "GET /version HTTP/1.1\r\nHost: x\r\n\r\n"
                + message("m3", token)
            try await outbound.write(ByteBuffer(string: requests))
            var chunks = inbound.makeAsyncIterator()
            var text = ""
            while text.split(separator: "HTTP/1.1 ").count < 4 || depth(text) != 0 || !text.hasSuffix("}") {
                text += String(buffer: try #require(await chunks.next()))
            }
            #expect(text.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == ["201", "201", "200", "201"])
            await group.triggerGracefulShutdown()
            #expect(try await chunks.next() == nil)
        }
        try await server.value
        let given = bench.desks.commands.map { command -> String? in
            if case .receiveMessage(let message) = command.command { message.message.rawValue } else { nil }
        }
        #expect(given == ["m1", "m2", "m3"])
        #expect(bench.edge.inHand == 0)
    }

    /// Who is one too many is accepted when another has gone, and nobody is lost.
    @Test func connectionsBeyondTheBoundWait() async throws {
        let bench = try await EdgeBench()
        var settings = IngressSettings()
        settings.connections = 1
        let (server, group, port) = try await serve(bench, settings)
        let health = ByteBuffer(string: "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        let first = try await connect(port)
        let isGone = Flag()
        try await first.executeThenClose { inbound, outbound in
            var chunks = inbound.makeAsyncIterator()
            try await outbound.write(health)
            #expect(String(buffer: try #require(await chunks.next())).hasPrefix("HTTP/1.1 200"))
            let second = try await connect(port)
            try await second.executeThenClose { others, toSecond in
                try await toSecond.write(health)
                let answered = Task {
                    var answers = others.makeAsyncIterator()
                    let answer = try await answers.next()
                    return (answer.map { String(buffer: $0) }, isGone.value.withLock { $0 })
                }
                for _ in 0..<50 {
                    try await outbound.write(health)
                    #expect(String(buffer: try #require(await chunks.next())).hasPrefix("HTTP/1.1 200"))
                }
                isGone.value.withLock { $0 = true }
                try await first.channel.close()
                let (answer, afterwards) = try await answered.value
                #expect(answer?.hasPrefix("HTTP/1.1 200") == true)
                #expect(afterwards)
            }
        }
        await group.triggerGracefulShutdown()
        try await server.value
    }

    /// The server as the process runs it, on a free port.
    private func serve(
        _ bench: EdgeBench, _ settings: IngressSettings
    ) async throws -> (server: Task<Void, any Error>, group: ServiceGroup, port: Int) {
        var plan = IngressPlan(
            name: "i", data: "", host: "127.0.0.1", port: 0, supervisor: "supervisor.sock", manualClock: false)
        plan.settings = settings
        let logger = Logger(label: "test")
        let ports = AsyncStream.makeStream(of: Int.self)
        let ticks = LoopTicks()
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1, metricsDelegate: ticks)
        let app = Application(
            responder: bench.edge,
            server: HTTPServerBuilder { responder in
                EdgeChannel(responder: responder, edge: bench.edge, ticks: ticks) { _ in bench.desks }
            },
            configuration: Ingress.configuration(plan, logger),
            onServerRunning: { ports.continuation.yield($0.localAddress?.port ?? 0) },
            eventLoopGroupProvider: .shared(loops), logger: logger)
        let group = ServiceGroup(configuration: .init(services: [.init(service: app)], logger: logger))
        let server = Task {
            try await group.run()
            try await loops.shutdownGracefully()
        }
        var iterator = ports.stream.makeAsyncIterator()
        return (server, group, try #require(await iterator.next()))
    }

    private func connect(_ port: Int) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
    }

    private func depth(_ text: String) -> Int {
        text.utf8.reduce(0) { $0 + ($1 == UInt8(ascii: "{") ? 1 : $1 == UInt8(ascii: "}") ? -1 : 0) }
    }

    private func message(_ id: String, _ token: String) -> String {
        let body = "{\"id\":\"\(id)\",\"text\":\"Hello\"}"
        return """
            POST /v1/shops/s1/buyers/b1/messages HTTP/1.1\r
            Host: x\r
            Authorization: Bearer \(token)\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """
    }
}
