import Testing

@testable import Domain

@Suite struct ReminderTests {
    private func reminders(_ rig: DeskRig) -> [(agent: AgentID, after: Int64)] {
        rig.records.compactMap { record in
            guard case .slowResponseReminded(let body) = record.event else { return nil }
            return (body.agent, (record.at - body.since).millis)
        }
    }

    @Test func div12AgentIsRemindedAtExactly100Seconds() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        let answer = try rig.hear("b")
        rig.wait(millis: 99_999)
        #expect(reminders(rig).isEmpty)
        rig.wait(millis: 1)
        guard case .slowResponseReminded(let body)? = rig.records.last?.event else {
            Issue.record("no reminder")
            return
        }
        #expect(body.agent == "a")
        #expect(body.buyer == "b")
        #expect(body.session == answer.session)
        #expect(body.message == "m1")
        #expect(rig.records.last?.at == DeskRig.start + .seconds(100))
    }

    @Test func div12OneReminderATurnHoweverManyMessages() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        let session = try rig.hear("b").session
        for _ in 0..<40 {
            rig.wait(.seconds(20))
            try rig.hear("b")
        }
        #expect(reminders(rig).map(\.after) == [100_000])
        try rig.reply(session)
        rig.wait(.seconds(300))
        #expect(reminders(rig).count == 1)
        try rig.hear("b")
        rig.wait(.seconds(100))
        #expect(reminders(rig).map(\.after) == [100_000, 100_000])
    }

    @Test func div12AnAnswerAt99SecondsSparesTheReminderACannedOneDoesNot() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        let first = try rig.hear("b").session
        rig.wait(.seconds(99))
        try rig.reply(first)
        rig.wait(.seconds(500))
        #expect(reminders(rig).isEmpty)
        try rig.hear("b")
        try rig.reply(first, automatic: true)
        rig.wait(.seconds(100))
        #expect(reminders(rig).count == 1)
    }

    @Test func rr4WhoeverIsGivenABuyerWhoWaitsHasAReminderOfOnesOwn() throws {
        var rig = try DeskRig()
        try rig.agent("x")
        try rig.agent("y")
        let session = try rig.hear("b", to: "x").session
        rig.wait(.seconds(60))
        try rig.transfer(session, .agent("y"))
        rig.wait(millis: 99_999)
        #expect(reminders(rig).isEmpty)
        rig.wait(millis: 1)
        #expect(reminders(rig).map(\.agent) == ["y"])
        try rig.transfer(session, .agent("x"))
        rig.wait(.seconds(100))
        #expect(reminders(rig).map(\.agent) == ["y", "x"])
    }

    @Test func div12NobodyIsRemindedOfThePoolOrABot() throws {
        var rig = try DeskRig()
        try rig.hear("b")
        rig.wait(.seconds(1_000))
        #expect(reminders(rig).isEmpty)
        // Out of the pool, the agent's turn begins.
        try rig.agent("a")
        rig.wait(.seconds(100))
        #expect(reminders(rig).map(\.after) == [100_000])
    }

    @Test func div12ShorterTimesReachThoseWhoWaitAndOffIsRefused() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        try rig.hear("b")
        rig.wait(.seconds(20))
        try rig.settings { $0.scoring.reminderSeconds = 30 }
        rig.wait(.seconds(10))
        #expect(reminders(rig).map(\.after) == [30_000])
        for seconds in [0, 9, 181] {
            var scoring = ScoringSettings()
            scoring.reminderSeconds = seconds
            guard case .invalid(let faults)? = rig.refusal(.setSettings(SetSettings(scoring: scoring))) else {
                Issue.record("\(seconds) s was taken")
                continue
            }
            #expect(faults.map(\.pointer) == ["/scoring/reminderSeconds"])
        }
    }

    @Test func div12AReminderIsNotRepeatedByADeskThatCameBackFromItsRows() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        try rig.hear("b")
        rig.wait(.seconds(100))
        let rows = rig.desk.takeDirtyBuyers(10).rows
        var desk = Desk(id: "shop", limits: .init(), row: rig.desk.takeShopRow())
        for row in rows { desk.admit(row) }
        desk.resume()
        rig.desk = desk
        rig.wait(.seconds(900))
        #expect(reminders(rig).count == 1)
    }
}
