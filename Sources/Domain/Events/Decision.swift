// What a decision of DIV-1 was made from and what it came to, as events keep it (DIV-10).
// Numbers are the journal's: never reuse one (Protocols/Journal.md).

/// A decision of DIV-1 with what it was made from; the roster at that moment is found in the journal (DIV-10). Decisions
/// that differ in nothing but the time of the recent contact may share all else, so that handing one on costs one
/// reference count.
public struct Decision: Hashable, Sendable {
    package let words: DecisionWords
    /// Of the inquiry.
    public let contactAt: Timestamp?

    public var handler: Handler { words.handler }
    public var rule: Rule { words.rule }
    public var cause: DecisionCause { words.cause }
    public var settingsVersion: Int { words.settingsVersion }
    /// MEM-1, a flag beside the rule.
    public var priorityMember: Bool { words.priorityMember }
    /// DIV-3: the lane that was shared out, if steps 7–8 decided.
    public var lane: LaneKey? { words.lane }
    /// DIV-7 hybrid: whose counter this decision moved; nil if none's.
    public var hybrid: BotOwner? { words.hybrid }

    public var inquiry: Inquiry {
        var inquiry = words.inquiry
        inquiry.contactAt = contactAt
        return inquiry
    }

    public init(
        handler: Handler, rule: Rule, cause: DecisionCause, settingsVersion: Int, priorityMember: Bool,
        inquiry: Inquiry, lane: LaneKey? = nil, hybrid: BotOwner? = nil
    ) {
        self.init(
            DecisionWords(
                handler: handler, rule: rule, cause: cause, settingsVersion: settingsVersion,
                priorityMember: priorityMember, inquiry: inquiry, lane: lane, hybrid: hybrid),
            contactAt: inquiry.contactAt)
    }

    init(_ words: DecisionWords, contactAt: Timestamp?) {
        self.words = words
        self.contactAt = contactAt
    }
}

extension Decision: Codable {
    enum CodingKeys: Int, CodingKey {
        case handler = 1
        case rule = 2
        case cause = 3
        case settingsVersion = 4
        case priorityMember = 5
        case inquiry = 6
        case lane = 7
        case hybrid = 8
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            handler: try fields.decode(Handler.self, forKey: .handler),
            rule: try fields.decode(Rule.self, forKey: .rule),
            cause: try fields.decode(DecisionCause.self, forKey: .cause),
            settingsVersion: try fields.decode(Int.self, forKey: .settingsVersion),
            priorityMember: try fields.decode(Bool.self, forKey: .priorityMember),
            inquiry: try fields.decode(Inquiry.self, forKey: .inquiry),
            lane: try fields.decodeIfPresent(LaneKey.self, forKey: .lane),
            hybrid: try fields.decodeIfPresent(BotOwner.self, forKey: .hybrid))
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(handler, forKey: .handler)
        try fields.encode(rule, forKey: .rule)
        try fields.encode(cause, forKey: .cause)
        try fields.encode(settingsVersion, forKey: .settingsVersion)
        try fields.encode(priorityMember, forKey: .priorityMember)
        try fields.encode(inquiry, forKey: .inquiry)
        try fields.encodeIfPresent(lane, forKey: .lane)
        try fields.encodeIfPresent(hybrid, forKey: .hybrid)
    }
}

/// All of a decision but the time of the recent contact.
package final class DecisionWords: Hashable, Sendable {
    let handler: Handler
    let rule: Rule
    let cause: DecisionCause
    let settingsVersion: Int
    let priorityMember: Bool
    /// Without `contactAt`.
    package let inquiry: Inquiry
    let lane: LaneKey?
    let hybrid: BotOwner?

    init(
        handler: Handler, rule: Rule, cause: DecisionCause, settingsVersion: Int, priorityMember: Bool,
        inquiry: Inquiry, lane: LaneKey?, hybrid: BotOwner?
    ) {
        self.handler = handler
        self.rule = rule
        self.cause = cause
        self.settingsVersion = settingsVersion
        self.priorityMember = priorityMember
        var inquiry = inquiry
        inquiry.contactAt = nil
        self.inquiry = inquiry
        self.lane = lane
        self.hybrid = hybrid
    }

    package static func == (a: DecisionWords, b: DecisionWords) -> Bool {
        a === b
            || a.rule == b.rule && a.cause == b.cause && a.handler == b.handler
                && a.settingsVersion == b.settingsVersion && a.priorityMember == b.priorityMember
                && a.inquiry == b.inquiry && a.lane == b.lane && a.hybrid == b.hybrid
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(rule)
        hasher.combine(cause)
        hasher.combine(handler)
    }
}

/// What DIV-1 is asked about one buyer. Everything that a decision reads besides the roster and the time.
public struct Inquiry: Hashable, Codable, Sendable {
    /// Step 1.
    public let named: AgentID?
    /// Steps 2 and 3, of whatever age.
    public let contact: AgentID?
    public fileprivate(set) var contactAt: Timestamp?
    /// Step 4.
    public let exclusive: AgentID?
    public let orderState: OrderState
    /// DIV-4: the products that the message is about.
    public let items: [ItemID]
    /// Steps 5–7 may not give it to a bot: it came from one, or the buyer asked for a human.
    public let withoutBot: Bool
    /// DIV-9: only agents of this group.
    public let onlyGroup: GroupID?
    /// DIV-9, DIV-12: not this agent.
    public let notAgent: AgentID?

    public init(
        named: AgentID? = nil, contact: AgentID? = nil, contactAt: Timestamp? = nil, exclusive: AgentID? = nil,
        orderState: OrderState = .noActiveOrder, items: [ItemID] = [], withoutBot: Bool = false,
        onlyGroup: GroupID? = nil, notAgent: AgentID? = nil
    ) {
        self.named = named
        self.contact = contact
        self.contactAt = contactAt
        self.exclusive = exclusive
        self.orderState = orderState
        self.items = items
        self.withoutBot = withoutBot
        self.onlyGroup = onlyGroup
        self.notAgent = notAgent
    }

    enum CodingKeys: Int, CodingKey {
        case named = 1
        case contact = 2
        case contactAt = 3
        case exclusive = 4
        case orderState = 5
        case items = 6
        case withoutBot = 7
        case onlyGroup = 8
        case notAgent = 9
    }
}

/// The agents over whom one counter of DIV-3 shares out.
public enum LaneKey: Hashable, Sendable {
    /// All agents of all groups.
    case all
    /// The agents of these groups, in order of their IDs.
    case groups([GroupID])
    /// DIV-4 fallback: the agents of the groups that are bound to nothing.
    case unbound
    /// DIV-4 fallback: every agent.
    case anyone
}

/// Whose bot.
public enum BotOwner: Hashable, Sendable {
    case shop
    case group(GroupID)
}
