import Foundation
import NIOCore
import NIOPosix
import Testing
import Wire

@testable import Transport

@Suite struct CallTests {
    let service = ScriptedService()

    /// I14.
    @Test func everyReplyIsForTheRequestThatAsked() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let client = place.client()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<2_000 {
                group.addTask {
                    let payload = Ask.echo.payload(index)
                    let reply = try await client.call(payload, deadline: .seconds(20))
                    #expect(reply == payload)
                }
            }
            try await group.waitForAll()
        }
        await client.close()
        await server.stop()
        #expect(server.connections == 0)
    }

    @Test func callsOfOneTurnAreOneBatch() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let client = WireClient(
            to: place.address, on: loop, identity: PeerIdentity(role: .ingress, name: "c", pid: 2),
            logger: place.logger)
        try await client.connect(deadline: .seconds(20))
        let answers = Signal<Int>()
        loop.execute {
            for index in 0..<100 {
                client.submit(Ask.echo.payload(index), deadline: .seconds(20)) { result in
                    answers.give((try? result.get()).map { number($0) } ?? -1)
                }
            }
        }
        #expect(try await service.batches.next() == 100)
        for index in 0..<100 { #expect(try await answers.next() == index) }
        await client.close()
        await server.stop()
    }

    @Test func aCallWithoutReplyEndsAtItsDeadlineAndIsCancelled() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let client = place.client()
        // A call that is given while connected is sent, however short its deadline.
        try await client.connect(deadline: .seconds(20))
        let code = await faultCode { () async throws(WireFault) in
            try await client.call(Ask.hold.payload(), deadline: .milliseconds(300))
        }
        #expect(code == .deadlineExceeded)
        let (connection, id) = try await service.held.next()
        #expect(try await service.cancelled.next() == id)
        connection.post { $0.reply(id, [1]) }
        #expect(try await client.call(Ask.echo.payload(9), deadline: .seconds(20)) == Ask.echo.payload(9))
        await client.close()
        await server.stop()
    }

    /// The look at the long one's deadline is far away.
    @Test func aShortDeadlineIsKeptWhileALongOneRuns() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let client = place.client()
        let long = Task {
            await faultCode { () async throws(WireFault) in
                try await client.call(Ask.hold.payload(), deadline: .seconds(600))
            }
        }
        _ = try await service.held.next()
        let code = await faultCode { () async throws(WireFault) in
            try await client.call(Ask.hold.payload(), deadline: .milliseconds(50))
        }
        #expect(code == .deadlineExceeded)
        long.cancel()
        #expect(await long.value == .cancelled)
        await client.close()
        await server.stop()
    }

    @Test func aCancelledTaskCancelsItsCall() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let client = place.client()
        let task = Task {
            await faultCode { () async throws(WireFault) in
                try await client.call(Ask.hold.payload(), deadline: .seconds(60))
            }
        }
        let (_, id) = try await service.held.next()
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(try await service.cancelled.next() == id)
        await client.close()
        await server.stop()
    }

    @Test func aTaskThatIsCancelledBeforeItCallsEndsToo() async throws {
        let place = try Place()
        let client = place.client()
        let start = Signal<Void>()
        let task = Task {
            try? await start.next()
            return await faultCode { () async throws(WireFault) in
                try await client.call(Ask.hold.payload(), deadline: .seconds(60))
            }
        }
        task.cancel()
        start.give(())
        #expect(await task.value == .cancelled)
        await client.close()
    }

    @Test func aConnectionThatDiesFailsAllThatItCarried() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let client = place.client()
        let tasks = (0..<50).map { _ in
            Task {
                await faultCode { () async throws(WireFault) in
                    try await client.call(Ask.hold.payload(), deadline: .seconds(60))
                }
            }
        }
        for _ in tasks { _ = try await service.held.next() }
        #expect(
            await faultCode { () async throws(WireFault) in
                try await client.call(Ask.hangUp.payload(), deadline: .seconds(60))
            } == .disconnected)
        for task in tasks { #expect(await task.value == .disconnected) }
        #expect(try await client.call(Ask.echo.payload(1), deadline: .seconds(20)) == Ask.echo.payload(1))
        await client.close()
        await server.stop()
    }

    @Test func aClientComesBackToARestartedServer() async throws {
        let place = try Place()
        let states = Signal<Bool>()
        let client = place.client { if case .connected = $0 { states.give(true) } else { states.give(false) } }
        async let early = client.call(Ask.echo.payload(1), deadline: .seconds(20))
        let first = try await place.server(service)
        #expect(try await early == Ask.echo.payload(1))
        await first.stop()
        // What it sends before it knows is lost with the connection.
        for expected in [true, false] { #expect(try await states.next() == expected) }
        let second = try await place.server(service)
        #expect(try await client.call(Ask.echo.payload(2), deadline: .seconds(20)) == Ask.echo.payload(2))
        #expect(try await states.next() == true)
        await client.close()
        await second.stop()
    }

    @Test func aServerThatStopsLeavesThePathToWhoeverTookIt() async throws {
        let place = try Place()
        let first = try await place.server(service)
        let second = try await place.server(service)
        await first.stop()
        let client = place.client()
        #expect(try await client.call(Ask.echo.payload(1), deadline: .seconds(20)) == Ask.echo.payload(1))
        await client.close()
        await second.stop()
        #expect(!FileManager.default.fileExists(atPath: place.socket))
    }

    @Test func withoutAServerACallWaitsForItsDeadline() async throws {
        let place = try Place()
        let client = place.client()
        #expect(
            await faultCode { () async throws(WireFault) in
                try await client.call(Ask.echo.payload(), deadline: .milliseconds(50))
            } == .deadlineExceeded)
        #expect(
            await faultCode { () async throws(WireFault) in try await client.connect(deadline: .milliseconds(50)) }
                == .disconnected)
        await client.close()
    }

    @Test func ifTheSettingsSaySoACallWithoutServerFailsAtOnce() async throws {
        let place = try Place()
        var settings = WireClientSettings()
        settings.unconnected = .fail
        let client = place.client(settings)
        for _ in 0..<3 {
            #expect(
                await faultCode { () async throws(WireFault) in
                    try await client.call(Ask.echo.payload(), deadline: .seconds(3_600))
                } == .disconnected)
        }
        await client.close()
    }

    @Test func tooManyCallsInFlightAreOverload() async throws {
        let place = try Place()
        var settings = FrameServerSettings()
        settings.callsInFlight = 1
        let server = try await place.server(service, settings)
        var bounds = WireClientSettings()
        bounds.callsInFlight = 2
        let client = place.client(bounds)
        let hold = Task {
            await faultCode { () async throws(WireFault) in
                try await client.call(Ask.hold.payload(), deadline: .seconds(60))
            }
        }
        let (connection, id) = try await service.held.next()
        #expect(
            await faultCode { () async throws(WireFault) in
                try await client.call(Ask.echo.payload(), deadline: .seconds(60))
            } == .overloaded)
        connection.post { $0.reply(id, [1]) }
        #expect(await hold.value == nil)
        let other = Task {
            await faultCode { () async throws(WireFault) in
                try await client.call(Ask.hold.payload(), deadline: .seconds(60))
            }
        }
        let (_, second) = try await service.held.next()
        let answers = Signal<WireFault.Code?>()
        for _ in 0..<2 {
            client.submit(Ask.echo.payload(), deadline: .seconds(60)) { result in
                if case .failure(let fault) = result { answers.give(fault.code) } else { answers.give(nil) }
            }
        }
        // One is refused by the client, the other by the server.
        #expect(try await answers.next() == .overloaded)
        #expect(try await answers.next() == .overloaded)
        connection.post { $0.reply(second, [1]) }
        #expect(await other.value == nil)
        await client.close()
        await server.stop()
    }

    @Test func whatIsLongerThanAFrameIsRefusedByWhoeverWouldSendIt() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let client = place.client()
        let longest = FrameLimits().payload
        #expect(
            await faultCode { () async throws(WireFault) in
                try await client.call([UInt8](repeating: 1, count: longest + 1), deadline: .seconds(60))
            } == .badRequest)
        #expect(
            await faultCode { () async throws(WireFault) in
                try await client.call(Ask.big.payload(longest + 1), deadline: .seconds(60))
            } == .internalFault)
        #expect(try await client.call([UInt8](repeating: 1, count: longest), deadline: .seconds(20)).count == longest)
        #expect(try await client.call(Ask.big.payload(longest), deadline: .seconds(20)).count == longest)
        await client.close()
        await server.stop()
    }

    @Test func aGracefulStopAnswersWhatIsInFlight() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let client = place.client()
        let task = Task { try await client.call(Ask.hold.payload(), deadline: .seconds(60)) }
        let (connection, id) = try await service.held.next()
        async let stopped: Void = server.stop()
        connection.post { $0.reply(id, [42]) }
        #expect(try await task.value == [42])
        await stopped
        #expect(server.connections == 0)
        #expect(!FileManager.default.fileExists(atPath: place.socket))
        await client.close()
    }

    @Test func aClosedClientTakesNothing() async throws {
        let place = try Place()
        let client = place.client()
        await client.close()
        await client.close()
        #expect(
            await faultCode { () async throws(WireFault) in
                try await client.call(Ask.echo.payload(), deadline: .seconds(60))
            } == .stopping)
        #expect(
            await faultCode { () async throws(WireFault) in try await client.stream(Ask.items.payload(1)).next() }
                == .stopping)
    }

    @Test func tcpWorksAsWell() async throws {
        let place = try Place()
        let identity = PeerIdentity(role: .router, name: "router-1", pid: 1)
        let server = try await FrameServer.start(
            at: .tcp(host: "127.0.0.1", port: 0), on: MultiThreadedEventLoopGroup.singleton, identity: identity,
            service: service, logger: place.logger)
        let client = WireClient(
            to: server.address, on: MultiThreadedEventLoopGroup.singleton.next(), identity: identity,
            logger: place.logger)
        #expect(try await client.call(Ask.echo.payload(5), deadline: .seconds(20)) == Ask.echo.payload(5))
        await client.close()
        await server.stop()
    }
}
