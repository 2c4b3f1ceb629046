// One desk with a clock that only moves when told, for tests: short verbs for the commands, every event kept.

@testable import Domain

struct DeskRig {
    static let start = Timestamp(millis: 1_772_413_200_000)  // 2026-03-02T01:00:00Z, 09:00 in Shanghai

    var desk: Desk
    var now = Self.start
    var next: UInt64 = 1
    var records: [EventRecord] = []
    private var messages = 0

    init(limits: DeskLimits = .init()) throws {
        desk = Desk(id: "shop", limits: limits)
        try give(.setShop(SetShop(name: "Shop")))
    }

    // MARK: Commands

    @discardableResult
    mutating func give(_ command: Command, stamp: CommandStamp? = nil) throws -> Answer {
        try desk.handle(command, stamp: stamp, at: now, next: &next, into: &records)
    }

    /// The refusal of a command, which must leave no event; nil if it was not refused.
    mutating func refusal(_ command: Command) -> Refusal? {
        let before = records.count
        do {
            _ = try desk.handle(command, at: now, next: &next, into: &records)
            return nil
        } catch {
            return records.count == before ? error : nil
        }
    }

    mutating func wait(_ span: Domain.Span) {
        now = now + span
        desk.advance(to: now, next: &next, into: &records)
    }

    mutating func wait(millis: Int64) { wait(Domain.Span(millis: millis)) }

    mutating func settings(_ change: (inout ShopSettings) -> Void) throws {
        var settings = desk.roster.settings
        change(&settings)
        try give(
            .setSettings(
                SetSettings(
                    diversion: settings.diversion, bot: settings.bot, memberPriority: settings.memberPriority,
                    scoring: settings.scoring, asOperator: true)))
    }

    mutating func agent(
        _ id: AgentID, weight: Int = 100, groups: [GroupID] = [], capacity: Int? = nil, _ presence: Presence = .online
    ) throws {
        try give(.setAgent(SetAgent(agent: id, weight: weight, groups: groups, capacity: capacity)))
        try give(.setPresence(SetPresence(agent: id, state: presence)))
    }

    mutating func presence(_ id: AgentID, _ state: Presence) throws {
        try give(.setPresence(SetPresence(agent: id, state: state)))
    }

    mutating func group(
        _ id: GroupID, states: [OrderState] = [], products: [ItemID] = [], bot: BotSettings? = nil
    ) throws {
        try give(.setGroup(SetGroup(group: id, orderStates: states, products: products, bot: bot)))
    }

    mutating func order(_ id: OrderID, of buyer: BuyerID, _ state: OrderState, items: [ItemID] = []) throws {
        try give(.setOrder(SetOrder(order: id, buyer: buyer, state: state, updatedAt: now, items: items)))
    }

    mutating func member(_ buyer: BuyerID, level: Int = 1, segments: [String] = [], exclusive: AgentID? = nil) throws {
        try give(
            .setBuyer(SetBuyer(buyer: buyer, memberLevel: level, segments: segments, exclusiveAgent: exclusive)))
    }

    /// The buyer writes.
    @discardableResult
    mutating func hear(
        _ buyer: BuyerID, _ text: String = "hello", to agent: AgentID? = nil, item: ItemID? = nil,
        order: OrderID? = nil
    ) throws -> Answer {
        messages += 1
        return try give(
            .receiveMessage(
                ReceiveMessage(
                    buyer: buyer, message: MessageID(rawValue: "m\(messages)"), text: text, order: order, item: item,
                    toAgent: agent)))
    }

    /// The handler of a session writes.
    mutating func reply(
        _ session: SessionID?, automatic: Bool = false, messageClass: MessageClass = .chat, noAnswer: Bool = false
    ) throws {
        guard let session, let slot = desk.sessions.find(session.number) else { throw RigFault.noSession }
        messages += 1
        let sender: Sender
        switch desk.handler(slot) {
        case .agent(let agent): sender = .agent(agent)
        case .bot: sender = .bot
        case .queue, .pool: throw RigFault.noHandler
        }
        try give(
            .sendMessage(
                SendMessage(
                    session: session, message: MessageID(rawValue: "m\(messages)"), sender: sender, text: "reply",
                    messageClass: messageClass, automatic: automatic, noAnswer: noAnswer)))
    }

    mutating func close(_ session: SessionID?) throws {
        guard let session else { throw RigFault.noSession }
        try give(.closeSession(CloseSession(session: session)))
    }

    @discardableResult
    mutating func transfer(_ session: SessionID?, _ target: TransferTarget, forced: Bool = false) throws -> Answer {
        guard let session else { throw RigFault.noSession }
        return try give(
            .transferSession(TransferSession(session: session, target: target, reason: "test", forced: forced)))
    }

    /// A new buyer writes, is answered and the session closed, so that it leaves no load.
    mutating func consult(_ buyer: BuyerID, item: ItemID? = nil) throws -> Answer {
        let answer = try hear(buyer, item: item)
        if case .agent = answer.handler {
            try reply(answer.session)
            try close(answer.session)
        }
        return answer
    }

    // MARK: Looking

    /// How many of `count` new buyers each agent gets, each answered at once.
    mutating func spread(_ count: Int, prefix: String = "n") throws -> [AgentID: Int] {
        var got: [AgentID: Int] = [:]
        for number in 0..<count {
            if let agent = try consult(BuyerID(rawValue: "\(prefix)\(number)")).handler?.agent {
                got[agent, default: 0] += 1
            }
        }
        return got
    }

    func handler(_ session: SessionID?) -> Handler? {
        session.flatMap { desk.openSessionView($0)?.view.handler }
    }

    func load(_ agent: AgentID) -> (open: Int, pending: Int)? {
        desk.roster.slot(of: agent).map { desk.roster.load(of: $0) }
    }

    func presence(_ agent: AgentID) -> Presence? {
        desk.roster.slot(of: agent).map { desk.roster.agents[$0].presence }
    }

    func ends() -> [SessionEnd] {
        records.compactMap { if case .sessionEnded(let body) = $0.event { body.end } else { nil } }
    }

    /// The explanation of a decision, from the whole journal.
    func explain(_ decision: DecisionID?) -> Explanation? {
        guard let decision, let last = records.firstIndex(where: { $0.sequence == decision.sequence }) else {
            return nil
        }
        return Explanation(history: Array(records[...last]))
    }
}

enum RigFault: Error {
    case noSession
    case noHandler
}

extension ShopID: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(rawValue: text) }
}

extension AgentID: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(rawValue: text) }
}

extension BuyerID: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(rawValue: text) }
}

extension GroupID: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(rawValue: text) }
}

extension OrderID: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(rawValue: text) }
}

extension ItemID: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(rawValue: text) }
}

extension SessionID: ExpressibleByIntegerLiteral {
    public init(integerLiteral number: UInt64) { self.init(number) }
}

extension MessageID: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(rawValue: text) }
}

/// SplitMix64: the same numbers on every machine.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}
