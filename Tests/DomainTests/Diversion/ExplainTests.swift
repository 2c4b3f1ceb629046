import Testing

@testable import Domain

@Suite("DIV-10 why")
struct ExplainTests {
    @Test("DIV-10: candidates with weight, pending and effective weight, and each exclusion by name")
    func exclusions() throws {
        var rig = try DeskRig()
        try rig.group("g", states: [.noActiveOrder])
        try rig.group("h", states: [.unpaid])
        try rig.agent("full", groups: ["g"], capacity: 1)
        try rig.hear("x", to: "full")
        try rig.agent("busy", weight: 30, groups: ["g"])
        for number in 0..<6 { try rig.hear(BuyerID(rawValue: "w\(number)"), to: "busy") }
        try rig.agent("off", groups: ["g"], .offline)
        try rig.agent("held", groups: ["g"], .suspended)
        try rig.agent("zero", weight: 0, groups: ["g"])
        try rig.agent("none")
        try rig.agent("other", groups: ["h"])
        try rig.agent("free", weight: 20, groups: ["g"])
        let answer = try rig.hear("b")
        let why = try #require(rig.explain(answer.decision))
        #expect(why.rule == .groupState)
        #expect(why.cause == .arrival)
        #expect(why.handler == .agent("free"))
        #expect(why.settingsVersion == rig.desk.roster.settings.version)
        #expect(why.lane == .groups(["g"]))
        #expect(why.reproduced)
        var found: [AgentID: Exclusion] = [:]
        for agent in why.agents { found[agent.agent] = agent.excluded }
        #expect(
            found == [
                "full": .full, "off": .offline, "held": .suspended, "zero": .weightZero, "none": .noGroup,
                "other": .otherGroup,
            ])
        let busy = try #require(why.agents.first { $0.agent == "busy" })
        #expect(busy.pending == 6)
        #expect(busy.effectiveWeight == Fraction(30, 3))
        #expect(why.agents.map(\.agent) == why.agents.map(\.agent).sorted())
        #expect(why.steps.map(\.step) == Array(1...8))
        #expect(why.steps.map(\.decided) == [false, false, false, false, false, false, false, true])
    }

    @Test("DIV-10: the state explained is that of the decision, whatever came after")
    func asItStood() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        let answer = try rig.hear("b")
        try rig.agent("later")
        try rig.presence("a", .offline)
        let why = try #require(rig.explain(answer.decision))
        #expect(why.agents.map(\.agent) == ["a"])
        #expect(why.agents.first?.presence == .online)
        #expect(why.agents.first?.open == 0)
    }

    @Test("DIV-10: the step that decided is named for every rule")
    func everyRule() throws {
        var rig = try DeskRig()
        func decided(_ answer: Answer, _ rule: Rule, _ step: Int) {
            let why = rig.explain(answer.decision)
            #expect(why?.rule == rule)
            #expect(why?.steps.last?.step == step, "\(rule)")
            #expect(why?.steps.last?.decided == true)
            #expect(why?.steps.dropLast().contains { $0.decided } == false)
            #expect(why?.reproduced == true, "\(rule)")
        }
        decided(try rig.hear("p"), .pooled, 5)
        try rig.settings { $0.bot.mode = .humanFirst }
        decided(try rig.hear("night"), .bot, 5)
        try rig.settings { $0.bot.mode = .off }
        try rig.group("g", states: [.unpaid])
        try rig.group("h")
        try rig.agent("a", groups: ["h"], capacity: 2)
        decided(try rig.hear("p"), .continued, 0)
        let shared = try rig.hear("s")
        decided(shared, .unboundState, 8)
        try rig.close(shared.session)
        decided(try rig.hear("s"), .recentContact24h, 2)
        try rig.close(4)
        rig.wait(millis: 24 * 3_600_000 + 1)
        decided(try rig.hear("s"), .recentContact72h, 3)
        decided(try rig.hear("n", to: "a"), .named, 1)
        decided(try rig.hear("q"), .queued, 8)
        try rig.member("own", exclusive: "a")
        decided(try rig.hear("own"), .exclusiveAgent, 4)
        try rig.agent("z", groups: ["g"], .suspended)
        decided(try rig.transfer(5, .agent("z")), .transferred, 0)
        try rig.order("o", of: "payer", .unpaid)
        try rig.agent("free", groups: ["h"])
        decided(try rig.hear("payer"), .fallbackAnyone, 8)
        try rig.presence("z", .online)
        try rig.order("o2", of: "payer2", .unpaid)
        decided(try rig.hear("payer2"), .groupState, 8)
        try rig.settings { $0.bot.mode = .botFirst }
        decided(try rig.hear("new"), .bot, 6)
        try rig.settings { $0.bot.mode = .off }
        try rig.group("g", states: [.unpaid], bot: BotSettings(mode: .botFirst))
        try rig.order("o3", of: "payer3", .unpaid)
        decided(try rig.hear("payer3"), .bot, 7)
        let seen = Set(rig.records.compactMap { HandlerStep($0)?.rule }).union([.continued])
        #expect(seen == Set(Rule.allCases).subtracting([.rescued]))
    }

    @Test("DIV-10: who was left out of a transfer, and who had its share of the pool")
    func heldBack() throws {
        var rig = try DeskRig()
        try rig.group("g")
        try rig.agent("a", groups: ["g"])
        try rig.hear("b")
        try rig.agent("c", groups: ["g"])
        let moved = try rig.transfer(1, .group("g"))
        let why = try #require(rig.explain(moved.decision))
        #expect(why.agents.map(\.excluded) == [.handedOver, nil])
        #expect(why.reproduced)

        var night = try DeskRig()
        try night.settings { $0.diversion.poolPerAgentMinute = 1 }
        for number in 1...2 { try night.hear(BuyerID(rawValue: "p\(number)")) }
        try night.agent("x")
        try night.agent("y")
        let second = try #require(night.records.last { HandlerStep($0) != nil })
        let reason = try #require(night.explain(DecisionID(second.sequence)))
        #expect(reason.handler == .agent("y"))
        #expect(reason.agents.map(\.excluded) == [.poolShareUsed, nil])
        #expect(reason.reproduced)
    }

    @Test(
        "DIV-10: why does this agent get nothing",
        arguments: [
            ("off", "offline"), ("held", "suspended"), ("zero", "weightZero"), ("none", "noGroup"), ("full", "full"),
        ])
    func diagnosis(agent: String, code: String) throws {
        var rig = try DeskRig()
        try rig.group("g")
        try rig.agent("off", groups: ["g"], .offline)
        try rig.agent("held", groups: ["g"], .suspended)
        try rig.agent("zero", weight: 0, groups: ["g"])
        try rig.agent("none")
        try rig.agent("full", groups: ["g"], capacity: 1)
        try rig.hear("b", to: "full")
        #expect(rig.desk.diagnosis(AgentID(rawValue: agent))?.reasons.map(\.code) == [code])
    }

    @Test("DIV-10: a bot that goes first is a reason; an able agent has none, and its share is shown")
    func diagnosisOfTheAble() throws {
        var rig = try DeskRig()
        try rig.agent("a", weight: 3)
        try rig.agent("b", weight: 1)
        let able = try #require(rig.desk.diagnosis("a"))
        #expect(able.reasons.isEmpty)
        #expect(able.lanes.map(\.sharePerMillion) == [750_000])
        try rig.settings { $0.bot.mode = .botFirst }
        #expect(rig.desk.diagnosis("a")?.reasons.map(\.code) == ["botFirst"])
        #expect(rig.desk.diagnosis("nobody") == nil)
    }

    @Test("DIV-10: every agent of a group whose own bot goes first is told so")
    func diagnosisGroupBot() throws {
        var rig = try DeskRig()
        try rig.group("g", states: [.noActiveOrder], bot: BotSettings(mode: .botFirst))
        try rig.agent("a", groups: ["g"])
        #expect(rig.desk.diagnosis("a")?.reasons.map(\.code) == ["botFirst"])
    }

    @Test("DIV-10: an explanation can start at a noted roster")
    func fromNoted() throws {
        var limits = DeskLimits()
        limits.noteEvery = 10
        var rig = try DeskRig(limits: limits)
        for index in 0..<3 { try rig.agent(AgentID(rawValue: "a\(index)"), weight: 1 + index) }
        for number in 0..<40 { _ = try rig.consult(BuyerID(rawValue: "b\(number)")) }
        var explained = 0
        for (place, record) in rig.records.enumerated() where HandlerStep(record) != nil {
            guard
                let start = rig.records[..<place].lastIndex(where: {
                    if case .rosterNoted = $0.event { true } else { false }
                })
            else { continue }
            let short = try #require(Explanation(history: Array(rig.records[start...place])))
            #expect(short == Explanation(history: Array(rig.records[...place])))
            #expect(short.reproduced)
            explained += 1
        }
        #expect(explained > 30)
    }
}
