import Testing

@testable import Domain

@Suite("MEM-1 member priority")
struct MemberPriorityTests {
    private func shop() throws -> DeskRig {
        var rig = try DeskRig()
        try rig.settings {
            $0.bot.mode = .botFirst
            $0.memberPriority = MemberPrioritySettings(enabled: true)
        }
        return rig
    }

    @Test("MEM-1: a member skips the bot and gets a human; others do not")
    func skips() throws {
        var rig = try shop()
        try rig.agent("a")
        try rig.member("m", level: 1)
        let member = try rig.hear("m")
        #expect(member.handler == .agent("a"))
        #expect(member.priorityMember)
        #expect(member.rule == .unboundState)
        let other = try rig.hear("b")
        #expect(other.handler == .bot(nil))
        #expect(!other.priorityMember)
    }

    @Test("MEM-1: off by default; the least level and the segments are settings")
    func settings() throws {
        var rig = try shop()
        try rig.agent("a")
        try rig.member("low", level: 1)
        try rig.member("high", level: 3)
        try rig.member("vip", level: 0, segments: ["vip"])
        try rig.settings { $0.memberPriority = MemberPrioritySettings(enabled: true, minLevel: 2, segments: ["vip"]) }
        #expect(try rig.hear("low").handler == .bot(nil))
        #expect(try rig.hear("high").handler == .agent("a"))
        #expect(try rig.hear("vip").handler == .agent("a"))
        try rig.settings { $0.memberPriority.enabled = false }
        try rig.close(2)
        try rig.presence("a", .offline)
        #expect(try !rig.hear("high").priorityMember)
    }

    @Test("MEM-1: a member skips a group's bot and a hybrid's turn too, and does not move its counter")
    func groupAndHybrid() throws {
        var rig = try shop()
        try rig.settings {
            $0.bot.mode = .hybrid
            $0.bot.percent = 100
        }
        try rig.group("g", states: [.noActiveOrder], bot: BotSettings(mode: .botFirst))
        try rig.agent("a", groups: ["g"])
        try rig.member("m")
        let answer = try rig.hear("m")
        #expect(answer.handler == .agent("a"))
        #expect(rig.explain(answer.decision)?.reproduced == true)
        #expect(rig.desk.roster.hybrids.isEmpty)
    }

    @Test("MEM-1: nothing else about the order changes")
    func orderStays() throws {
        var rig = try shop()
        try rig.agent("a", capacity: 1)
        try rig.hear("x", to: "a")
        try rig.member("m")
        #expect(try rig.hear("m").handler == .queue)
    }

    @Test(
        "MEM-1: no human online: step 5, the bot or the pool, and the buyer is told",
        arguments: [
            (BotMode.botFirst, Handler.bot(nil)), (.off, .pool),
        ])
    func nobody(mode: BotMode, handler: Handler) throws {
        var rig = try shop()
        try rig.settings { $0.bot.mode = mode }
        try rig.member("m")
        let answer = try rig.hear("m")
        #expect(answer.handler == handler)
        #expect(answer.noHumanOnline)
        #expect(try !rig.hear("b").noHumanOnline)
    }
}
