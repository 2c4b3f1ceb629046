// How requests and connections end: by the client, by the process, by silence.

import NIOCore
import NIOHTTP1
import Testing

@testable import IngressService

struct EdgeConnectionEndTests {
    @Test func whoeverSendsNoMoreGetsTheAnswerFirst() async throws {
        let desks = PatientDesks()
        let it = try await ConnectionBench(desks)
        try it.give(it.message("m1"))
        it.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(it.behind.seen.isEmpty)
        desks.answerNext()
        #expect(try it.statuses() == [201])
        #expect(it.behind.seen == ["half-closed"])
    }

    @Test func garbageAfterARequestDoesNotTakeItsAnswerAway() async throws {
        let desks = PatientDesks()
        let it = try await ConnectionBench(desks)
        try it.give(it.message("m1") + "\u{1}garbage\r\n\r\n")
        #expect(it.behind.seen.isEmpty)
        desks.answerNext()
        #expect(try it.statuses() == [201])
        #expect(it.behind.seen == ["error"])
    }

    @Test func aBodyThatBreaksOffGivesItsPlaceBack() async throws {
        let it = try await ConnectionBench()
        try it.give(it.head("Transfer-Encoding: chunked\r\n") + "zz\r\n")
        #expect(it.behind.seen == ["error"])
        #expect(it.bench.edge.inHand == 0)
        try it.respond(.badRequest)
        #expect(try it.statuses() == [400])
    }

    @Test func aConnectionThatEndsWhileItsBodyComesGivesItsPlaceBack() async throws {
        let it = try await ConnectionBench()
        try it.give(it.head("Content-Length: 5\r\n"))
        #expect(it.bench.edge.inHand == 1)
        it.channel.close(promise: nil)
        #expect(it.bench.edge.inHand == 0)
        #expect(it.bench.desks.commands.isEmpty)
    }

    @Test func aConnectionThatEndsWhileTheDeskIsAskedChangesNothingForTheDesk() async throws {
        let desks = PatientDesks()
        let it = try await ConnectionBench(desks)
        try it.give(it.message("m1") + it.message("m2"))
        it.channel.close(promise: nil)
        #expect(it.bench.edge.inHand == 1)
        desks.answerNext()
        #expect(it.bench.edge.inHand == 0)
        #expect(desks.count == 0)
        #expect(it.bench.edge.metrics.text(inHand: 0, held: 0, ready: true).contains("status=\"201\"} 1"))
    }

    @Test func aProcessThatStopsClosesWhatIsIdleAtOnce() async throws {
        let it = try await ConnectionBench()
        it.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(!it.channel.isActive)
    }

    @Test func aProcessThatStopsFinishesWhatIsInHand() async throws {
        let desks = PatientDesks()
        let it = try await ConnectionBench(desks)
        try it.give(it.message("m1"))
        it.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(it.channel.isActive)
        desks.answerNext()
        #expect(try it.out().contains("\r\nConnection: close\r\n"))
        #expect(!it.channel.isActive)
    }

    @Test func aProcessThatStopsFinishesWhatPassedOn() async throws {
        let it = try await ConnectionBench()
        try it.give("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        it.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(it.channel.isActive)
        try it.respond(.ok)
        #expect(!it.channel.isActive)
    }

    @Test func anIdleConnectionIsClosed() async throws {
        let it = try await ConnectionBench()
        it.channel.embeddedEventLoop.advanceTime(by: .seconds(50))
        try it.give(it.message("m1"))
        it.channel.embeddedEventLoop.advanceTime(by: .seconds(74))
        #expect(it.channel.isActive)
        it.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!it.channel.isActive)
    }

    @Test func aBodyThatDoesNotComeIsIdle() async throws {
        let it = try await ConnectionBench()
        try it.give(it.head("Content-Length: 5\r\n"))
        it.channel.embeddedEventLoop.advanceTime(by: .seconds(75))
        #expect(!it.channel.isActive)
        #expect(it.bench.edge.inHand == 0)
    }

    @Test func aRequestInHandIsNotIdle() async throws {
        let desks = PatientDesks()
        let it = try await ConnectionBench(desks)
        try it.give(it.message("m1"))
        it.channel.embeddedEventLoop.advanceTime(by: .seconds(500))
        #expect(it.channel.isActive)
        desks.answerNext()
        try it.give("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        it.channel.embeddedEventLoop.advanceTime(by: .seconds(500))
        #expect(it.channel.isActive)
        try it.respond(.ok)
        #expect(try it.statuses() == [201, 200])
    }
}
