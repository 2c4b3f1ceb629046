import NIOCore
import Testing
import Wire

@testable import Transport

@Suite struct StreamTests {
    let service = ScriptedService()
    /// Bytes that one item of the service costs.
    static let cost = 1_000 + Frame.headBytes

    @Test func itemsComeInOrderAndEnd() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let client = place.client()
        var expected = 0
        for try await item in client.stream(Ask.items.payload(500), credit: 10 * Self.cost) {
            #expect(number(item) == expected)
            expected += 1
        }
        #expect(expected == 500)
        await client.close()
        await server.stop()
    }

    @Test func theServerSendsNoMoreThanTheCredit() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let client = place.client()
        let stream = client.stream(Ask.items.payload(30), credit: 10 * Self.cost)
        #expect(try await service.paused.next() == 10)
        for index in 0..<5 { #expect(try await number(stream.next() ?? []) == index) }
        #expect(try await service.paused.next() == 15)
        for index in 5..<30 { #expect(try await number(stream.next() ?? []) == index) }
        #expect(try await stream.next() == nil)
        #expect(try await stream.next() == nil)
        await client.close()
        await server.stop()
    }

    @Test func lettingGoOfAStreamCancelsIt() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let client = place.client()
        for try await item in client.stream(Ask.items.payload(1_000), credit: 1) {
            #expect(number(item) == 0)
            break
        }
        _ = try await service.cancelled.next()
        await client.close()
        await server.stop()
    }

    @Test func aCancelledReaderEndsAndTheServerIsTold() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let client = place.client()
        let stream = client.stream(Ask.items.payload(1_000), credit: 1)
        #expect(try await number(stream.next() ?? []) == 0)
        let reader = Task {
            var last: WireFault.Code?
            do throws(WireFault) {
                while try await stream.next() != nil {}
            } catch {
                last = error.code
            }
            return last
        }
        reader.cancel()
        #expect(await reader.value == .cancelled)
        _ = try await service.cancelled.next()
        await client.close()
        await server.stop()
    }

    @Test func aStreamEndsWithItsConnection() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let client = place.client()
        let stream = client.stream(Ask.items.payload(1_000), credit: 1)
        #expect(try await number(stream.next() ?? []) == 0)
        let connection = try await service.joined.next()
        connection.post { $0.close() }
        var last: WireFault.Code?
        do throws(WireFault) {
            while try await stream.next() != nil {}
        } catch {
            last = error.code
        }
        #expect(last == .disconnected)
        await client.close()
        await server.stop()
    }

    @Test func aStoppingServerEndsItsStreams() async throws {
        let place = try Place()
        let server = try await place.server(service)
        let client = place.client()
        let stream = client.stream(Ask.items.payload(1_000), credit: 1)
        #expect(try await number(stream.next() ?? []) == 0)
        await server.stop()
        var last: WireFault.Code?
        do throws(WireFault) {
            while try await stream.next() != nil {}
        } catch {
            last = error.code
        }
        #expect(last == .stopping)
        await client.close()
    }

    @Test func tooManyStreamsAreOverload() async throws {
        let place = try Place()
        var settings = FrameServerSettings()
        settings.streams = 1
        let server = try await place.server(service, settings)
        let client = place.client()
        let first = client.stream(Ask.items.payload(1_000), credit: 1)
        #expect(try await number(first.next() ?? []) == 0)
        let second = client.stream(Ask.items.payload(1), credit: 1)
        #expect(await faultCode { () async throws(WireFault) in try await second.next() } == .overloaded)
        first.cancel()
        await client.close()
        await server.stop()
    }
}
