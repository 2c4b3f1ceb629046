import Testing

@testable import Domain

@Suite("DIV-5 busyness")
struct BusynessTests {
    /// An agent with so many buyers who wait.
    private func occupy(_ rig: inout DeskRig, _ agent: AgentID, _ count: Int) throws {
        for number in 0..<count { try rig.hear(BuyerID(rawValue: "w-\(agent)-\(number)"), to: agent) }
    }

    @Test("DIV-5: A with weight 3 and 6 pending, B with weight 1 and none: half and half")
    func half() throws {
        var rig = try DeskRig()
        try rig.agent("A", weight: 3)
        try rig.agent("B", weight: 1)
        try occupy(&rig, "A", 6)
        #expect(try rig.spread(40) == ["A": 20, "B": 20])
    }

    @Test("DIV-5: A with 4 pending is not busy: 3:1")
    func four() throws {
        var rig = try DeskRig()
        try rig.agent("A", weight: 3)
        try rig.agent("B", weight: 1)
        try occupy(&rig, "A", 4)
        #expect(try rig.spread(40) == ["A": 30, "B": 10])
    }

    @Test(
        "DIV-5: the effective weight is w / (1 + max(0, pending − 4)), exactly",
        arguments: [
            (0, 1), (4, 1), (5, 2), (6, 3), (10, 7), (104, 101),
        ])
    func formula(pending: Int, divisor: Int) throws {
        var rig = try DeskRig()
        try rig.agent("A", weight: 7)
        try occupy(&rig, "A", pending)
        let view = try #require(rig.desk.agentViews.first)
        #expect(view.effectiveWeight == Fraction(7, divisor))
        #expect(view.busy == (pending > 4))
        #expect(view.pending == pending)
    }

    @Test("DIV-5: the busy get fewer, not none: 5:1 at 6 pending under equal weights is 3:1")
    func fewer() throws {
        var rig = try DeskRig()
        try rig.agent("A")
        try rig.agent("B")
        try occupy(&rig, "A", 6)
        #expect(try rig.spread(40) == ["A": 10, "B": 30])
    }

    @Test("DIV-5: once the waiting are answered the agent's share is back, without debt")
    func recovers() throws {
        var rig = try DeskRig()
        try rig.agent("A", weight: 10)
        try rig.agent("B", weight: 10)
        try occupy(&rig, "A", 40)
        _ = try rig.spread(74, prefix: "x")
        for number in 1...40 { try rig.reply(SessionID(UInt64(number))) }
        let got = try rig.spread(20, prefix: "y")
        #expect(abs(got["A", default: 0] - 10) <= 1)
    }

    @Test("DIV-5: equal claims go to the one idle longest, then to the lower ID")
    func ties() throws {
        var rig = try DeskRig()
        try rig.agent("c")
        rig.wait(.seconds(1))
        try rig.agent("b")
        try rig.agent("a")
        let got = try ["1", "2", "3"].map { try rig.hear(BuyerID(rawValue: $0)).handler?.agent }
        #expect(got == ["c", "a", "b"])
    }

    @Test("DIV-5: pending counts buyers, not messages, and an automatic or marketing message answers none")
    func pending() throws {
        var rig = try DeskRig()
        try rig.agent("A")
        let answer = try rig.hear("b")
        try rig.hear("b")
        try rig.hear("b")
        #expect(rig.load("A")?.pending == 1)
        try rig.reply(answer.session, automatic: true)
        try rig.reply(answer.session, messageClass: .marketing)
        #expect(rig.load("A")?.pending == 1)
        try rig.reply(answer.session)
        #expect(rig.load("A")?.pending == 0)
        try rig.reply(answer.session)
        #expect(rig.load("A")?.pending == 0)
    }

    @Test("DIV-5: the threshold is a setting")
    func threshold() throws {
        var rig = try DeskRig()
        try rig.agent("A")
        try occupy(&rig, "A", 3)
        try rig.settings { $0.diversion.busyThreshold = 1 }
        #expect(rig.desk.agentViews.first?.effectiveWeight == Fraction(100, 3))
    }
}
