import Testing

@testable import Domain

@Suite("DIV-8 pool")
struct PoolTests {
    /// So many buyers in the pool, a second apart.
    private func pool(_ count: Int) throws -> DeskRig {
        var rig = try DeskRig()
        for number in 1...count {
            try rig.hear(BuyerID(rawValue: "p\(number)"))
            rig.wait(.seconds(1))
        }
        return rig
    }

    private func given(_ rig: DeskRig) -> [UInt64] {
        rig.records.compactMap { record in
            guard case .handlerChanged(let body) = record.event, body.decision.cause == .poolDrain else { return nil }
            return body.session.number
        }
    }

    @Test("DIV-8: when an agent comes online the pool is assigned oldest first, 5 at once, 5 more after a minute")
    func rolling() throws {
        var rig = try pool(12)
        try rig.agent("a")
        #expect(given(rig) == [1, 2, 3, 4, 5])
        rig.wait(millis: 59_999)
        #expect(given(rig).count == 5)
        rig.wait(millis: 1)
        #expect(given(rig) == Array(1...10))
        rig.wait(.minutes(1))
        #expect(given(rig) == Array(1...12))
        #expect(rig.desk.board.pooled == 0)
    }

    @Test("DIV-8: the minute rolls: two given 40 s after three leave room for three when the first come back")
    func rollingMinute() throws {
        var rig = try pool(3)
        try rig.agent("a")
        try rig.presence("a", .offline)
        rig.wait(.seconds(40))
        for number in 4...10 { try rig.hear(BuyerID(rawValue: "p\(number)")) }
        try rig.presence("a", .online)
        #expect(given(rig) == Array(1...5))
        rig.wait(.seconds(20))
        #expect(given(rig) == Array(1...8))
        rig.wait(millis: 39_999)
        #expect(given(rig) == Array(1...8))
        rig.wait(millis: 1)
        #expect(given(rig) == Array(1...10))
    }

    @Test("DIV-8: each agent has its own allowance, and weights share the pool")
    func twoAgents() throws {
        var rig = try pool(20)
        try rig.agent("a")
        try rig.agent("b")
        #expect(given(rig) == Array(1...10))
        #expect(rig.load("a")?.open == 5)
        #expect(rig.load("b")?.open == 5)
    }

    @Test("DIV-8: the pool goes through DIV-1: contacts and bound groups first")
    func throughDIV1() throws {
        var rig = try DeskRig()
        try rig.group("g", states: [.unpaid])
        try rig.group("h")
        try rig.agent("h1", groups: ["h"])
        try rig.close(rig.hear("known").session)
        try rig.presence("h1", .offline)
        try rig.order("o", of: "payer", .unpaid)
        try rig.hear("known")
        try rig.hear("payer")
        try rig.agent("g1", groups: ["g"])
        #expect(rig.handler(3) == .agent("g1"))
        // The one who has a contact is new to everybody else, and goes to anybody while the contact is away.
        #expect(rig.handler(2) == .agent("g1"))
        #expect(rig.records.filter { if case .handlerChanged = $0.event { true } else { false } }.count == 2)
    }

    @Test("DIV-8: a contact who comes online gets the pooled buyer by DIV-2")
    func contact() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        try rig.close(rig.hear("known").session)
        try rig.presence("a", .offline)
        try rig.hear("known")
        try rig.presence("a", .online)
        guard case .handlerChanged(let body) = rig.records.last?.event else {
            Issue.record("not assigned")
            return
        }
        #expect(body.decision.rule == .recentContact24h)
        #expect(body.decision.cause == .poolDrain)
    }

    @Test("DIV-8: who is held back by the minute is passed by those behind it for whom somebody is there")
    func passed() throws {
        var rig = try DeskRig()
        try rig.settings { $0.diversion.poolPerAgentMinute = 1 }
        try rig.group("g", states: [.unpaid])
        try rig.group("h", states: [.noActiveOrder])
        for number in 1...2 {
            try rig.order(OrderID(rawValue: "o\(number)"), of: BuyerID(rawValue: "u\(number)"), .unpaid)
            try rig.hear(BuyerID(rawValue: "u\(number)"))
        }
        try rig.hear("n1")
        // Offline agents first, so that both come at the same instant of the shop's time.
        try rig.agent("h1", groups: ["h"], .offline)
        try rig.agent("g1", groups: ["g"])
        #expect(given(rig) == [1])
        try rig.presence("h1", .online)
        #expect(given(rig) == [1, 3])
        rig.wait(.minutes(1))
        #expect(given(rig) == [1, 3, 2])
        #expect(rig.handler(2) == .agent("g1"))
    }

    @Test("DIV-8: nobody is assigned beyond a capacity; the rest waits in the queue")
    func capacity() throws {
        var rig = try pool(4)
        try rig.agent("a", capacity: 2)
        #expect(rig.load("a")?.open == 2)
        #expect(rig.desk.board.queued == 2)
        #expect(rig.desk.board.pooled == 0)
    }

    @Test("DIV-8: an agent with weight 0 takes nobody from the pool until it has a weight")
    func weightZero() throws {
        var rig = try pool(1)
        try rig.agent("a", weight: 0)
        #expect(rig.handler(1) == .pool)
        try rig.give(.setAgent(SetAgent(agent: "a", weight: 1)))
        #expect(rig.handler(1) == .agent("a"))
    }
}
