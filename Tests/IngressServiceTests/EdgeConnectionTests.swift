// Which requests a connection answers itself, how, and in which order.

import Domain
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import Testing
import Wire

@testable import IngressService

struct EdgeConnectionTests {
    @Test(arguments: ConnectionBench.Way.allCases) func aCommandIsAnsweredWithoutPassingOn(way: ConnectionBench.Way)
        async throws
    {
        let it = try await ConnectionBench(way)
        try it.give(it.message("m1"))
        let text = try it.out()
        #expect(text.hasPrefix("HTTP/1.1 201 Created\r\n"))
        #expect(text.contains("\r\n\r\n{"))
        #expect(it.behind.seen.isEmpty)
        #expect(it.bench.desks.commands.count == 1)
        #expect(it.bench.edge.inHand == 0)
        #expect(
            it.bench.edge.metrics.text(inHand: 0, held: 0, ready: true).contains(
                "route=\"/v1/shops/{shop}/buyers/{buyer}/messages\",method=\"POST\",status=\"201\"} 1"))
    }

    /// One piece of logic in two ways: fields, bodies and commands are the same.
    @Test(
        arguments: [
            (#"{"id":"m1","text":"Hello"}"#, "k1"), (#"{"text":"Hello"}"#, "k2"), (#"{"id":"m1"}"#, nil),
            (#"{"id":"m1","text":"a","text":"b"}"#, nil), (#"{"id":"m1","text":"Hello","other":1}"#, nil),
            (#"{"id":"m1","text":"H","at":"2025-12-01T00:00:00Z"}"#, nil), ("", nil), ("{", nil),
        ],
        ConnectionBench.Way.allCases)
    func bothWaysGiveTheSameCommandAndAnswer(of request: (String, String?), way: ConnectionBench.Way) async throws {
        let (body, key) = request
        let it = try await ConnectionBench(way)
        let field = key.map { "Idempotency-Key: \($0)\r\n" } ?? ""
        try it.give(it.head("X-Request-Id: r1\r\nContent-Length: \(body.utf8.count)\r\n\(field)") + body)
        let direct = try it.out()
        var headers: HTTPFields = [FieldName.requestID: "r1"]
        headers[FieldName.idempotencyKey] = key
        let other = try await it.bench.send(
            .post, "/v1/shops/s1/buyers/b1/messages", token: it.token, headers: headers, body: body)
        #expect(direct.hasPrefix("HTTP/1.1 \(other.status) "))
        #expect(direct.hasSuffix("\r\n\r\n" + other.text))
        for field in other.headers where field.name != .contentLength {
            #expect(direct.contains("\r\n\(field.name.rawName): \(field.value)\r\n"))
        }
        #expect(direct.contains("\r\nContent-Length: \(other.bytes.count)\r\n"))
        #expect(direct.contains(" GMT\r\n"))
        let commands = it.bench.desks.commands
        #expect(commands.count == (other.status == 201 ? 2 : 0))
        if let first = commands.first { #expect(commands.last == first) }
        #expect(it.behind.seen.isEmpty)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func refusalsOfTheDeskAreProblems(way: ConnectionBench.Way)
        async throws
    {
        let desks = FakeDesks(onCommand: { _ in .failure(.refused(.commandReused)) })
        let it = try await ConnectionBench(way, desks)
        try it.give(it.message("m1"))
        let text = try it.out()
        #expect(text.hasPrefix("HTTP/1.1 409 Conflict\r\n"))
        #expect(text.contains("Content-Type: application/problem+json\r\n"))
    }

    @Test(arguments: ConnectionBench.Way.allCases) func faultsOfTheClusterSayWhenToTryAgain(way: ConnectionBench.Way)
        async throws
    {
        let desks = FakeDesks(onCommand: { _ in .failure(.failed(WireFault(.notHolder, "moved"))) })
        let it = try await ConnectionBench(way, desks)
        try it.give(it.message("m1"))
        let text = try it.out()
        #expect(text.hasPrefix("HTTP/1.1 503 "))
        #expect(text.contains("\r\nRetry-After: 1\r\n"))
    }

    @Test(arguments: ConnectionBench.Way.allCases) func bytesMayComeOneByOne(way: ConnectionBench.Way) async throws {
        let it = try await ConnectionBench(way)
        for byte in (it.message("m1") + it.message("m2")).utf8 {
            try it.channel.writeInbound(ByteBuffer(bytes: [byte]))
        }
        #expect(try it.statuses() == [201, 201])
        #expect(it.bench.desks.commands.count == 2)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func chunkedBodiesAreRead(way: ConnectionBench.Way) async throws {
        let it = try await ConnectionBench(way)
        try it.give(it.head("Transfer-Encoding: chunked\r\n") + "a\r\n{\"text\":\"H\r\n3\r\ni\"}\r\n0\r\n\r\n")
        #expect(try it.statuses() == [201])
        guard case .receiveMessage(let message) = it.bench.desks.commands.first?.command else {
            Issue.record("no message")
            return
        }
        #expect(message.text == "Hi")
    }

    @Test(arguments: ConnectionBench.Way.allCases) func pipelinedRequestsAreAnsweredInOrderWhateverTheirWay(
        way: ConnectionBench.Way
    ) async throws {
        let desks = PatientDesks()
        let it = try await ConnectionBench(way, desks)
        try it.give(it.message("m1") + "GET /version HTTP/1.1\r\nHost: x\r\n\r\n" + it.message("m2"))
        #expect(desks.count == 1)
        #expect(it.behind.seen.isEmpty)
        desks.answerNext()
        #expect(try it.statuses() == [201])
        #expect(it.behind.seen == ["GET /version", "end"])
        #expect(it.behind.complete)
        #expect(desks.count == 0)
        try it.respond(.noContent)
        #expect(try it.statuses() == [204])
        #expect(desks.count == 1)
        desks.answerNext()
        #expect(try it.statuses() == [201])
        #expect(it.bench.edge.inHand == 0)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func nothingMoreIsReadWhileRequestsWait(way: ConnectionBench.Way)
        async throws
    {
        let desks = PatientDesks()
        let it = try await ConnectionBench(way, desks)
        try it.give(it.message("m1") + it.message("m2"))
        let before = it.reads.count
        it.channel.read()
        #expect(it.reads.count == before)
        desks.answerNext()
        #expect(it.reads.count == before + 1)
        it.channel.read()
        #expect(it.reads.count == before + 2)
        desks.answerNext()
        #expect(try it.statuses() == [201, 201])
    }

    @Test(arguments: ConnectionBench.Way.allCases) func aReaderWhoTakesNothingIsServedNoFurther(
        way: ConnectionBench.Way
    ) async throws {
        let it = try await ConnectionBench(way)
        it.channel.isWritable = false
        try it.give(it.message("m1"))
        #expect(it.bench.desks.commands.isEmpty)
        it.channel.isWritable = true
        it.channel.pipeline.fireChannelWritabilityChanged()
        #expect(try it.statuses() == [201])
    }

    @Test(arguments: ConnectionBench.Way.allCases) func whoeverExpectsContinueIsToldSo(way: ConnectionBench.Way)
        async throws
    {
        let it = try await ConnectionBench(way)
        try it.give(it.head("Content-Length: 12\r\nExpect: 100-continue\r\n"))
        #expect(try it.out() == "HTTP/1.1 100 Continue\r\n\r\n")
        try it.give(#"{"text":"H"}"#)
        #expect(try it.statuses() == [201])
        try it.give(it.head("Content-Length: 2\r\nExpect: 100-continue\r\n", path: "/v1/shops/s1/interests"))
        #expect(try it.out() == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(it.behind.seen == ["POST /v1/shops/s1/interests"])
    }

    @Test(arguments: ConnectionBench.Way.allCases) func aBodyThatTellsThatItIsTooLargeIsRefusedAndDropped(
        way: ConnectionBench.Way
    ) async throws {
        let it = try await ConnectionBench(way)
        try it.give(it.head("Content-Length: 300000\r\n"))
        #expect(try it.statuses() == [413])
        try it.give(String(repeating: " ", count: 300_000) + it.message("m1"))
        #expect(try it.statuses() == [201])
        #expect(it.bench.desks.commands.count == 1)
        #expect(it.bench.edge.inHand == 0)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func anOldClientIsAnsweredAndLetGo(way: ConnectionBench.Way)
        async throws
    {
        let it = try await ConnectionBench(way)
        try it.give("GET /version HTTP/1.0\r\n\r\n")
        #expect(it.behind.seen == ["GET /version", "end"])
        try it.respond(.ok)
        #expect(try it.statuses() == [200])
        #expect(!it.channel.isActive)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func whoeverExpectsContinueAndIsRefusedFindsTheConnectionClosed(
        way: ConnectionBench.Way
    ) async throws {
        let it = try await ConnectionBench(way)
        try it.give(it.head("Content-Length: 300000\r\nExpect: 100-continue\r\n"))
        let text = try it.out()
        #expect(text.hasPrefix("HTTP/1.1 413"))
        #expect(text.lowercased().contains("connection: close"))
        #expect(!it.channel.isActive)
        #expect(it.bench.edge.inHand == 0)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func aBodyThatGrowsTooLargeIsRefusedAndDropped(
        way: ConnectionBench.Way
    ) async throws {
        let it = try await ConnectionBench(way)
        try it.give(it.head("Transfer-Encoding: chunked\r\n"))
        #expect(it.bench.edge.inHand == 1)
        for _ in 0..<5 { try it.give("10000\r\n" + String(repeating: " ", count: 65_536) + "\r\n") }
        #expect(try it.statuses() == [413])
        #expect(it.bench.edge.inHand == 0)
        try it.give("0\r\n\r\n" + it.message("m1"))
        #expect(try it.statuses() == [201])
    }

    @Test(arguments: ConnectionBench.Way.allCases) func aHeadThatIsTooLongIsNoRequest(way: ConnectionBench.Way)
        async throws
    {
        let it = try await ConnectionBench(way)
        try it.give(it.head("X: " + String(repeating: "a", count: 100_000) + "\r\n"))
        #expect(it.behind.seen == ["error"])
        #expect(it.bench.desks.commands.isEmpty)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func anUnknownMethodIsNoRequest(way: ConnectionBench.Way)
        async throws
    {
        let it = try await ConnectionBench(way)
        try it.give("BREW /v1/shops/s1/buyers/b1/messages HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(it.behind.seen == ["error"])
    }

    @Test(arguments: ConnectionBench.Way.allCases) func whoeverMayNotIsRefusedByTheHead(way: ConnectionBench.Way)
        async throws
    {
        let it = try await ConnectionBench(way)
        try it.give(it.head("Content-Length: 5\r\n", path: "/v1/shops/s2/buyers/b1/messages"))
        #expect(try it.statuses() == [404])
        try it.give("hello" + it.head("Content-Length: 0\r\n", path: "/v1/shops/s1/buyers/b1/messages?x=1"))
        #expect(try it.statuses() == [422])
        #expect(it.bench.edge.inHand == 0)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func whoeverFindsNoPlaceIsToldAtOnce(way: ConnectionBench.Way)
        async throws
    {
        var settings = IngressSettings()
        settings.inFlight = 16
        settings.shopPart = 16
        let desks = PatientDesks()
        let it = try await ConnectionBench(way, desks, settings: settings)
        #expect(it.bench.edge.admission.enter(.consult, shop: "s1"))
        try it.give(it.message("m1"))
        #expect(try it.out().hasPrefix("HTTP/1.1 503 "))
        #expect(desks.count == 0)
        it.bench.edge.admission.leave(shop: "s1")
        try it.give(it.message("m1"))
        #expect(desks.count == 1)
        desks.answerNext()
        #expect(try it.statuses() == [201])
    }

    @Test(
        arguments: [
            "GET /version HTTP/1.1\r\nHost: x\r\n\r\n",
            "HEAD /v1/shops/s1/buyers/b1/messages HTTP/1.1\r\nHost: x\r\n\r\n",
            "PATCH /v1/shops/s1/buyers/b1/messages HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /v1/shops/s1/buyers/b1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer no\r\n\r\n",
            "POST /v1/shops/s1/buyers/b1/messages HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /v1/shops/s1/buyers/b1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: TOKEN\r\nConnection: close\r\n\r\n",
            "POST /v1/shops/s1/buyers/b1/messages HTTP/1.0\r\nHost: x\r\nAuthorization: TOKEN\r\n\r\n",
            "POST /v1/shops/s1/buyers/b1/messages HTTP/1.1\r\nAuthorization: TOKEN\r\nAuthorization: TOKEN\r\n\r\n",
            "POST /%ff HTTP/1.1\r\nHost: x\r\nAuthorization: TOKEN\r\n\r\n",
            "POST /v1/shops/s1/interests HTTP/1.1\r\nHost: x\r\nAuthorization: TOKEN\r\n\r\n",
        ], ConnectionBench.Way.allCases)
    func whatIsNotAsUsualPassesOn(request: String, way: ConnectionBench.Way) async throws {
        let it = try await ConnectionBench(way)
        try it.give(request.replacingOccurrences(of: "TOKEN", with: "Bearer " + it.token))
        #expect(it.behind.seen.count == 2)
        #expect(it.behind.seen.last == "end")
        #expect(try it.out() == "")
        #expect(it.bench.edge.inHand == 0)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func aTokenThatExpiredMeanwhilePassesOn(way: ConnectionBench.Way)
        async throws
    {
        let it = try await ConnectionBench(way)
        let expired = try await it.bench.token(.merchant, shop: "s1", expires: Date(timeIntervalSinceNow: 3_600))
        let tokens = it.bench.edge.tokens
        #expect(await tokens.principal(of: expired) != nil)
        #expect(tokens.remembered(expired, now: Date(timeIntervalSinceNow: 3_599)) != nil)
        #expect(tokens.remembered(expired, now: Date(timeIntervalSinceNow: 3_601)) == nil)
    }
}
