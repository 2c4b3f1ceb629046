// What happened at a shop's desk, in the past tense. Events are the authority: state is what they add up to.
// Each names what it changed *from*, so that agents' load can be followed without the sessions (DIV-10, I6).
// Numbers are the journal's: never reuse one (Protocols/Journal.md).

public enum Event: Hashable, Sendable {
    case shopSet(ShopSet)
    case settingsChanged(SettingsChanged)
    case agentSet(AgentSet)
    case agentRemoved(AgentRemoved)
    case groupSet(GroupSet)
    case groupRemoved(GroupRemoved)
    case buyerSet(BuyerSet)
    case orderSet(OrderSet)
    case interestRecorded(InterestRecorded)
    case presenceChanged(PresenceChanged)
    case streamNoted(StreamNoted)
    case messageReceived(MessageReceived)
    case messageSent(MessageSent)
    case handlerChanged(HandlerChanged)
    case sessionEnded(SessionEnded)
    case messageImported(MessageImported)
    /// The whole roster from time to time, from which explanations start (DIV-10). Changes nothing.
    case rosterNoted(RosterNoted)
    /// A command with an ID that changed nothing, so that its answer stays the same (I9).
    case commandNoted(CommandNoted)
    /// RR-6: a violation is on record.
    case violationRecorded(ViolationRecorded)
    /// RR-6: an operator decided an escalation.
    case escalationDecided(EscalationDecided)
    /// DIV-12: an agent has let a buyer wait for `reminderSeconds`.
    case slowResponseReminded(SlowResponseReminded)
    /// RR-6: what the shop may not do has changed.
    case restrictionsChanged(RestrictionsChanged)
    /// RR-6: an operator has something to decide.
    case escalationRaised(EscalationRaised)
}

/// One event with its place. `sequence` counts from 1 within the shard, without gaps.
public struct EventRecord: Hashable, Sendable {
    public var sequence: UInt64
    public var at: Timestamp
    public var shop: ShopID
    /// The shop's event before this one; 0 if there is none.
    public var previousOfShop: UInt64
    /// The event before this one that touched the same buyer; 0 if there is none or the event is about no buyer.
    public var previousOfBuyer: UInt64
    /// The command whose first event this is, with the fingerprint of its body (I9).
    public var command: CommandStamp?
    public var event: Event

    public init(
        sequence: UInt64, at: Timestamp, shop: ShopID, previousOfShop: UInt64, previousOfBuyer: UInt64 = 0,
        command: CommandStamp? = nil, event: Event
    ) {
        self.sequence = sequence
        self.at = at
        self.shop = shop
        self.previousOfShop = previousOfShop
        self.previousOfBuyer = previousOfBuyer
        self.command = command
        self.event = event
    }
}

/// The client's name of a command and a stable 64-bit fingerprint of what it asked (I9).
public struct CommandStamp: Hashable, Codable, Sendable {
    public var id: CommandID
    public var fingerprint: UInt64

    public init(id: CommandID, fingerprint: UInt64) {
        self.id = id
        self.fingerprint = fingerprint
    }

    enum CodingKeys: Int, CodingKey {
        case id = 1
        case fingerprint = 2
    }
}

public struct ShopSet: Hashable, Codable, Sendable {
    public var shop: SetShop
    public init(shop: SetShop) { self.shop = shop }
    enum CodingKeys: Int, CodingKey { case shop = 1 }
}

public struct SettingsChanged: Hashable, Codable, Sendable {
    public var settings: ShopSettings
    public init(settings: ShopSettings) { self.settings = settings }
    enum CodingKeys: Int, CodingKey { case settings = 1 }
}

public struct AgentSet: Hashable, Codable, Sendable {
    public var agent: SetAgent
    public init(agent: SetAgent) { self.agent = agent }
    enum CodingKeys: Int, CodingKey { case agent = 1 }
}

public struct AgentRemoved: Hashable, Codable, Sendable {
    public var agent: AgentID
    public init(agent: AgentID) { self.agent = agent }
    enum CodingKeys: Int, CodingKey { case agent = 1 }
}

public struct GroupSet: Hashable, Codable, Sendable {
    public var group: SetGroup
    public init(group: SetGroup) { self.group = group }
    enum CodingKeys: Int, CodingKey { case group = 1 }
}

public struct GroupRemoved: Hashable, Codable, Sendable {
    public var group: GroupID
    public init(group: GroupID) { self.group = group }
    enum CodingKeys: Int, CodingKey { case group = 1 }
}

public struct BuyerSet: Hashable, Codable, Sendable {
    public var buyer: SetBuyer
    public init(buyer: SetBuyer) { self.buyer = buyer }
    enum CodingKeys: Int, CodingKey { case buyer = 1 }
}

public struct OrderSet: Hashable, Codable, Sendable {
    public var order: SetOrder
    public init(order: SetOrder) { self.order = order }
    enum CodingKeys: Int, CodingKey { case order = 1 }
}

public struct InterestRecorded: Hashable, Codable, Sendable {
    public var interest: RecordInterest
    public init(interest: RecordInterest) { self.interest = interest }
    enum CodingKeys: Int, CodingKey { case interest = 1 }
}

public struct PresenceChanged: Hashable, Codable, Sendable {
    public var agent: AgentID
    public var from: Presence
    public var to: Presence
    public var cause: PresenceCause

    public init(agent: AgentID, from: Presence, to: Presence, cause: PresenceCause) {
        self.agent = agent
        self.from = from
        self.to = to
        self.cause = cause
    }

    enum CodingKeys: Int, CodingKey {
        case agent = 1
        case from = 2
        case to = 3
        case cause = 4
    }
}

public struct StreamNoted: Hashable, Codable, Sendable {
    public var agent: AgentID
    public var attached: Bool

    public init(agent: AgentID, attached: Bool) {
        self.agent = agent
        self.attached = attached
    }

    enum CodingKeys: Int, CodingKey {
        case agent = 1
        case attached = 2
    }
}

/// A decision of DIV-1 with what it was made from; the roster at that moment is found in the journal (DIV-10).
public struct Decision: Hashable, Codable, Sendable {
    public var handler: Handler
    public var rule: Rule
    public var cause: DecisionCause
    public var settingsVersion: Int
    /// MEM-1, a flag beside the rule.
    public var priorityMember: Bool
    public var inquiry: Inquiry
    /// DIV-3: the lane that was shared out, if steps 7–8 decided.
    public var lane: LaneKey?
    /// DIV-7 hybrid: whose counter this decision moved; nil if none's.
    public var hybrid: BotOwner?

    public init(
        handler: Handler, rule: Rule, cause: DecisionCause, settingsVersion: Int, priorityMember: Bool,
        inquiry: Inquiry, lane: LaneKey? = nil, hybrid: BotOwner? = nil
    ) {
        self.handler = handler
        self.rule = rule
        self.cause = cause
        self.settingsVersion = settingsVersion
        self.priorityMember = priorityMember
        self.inquiry = inquiry
        self.lane = lane
        self.hybrid = hybrid
    }

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
}

/// What DIV-1 is asked about one buyer. Everything that a decision reads besides the roster and the time.
public struct Inquiry: Hashable, Codable, Sendable {
    /// Step 1.
    public var named: AgentID?
    /// Steps 2 and 3, of whatever age.
    public var contact: AgentID?
    public var contactAt: Timestamp?
    /// Step 4.
    public var exclusive: AgentID?
    public var orderState: OrderState
    /// DIV-4: the products that the message is about.
    public var items: [ItemID]
    /// Steps 5–7 may not give it to a bot: it came from one, or the buyer asked for a human.
    public var withoutBot: Bool
    /// DIV-9: only agents of this group.
    public var onlyGroup: GroupID?
    /// DIV-9, DIV-12: not this agent.
    public var notAgent: AgentID?

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

/// A buyer's message. With `decision` it opened a session or its handler changed.
public struct MessageReceived: Hashable, Codable, Sendable {
    public var buyer: BuyerID
    public var message: MessageID
    public var kind: MessageKind
    public var text: String
    public var order: OrderID?
    public var item: ItemID?
    public var intent: String?
    public var session: SessionID
    /// This message opened the session.
    public var opened: Bool
    /// Who has the session after this message.
    public var handler: Handler
    public var decision: Decision?
    /// Who had it before; nil if this message opened it or the handler is the same.
    public var from: Handler?
    /// A message of the buyer was waiting for a human before this one.
    public var wasPending: Bool
    /// Place in the queue from 1, and estimated wait in seconds if known (DIV-6).
    public var position: Int?
    public var estimatedWaitSeconds: Int?

    public init(
        buyer: BuyerID, message: MessageID, kind: MessageKind = .text, text: String, order: OrderID? = nil,
        item: ItemID? = nil, intent: String? = nil, session: SessionID, opened: Bool, handler: Handler,
        decision: Decision? = nil, from: Handler? = nil, wasPending: Bool = false, position: Int? = nil,
        estimatedWaitSeconds: Int? = nil
    ) {
        self.buyer = buyer
        self.message = message
        self.kind = kind
        self.text = text
        self.order = order
        self.item = item
        self.intent = intent
        self.session = session
        self.opened = opened
        self.handler = handler
        self.decision = decision
        self.from = from
        self.wasPending = wasPending
        self.position = position
        self.estimatedWaitSeconds = estimatedWaitSeconds
    }

    public enum CodingKeys: Int, CodingKey {
        case buyer = 1
        case message = 2
        case kind = 3
        case text = 4
        case order = 5
        case item = 6
        case intent = 7
        case session = 8
        case opened = 9
        case handler = 10
        case decision = 11
        case from = 12
        case wasPending = 13
        case position = 14
        case estimatedWaitSeconds = 15
    }
}

/// A message to the buyer, from the session's handler.
public struct MessageSent: Hashable, Codable, Sendable {
    public var buyer: BuyerID
    public var message: MessageID
    public var session: SessionID
    public var sender: Sender
    public var text: String
    public var messageClass: MessageClass
    public var automatic: Bool
    /// What was waiting is answered, by a human or by a bot that had an answer (DIV-5).
    public var answered: Bool
    /// From a bot: it had no answer (DIV-7).
    public var noAnswer: Bool

    public init(
        buyer: BuyerID, message: MessageID, session: SessionID, sender: Sender, text: String,
        messageClass: MessageClass = .chat, automatic: Bool = false, answered: Bool = false, noAnswer: Bool = false
    ) {
        self.buyer = buyer
        self.message = message
        self.session = session
        self.sender = sender
        self.text = text
        self.messageClass = messageClass
        self.automatic = automatic
        self.answered = answered
        self.noAnswer = noAnswer
    }

    public enum CodingKeys: Int, CodingKey {
        case buyer = 1
        case message = 2
        case session = 3
        case sender = 4
        case text = 5
        case messageClass = 6
        case automatic = 7
        case answered = 8
        case noAnswer = 9
    }
}

/// A session went from one handler to another without a message of the buyer.
public struct HandlerChanged: Hashable, Codable, Sendable {
    public var buyer: BuyerID
    public var session: SessionID
    public var from: Handler
    public var to: Handler
    public var decision: Decision
    /// A message of the buyer waits for a human.
    public var pending: Bool
    /// DIV-9.
    public var reason: String?
    /// This opened the session (the buyer asked for a human with none open).
    public var opened: Bool
    public var forced: Bool

    public init(
        buyer: BuyerID, session: SessionID, from: Handler, to: Handler, decision: Decision, pending: Bool,
        reason: String? = nil, opened: Bool = false, forced: Bool = false
    ) {
        self.buyer = buyer
        self.session = session
        self.from = from
        self.to = to
        self.decision = decision
        self.pending = pending
        self.reason = reason
        self.opened = opened
        self.forced = forced
    }

    enum CodingKeys: Int, CodingKey {
        case buyer = 1
        case session = 2
        case from = 3
        case to = 4
        case decision = 5
        case pending = 6
        case reason = 7
        case opened = 8
        case forced = 9
    }
}

public struct SessionEnded: Hashable, Codable, Sendable {
    public var buyer: BuyerID
    public var session: SessionID
    public var handler: Handler
    public var wasPending: Bool
    public var end: SessionEnd

    public init(buyer: BuyerID, session: SessionID, handler: Handler, wasPending: Bool, end: SessionEnd) {
        self.buyer = buyer
        self.session = session
        self.handler = handler
        self.wasPending = wasPending
        self.end = end
    }

    enum CodingKeys: Int, CodingKey {
        case buyer = 1
        case session = 2
        case handler = 3
        case wasPending = 4
        case end = 5
    }
}

/// DIV-12: to the agent who has the session, once for each turn (RR-3, RR-4).
public struct SlowResponseReminded: Hashable, Codable, Sendable {
    public var buyer: BuyerID
    public var session: SessionID
    public var agent: AgentID
    /// The buyer's first message that nobody has answered.
    public var message: MessageID?
    /// When this agent's turn began: the message, or when the waiting buyer was given to the agent.
    public var since: Timestamp

    public init(buyer: BuyerID, session: SessionID, agent: AgentID, message: MessageID?, since: Timestamp) {
        self.buyer = buyer
        self.session = session
        self.agent = agent
        self.message = message
        self.since = since
    }

    enum CodingKeys: Int, CodingKey {
        case buyer = 1
        case session = 2
        case agent = 3
        case message = 4
        case since = 5
    }
}

public struct MessageImported: Hashable, Codable, Sendable {
    public var message: ImportMessage
    public init(message: ImportMessage) { self.message = message }
    enum CodingKeys: Int, CodingKey { case message = 1 }
}

public struct CommandNoted: Hashable, Codable, Sendable {
    public var answer: Answer
    public init(answer: Answer) { self.answer = answer }
    enum CodingKeys: Int, CodingKey { case answer = 1 }
}

public struct RosterNoted: Hashable, Codable, Sendable {
    public var roster: Roster
    public init(roster: Roster) { self.roster = roster }

    enum CodingKeys: Int, CodingKey { case roster = 1 }
}
