import Testing

@testable import Domain

@Suite("DIV-9 transfer")
struct TransferTests {
    private func shop() throws -> DeskRig {
        var rig = try DeskRig()
        try rig.agent("a")
        try rig.hear("b")
        return rig
    }

    private func refused(
        _ rig: inout DeskRig, _ target: TransferTarget, session: SessionID = 1, forced: Bool = false,
        by: Sender? = nil
    ) -> Refusal? {
        rig.refusal(
            .transferSession(TransferSession(session: session, target: target, reason: "r", forced: forced, by: by)))
    }

    @Test("DIV-9: to an agent, online or suspended, with the reason kept", arguments: [Presence.online, .suspended])
    func toAgent(presence: Presence) throws {
        var rig = try shop()
        try rig.agent("c", presence)
        let answer = try rig.transfer(1, .agent("c"))
        #expect(answer.handler == .agent("c"))
        #expect(answer.rule == .transferred)
        #expect(rig.load("a")?.open == 0)
        #expect(rig.load("c")?.pending == 1)
        #expect(rig.explain(answer.decision)?.reason == "test")
    }

    @Test("DIV-9: to a group: its agents share by weight, the handler left out")
    func toGroup() throws {
        var rig = try DeskRig()
        try rig.group("g")
        try rig.agent("from", weight: 1_000, groups: ["g"])
        for number in 1...40 { try rig.hear(BuyerID(rawValue: "b\(number)"), to: "from") }
        for number in 1...40 { try rig.reply(SessionID(UInt64(number))) }
        try rig.agent("x", weight: 3, groups: ["g"])
        try rig.agent("y", weight: 1, groups: ["g"])
        for number in 1...40 { try rig.transfer(SessionID(UInt64(number)), .group("g")) }
        #expect(rig.load("x")?.open == 30)
        #expect(rig.load("y")?.open == 10)
        #expect(rig.load("from")?.open == 0)
    }

    @Test("DIV-9: refusals: offline, the same handler, full, unknown, ended, not the handler")
    func refusals() throws {
        var rig = try shop()
        try rig.group("empty")
        try rig.group("crowded")
        try rig.agent("off", .offline)
        try rig.agent("full", groups: ["crowded"], capacity: 1)
        try rig.hear("other", to: "full")
        #expect(refused(&rig, .agent("off")) == .targetOffline)
        #expect(refused(&rig, .agent("a")) == .sameHandler)
        #expect(refused(&rig, .agent("full")) == .targetFull)
        #expect(refused(&rig, .agent("full"), forced: true) == .targetFull)
        #expect(refused(&rig, .group("crowded")) == .targetFull)
        #expect(refused(&rig, .group("empty")) == .targetOffline)
        #expect(refused(&rig, .agent("ghost")) == .unknownAgent("ghost"))
        #expect(refused(&rig, .group("ghost")) == .unknownGroup("ghost"))
        #expect(refused(&rig, .agent("full"), session: 9) == .unknownSession(9))
        #expect(refused(&rig, .agent("full"), by: .agent("full")) == .notHandler)
        #expect(refused(&rig, .agent("full"), by: .agent("ghost")) == .unknownAgent("ghost"))
        #expect(refused(&rig, .agent("full"), by: .bot) == .notHandler)
        try rig.close(2)
        #expect(refused(&rig, .agent("full"), session: 2) == .sessionEnded(2))
        #expect(rig.load("a")?.open == 1)
    }

    @Test("DIV-9: of several reasons the first in the order of refusals is given")
    func precedence() throws {
        var rig = try shop()
        try rig.agent("off", .offline)
        #expect(refused(&rig, .agent("ghost"), session: 9) == .unknownAgent("ghost"))
        #expect(refused(&rig, .agent("off"), by: .agent("off")) == .notHandler)
        try rig.presence("a", .offline)
        #expect(refused(&rig, .agent("a")) == .targetOffline)
    }

    @Test("DIV-9: the fourth transfer within 10 minutes is refused unless forced; the window rolls")
    func limit() throws {
        var rig = try shop()
        try rig.agent("c")
        for number in 0..<3 {
            try rig.transfer(1, .agent(number % 2 == 0 ? "c" : "a"))
            rig.wait(.minutes(3))
        }
        // Transfers at 0, 3 and 6 minutes; it is minute 9.
        #expect(refused(&rig, .agent("a")) == .tooManyTransfers)
        rig.wait(millis: 59_999)
        #expect(refused(&rig, .agent("a")) == .tooManyTransfers)
        rig.wait(millis: 1)
        #expect(try rig.transfer(1, .agent("a")).handler == .agent("a"))
        #expect(refused(&rig, .agent("c")) == .tooManyTransfers)
        #expect(try rig.transfer(1, .agent("c"), forced: true).handler == .agent("c"))
    }

    @Test("DIV-9: the limit is the session's, and a setting")
    func setting() throws {
        var rig = try shop()
        try rig.agent("c")
        try rig.settings { $0.diversion.transferLimit = 0 }
        #expect(refused(&rig, .agent("c")) == .tooManyTransfers)
        try rig.settings { $0.diversion.transferLimit = 1 }
        try rig.transfer(1, .agent("c"))
        try rig.hear("b2", to: "a")
        #expect(try rig.transfer(2, .agent("c")).handler == .agent("c"))
    }

    @Test("DIV-9: a session in the queue or the pool may be transferred by the shop")
    func fromLines() throws {
        var rig = try DeskRig()
        try rig.hear("b")
        try rig.agent("z", weight: 0)
        #expect(try rig.transfer(1, .agent("z")).handler == .agent("z"))
        #expect(rig.desk.board.pooled == 0)
        #expect(rig.desk.loadsAgree())
    }
}
