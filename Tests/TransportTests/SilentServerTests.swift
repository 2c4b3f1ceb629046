import NIOCore
import NIOPosix
import Testing
import Wire

@testable import Transport

/// Says what it is told to on each connection, and nothing more.
private final class Mute: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    let words: [UInt8]
    init(_ frames: [Frame]) { words = frames.flatMap { $0.encoded() } }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: words)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}

@Suite struct SilentServerTests {
    func welcome() throws -> Frame {
        let identity = PeerIdentity(role: .router, name: "mute", pid: 1)
        guard case .welcome(let frame, _, _) = ServerHandshake(identity: identity).receive(Place.hello) else {
            throw CancellationError()
        }
        return frame
    }

    /// How the client's first connection ends when the server says these frames.
    func ending(_ frames: [Frame], _ settings: WireClientSettings) async throws -> String {
        let place = try Place()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Mute(frames))
                }
            }
            .bind(unixDomainSocketPath: place.socket).get()
        let ends = Signal<String>()
        let client = place.client(settings) { if case .disconnected(let reason) = $0 { ends.give(reason) } }
        let call = Task {
            await faultCode { () async throws(WireFault) in
                try await client.call(Ask.echo.payload(), deadline: .seconds(60))
            }
        }
        let reason = try await ends.next()
        try await listener.close().get()
        await client.close()
        #expect(await call.value == .disconnected)
        return reason
    }

    @Test func aServerThatFallsSilentIsGivenUp() async throws {
        var settings = WireClientSettings()
        settings.ping = .milliseconds(30)
        #expect(try await ending([welcome()], settings) == "silent")
    }

    @Test func aServerThatBreaksTheRulesIsGivenUp() async throws {
        let faulty = [Frame(.request, id: 1), Frame(.hello), Frame(.credit, id: 1, argument: 4)]
        for frame in faulty {
            #expect(try await ending([welcome(), frame], .init()) == "a frame out of place")
        }
    }
}
