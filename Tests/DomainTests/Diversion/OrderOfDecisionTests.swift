import Testing

@testable import Domain

@Suite("DIV-1 the order of decision")
struct OrderOfDecisionTests {
    @Test("DIV-1: a message that continues an open session goes to its handler, whoever is idle")
    func continued() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        let first = try rig.hear("b")
        try rig.agent("c", weight: 1_000)
        let second = try rig.hear("b", to: "c")
        #expect(second.handler == .agent("a"))
        #expect(second.rule == .continued)
        #expect(second.session == first.session)
    }

    @Test(
        "DIV-1 step 1: the named agent, online or suspended, before a recent contact",
        arguments: [
            Presence.online, .suspended,
        ])
    func named(presence: Presence) throws {
        var rig = try DeskRig()
        try rig.agent("contact")
        try rig.close(rig.hear("b").session)
        try rig.agent("wanted", presence)
        let answer = try rig.hear("b", to: "wanted")
        #expect(answer.handler == .agent("wanted"))
        #expect(answer.rule == .named)
    }

    @Test("DIV-1 step 1: an offline named agent is passed over")
    func namedOffline() throws {
        var rig = try DeskRig()
        try rig.agent("contact")
        try rig.close(rig.hear("b").session)
        try rig.agent("wanted", .offline)
        let answer = try rig.hear("b", to: "wanted")
        #expect(answer.rule == .recentContact24h)
    }

    @Test("DIV-1 step 1: naming an unknown agent is refused")
    func namedUnknown() throws {
        var rig = try DeskRig()
        #expect(
            rig.refusal(
                .receiveMessage(
                    ReceiveMessage(buyer: "b", message: MessageID(rawValue: "m"), text: "", toAgent: "nobody")))
                == .unknownAgent("nobody"))
    }

    @Test("DIV-1 steps 2–4: recent contact before the exclusive agent")
    func contactBeforeExclusive() throws {
        var rig = try DeskRig()
        try rig.agent("contact")
        try rig.close(rig.hear("b").session)
        try rig.agent("own")
        try rig.member("b", level: 0, exclusive: "own")
        #expect(try rig.hear("b").rule == .recentContact24h)
    }

    @Test(
        "DIV-1 step 4: the exclusive agent if online; suspended or offline decides anew",
        arguments: [
            (Presence.online, Rule.exclusiveAgent), (.suspended, .unboundState), (.offline, .unboundState),
        ])
    func exclusive(presence: Presence, rule: Rule) throws {
        var rig = try DeskRig()
        try rig.agent("other", weight: 1_000)
        try rig.agent("own", weight: 0, presence)
        try rig.member("b", level: 0, exclusive: "own")
        #expect(try rig.hear("b").rule == rule)
    }

    @Test(
        "DIV-1 step 5: nobody online goes to the pool; with a bot of any mode, to the bot",
        arguments: [
            (BotMode.off, Handler.pool, Rule.pooled), (.humanFirst, .bot(nil), .bot), (.botFirst, .bot(nil), .bot),
            (.hybrid, .bot(nil), .bot),
        ])
    func nobodyOnline(mode: BotMode, handler: Handler, rule: Rule) throws {
        var rig = try DeskRig()
        try rig.agent("a", .suspended)
        try rig.settings { $0.bot.mode = mode }
        let answer = try rig.hear("b")
        #expect(answer.handler == handler)
        #expect(answer.rule == rule)
    }

    @Test("DIV-1 step 5: nobody online and the shop without a bot: the bot of the bound group")
    func groupBotAtNight() throws {
        var rig = try DeskRig()
        try rig.group("g", states: [.noActiveOrder], bot: BotSettings(mode: .botFirst))
        #expect(try rig.hear("b").handler == .bot("g"))
    }

    @Test("DIV-1 step 6: a bot that goes first comes after stickiness and before the share")
    func botFirst() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        try rig.close(rig.hear("known").session)
        try rig.settings { $0.bot.mode = .botFirst }
        #expect(try rig.hear("known").rule == .recentContact24h)
        #expect(try rig.hear("new").handler == .bot(nil))
    }

    @Test("DIV-1 step 7: a group's own bot goes before its agents, but only for what is bound to it")
    func groupBot() throws {
        var rig = try DeskRig()
        try rig.group("g", states: [.unpaid], bot: BotSettings(mode: .botFirst))
        try rig.agent("a", groups: ["g"])
        try rig.order("o", of: "payer", .unpaid)
        #expect(try rig.hear("payer").handler == .bot("g"))
        #expect(try rig.hear("other").handler == .agent("a"))
    }

    @Test(
        "DIV-1: steps 1–4 may exceed a capacity by default, and may not if the shop forbids it",
        arguments: [
            true, false,
        ])
    func stickyCapacity(ignores: Bool) throws {
        var rig = try DeskRig()
        try rig.settings { $0.diversion.stickyIgnoresCapacity = ignores }
        try rig.agent("a", capacity: 1)
        try rig.close(rig.hear("known").session)
        try rig.hear("new")
        let named = try rig.hear("named", to: "a")
        let known = try rig.hear("known")
        try rig.member("own", level: 0, exclusive: "a")
        let own = try rig.hear("own")
        let handler: Handler = ignores ? .agent("a") : .queue
        #expect([named.handler, known.handler, own.handler] == [handler, handler, handler])
        #expect(rig.load("a")?.open == (ignores ? 4 : 1))
    }

    @Test("DIV-1: a message to a session whose handler is offline is decided anew, in the same session")
    func handlerOffline() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        let first = try rig.hear("b")
        try rig.agent("c")
        try rig.presence("a", .offline)
        #expect(rig.handler(first.session) == .agent("a"))
        let second = try rig.hear("b")
        #expect(second.session == first.session)
        #expect(second.handler == .agent("c"))
        #expect(second.rule == .unboundState)
        #expect(rig.load("a")?.open == 0)
        #expect(rig.load("a")?.pending == 0)
        #expect(rig.load("c")?.pending == 1)
    }

    @Test("DIV-1: the session of a removed agent is decided anew")
    func removedAgent() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        let first = try rig.hear("b")
        try rig.give(.removeAgent(RemoveAgent(agent: "a")))
        #expect(try rig.hear("b").handler == .pool)
        try rig.agent("c")
        #expect(rig.handler(first.session) == .agent("c"))
    }

    @Test("DIV-1: a shop that was never set refuses every command")
    func unknownShop() throws {
        var desk = Desk(id: "none")
        var next: UInt64 = 1
        var out: [EventRecord] = []
        #expect(throws: Refusal.unknownShop) {
            _ = try desk.handle(
                .setPresence(SetPresence(agent: "a", state: .online)), at: DeskRig.start, next: &next, into: &out)
        }
        #expect(out.isEmpty)
    }
}
