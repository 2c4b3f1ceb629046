// What queries are answered with. Views are plain values; the edge turns them into JSON.

/// The answer to a query.
public enum View: Hashable, Sendable {
    case shop(ShopView)
    case settings(ShopSettings)
    case agents([AgentView])
    case groups([SetGroup])
    case buyer(BuyerView)
    case board(BoardView)
    case sessions([SessionView], next: UInt64?)
    case session(SessionView, history: [HandlerStep])
    case messages([MessageView], next: UInt64?)
    case decision(Explanation)
    case diagnosis(Diagnosis)
}

public struct ShopView: Hashable, Codable, Sendable {
    public var id: ShopID
    public var shop: SetShop
    public var settingsVersion: Int

    public init(id: ShopID, shop: SetShop, settingsVersion: Int) {
        self.id = id
        self.shop = shop
        self.settingsVersion = settingsVersion
    }

    enum CodingKeys: Int, CodingKey {
        case id = 1
        case shop = 2
        case settingsVersion = 3
    }
}

/// An exact fraction, such as an effective weight (DIV-5). The denominator is at least 1.
public struct Fraction: Hashable, Codable, Sendable {
    public var numerator: Int
    public var denominator: Int

    public init(_ numerator: Int, _ denominator: Int) {
        self.numerator = numerator
        self.denominator = denominator
    }

    enum CodingKeys: Int, CodingKey {
        case numerator = 1
        case denominator = 2
    }
}

public struct AgentView: Hashable, Codable, Sendable {
    public var agent: AgentID
    public var name: String
    public var groups: [GroupID]
    public var weight: Int
    public var capacity: Int?
    public var presence: Presence
    /// The suspension is the desk's own (DIV-6), not the agent's.
    public var autoSuspended: Bool
    public var open: Int
    public var pending: Int
    /// DIV-5.
    public var effectiveWeight: Fraction
    public var busy: Bool
    /// An agent's stream is open (DIV-6).
    public var streaming: Bool

    public init(
        agent: AgentID, name: String, groups: [GroupID], weight: Int, capacity: Int?, presence: Presence,
        autoSuspended: Bool, open: Int, pending: Int, effectiveWeight: Fraction, busy: Bool, streaming: Bool
    ) {
        self.agent = agent
        self.name = name
        self.groups = groups
        self.weight = weight
        self.capacity = capacity
        self.presence = presence
        self.autoSuspended = autoSuspended
        self.open = open
        self.pending = pending
        self.effectiveWeight = effectiveWeight
        self.busy = busy
        self.streaming = streaming
    }

    enum CodingKeys: Int, CodingKey {
        case agent = 1
        case name = 2
        case groups = 3
        case weight = 4
        case capacity = 5
        case presence = 6
        case autoSuspended = 7
        case open = 8
        case pending = 9
        case effectiveWeight = 10
        case busy = 11
        case streaming = 12
    }
}

public struct BuyerView: Hashable, Codable, Sendable {
    public var buyer: SetBuyer
    public var orderState: OrderState
    public var orders: [SetOrder]
    public var contact: AgentID?
    public var contactAt: Timestamp?
    public var session: SessionID?

    public init(
        buyer: SetBuyer, orderState: OrderState, orders: [SetOrder], contact: AgentID?, contactAt: Timestamp?,
        session: SessionID?
    ) {
        self.buyer = buyer
        self.orderState = orderState
        self.orders = orders
        self.contact = contact
        self.contactAt = contactAt
        self.session = session
    }

    enum CodingKeys: Int, CodingKey {
        case buyer = 1
        case orderState = 2
        case orders = 3
        case contact = 4
        case contactAt = 5
        case session = 6
    }
}

/// A session in which a message of the buyer waits for a human.
public struct WaitingView: Hashable, Codable, Sendable {
    public var session: SessionID
    public var buyer: BuyerID
    public var handler: Handler
    /// The first message that waits.
    public var message: MessageID
    public var since: Timestamp
    /// `since` plus three minutes (RR-1).
    public var deadlineAt: Timestamp

    public init(
        session: SessionID, buyer: BuyerID, handler: Handler, message: MessageID, since: Timestamp,
        deadlineAt: Timestamp
    ) {
        self.session = session
        self.buyer = buyer
        self.handler = handler
        self.message = message
        self.since = since
        self.deadlineAt = deadlineAt
    }

    enum CodingKeys: Int, CodingKey {
        case session = 1
        case buyer = 2
        case handler = 3
        case message = 4
        case since = 5
        case deadlineAt = 6
    }
}

public struct BoardView: Hashable, Codable, Sendable {
    /// The time of the shop's desk.
    public var at: Timestamp
    public var agents: [AgentView]
    /// How many wait in the queue, in the pool, and with a bot.
    public var queued: Int
    public var pooled: Int
    public var withBot: Int
    public var open: Int
    /// Those waiting longest first, at most `waitingLimit`.
    public var waiting: [WaitingView]
    public var waitingTotal: Int

    public static let waitingLimit = 1_000

    public init(
        at: Timestamp, agents: [AgentView], queued: Int, pooled: Int, withBot: Int, open: Int,
        waiting: [WaitingView], waitingTotal: Int
    ) {
        self.at = at
        self.agents = agents
        self.queued = queued
        self.pooled = pooled
        self.withBot = withBot
        self.open = open
        self.waiting = waiting
        self.waitingTotal = waitingTotal
    }

    enum CodingKeys: Int, CodingKey {
        case at = 1
        case agents = 2
        case queued = 3
        case pooled = 4
        case withBot = 5
        case open = 6
        case waiting = 7
        case waitingTotal = 8
    }
}

public struct SessionView: Hashable, Codable, Sendable {
    public var session: SessionID
    public var buyer: BuyerID
    public var state: SessionState
    public var handler: Handler
    public var openedAt: Timestamp
    public var lastAt: Timestamp
    /// When the present handler got it.
    public var handlerSince: Timestamp
    /// The first message of the buyer that waits for a human, and since when.
    public var waitingMessage: MessageID?
    public var waitingSince: Timestamp?
    public var position: Int?
    public var endedAt: Timestamp?
    public var end: SessionEnd?

    public init(
        session: SessionID, buyer: BuyerID, state: SessionState, handler: Handler, openedAt: Timestamp,
        lastAt: Timestamp, handlerSince: Timestamp, waitingMessage: MessageID? = nil, waitingSince: Timestamp? = nil,
        position: Int? = nil, endedAt: Timestamp? = nil, end: SessionEnd? = nil
    ) {
        self.session = session
        self.buyer = buyer
        self.state = state
        self.handler = handler
        self.openedAt = openedAt
        self.lastAt = lastAt
        self.handlerSince = handlerSince
        self.waitingMessage = waitingMessage
        self.waitingSince = waitingSince
        self.position = position
        self.endedAt = endedAt
        self.end = end
    }

    enum CodingKeys: Int, CodingKey {
        case session = 1
        case buyer = 2
        case state = 3
        case handler = 4
        case openedAt = 5
        case lastAt = 6
        case handlerSince = 7
        case waitingMessage = 8
        case waitingSince = 9
        case position = 10
        case endedAt = 11
        case end = 12
    }
}

/// One handler of a session, with the decision that gave it.
public struct HandlerStep: Hashable, Codable, Sendable {
    public var at: Timestamp
    public var handler: Handler
    public var decision: DecisionID
    public var rule: Rule
    public var cause: DecisionCause
    public var reason: String?

    public init(
        at: Timestamp, handler: Handler, decision: DecisionID, rule: Rule, cause: DecisionCause, reason: String?
    ) {
        self.at = at
        self.handler = handler
        self.decision = decision
        self.rule = rule
        self.cause = cause
        self.reason = reason
    }

    enum CodingKeys: Int, CodingKey {
        case at = 1
        case handler = 2
        case decision = 3
        case rule = 4
        case cause = 5
        case reason = 6
    }
}

/// Who wrote a message.
public enum Author: Hashable, Sendable {
    case buyer
    case agent(AgentID)
    case bot
}

public struct MessageView: Hashable, Codable, Sendable {
    public var sequence: UInt64
    public var message: MessageID
    /// Nil for imported messages.
    public var session: SessionID?
    public var at: Timestamp
    public var author: Author
    public var kind: MessageKind
    public var text: String
    public var order: OrderID?
    public var messageClass: MessageClass
    public var automatic: Bool

    public init(
        sequence: UInt64, message: MessageID, session: SessionID?, at: Timestamp, author: Author,
        kind: MessageKind = .text, text: String, order: OrderID? = nil, messageClass: MessageClass = .chat,
        automatic: Bool = false
    ) {
        self.sequence = sequence
        self.message = message
        self.session = session
        self.at = at
        self.author = author
        self.kind = kind
        self.text = text
        self.order = order
        self.messageClass = messageClass
        self.automatic = automatic
    }

    enum CodingKeys: Int, CodingKey {
        case sequence = 1
        case message = 2
        case session = 3
        case at = 4
        case author = 5
        case kind = 6
        case text = 7
        case order = 8
        case messageClass = 9
        case automatic = 10
    }
}

/// Why an agent was no candidate (DIV-10). In order of precedence.
public enum Exclusion: Int, Codable, Sendable, Named {
    case offline = 0
    case suspended = 1
    case weightZero = 2
    case noGroup = 3
    case otherGroup = 4
    case full = 5
    /// DIV-8: had its share of the pool this minute.
    case poolShareUsed = 6
    /// DIV-9: the session comes from this agent.
    case handedOver = 7
    public var name: String { "\(self)" }
}

/// One agent in an explanation.
public struct CandidateView: Hashable, Codable, Sendable {
    public var agent: AgentID
    public var presence: Presence
    public var weight: Int
    public var open: Int
    public var pending: Int
    public var capacity: Int?
    public var effectiveWeight: Fraction
    /// Nil for a candidate.
    public var excluded: Exclusion?

    public init(
        agent: AgentID, presence: Presence, weight: Int, open: Int, pending: Int, capacity: Int?,
        effectiveWeight: Fraction, excluded: Exclusion?
    ) {
        self.agent = agent
        self.presence = presence
        self.weight = weight
        self.open = open
        self.pending = pending
        self.capacity = capacity
        self.effectiveWeight = effectiveWeight
        self.excluded = excluded
    }

    enum CodingKeys: Int, CodingKey {
        case agent = 1
        case presence = 2
        case weight = 3
        case open = 4
        case pending = 5
        case capacity = 6
        case effectiveWeight = 7
        case excluded = 8
    }
}

/// DIV-10: the whole explanation of one decision.
public struct Explanation: Hashable, Codable, Sendable {
    public var id: DecisionID
    public var at: Timestamp
    public var buyer: BuyerID
    public var session: SessionID
    public var rule: Rule
    public var cause: DecisionCause
    public var handler: Handler
    public var settingsVersion: Int
    public var priorityMember: Bool
    /// Nil when the message continued its session.
    public var inquiry: Inquiry?
    public var lane: LaneKey?
    /// Every agent of the shop, in order of IDs, as it stood at the decision.
    public var agents: [CandidateView]
    /// The steps of DIV-1 in order, with what each came to.
    public var steps: [StepView]
    public var reason: String?
    /// Deciding again from the journal names the same handler by the same rule.
    public var reproduced: Bool

    public init(
        id: DecisionID, at: Timestamp, buyer: BuyerID, session: SessionID, rule: Rule, cause: DecisionCause,
        handler: Handler, settingsVersion: Int, priorityMember: Bool, inquiry: Inquiry?, lane: LaneKey?,
        agents: [CandidateView], steps: [StepView], reason: String?, reproduced: Bool
    ) {
        self.id = id
        self.at = at
        self.buyer = buyer
        self.session = session
        self.rule = rule
        self.cause = cause
        self.handler = handler
        self.settingsVersion = settingsVersion
        self.priorityMember = priorityMember
        self.inquiry = inquiry
        self.lane = lane
        self.agents = agents
        self.steps = steps
        self.reason = reason
        self.reproduced = reproduced
    }

    enum CodingKeys: Int, CodingKey {
        case id = 1
        case at = 2
        case buyer = 3
        case session = 4
        case rule = 5
        case cause = 6
        case handler = 7
        case settingsVersion = 8
        case priorityMember = 9
        case inquiry = 10
        case lane = 11
        case agents = 12
        case steps = 13
        case reason = 14
        case reproduced = 15
    }
}

/// One step of DIV-1 in an explanation.
public struct StepView: Hashable, Codable, Sendable {
    /// 1…8.
    public var step: Int
    /// In plain words, such as `contact momo is 25 h old and suspended`.
    public var finding: String
    /// This step decided.
    public var decided: Bool

    public init(step: Int, finding: String, decided: Bool) {
        self.step = step
        self.finding = finding
        self.decided = decided
    }

    enum CodingKeys: Int, CodingKey {
        case step = 1
        case finding = 2
        case decided = 3
    }
}

/// DIV-10: why an agent gets nothing, or what it gets.
public struct Diagnosis: Hashable, Codable, Sendable {
    public var agent: AgentView
    /// Reasons that keep new buyers away, each with what would change it; empty if there are none.
    public var reasons: [DiagnosisReason]
    /// Share of this agent in each lane that it takes part in, at this moment.
    public var lanes: [LaneShare]

    public init(agent: AgentView, reasons: [DiagnosisReason], lanes: [LaneShare]) {
        self.agent = agent
        self.reasons = reasons
        self.lanes = lanes
    }

    enum CodingKeys: Int, CodingKey {
        case agent = 1
        case reasons = 2
        case lanes = 3
    }
}

public struct DiagnosisReason: Hashable, Codable, Sendable {
    /// `offline`, `suspended`, `weightZero`, `noGroup`, `botFirst`, `full`, `busy`.
    public var code: String
    public var detail: String

    public init(code: String, detail: String) {
        self.code = code
        self.detail = detail
    }

    enum CodingKeys: Int, CodingKey {
        case code = 1
        case detail = 2
    }
}

public struct LaneShare: Hashable, Codable, Sendable {
    public var lane: LaneKey
    public var orderStates: [OrderState]
    public var candidates: Int
    /// Effective weight over the sum of the lane's, in parts per million.
    public var sharePerMillion: Int

    public init(lane: LaneKey, orderStates: [OrderState], candidates: Int, sharePerMillion: Int) {
        self.lane = lane
        self.orderStates = orderStates
        self.candidates = candidates
        self.sharePerMillion = sharePerMillion
    }

    enum CodingKeys: Int, CodingKey {
        case lane = 1
        case orderStates = 2
        case candidates = 3
        case sharePerMillion = 4
    }
}
