// RR-3: a turn, from the first buyer message that one account had to answer to what became of it. Turns are the facts
// that every definition is computed from; they hold no limit, no hours and no verdict.

/// Who had to answer.
public enum ScoreAccount: Hashable, Comparable, Sendable {
    case agent(AgentID)
    /// The shop's bot or a group's.
    case bot
    /// Every candidate was full (DIV-6).
    case queue
    /// Nobody could take it (DIV-8).
    case pool

    public init(_ handler: Handler) {
        switch handler {
        case .agent(let agent): self = .agent(agent)
        case .bot: self = .bot
        case .queue: self = .queue
        case .pool: self = .pool
        }
    }

    public var agent: AgentID? {
        if case .agent(let agent) = self { agent } else { nil }
    }

    public var kind: Kind {
        switch self {
        case .agent: .agent
        case .bot: .bot
        case .queue: .queue
        case .pool: .pool
        }
    }

    public init(kind: Kind, agent: AgentID?) {
        switch kind {
        case .agent: self = .agent(agent ?? AgentID(rawValue: "?"))
        case .bot: self = .bot
        case .queue: self = .queue
        case .pool: self = .pool
        }
    }

    public enum Kind: Int, Codable, Sendable, Named {
        case agent = 1
        case bot = 2
        case queue = 3
        case pool = 4
        public var name: String { "\(self)" }
    }
}

extension ScoreAccount: Codable {
    enum CodingKeys: Int, CodingKey {
        case kind = 1
        case agent = 2
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            kind: try c.decode(Kind.self, forKey: .kind), agent: try c.decodeIfPresent(AgentID.self, forKey: .agent))
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        try c.encode(kind, forKey: .kind)
        try c.encodeIfPresent(agent, forKey: .agent)
    }
}

/// How a turn came to its end.
public enum TurnEnd: Int, Codable, Sendable, Named {
    /// RR-2: a human answered; of a bot's turn, the bot had an answer.
    case answered = 1
    /// Somebody else got the buyer, who went on waiting.
    case passedOn = 2
    /// The session was ended.
    case sessionEnded = 3
    /// The buyer asked again on another day (RR-4).
    case dayOver = 4
    public var name: String { "\(self)" }
}

public struct Turn: Hashable, Codable, Sendable {
    /// Within its shop, from 1, in the order in which turns began.
    public var number: UInt64
    public var buyer: BuyerID
    public var session: SessionID
    public var account: ScoreAccount
    /// The day of the question in the shop's zone of that moment, and how far into it the clocks on the wall were.
    public var day: CivilDay
    public var wallMillis: Int64
    /// When that day ended.
    public var dayEndsAt: Timestamp
    /// The stamp of the buyer's first message in it.
    public var questionAt: Timestamp
    /// When this account's clock began: the question, or when the waiting buyer was given to it.
    public var startedAt: Timestamp
    /// The first message that says more than thanks; nil if none does.
    public var plainAt: Timestamp?
    public var messages: Int
    /// Nil while it runs.
    public var end: TurnEnd?
    public var endedAt: Timestamp?

    public init(
        number: UInt64, buyer: BuyerID, session: SessionID, account: ScoreAccount, day: CivilDay, wallMillis: Int64,
        dayEndsAt: Timestamp, questionAt: Timestamp, startedAt: Timestamp, plainAt: Timestamp?, messages: Int = 1,
        end: TurnEnd? = nil, endedAt: Timestamp? = nil
    ) {
        self.number = number
        self.buyer = buyer
        self.session = session
        self.account = account
        self.day = day
        self.wallMillis = wallMillis
        self.dayEndsAt = dayEndsAt
        self.questionAt = questionAt
        self.startedAt = startedAt
        self.plainAt = plainAt
        self.messages = messages
        self.end = end
        self.endedAt = endedAt
    }

    enum CodingKeys: Int, CodingKey {
        case number = 1
        case buyer = 2
        case session = 3
        case account = 4
        case day = 5
        case wallMillis = 6
        case dayEndsAt = 7
        case questionAt = 8
        case startedAt = 9
        case plainAt = 10
        case messages = 11
        case end = 12
        case endedAt = 13
    }
}
