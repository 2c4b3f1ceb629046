import Testing

@testable import Domain

@Suite("Decisions on strangers")
struct StrangerTests {
    /// The decision on the next one.
    private func decision(_ rig: inout DeskRig, _ number: Int, to agent: AgentID? = nil) throws -> Decision {
        try rig.hear(BuyerID(rawValue: "b\(number)"), to: agent)
        guard case .messageReceived(let body) = rig.records.last?.event else { throw RigFault.noSession }
        return try #require(body.decision)
    }

    @Test("DIV-10: a decision says by what it was made, whoever had the agent before")
    func eachSaysItsOwn() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        let first = try decision(&rig, 1)
        #expect(first.rule == .unboundState)
        #expect(first.lane == .all)
        #expect(try decision(&rig, 2) == first)
        let named = try decision(&rig, 3, to: "a")
        #expect(named.rule == .named)
        #expect(named.inquiry.named == "a")
        try rig.settings { $0.diversion.busyThreshold = 9 }
        let later = try decision(&rig, 4)
        #expect(later.settingsVersion == first.settingsVersion + 1)
        try rig.group("g", states: [.noActiveOrder])
        try rig.give(.setAgent(SetAgent(agent: "a", groups: ["g"])))
        let grouped = try decision(&rig, 5)
        #expect(grouped.rule == .groupState)
        #expect(grouped.lane == .groups(["g"]))
        try rig.agent("c", weight: 1_000, groups: ["g"])
        #expect(try decision(&rig, 6).handler == .agent("c"))
    }
    @Test("DIV-10: decisions on recent contacts say each when it was, and whose")
    func eachSaysItsContact() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        var times: [Timestamp] = []
        for number in 1...3 {
            try rig.close(try rig.hear(BuyerID(rawValue: "b\(number)")).session)
            times.append(rig.now)
            rig.wait(millis: 1_000)
        }
        for number in 1...3 {
            let decision = try decision(&rig, number)
            #expect(decision.rule == .recentContact24h)
            #expect(decision.inquiry == Inquiry(contact: "a", contactAt: times[number - 1]))
        }
        // Another takes the buyer of one who is gone: said of nobody else whom that agent is given.
        try rig.close(try rig.hear("b9").session)
        try rig.agent("d")
        try rig.give(.removeAgent(RemoveAgent(agent: "a")))
        #expect(try decision(&rig, 4).inquiry == Inquiry())
        let moved = try decision(&rig, 9)
        #expect(moved.handler == .agent("d"))
        #expect(moved.inquiry.contact == "a")
        #expect(try decision(&rig, 5).inquiry == Inquiry())
    }
}
