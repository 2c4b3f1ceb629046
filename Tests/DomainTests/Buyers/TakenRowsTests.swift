import Testing

@testable import Domain

@Suite("Rows as they are taken")
struct TakenRowsTests {
    @Test func aRowIsThatOfTheMomentItWasTaken() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        try rig.member("b", level: 3, segments: ["gold"], exclusive: "a")
        let session = try #require(try rig.hear("b").session)
        let taken = rig.desk.takeDirtyBuyers(.max)
        let head = rig.desk.head
        rig.wait(.minutes(1))
        try rig.agent("c")
        try rig.reply(session)
        try rig.close(session)
        try rig.member("b")
        #expect(taken.count == 1)
        #expect(taken.id(0) == "b")
        let row = taken[0]
        #expect(row.buyer.segments == ["gold"])
        #expect(row.buyer.memberLevel == 3)
        #expect(row.buyer.exclusiveAgent == "a")
        #expect(row.contact == "a")
        #expect(row.contactAt == DeskRig.start)
        #expect(row.head == head)
        let held = try #require(row.session)
        #expect(held.session == session)
        #expect(held.handler == .agent("a"))
        #expect(held.lastAgent == "a")
        #expect(held.waitingMessage == "m1")
        #expect(held.waitingSince == DeskRig.start)
        #expect(held.lastFromBuyer)
    }

    @Test func theLimitCountsBuyersAndTheRestComesNext() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        for buyer in ["b1", "b2", "b3"] { try rig.hear(BuyerID(rawValue: buyer)) }
        #expect(rig.desk.takeDirtyBuyers(0).isEmpty)
        #expect(rig.desk.takeDirtyBuyers(2).map(\.buyer.buyer) == ["b1", "b2"])
        #expect(rig.desk.takeDirtyBuyers(2).map(\.buyer.buyer) == ["b3"])
        #expect(rig.desk.dirtyBuyerCount == 0)
    }

    @Test func aSessionThatEndedIsShownAndTakenAsItWas() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        let session = try #require(try rig.hear("b").session)
        rig.wait(.seconds(5))
        let open = try #require(rig.desk.openSessionView(session)?.view)
        try rig.close(session)
        var expected = open
        expected.state = .ended
        expected.endedAt = rig.now
        expected.end = .closed
        let shown = try #require(rig.desk.recentlyEnded(session))
        #expect(shown.session == expected)
        #expect(shown.agent == "a")
        #expect(shown.lastSequence == rig.desk.head)
        // The next session takes its slot.
        try rig.hear("c")
        #expect(Array(rig.desk.takeEndedSessions(.max)) == [shown])
        #expect(rig.desk.endedCount == 0)
        #expect(rig.desk.recentlyEnded(session) == shown)
        rig.desk.dropEndedSessions(1)
        #expect(rig.desk.recentlyEnded(session) == nil)
    }
}
