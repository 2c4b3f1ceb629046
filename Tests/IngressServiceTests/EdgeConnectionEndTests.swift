// How requests and connections end: by the client, by the process, by silence.

import NIOCore
import NIOHTTP1
import Testing

@testable import IngressService

struct EdgeConnectionEndTests {
    @Test(arguments: ConnectionBench.Way.allCases) func whoeverSendsNoMoreGetsTheAnswerFirst(way: ConnectionBench.Way)
        async throws
    {
        let desks = PatientDesks()
        let it = try await ConnectionBench(way, desks)
        try it.give(it.message("m1"))
        it.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(it.behind.seen.isEmpty)
        desks.answerNext()
        #expect(try it.statuses() == [201])
        // Where nothing is behind yet, the connection is closed at once.
        #expect(it.behind.seen == (way == .plain ? [] : ["half-closed"]))
        #expect(it.channel.isActive == (way == .parsed))
    }

    @Test(arguments: ConnectionBench.Way.allCases) func garbageAfterARequestDoesNotTakeItsAnswerAway(
        way: ConnectionBench.Way
    ) async throws {
        let desks = PatientDesks()
        let it = try await ConnectionBench(way, desks)
        try it.give(it.message("m1") + "\u{1}garbage\r\n\r\n")
        #expect(it.behind.seen.isEmpty)
        desks.answerNext()
        #expect(try it.statuses() == [201])
        #expect(it.behind.seen == ["error"])
    }

    @Test(arguments: ConnectionBench.Way.allCases) func aBodyThatBreaksOffGivesItsPlaceBack(way: ConnectionBench.Way)
        async throws
    {
        let it = try await ConnectionBench(way)
        try it.give(it.head("Transfer-Encoding: chunked\r\n") + "zz\r\n")
        #expect(it.behind.seen == ["error"])
        #expect(it.bench.edge.inHand == 0)
        try it.respond(.badRequest)
        #expect(try it.statuses() == [400])
    }

    @Test(arguments: ConnectionBench.Way.allCases) func aConnectionThatEndsWhileItsBodyComesGivesItsPlaceBack(
        way: ConnectionBench.Way
    ) async throws {
        let it = try await ConnectionBench(way)
        try it.give(it.head("Content-Length: 5\r\n"))
        #expect(it.bench.edge.inHand == 1)
        it.channel.close(promise: nil)
        #expect(it.bench.edge.inHand == 0)
        #expect(it.bench.desks.commands.isEmpty)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func aConnectionThatEndsWhileTheDeskIsAskedChangesNothingForTheDesk(
        way: ConnectionBench.Way
    ) async throws {
        let desks = PatientDesks()
        let it = try await ConnectionBench(way, desks)
        try it.give(it.message("m1") + it.message("m2"))
        it.channel.close(promise: nil)
        #expect(it.bench.edge.inHand == 1)
        desks.answerNext()
        #expect(it.bench.edge.inHand == 0)
        #expect(desks.count == 0)
        #expect(it.bench.edge.metrics.text(inHand: 0, held: 0, ready: true).contains("status=\"201\"} 1"))
    }

    @Test(arguments: ConnectionBench.Way.allCases) func aProcessThatStopsClosesWhatIsIdleAtOnce(
        way: ConnectionBench.Way
    ) async throws {
        let it = try await ConnectionBench(way)
        it.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(!it.channel.isActive)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func aProcessThatStopsFinishesWhatIsInHand(way: ConnectionBench.Way)
        async throws
    {
        let desks = PatientDesks()
        let it = try await ConnectionBench(way, desks)
        try it.give(it.message("m1"))
        it.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(it.channel.isActive)
        desks.answerNext()
        #expect(try it.out().contains("\r\nConnection: close\r\n"))
        #expect(!it.channel.isActive)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func aProcessThatStopsFinishesWhatPassedOn(way: ConnectionBench.Way)
        async throws
    {
        let it = try await ConnectionBench(way)
        try it.give("GET /version HTTP/1.1\r\nHost: x\r\n\r\n")
        it.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(it.channel.isActive)
        try it.respond(.ok)
        #expect(!it.channel.isActive)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func anIdleConnectionIsClosed(way: ConnectionBench.Way) async throws
    {
        let it = try await ConnectionBench(way)
        it.channel.embeddedEventLoop.advanceTime(by: .seconds(50))
        try it.give(it.message("m1"))
        it.channel.embeddedEventLoop.advanceTime(by: .seconds(74))
        #expect(it.channel.isActive)
        it.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!it.channel.isActive)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func aBodyThatDoesNotComeIsIdle(way: ConnectionBench.Way)
        async throws
    {
        let it = try await ConnectionBench(way)
        try it.give(it.head("Content-Length: 5\r\n"))
        it.channel.embeddedEventLoop.advanceTime(by: .seconds(75))
        #expect(!it.channel.isActive)
        #expect(it.bench.edge.inHand == 0)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func aBodyThatDripsInHasNoMoreTime(way: ConnectionBench.Way)
        async throws
    {
        let it = try await ConnectionBench(way)
        try it.give(it.head("Content-Length: 500\r\n"))
        for _ in 0..<74 {
            it.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            try it.give(" ")
        }
        #expect(it.channel.isActive)
        it.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!it.channel.isActive)
        #expect(it.bench.edge.inHand == 0)
    }

    @Test(arguments: ConnectionBench.Way.allCases) func aRequestInHandIsNotIdle(way: ConnectionBench.Way) async throws {
        let desks = PatientDesks()
        let it = try await ConnectionBench(way, desks)
        try it.give(it.message("m1"))
        it.channel.embeddedEventLoop.advanceTime(by: .seconds(500))
        #expect(it.channel.isActive)
        desks.answerNext()
        try it.give("GET /version HTTP/1.1\r\nHost: x\r\n\r\n")
        it.channel.embeddedEventLoop.advanceTime(by: .seconds(500))
        #expect(it.channel.isActive)
        try it.respond(.ok)
        #expect(try it.statuses() == [201, 200])
        it.channel.embeddedEventLoop.advanceTime(by: .seconds(74))
        #expect(it.channel.isActive)
        it.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!it.channel.isActive)
    }
}
