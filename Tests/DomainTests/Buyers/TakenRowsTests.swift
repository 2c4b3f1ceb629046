import Testing
import Wire

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
        let row = taken.rows[0]
        #expect(row.buyer.buyer == "b")
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
        #expect(rig.desk.takeDirtyBuyers(2).rows.map(\.buyer.buyer) == ["b1", "b2"])
        #expect(rig.desk.takeDirtyBuyers(2).rows.map(\.buyer.buyer) == ["b3"])
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

    @Test func aRowThatIsTakenInIsGivenBackWhole() throws {
        let hour = Timestamp(millis: DeskRig.start.millis - 3_600_000)
        for handler in [Handler.agent("a"), .bot(nil), .bot("g"), .queue, .pool] {
            var rig = try DeskRig()
            for agent in ["a", "x", "y", "z"] { try rig.agent(AgentID(rawValue: agent)) }
            let session = SessionRow(
                session: SessionID(900), handler: handler, openedAt: hour, lastAt: hour, handlerSince: hour,
                waitingSince: hour, waitingMessage: "m", lastFromBuyer: true, botMisses: 1, transfers: [hour],
                items: ["i", "j"], named: "x", queueKey: handler == .queue ? 7 : nil,
                lastAgent: handler == .agent("a") ? "a" : "y", reminded: true)
            var given = BuyerRow(
                buyer: SetBuyer(
                    buyer: "b", memberLevel: 3, segments: ["gold", "new"], exclusiveAgent: "z", relationSince: hour,
                    updatedAt: hour),
                contact: "y", contactAt: hour,
                orders: [
                    SetOrder(order: "o", buyer: "b", state: .unshipped, updatedAt: hour, items: ["i"], total: 100)
                ],
                interests: [RecordInterest(buyer: "b", kind: .cart, item: "i", at: hour)],
                imported: [5, 6], session: session, head: 3, importedContents: [7, 0])
            rig.desk.admit(given)
            let later = RecordInterest(buyer: "b", kind: .cart, item: "j", at: DeskRig.start)
            _ = try rig.give(.recordInterest(later))
            given.interests.append(later)
            given.head = rig.desk.head
            #expect(rig.desk.takeDirtyBuyers(.max).rows == [given], "\(handler)")
        }
    }
}

extension TakenBuyers {
    /// As they are read back; each has the bytes that the row itself is written with.
    var rows: [BuyerRow] {
        (0..<count).map { index in
            var writer = ByteWriter()
            write(index, into: &writer)
            do {
                let row = try BuyerRow(decoding: writer.bytes)
                #expect(row.encoded() == writer.bytes)
                return row
            } catch {
                preconditionFailure("\(error)")
            }
        }
    }
}
