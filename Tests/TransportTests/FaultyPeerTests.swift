// Peers that misbehave end their own connection and nothing else (I10), and slow nobody (I11).

import Foundation
import NIOCore
import Testing
import Wire

@testable import Transport

@Suite struct FaultyPeerTests {
    let service = ScriptedService()

    /// The bare socket is cut off while another client is served before and after.
    func expectCut(_ frames: [Frame], then bytes: [UInt8] = [], _ settings: FrameServerSettings = .init()) async throws
    {
        let place = try Place()
        let server = try await place.server(service, settings)
        let client = place.client()
        #expect(try await client.call(Ask.echo.payload(1), deadline: .seconds(20)) == Ask.echo.payload(1))
        let bare = try place.bare(frames)
        bare.say(bytes)
        _ = await bare.readToEnd()
        #expect(try await client.call(Ask.echo.payload(2), deadline: .seconds(20)) == Ask.echo.payload(2))
        #expect(server.connections == 1)
        await client.close()
        await server.stop()
    }

    @Test func garbageBeforeTheHello() async throws {
        try await expectCut([], then: Array("GET / HTTP/1.1\r\n\r\n".utf8))
    }

    @Test func anOversizedFrame() async throws { try await expectCut([Place.hello], then: [0xff, 0xff, 0xff, 0x7f]) }
    @Test func aFrameThatIsTooShort() async throws { try await expectCut([Place.hello], then: [1, 0, 0, 0, 4]) }
    @Test func anUnknownKind() async throws { try await expectCut([Place.hello], then: [13, 0, 0, 0, 99]) }
    @Test func aReplyFromAClient() async throws { try await expectCut([Place.hello, Frame(.reply, id: 1)]) }
    @Test func aSecondHello() async throws { try await expectCut([Place.hello, Place.hello]) }
    @Test func aRequestBeforeTheHello() async throws { try await expectCut([Frame(.request, id: 1)]) }

    @Test func aStreamOpenedTwice() async throws {
        let open = Frame(.open, id: 5, argument: 1, payload: Ask.items.payload(1_000)[...])
        try await expectCut([Place.hello, open, open])
    }

    @Test func nothingAtAllWithinTheHandshakeLimit() async throws {
        var settings = FrameServerSettings()
        settings.handshake = .milliseconds(30)
        try await expectCut([], settings)
    }

    @Test func anotherVersionIsToldWhy() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let identity = PeerIdentity(role: .ingress, name: "future", pid: 3)
        let bare = try place.bare([ClientHandshake(identity: identity, versions: 90...99).hello])
        var decoder = FrameDecoder()
        let said = try decoder.feed(await bare.readToEnd())
        #expect(said.map(\.kind) == [.reject])
        await server.stop()
    }

    @Test func creditForAStreamThatIsGoneIsIgnored() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let bare = try place.bare([
            Place.hello, Frame(.credit, id: 77, argument: 5), Frame(.cancel, id: 78), Frame(.ping), Frame(.goodbye),
            Frame(.request, id: 1, payload: Ask.echo.payload()[...]),
        ])
        #expect(try await bare.read(frames: 3).map(\.kind) == [.welcome, .pong, .reply])
        #expect(try await service.cancelled.next() == 78)
        await server.stop()
    }

    /// I11: too many bytes behind.
    @Test func aReaderThatFallsTooFarBehindIsCutOff() async throws {
        let place = try Place()
        var settings = FrameServerSettings()
        settings.outbound = 2 << 20
        settings.pauseReadingAt = 4 << 20
        let server = try await place.server(service, settings)
        let client = place.client(name: "fast")
        let big = (0..<10).map { Frame(.request, id: UInt64($0), payload: Ask.big.payload(900_000)[...]) }
        let bare = try place.bare([Place.hello] + big)
        #expect(try await service.left.next() == "bare")
        #expect(try await client.call(Ask.echo.payload(2), deadline: .seconds(20)) == Ask.echo.payload(2))
        _ = await bare.readToEnd()
        await client.close()
        await server.stop()
    }

    /// I11: nothing taken for too long.
    @Test func aReaderThatTakesNothingIsCutOff() async throws {
        let place = try Place()
        var settings = FrameServerSettings()
        settings.stall = .milliseconds(50)
        let server = try await place.server(service, settings)
        let big = (0..<4).map { Frame(.request, id: UInt64($0), payload: Ask.big.payload(900_000)[...]) }
        let bare = try place.bare([Place.hello] + big)
        #expect(try await service.left.next() == "bare")
        _ = await bare.readToEnd()
        await server.stop()
    }

    @Test func aServerStopsReadingFromWhoDoesNotReadAndGoesOnLater() async throws {
        let place = try Place()
        var settings = FrameServerSettings()
        settings.pauseReadingAt = 100_000
        let server = try await place.server(service, settings)
        let bare = try place.bare([Place.hello])
        // Each read holds a few requests: what they ask for is far beyond the outbound bound.
        Thread.detachNewThread {
            for index in 0..<2_000 {
                bare.say(Frame(.request, id: UInt64(index), payload: Ask.big.payload(20_000)[...]).encoded())
            }
            bare.say(Frame(.request, id: 9_999, payload: Ask.hangUp.payload()[...]).encoded())
        }
        var decoder = FrameDecoder()
        let replies = try decoder.feed(await bare.readToEnd()).filter { $0.kind == .reply }
        #expect(replies.count > 1_000)
        #expect(replies.map(\.id) == (0..<UInt64(replies.count)).map { $0 })
        await server.stop()
    }

    @Test func aConnectionThatIsLeftUnreadWaitsInItsSocketAndIsReadLater() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let bare = try place.bare([Place.hello])
        let connection = try await service.joined.next()
        await withCheckedContinuation { done in
            connection.post {
                $0.isLeftUnread = true
                done.resume()
            }
        }
        // The socket takes no more when nobody reads it; a read that was under way took a part.
        let request = Frame(.request, id: 0, payload: ([Ask.echo.rawValue] + [UInt8](repeating: 7, count: 9_999))[...])
        let one = request.encoded()
        var sent = 0
        var takes = pollfd(fd: bare.handle, events: Int16(POLLOUT), revents: 0)
        while sent < 64 << 20, poll(&takes, 1, 300) > 0 {
            let count = one[(sent % one.count)...].withUnsafeBytes {
                send(bare.handle, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count > 0 { sent += count }
        }
        #expect(sent < 4 << 20)
        let whole = sent / one.count
        #expect(whole > 1)
        connection.post { $0.isLeftUnread = false }
        let replies = try await bare.read(frames: whole + 1).filter { $0.kind == .reply }
        #expect(replies.count >= whole)
        await server.stop()
    }
}
