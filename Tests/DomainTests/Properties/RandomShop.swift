// Random commands to a small shop, from a seed: everything that a shop, its agents and its buyers may do.

@testable import Domain

struct RandomShop {
    var random: Seeded
    private var messages = 0
    private let agents: [AgentID] = (0..<7).map { AgentID(rawValue: "a\($0)") }
    private let groups: [GroupID] = ["g0", "g1", "g2"]
    private let items: [ItemID] = ["i0", "i1", "i2"]
    private let buyers: [BuyerID] = (0..<40).map { BuyerID(rawValue: "b\($0)") }

    init(seed: UInt64) { random = Seeded(seed) }

    private mutating func one<T>(_ list: [T]) -> T { list[random.below(list.count)] }
    private mutating func maybe<T>(_ percent: Int, _ list: [T]) -> T? { random.chance(percent) ? one(list) : nil }

    /// The shop, its groups and half of its agents.
    mutating func opening() -> [Command] {
        var list: [Command] = [.setShop(SetShop(name: "Shop"))]
        for group in groups { list.append(.setGroup(SetGroup(group: group, orderStates: states()))) }
        for agent in agents {
            list.append(setAgent(agent))
            list.append(.setPresence(SetPresence(agent: agent, state: .online)))
        }
        return list
    }

    private mutating func states() -> [OrderState] {
        var list: [OrderState] = []
        for state in OrderState.allCases where random.chance(20) { list.append(state) }
        return list
    }

    private mutating func setAgent(_ agent: AgentID) -> Command {
        var member: [GroupID] = []
        for group in groups where random.chance(45) { member.append(group) }
        return .setAgent(
            SetAgent(
                agent: agent, weight: one([0, 1, 1, 2, 3, 4, 6, 12]), groups: member,
                capacity: random.chance(40) ? 1 + random.below(4) : nil))
    }

    /// How long until the next command.
    mutating func pause() -> Domain.Span {
        switch random.below(100) {
        case 0..<30: Domain.Span(millis: 0)
        case 30..<90: Domain.Span(millis: Int64(random.below(20_000)))
        case 90..<98: .seconds(random.below(600))
        case 98: .minutes(random.below(300))
        default: .hours(random.below(30))
        }
    }

    mutating func command(_ desk: Desk) -> Command {
        messages += 1
        let message = MessageID(rawValue: "m\(messages)")
        switch random.below(1_000) {
        case 0..<400:
            return .receiveMessage(
                ReceiveMessage(
                    buyer: one(buyers), message: message, text: one(["hi", "hi", "ask", "what", "人工"]),
                    item: maybe(10, items), toAgent: maybe(5, agents)))
        case 400..<620:
            guard let session = session(desk) else { return presence() }
            let sender: Sender
            switch session.handler {
            case .agent(let agent): sender = .agent(agent)
            case .bot: sender = .bot
            case .queue, .pool: sender = .agent(one(agents))
            }
            return .sendMessage(
                SendMessage(
                    session: session.session, message: message, sender: sender, text: "re",
                    automatic: random.chance(15), noAnswer: sender == .bot && random.chance(40)))
        case 620..<720:
            guard let session = session(desk) else { return presence() }
            return .closeSession(CloseSession(session: session.session))
        case 720..<770:
            guard let session = session(desk) else { return presence() }
            let target: TransferTarget =
                switch random.below(3) {
                case 0: .agent(one(agents))
                case 1: .group(one(groups))
                default: .human
                }
            return .transferSession(
                TransferSession(
                    session: session.session, target: target, reason: "r", forced: random.chance(20)))
        case 770..<860: return presence()
        case 860..<880: return .noteStream(NoteStream(agent: one(agents), attached: random.chance(50)))
        case 880..<900: return .askForHuman(AskForHuman(buyer: one(buyers)))
        case 900..<930:
            return .setOrder(
                SetOrder(
                    order: OrderID(rawValue: "o\(random.below(60))"), buyer: one(buyers),
                    state: one(OrderState.allCases.filter { $0 != .noActiveOrder }),
                    updatedAt: desk.now - .minutes(random.below(100)), items: maybe(30, items).map { [$0] } ?? []))
        case 930..<950:
            return .setBuyer(
                SetBuyer(
                    buyer: one(buyers), memberLevel: random.below(3), segments: maybe(20, ["vip"]).map { [$0] } ?? [],
                    exclusiveAgent: maybe(30, agents)))
        case 950..<960:
            return .importMessage(
                ImportMessage(
                    buyer: one(buyers), message: MessageID(rawValue: "i\(random.below(200))"),
                    at: desk.now - .hours(random.below(80)), agent: maybe(60, agents), text: "old"))
        case 960..<975: return setAgent(one(agents))
        case 975..<983:
            var bot: BotSettings?
            if random.chance(30) { bot = self.bot() }
            return .setGroup(
                SetGroup(
                    group: one(groups), orderStates: states(), products: maybe(30, items).map { [$0] } ?? [], bot: bot))
        case 983..<985: return .removeGroup(RemoveGroup(group: one(groups)))
        case 985..<987: return .removeAgent(RemoveAgent(agent: one(agents)))
        default: return settings(desk)
        }
    }

    private mutating func presence() -> Command {
        .setPresence(
            SetPresence(agent: one(agents), state: one([.online, .online, .online, .suspended, .offline])))
    }

    private mutating func bot() -> BotSettings {
        var bot = BotSettings(mode: one(BotMode.allCases))
        bot.kind = one(BotKind.allCases)
        bot.percent = one([0, 30, 50, 100])
        bot.answers = [BotAnswer(questions: ["ask"], answer: "answer")]
        return bot
    }

    private mutating func settings(_ desk: Desk) -> Command {
        var diversion = desk.roster.settings.diversion
        switch random.below(8) {
        case 0: diversion.busyThreshold = random.below(5)
        case 1: diversion.stickyIgnoresCapacity.toggle()
        case 2: diversion.unboundPick = one(UnboundPick.allCases)
        case 3: diversion.autoSuspendAt = random.chance(50) ? 1 + random.below(6) : nil
        case 4: diversion.queueLimit = 1 + random.below(8)
        case 5: diversion.poolPerAgentMinute = 1 + random.below(5)
        case 6: return .setSettings(SetSettings(bot: bot()))
        default:
            return .setSettings(
                SetSettings(
                    memberPriority: MemberPrioritySettings(
                        enabled: random.chance(60), minLevel: 1 + random.below(2), segments: ["vip"])))
        }
        return .setSettings(SetSettings(diversion: diversion))
    }

    private mutating func session(_ desk: Desk) -> SessionView? {
        let open = desk.openSessions(SessionFilter()).list
        return open.isEmpty ? nil : one(open)
    }
}

/// A run of random commands with everything that came of it.
struct RandomRun {
    var shop: RandomShop
    var desk: Desk
    var now = DeskRig.start
    var next: UInt64 = 1
    var records: [EventRecord] = []
    var refused = 0
    /// Commands so far, with their times.
    var given: [(command: Command, at: Timestamp)] = []

    init(seed: UInt64, limits: DeskLimits = .init()) {
        shop = RandomShop(seed: seed)
        desk = Desk(id: "shop", limits: limits)
        for command in shop.opening() { give(command) }
    }

    mutating func step() {
        now = now + shop.pause()
        desk.advance(to: now, next: &next, into: &records)
        give(shop.command(desk))
    }

    mutating func give(_ command: Command) {
        given.append((command, now))
        if Self.give(command, at: now, to: &desk, &next, &records) == nil { refused += 1 }
    }

    /// The answer; nil for a refusal.
    @discardableResult
    static func give(
        _ command: Command, at: Timestamp, to desk: inout Desk, _ next: inout UInt64, _ records: inout [EventRecord]
    ) -> Answer? {
        do {
            return try desk.handle(command, at: at, next: &next, into: &records)
        } catch {
            return nil
        }
    }
}
