// What a shop gives again changes nothing, in whatever order it comes, and what contradicts itself is said (I9).

import Testing

@testable import Domain

@Suite("Imports")
struct ImportTests {
    private let buyer: BuyerID = "buyer"

    private func message(_ id: String, _ text: String = "old", at: Timestamp = DeskRig.start, agent: AgentID? = nil)
        -> Command
    {
        .importMessage(
            ImportMessage(buyer: buyer, message: MessageID(rawValue: id), at: at, agent: agent, text: text))
    }

    private func order(_ id: String, _ state: OrderState, at: Timestamp, items: [ItemID] = []) -> Command {
        .setOrder(
            SetOrder(order: OrderID(rawValue: id), buyer: buyer, state: state, updatedAt: at, items: items))
    }

    private func profile(_ level: Int, at: Timestamp?) -> Command {
        .setBuyer(SetBuyer(buyer: buyer, memberLevel: level, updatedAt: at))
    }

    /// Gives all commands, passing over refusals; how many events that made.
    private func run(_ commands: [Command], _ rig: inout DeskRig) -> Int {
        let before = rig.records.count
        for command in commands { _ = try? rig.give(command) }
        return rig.records.count - before
    }

    private let day = Domain.Span.hours(24)

    @Test("I9: a known message with another text, time or agent is a conflict; the same one changes nothing")
    func knownMessages() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        try rig.give(message("m"))
        #expect(try rig.give(message("m")).changed == false)
        for other in [message("m", "new"), message("m", at: DeskRig.start - day), message("m", agent: "a")] {
            #expect(rig.refusal(other) == .conflict(what: "message"))
        }
        try rig.give(message("m2", "new"))
    }

    @Test("I9: what an imported message says is known again after its buyer was read from a row")
    func knownMessagesOfARow() throws {
        var rig = try DeskRig()
        try rig.give(message("m"))
        let rows = rig.desk.takeDirtyBuyers(.max).rows
        rig.desk.trimBuyers(to: 0)
        #expect(!rig.desk.isResident(buyer))
        rig.desk.admit(rows[0])
        #expect(try rig.give(message("m")).changed == false)
        #expect(rig.refusal(message("m", "new")) == .conflict(what: "message"))
    }

    @Test("a row of an earlier release, which knows IDs only, takes a known ID as the same message")
    func rowsWithoutContents() throws {
        var rig = try DeskRig()
        try rig.give(message("m"))
        var row = rig.desk.takeDirtyBuyers(.max).rows[0]
        row.importedContents = nil
        rig.desk.trimBuyers(to: 0)
        rig.desk.admit(row)
        #expect(try rig.give(message("m", "new")).changed == false)
    }

    @Test("messages of one buyer beyond the bound are refused, and again in a second run")
    func boundOfMessages() throws {
        var rig = try DeskRig()
        try rig.give(message("m1"))
        var row = rig.desk.takeDirtyBuyers(.max).rows[0]
        row.importedContents = nil
        row.imported += (2...UInt64(BuyerDetails.importedKept)).map { $0 }
        rig.desk.trimBuyers(to: 0)
        rig.desk.admit(row)
        for _ in 1...2 {
            #expect(rig.refusal(message("one more")) == .limitReached(what: "imported messages of a buyer"))
            #expect(try rig.give(message("m1")).changed == false)
        }
    }

    @Test(
        "of one order and time the further state counts, whatever the order of the lines; a second run changes nothing")
    func tiesOfOrders() throws {
        let lines = [
            order("o", .unpaid, at: DeskRig.start), order("o", .shipped, at: DeskRig.start),
            order("o", .unshipped, at: DeskRig.start),
        ]
        for lines in [lines, lines.reversed(), [lines[1], lines[0], lines[2]]] {
            var rig = try DeskRig()
            #expect(run(lines, &rig) > 0)
            #expect(rig.desk.buyerView(buyer)?.orders.map(\.state) == [.shipped])
            #expect(run(lines, &rig) == 0)
        }
    }

    @Test("I9: an order of the same time and state with other values is a conflict")
    func contradictingOrders() throws {
        var rig = try DeskRig()
        try rig.give(order("o", .shipped, at: DeskRig.start, items: ["x"]))
        #expect(rig.refusal(order("o", .shipped, at: DeskRig.start, items: ["y"])) == .conflict(what: "order"))
        #expect(try rig.give(order("o", .unpaid, at: DeskRig.start - day, items: ["y"])).changed == false)
    }

    @Test("a buyer with more orders and interests than are kept: the newest stay, and a second run changes nothing")
    func boundsOfOrdersAndInterests() throws {
        var lines: [Command] = []
        for number in 0..<120 {
            let at = DeskRig.start - .minutes(number * 37 % 120)
            lines.append(order("o\(number)", number % 3 == 0 ? .completed : .unpaid, at: at))
            lines.append(order("o\(number)", .completed, at: at + .seconds(number % 2)))
            lines.append(.recordInterest(RecordInterest(buyer: buyer, kind: .cart, item: "i", at: at)))
        }
        for lines in [lines, lines.reversed()] {
            var rig = try DeskRig()
            rig.now = rig.now + day
            #expect(run(lines, &rig) > 0)
            let kept = rig.desk.buyerView(buyer)?.orders ?? []
            #expect(kept.count == BuyerDetails.ordersKept)
            #expect(kept.allSatisfy { $0.updatedAt > DeskRig.start - .minutes(51) })
            #expect(run(lines, &rig) == 0)
        }
    }

    @Test(
        "a buyer of whom an archive says two things without a time: the first stands, the other is a conflict each time"
    )
    func buyersWithoutTime() throws {
        var rig = try DeskRig()
        let lines = [profile(1, at: Timestamp(millis: 0)), profile(2, at: Timestamp(millis: 0))]
        #expect(run(lines, &rig) == 1)
        #expect(run(lines, &rig) == 0)
        #expect(rig.desk.buyerView(buyer)?.buyer.memberLevel == 1)
        #expect(rig.refusal(lines[1]) == .conflict(what: "buyer"))
    }

    @Test("a buyer's newest values stand, in whatever order they come; a second run changes nothing")
    func buyersWithTime() throws {
        let lines = [
            profile(1, at: DeskRig.start - day), profile(3, at: DeskRig.start),
            profile(2, at: DeskRig.start - .hours(1)), profile(3, at: DeskRig.start),
        ]
        for lines in [lines, lines.reversed()] {
            var rig = try DeskRig()
            #expect(run(lines, &rig) > 0)
            #expect(run(lines, &rig) == 0)
            #expect(rig.desk.buyerView(buyer)?.buyer.memberLevel == 3)
        }
    }

    @Test("what the shop sets without a time is of now: an archive does not undo it, but newer values do")
    func setBuyersAreOfNow() throws {
        var rig = try DeskRig()
        try rig.give(profile(5, at: nil))
        #expect(try rig.give(profile(1, at: DeskRig.start - day)).changed == false)
        #expect(try rig.give(profile(1, at: Timestamp(millis: 0))).changed == false)
        rig.wait(.hours(1))
        #expect(try rig.give(profile(6, at: rig.now)).changed)
        #expect(try rig.give(profile(5, at: nil)).changed)
        #expect(rig.desk.buyerView(buyer)?.buyer.memberLevel == 5)
        #expect(rig.refusal(profile(7, at: rig.now + .seconds(1))) == .timeRefused)
    }

    @Test("order states that a group names twice are bound once (DIV-4)")
    func statesNamedTwice() throws {
        var rig = try DeskRig()
        try rig.group("g", states: [.shipped, .unpaid, .shipped])
        guard case .groupSet(let set) = rig.records.last?.event else {
            Issue.record("no group was set")
            return
        }
        #expect(set.group.orderStates == [.unpaid, .shipped])
        let before = rig.records.count
        try rig.group("g", states: [.unpaid, .shipped, .unpaid])
        #expect(rig.records.count == before)
    }
}
