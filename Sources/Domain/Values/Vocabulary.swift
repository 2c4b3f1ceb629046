// Words of the field that commands, events and views share.

/// DIV-6. `suspended` takes no new buyers; recent contacts and those who name the agent still arrive.
public enum Presence: Int, Codable, Sendable, CaseIterable {
    case offline = 0
    case online = 1
    case suspended = 2
}

/// DIV-4. A buyer's state is that of the most recently updated order that is not completed; else `completed` if one
/// was completed within `completedOrderDays`; else `noActiveOrder`.
public enum OrderState: Int, Codable, Sendable, CaseIterable {
    case noActiveOrder = 0
    case unpaid = 1
    case unshipped = 2
    case partlyShipped = 3
    case shipped = 4
    case completed = 5
    case refunding = 6
}

/// MSG-2.
public enum MessageClass: Int, Codable, Sendable, CaseIterable {
    case chat = 0
    case service = 1
    case system = 2
    case marketing = 3
    case subscribed = 4
}

/// What a buyer's message is.
public enum MessageKind: Int, Codable, Sendable, CaseIterable {
    case text = 0
    case orderCard = 1
}

/// Who has a session now.
public enum Handler: Hashable, Sendable {
    case agent(AgentID)
    /// The shop's bot, or the bot of a group.
    case bot(GroupID?)
    /// Every candidate is full (DIV-6).
    case queue
    /// Nobody could take it (DIV-8).
    case pool

    public var agent: AgentID? {
        if case .agent(let id) = self { id } else { nil }
    }

    /// Neither a human has it, nor does it wait for the next free one.
    var isNoHuman: Bool {
        switch self {
        case .agent, .queue: false
        case .bot, .pool: true
        }
    }
}

extension Handler: Codable {
    enum CodingKeys: Int, CodingKey {
        case kind = 1
        case agent = 2
        case group = 3
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        switch try c.decode(Int.self, forKey: .kind) {
        case 1: self = .agent(try c.decode(AgentID.self, forKey: .agent))
        case 2: self = .bot(try c.decodeIfPresent(GroupID.self, forKey: .group))
        case 3: self = .queue
        case 4: self = .pool
        case let other:
            throw DecodingError.dataCorruptedError(
                forKey: .kind, in: c, debugDescription: "unknown handler kind \(other)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .agent(let id):
            try c.encode(1, forKey: .kind)
            try c.encode(id, forKey: .agent)
        case .bot(let group):
            try c.encode(2, forKey: .kind)
            try c.encodeIfPresent(group, forKey: .group)
        case .queue: try c.encode(3, forKey: .kind)
        case .pool: try c.encode(4, forKey: .kind)
        }
    }
}

/// The rule that fired, in the order of DIV-1.
public enum Rule: Int, Codable, Sendable, CaseIterable {
    /// The message continues an open session whose handler is there.
    case continued = 0
    /// DIV-1 step 1.
    case named = 1
    /// DIV-1 step 2.
    case recentContact24h = 2
    /// DIV-1 step 3.
    case recentContact72h = 3
    /// DIV-1 step 4.
    case exclusiveAgent = 4
    /// DIV-1 steps 5, 6 and 7.
    case bot = 5
    /// DIV-4, a group bound to the buyer's order state or product.
    case groupState = 6
    /// DIV-4, a state to which no group is bound.
    case unboundState = 7
    /// DIV-4, nobody online where the binding points.
    case fallbackAnyone = 8
    /// DIV-6, all candidates are full.
    case queued = 9
    /// DIV-8.
    case pooled = 10
    /// DIV-9.
    case transferred = 11
    /// DIV-12.
    case rescued = 12
}

/// What made the desk decide.
public enum DecisionCause: Int, Codable, Sendable, CaseIterable {
    /// A message that opens a session.
    case arrival = 0
    /// A message to an open session whose handler is offline.
    case handlerOffline = 1
    /// DIV-8: an agent came online, or a minute's allowance came back.
    case poolDrain = 2
    /// DIV-6: a place became free.
    case queuePull = 3
    /// DIV-7: the bot had no answer twice in a row.
    case botNoAnswer = 4
    /// DIV-7: the bot said so.
    case botHandover = 5
    /// DIV-7: the buyer asked for a human.
    case humanAsked = 6
    /// DIV-9.
    case transfer = 7
    /// The message continued its session.
    case continued = 8
}

/// Why a session ended (DIV-13).
public enum SessionEnd: Int, Codable, Sendable, CaseIterable {
    case closed = 0
    case idle = 1
    case abandoned = 2
}

/// Why a presence changed (DIV-6).
public enum PresenceCause: Int, Codable, Sendable, CaseIterable {
    case manual = 0
    case streamLost = 1
    case autoSuspended = 2
    case autoResumed = 3
    case removed = 4
}
