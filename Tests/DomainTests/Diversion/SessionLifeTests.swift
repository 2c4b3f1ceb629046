import Testing

@testable import Domain

@Suite("DIV-13 a session's life")
struct SessionLifeTests {
    private func shop() throws -> DeskRig {
        var rig = try DeskRig()
        try rig.agent("a")
        return rig
    }

    @Test("DIV-13: its handler closes it; the next message opens a new one, with the next number")
    func closed() throws {
        var rig = try shop()
        let first = try rig.hear("b")
        try rig.close(first.session)
        #expect(rig.ends() == [.closed])
        #expect(rig.load("a")?.pending == 0)
        let second = try rig.hear("b")
        #expect(second.session == 2)
        #expect(second.rule == .recentContact24h)
    }

    @Test("DIV-13: only the handler or the shop closes; an ended session stays ended")
    func closing() throws {
        var rig = try shop()
        try rig.agent("c", weight: 0)
        try rig.hear("b")
        #expect(rig.refusal(.closeSession(CloseSession(session: 1, by: .agent("c")))) == .notHandler)
        #expect(rig.refusal(.closeSession(CloseSession(session: 1, by: .agent("ghost")))) == .unknownAgent("ghost"))
        try rig.give(.closeSession(CloseSession(session: 1, by: .agent("a"))))
        #expect(rig.refusal(.closeSession(CloseSession(session: 1))) == .sessionEnded(1))
        #expect(rig.refusal(.closeSession(CloseSession(session: 2))) == .unknownSession(2))
        #expect(rig.refusal(.closeSession(CloseSession(session: 0))) == .unknownSession(0))
    }

    @Test("DIV-13: answered and silent for 30 minutes ends it, at that moment")
    func idle() throws {
        var rig = try shop()
        try rig.hear("b")
        rig.wait(.minutes(5))
        try rig.reply(1)
        let answered = rig.now
        rig.wait(millis: 30 * 60_000 - 1)
        #expect(rig.ends().isEmpty)
        rig.wait(.hours(5))
        #expect(rig.ends() == [.idle])
        #expect(rig.records.last?.at == answered + .minutes(30))
        #expect(rig.load("a")?.open == 0)
    }

    @Test("DIV-13: every message starts the 30 minutes again")
    func kept() throws {
        var rig = try shop()
        try rig.hear("b")
        try rig.reply(1)
        for _ in 0..<5 {
            rig.wait(.minutes(29))
            try rig.hear("b")
            try rig.reply(1)
        }
        #expect(rig.ends().isEmpty)
    }

    @Test("DIV-13: unanswered for 24 hours it is abandoned, counted from the first unanswered message")
    func abandoned() throws {
        var rig = try shop()
        try rig.hear("b")
        let asked = rig.now
        rig.wait(.hours(23))
        try rig.hear("b")
        rig.wait(millis: 3_600_000 - 1)
        #expect(rig.ends().isEmpty)
        rig.wait(millis: 1)
        #expect(rig.ends() == [.abandoned])
        #expect(rig.records.last?.at == asked + .hours(24))
        #expect(rig.load("a")?.pending == 0)
    }

    @Test("DIV-13: a canned reply leaves the answer owed")
    func automatic() throws {
        var rig = try shop()
        try rig.hear("b")
        try rig.reply(1, automatic: true)
        rig.wait(.hours(23))
        #expect(rig.ends().isEmpty)
        rig.wait(.hours(1))
        #expect(rig.ends() == [.abandoned])
    }

    @Test("DIV-13: a bot owes nothing once it has had its say, even without an answer")
    func bot() throws {
        var rig = try shop()
        try rig.settings { $0.bot.mode = .botFirst }
        try rig.hear("b", "what?")
        rig.wait(.minutes(30))
        #expect(rig.ends() == [.idle])
    }

    @Test("DIV-13: in the pool and in the queue it is abandoned too, and leaves them")
    func waiting() throws {
        var rig = try DeskRig()
        try rig.hear("b")
        rig.wait(.hours(24))
        #expect(rig.ends() == [.abandoned])
        #expect(rig.desk.board.pooled == 0)
        try rig.agent("a")
        #expect(rig.load("a")?.open == 0)
    }

    @Test("DIV-13: who calls for a human after a bot's answer is owed one")
    func call() throws {
        var rig = try DeskRig()
        try rig.settings {
            $0.bot.mode = .botFirst
            $0.bot.answers = [BotAnswer(questions: ["q"], answer: "a")]
        }
        try rig.hear("b", "q")
        rig.wait(.minutes(5))
        try rig.give(.askForHuman(AskForHuman(buyer: "b")))
        rig.wait(millis: 24 * 3_600_000 - 1)
        #expect(rig.ends().isEmpty)
        rig.wait(millis: 1)
        #expect(rig.ends() == [.abandoned])
    }

    @Test("DIV-13: the times are settings, and shorter ones reach sessions that are open already")
    func settings() throws {
        var rig = try shop()
        try rig.hear("b1")
        try rig.hear("b2")
        try rig.reply(2)
        rig.wait(.minutes(2))
        try rig.settings {
            $0.diversion.idleMinutes = 5
            $0.diversion.abandonHours = 1
        }
        rig.wait(.minutes(3))
        #expect(rig.ends() == [.idle])
        rig.wait(.minutes(55))
        #expect(rig.ends() == [.idle, .abandoned])
    }

    @Test("DIV-13: a message at the very millisecond of the end opens a new session")
    func boundary() throws {
        var rig = try shop()
        try rig.hear("b")
        try rig.reply(1)
        rig.now = rig.now + .minutes(30)
        #expect(try rig.hear("b").session == 2)
    }

    @Test("DIV-13: no command ever moves the shop's time back")
    func time() throws {
        var rig = try shop()
        try rig.hear("b")
        let before = rig.now
        rig.now = before - .hours(1)
        try rig.hear("b")
        #expect(rig.records.last?.at == before)
        #expect(rig.desk.now == before)
    }
}
