import Testing

@testable import Domain

@Suite("DIV-7 bot")
struct BotTests {
    private func shop(_ mode: BotMode, _ change: (inout BotSettings) -> Void = { _ in }) throws -> DeskRig {
        var rig = try DeskRig()
        try rig.settings {
            $0.bot.mode = mode
            $0.bot.answers = [BotAnswer(questions: ["return", "退货"], answer: "Within 7 days.")]
            change(&$0.bot)
        }
        return rig
    }

    private func said(_ rig: DeskRig) -> [String] {
        rig.records.compactMap {
            if case .messageSent(let body) = $0.event, body.sender == .bot { body.text } else { nil }
        }
    }

    @Test(
        "DIV-7: off and humanFirst give a human who is online; botFirst the bot",
        arguments: [
            (BotMode.off, Handler.agent("a")), (.humanFirst, .agent("a")), (.botFirst, .bot(nil)),
        ])
    func modes(mode: BotMode, handler: Handler) throws {
        var rig = try shop(mode)
        try rig.agent("a")
        #expect(try rig.hear("b").handler == handler)
    }

    @Test("DIV-7 hybrid: exactly the percentage of any hundred, by counter", arguments: [0, 1, 30, 50, 99, 100])
    func hybrid(percent: Int) throws {
        var rig = try shop(.hybrid) { $0.percent = percent }
        try rig.agent("a")
        var toBot: [Bool] = []
        for number in 0..<300 {
            toBot.append(try rig.consult(BuyerID(rawValue: "n\(number)")).handler == .bot(nil))
        }
        for start in 0...200 {
            #expect(toBot[start..<(start + 100)].count { $0 } == percent)
        }
    }

    @Test("DIV-7 hybrid: those who go elsewhere anyway do not move the counter")
    func hybridSticky() throws {
        var rig = try shop(.hybrid) { $0.percent = 50 }
        try rig.agent("a")
        var kinds: [Bool] = []
        for number in 0..<10 {
            kinds.append(try rig.consult(BuyerID(rawValue: "n\(number)")).handler == .bot(nil))
            _ = try rig.hear(BuyerID(rawValue: "x\(number)"), to: "a")
        }
        #expect(kinds == [false, true, false, true, false, true, false, true, false, true])
    }

    @Test("DIV-7: the built-in bot answers from the list, without regard to case, in Chinese too")
    func answers() throws {
        var rig = try shop(.botFirst)
        try rig.hear("b", "How do I RETURN it?")
        try rig.hear("b", "我要退货")
        #expect(said(rig) == ["Within 7 days.", "Within 7 days."])
        #expect(rig.handler(1) == .bot(nil))
    }

    @Test("DIV-7: no answer twice in a row hands over; an answer between starts the count again")
    func misses() throws {
        var rig = try shop(.botFirst)
        try rig.agent("a")
        try rig.hear("b", "what?")
        #expect(rig.handler(1) == .bot(nil))
        try rig.hear("b", "return")
        try rig.hear("b", "what?")
        #expect(rig.handler(1) == .bot(nil))
        let answer = try rig.hear("b", "what??")
        #expect(answer.handler == .agent("a"))
        #expect(said(rig).count == 3)
        #expect(rig.load("a")?.pending == 1)
    }

    @Test("DIV-7: an opening message that asks for a human goes to a human at once, and the bot says nothing")
    func opensWithHuman() throws {
        var rig = try shop(.botFirst)
        try rig.agent("a")
        #expect(try rig.hear("b", " 转人工 ").handler == .agent("a"))
        #expect(said(rig).isEmpty)
    }

    @Test("DIV-7: a bot and a human never answer the same message")
    func neverBoth() throws {
        var rig = try shop(.botFirst)
        try rig.agent("a")
        try rig.hear("b", "what?")
        try rig.hear("b", "人工")
        #expect(rig.handler(1) == .agent("a"))
        #expect(said(rig).count == 1)
        try rig.hear("b", "return")
        #expect(said(rig).count == 1)
        #expect(
            rig.refusal(.sendMessage(SendMessage(session: 1, message: "x", sender: .bot, text: "late")))
                == .notHandler)
    }

    @Test("DIV-7: an agent may not speak in a bot's session")
    func agentNotHandler() throws {
        var rig = try shop(.botFirst)
        try rig.agent("a")
        try rig.hear("b")
        #expect(
            rig.refusal(.sendMessage(SendMessage(session: 1, message: "x", sender: .agent("a"), text: "hi")))
                == .notHandler)
    }

    @Test("DIV-7: the call for a human leaves the bot; the buyer waits from then on")
    func call() throws {
        var rig = try shop(.botFirst)
        try rig.agent("a")
        try rig.hear("b", "return")
        rig.wait(.seconds(7))
        let answer = try rig.give(.askForHuman(AskForHuman(buyer: "b")))
        #expect(answer.handler == .agent("a"))
        #expect(answer.session == 1)
        #expect(rig.load("a")?.pending == 1)
        #expect(rig.desk.board.waiting.map(\.since) == [rig.now])
        try rig.reply(1)
        #expect(rig.load("a")?.pending == 0)
        #expect(rig.desk.loadsAgree())
    }

    @Test("DIV-7: the call opens a session if none is open; a second call changes nothing")
    func callOpens() throws {
        var rig = try shop(.botFirst)
        let first = try rig.give(.askForHuman(AskForHuman(buyer: "b")))
        #expect(first.handler == .pool)
        #expect(first.session == 1)
        let second = try rig.give(.askForHuman(AskForHuman(buyer: "b")))
        #expect(!second.changed)
        #expect(second.session == 1)
        try rig.agent("a")
        #expect(rig.handler(1) == .agent("a"))
        #expect(rig.load("a")?.pending == 1)
        #expect(rig.desk.loadsAgree())
    }

    @Test("DIV-7: a call to a session whose agent is offline is decided anew")
    func callOffline() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        try rig.hear("b")
        try rig.agent("c")
        try rig.presence("a", .offline)
        #expect(try rig.give(.askForHuman(AskForHuman(buyer: "b"))).handler == .agent("c"))
        #expect(rig.desk.loadsAgree())
    }

    @Test("DIV-7: with no human there a handover goes to the pool, not back to the bot")
    func handoverToPool() throws {
        var rig = try shop(.botFirst)
        try rig.hear("b", "人工")
        #expect(rig.handler(1) == .pool)
        try rig.agent("a")
        #expect(rig.handler(1) == .agent("a"))
    }

    @Test("DIV-7: the shop's own bot speaks through the API; two misses in a row hand over")
    func external() throws {
        var rig = try shop(.botFirst) { $0.kind = .external }
        try rig.agent("a")
        try rig.hear("b", "return")
        #expect(said(rig).isEmpty)
        try rig.reply(1, noAnswer: true)
        #expect(rig.handler(1) == .bot(nil))
        try rig.hear("b")
        try rig.reply(1)
        try rig.hear("b")
        try rig.reply(1, noAnswer: true)
        #expect(rig.handler(1) == .bot(nil))
        try rig.hear("b")
        try rig.reply(1, noAnswer: true)
        #expect(rig.handler(1) == .agent("a"))
        #expect(rig.load("a")?.pending == 1)
    }

    @Test("DIV-7: a bot hands over by saying so; an agent's session cannot be handed to a human")
    func handover() throws {
        var rig = try shop(.botFirst) { $0.kind = .external }
        try rig.agent("a")
        try rig.hear("b")
        let answer = try rig.give(
            .transferSession(TransferSession(session: 1, target: .human, reason: "stuck", by: .bot)))
        #expect(answer.handler == .agent("a"))
        #expect(
            rig.refusal(.transferSession(TransferSession(session: 1, target: .human, reason: "again")))
                == .sameHandler)
    }

    @Test("DIV-7: a group's humanFirst bot serves only while nobody of the group is online")
    func groupHumanFirst() throws {
        var rig = try DeskRig()
        try rig.group("g", states: [.noActiveOrder], bot: BotSettings(mode: .humanFirst))
        try rig.group("free")
        try rig.agent("a", groups: ["g"])
        try rig.agent("f", groups: ["free"])
        #expect(try rig.hear("b1").handler == .agent("a"))
        try rig.presence("a", .offline)
        #expect(try rig.hear("b2").handler == .bot("g"))
    }

    @Test("DIV-7: where the shop's hybrid says human, a group's botFirst bot still goes first")
    func groupUnderHybrid() throws {
        var rig = try shop(.hybrid) { $0.percent = 50 }
        try rig.group("g", states: [.noActiveOrder], bot: BotSettings(mode: .botFirst))
        try rig.agent("a", groups: ["g"])
        let handlers = try (0..<4).map { try rig.hear(BuyerID(rawValue: "n\($0)")).handler }
        #expect(handlers == [.bot("g"), .bot(nil), .bot("g"), .bot(nil)])
    }

    @Test("DIV-7: a session of a bot that was switched off is decided anew by the next message")
    func switchedOff() throws {
        var rig = try shop(.botFirst)
        try rig.agent("a")
        try rig.hear("b")
        try rig.settings { $0.bot.mode = .off }
        #expect(try rig.hear("b").handler == .agent("a"))
    }
}
