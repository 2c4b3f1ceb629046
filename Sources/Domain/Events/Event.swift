// What happened at a shop's desk, in the past tense. Events are the authority: state is what they add up to.
// Each names what it changed *from*, so that agents' load can be followed without the sessions (DIV-10, I6).
// Numbers are the journal's: never reuse one (Protocols/Journal.md).
// The events of messages and sessions are immutable classes and the others boxed, so that handing an event on costs one
// reference count and not a copy of all its names.

public enum Event: Hashable, Sendable {
    indirect case shopSet(ShopSet)
    indirect case settingsChanged(SettingsChanged)
    indirect case agentSet(AgentSet)
    indirect case agentRemoved(AgentRemoved)
    indirect case groupSet(GroupSet)
    indirect case groupRemoved(GroupRemoved)
    indirect case buyerSet(BuyerSet)
    indirect case orderSet(OrderSet)
    indirect case interestRecorded(InterestRecorded)
    indirect case presenceChanged(PresenceChanged)
    indirect case streamNoted(StreamNoted)
    case messageReceived(MessageReceived)
    case messageSent(MessageSent)
    case handlerChanged(HandlerChanged)
    case sessionEnded(SessionEnded)
    indirect case messageImported(MessageImported)
    /// The whole roster from time to time, from which explanations start (DIV-10). Changes nothing.
    indirect case rosterNoted(RosterNoted)
    /// A command with an ID that changed nothing, so that its answer stays the same (I9).
    indirect case commandNoted(CommandNoted)
    /// RR-6: a violation is on record.
    indirect case violationRecorded(ViolationRecorded)
    /// RR-6: an operator decided an escalation.
    indirect case escalationDecided(EscalationDecided)
    /// DIV-12: an agent has let a buyer wait for `reminderSeconds`.
    indirect case slowResponseReminded(SlowResponseReminded)
    /// RR-6: what the shop may not do has changed.
    indirect case restrictionsChanged(RestrictionsChanged)
    /// RR-6: an operator has something to decide.
    indirect case escalationRaised(EscalationRaised)
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

extension [EventRecord] {
    /// Adds a record that is made where it can be moved from: one that is passed on is copied with its references.
    @inline(__always)
    mutating func append(
        sequence: UInt64, at: Timestamp, shop: ShopID, previousOfShop: UInt64, previousOfBuyer: UInt64,
        command: CommandStamp?, event: Event
    ) {
        withUnsafeTemporaryAllocation(of: EventRecord.self, capacity: 1) { room in
            let record = room.baseAddress.unsafelyUnwrapped
            record.pointer(to: \.sequence).unsafelyUnwrapped.initialize(to: sequence)
            record.pointer(to: \.at).unsafelyUnwrapped.initialize(to: at)
            record.pointer(to: \.shop).unsafelyUnwrapped.initialize(to: shop)
            record.pointer(to: \.previousOfShop).unsafelyUnwrapped.initialize(to: previousOfShop)
            record.pointer(to: \.previousOfBuyer).unsafelyUnwrapped.initialize(to: previousOfBuyer)
            record.pointer(to: \.command).unsafelyUnwrapped.initialize(to: command)
            record.pointer(to: \.event).unsafelyUnwrapped.initialize(to: event)
            append(record.move())
        }
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

/// A buyer's message. With `decision` it opened a session or its handler changed.
public final class MessageReceived: Hashable, Codable, Sendable {
    /// What the buyer said, as it came in. Whom it names stands in the decision, and is no part of this.
    @usableFromInline let said: ReceiveMessage
    public let session: SessionID
    /// This message opened the session.
    public let opened: Bool
    /// Who has the session after this message.
    public let handler: Handler
    public let decision: Decision?
    /// Who had it before; nil if this message opened it or the handler is the same.
    public let from: Handler?
    /// A message of the buyer was waiting for a human before this one.
    public let wasPending: Bool
    /// Place in the queue from 1, and estimated wait in seconds if known (DIV-6).
    public let position: Int?
    public let estimatedWaitSeconds: Int?

    @inlinable public var buyer: BuyerID { said.buyer }
    @inlinable public var message: MessageID { said.message }
    @inlinable public var kind: MessageKind { said.kind }
    @inlinable public var text: String { said.text }
    @inlinable public var order: OrderID? { said.order }
    @inlinable public var item: ItemID? { said.item }
    @inlinable public var intent: String? { said.intent }

    public init(
        _ said: ReceiveMessage, session: SessionID, opened: Bool, handler: Handler, decision: Decision? = nil,
        from: Handler? = nil, wasPending: Bool = false, position: Int? = nil, estimatedWaitSeconds: Int? = nil
    ) {
        self.said = said
        self.session = session
        self.opened = opened
        self.handler = handler
        self.decision = decision
        self.from = from
        self.wasPending = wasPending
        self.position = position
        self.estimatedWaitSeconds = estimatedWaitSeconds
    }

    public convenience init(
        buyer: BuyerID, message: MessageID, kind: MessageKind = .text, text: String, order: OrderID? = nil,
        item: ItemID? = nil, intent: String? = nil, session: SessionID, opened: Bool, handler: Handler,
        decision: Decision? = nil, from: Handler? = nil, wasPending: Bool = false, position: Int? = nil,
        estimatedWaitSeconds: Int? = nil
    ) {
        self.init(
            ReceiveMessage(
                buyer: buyer, message: message, kind: kind, text: text, order: order, item: item, intent: intent),
            session: session, opened: opened, handler: handler, decision: decision, from: from,
            wasPending: wasPending, position: position, estimatedWaitSeconds: estimatedWaitSeconds)
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

    public static func == (a: MessageReceived, b: MessageReceived) -> Bool {
        a === b
            || a.session == b.session && a.message == b.message && a.buyer == b.buyer && a.kind == b.kind
                && a.text == b.text && a.order == b.order && a.item == b.item && a.intent == b.intent
                && a.opened == b.opened && a.handler == b.handler && a.decision == b.decision && a.from == b.from
                && a.wasPending == b.wasPending && a.position == b.position
                && a.estimatedWaitSeconds == b.estimatedWaitSeconds
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(session)
        hasher.combine(message)
        hasher.combine(buyer)
    }
}

/// A message to the buyer, from the session's handler.
public final class MessageSent: Hashable, Codable, Sendable {
    public let buyer: BuyerID
    public let message: MessageID
    public let session: SessionID
    public let sender: Sender
    public let text: String
    public let messageClass: MessageClass
    public let automatic: Bool
    /// What was waiting is answered, by a human or by a bot that had an answer (DIV-5).
    public let answered: Bool
    /// From a bot: it had no answer (DIV-7).
    public let noAnswer: Bool

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

    public static func == (a: MessageSent, b: MessageSent) -> Bool {
        a === b
            || a.session == b.session && a.message == b.message && a.buyer == b.buyer && a.sender == b.sender
                && a.text == b.text && a.messageClass == b.messageClass && a.automatic == b.automatic
                && a.answered == b.answered && a.noAnswer == b.noAnswer
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(session)
        hasher.combine(message)
        hasher.combine(buyer)
    }
}

/// A session went from one handler to another without a message of the buyer.
public final class HandlerChanged: Hashable, Codable, Sendable {
    public let buyer: BuyerID
    public let session: SessionID
    public let from: Handler
    public let to: Handler
    public let decision: Decision
    /// A message of the buyer waits for a human.
    public let pending: Bool
    /// DIV-9.
    public let reason: String?
    /// This opened the session (the buyer asked for a human with none open).
    public let opened: Bool
    public let forced: Bool

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

    public static func == (a: HandlerChanged, b: HandlerChanged) -> Bool {
        a === b
            || a.session == b.session && a.buyer == b.buyer && a.from == b.from && a.to == b.to
                && a.decision == b.decision && a.pending == b.pending && a.reason == b.reason && a.opened == b.opened
                && a.forced == b.forced
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(session)
        hasher.combine(buyer)
        hasher.combine(to)
    }
}

public final class SessionEnded: Hashable, Codable, Sendable {
    public let buyer: BuyerID
    public let session: SessionID
    public let handler: Handler
    public let wasPending: Bool
    public let end: SessionEnd

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

    public static func == (a: SessionEnded, b: SessionEnded) -> Bool {
        a === b
            || a.session == b.session && a.buyer == b.buyer && a.handler == b.handler && a.wasPending == b.wasPending
                && a.end == b.end
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(session)
        hasher.combine(buyer)
        hasher.combine(end)
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
