// What may be asked of a shop's desk. A command is an imperative; the desk answers with events or a refusal.
// Numbers are the wire's and the journal's: never reuse one (Protocols/Messages.md).

/// One command of one shop.
public enum Command: Hashable, Sendable {
    indirect case setShop(SetShop)
    indirect case setSettings(SetSettings)
    indirect case setAgent(SetAgent)
    indirect case removeAgent(RemoveAgent)
    indirect case setGroup(SetGroup)
    indirect case removeGroup(RemoveGroup)
    indirect case setBuyer(SetBuyer)
    indirect case setOrder(SetOrder)
    indirect case recordInterest(RecordInterest)
    indirect case setPresence(SetPresence)
    /// An agent's stream was opened or lost (DIV-6); given by the router, never by a client.
    indirect case noteStream(NoteStream)
    case receiveMessage(ReceiveMessage)
    case sendMessage(SendMessage)
    indirect case askForHuman(AskForHuman)
    indirect case transferSession(TransferSession)
    indirect case closeSession(CloseSession)
    /// A message of the past, from a shop's archive: no decision, no session.
    indirect case importMessage(ImportMessage)
    /// RR-6; by the platform's operators.
    indirect case recordViolation(RecordViolation)
    /// RR-6; by the platform's operators.
    indirect case decideEscalation(DecideEscalation)
    /// RR-6: what a shop may not do any more, as the scorer derived it; given by the scorer, never by a client.
    indirect case noteRestrictions(NoteRestrictions)
}

/// `PUT /v1/shops/{shop}`. Creates or replaces; the same values again change nothing.
public struct SetShop: Hashable, Codable, Sendable {
    public var name: String
    /// IANA name; default Asia/Shanghai.
    public var timeZone: String
    /// `basic`, `intermediate` or `advanced`.
    public var toolLevel: String
    public var relationVolume: Int?
    public var pilotStandard: String?

    public init(
        name: String, timeZone: String = "Asia/Shanghai", toolLevel: String = "basic", relationVolume: Int? = nil,
        pilotStandard: String? = nil
    ) {
        self.name = name
        self.timeZone = timeZone
        self.toolLevel = toolLevel
        self.relationVolume = relationVolume
        self.pilotStandard = pilotStandard
    }

    enum CodingKeys: Int, CodingKey {
        case name = 1
        case timeZone = 2
        case toolLevel = 3
        case relationVolume = 4
        case pilotStandard = 5
    }
}

/// `PUT …/settings`: sections that are nil stay as they are. Refused with `versionMismatch` when `ifVersion` is given
/// and is not the current one.
public struct SetSettings: Hashable, Codable, Sendable {
    public var ifVersion: Int?
    public var diversion: DiversionSettings?
    public var bot: BotSettings?
    public var memberPriority: MemberPrioritySettings?
    public var scoring: ScoringSettings?
    /// RR-6: an operator sets them, who alone may change `scoring.penalties`.
    public var asOperator: Bool?

    public init(
        ifVersion: Int? = nil, diversion: DiversionSettings? = nil, bot: BotSettings? = nil,
        memberPriority: MemberPrioritySettings? = nil, scoring: ScoringSettings? = nil, asOperator: Bool? = nil
    ) {
        self.ifVersion = ifVersion
        self.diversion = diversion
        self.bot = bot
        self.memberPriority = memberPriority
        self.scoring = scoring
        self.asOperator = asOperator
    }

    enum CodingKeys: Int, CodingKey {
        case ifVersion = 1
        case diversion = 2
        case bot = 3
        case memberPriority = 4
        case scoring = 5
        case asOperator = 6
    }
}

/// `PUT …/agents/{agent}`. Groups must exist.
public struct SetAgent: Hashable, Codable, Sendable {
    public var agent: AgentID
    public var name: String
    /// DIV-3. 0…1,000, default 100.
    public var weight: Int
    public var groups: [GroupID]
    /// DIV-6: most open sessions at once, 1…100,000; nil is none.
    public var capacity: Int?

    public init(agent: AgentID, name: String = "", weight: Int = 100, groups: [GroupID] = [], capacity: Int? = nil) {
        self.agent = agent
        self.name = name
        self.weight = weight
        self.groups = groups
        self.capacity = capacity
    }

    enum CodingKeys: Int, CodingKey {
        case agent = 1
        case name = 2
        case weight = 3
        case groups = 4
        case capacity = 5
    }
}

/// `DELETE …/agents/{agent}`. The agent goes offline; conversations stay until the buyer's next message (DIV-6).
public struct RemoveAgent: Hashable, Codable, Sendable {
    public var agent: AgentID
    public init(agent: AgentID) { self.agent = agent }
    enum CodingKeys: Int, CodingKey { case agent = 1 }
}

/// `PUT …/groups/{group}` (DIV-4).
public struct SetGroup: Hashable, Codable, Sendable {
    public var group: GroupID
    public var name: String
    public var orderStates: [OrderState]
    public var products: [ItemID]
    public var bot: BotSettings?

    public init(
        group: GroupID, name: String = "", orderStates: [OrderState] = [], products: [ItemID] = [],
        bot: BotSettings? = nil
    ) {
        self.group = group
        self.name = name
        self.orderStates = orderStates
        self.products = products
        self.bot = bot
    }

    enum CodingKeys: Int, CodingKey {
        case group = 1
        case name = 2
        case orderStates = 3
        case products = 4
        case bot = 5
    }
}

/// `DELETE …/groups/{group}`. Its agents leave it.
public struct RemoveGroup: Hashable, Codable, Sendable {
    public var group: GroupID
    public init(group: GroupID) { self.group = group }
    enum CodingKeys: Int, CodingKey { case group = 1 }
}

/// `PUT …/buyers/{buyer}`, or a line of an import. The exclusive agent must exist.
public struct SetBuyer: Hashable, Codable, Sendable {
    public var buyer: BuyerID
    /// 0…100; a member has 1 or more.
    public var memberLevel: Int
    public var segments: [String]
    public var exclusiveAgent: AgentID?
    /// Since when the exclusive relation stands.
    public var relationSince: Timestamp?
    /// Of when these values are, not after the command; nil is now. Older values than the ones known change nothing,
    /// others of the same time are refused (`conflict`). Lines of an import without a time are of 1970.
    public var updatedAt: Timestamp?

    public init(
        buyer: BuyerID, memberLevel: Int = 0, segments: [String] = [], exclusiveAgent: AgentID? = nil,
        relationSince: Timestamp? = nil, updatedAt: Timestamp? = nil
    ) {
        self.buyer = buyer
        self.memberLevel = memberLevel
        self.segments = segments
        self.exclusiveAgent = exclusiveAgent
        self.relationSince = relationSince
        self.updatedAt = updatedAt
    }

    enum CodingKeys: Int, CodingKey {
        case buyer = 1
        case memberLevel = 2
        case segments = 3
        case exclusiveAgent = 4
        case relationSince = 5
        case updatedAt = 6
    }
}

public struct Package: Hashable, Codable, Sendable {
    public var id: String
    public var carrier: String

    public init(id: String, carrier: String) {
        self.id = id
        self.carrier = carrier
    }

    enum CodingKeys: Int, CodingKey {
        case id = 1
        case carrier = 2
    }
}

/// `PUT …/orders/{order}`, or a line of an import. Changes nothing if its `updatedAt` is older than what is known of the
/// order, or than the orders that are kept of a buyer who has very many. Of the same `updatedAt` the further state counts
/// (in the order of `OrderState`); other values of the same state are refused (`conflict`).
public struct SetOrder: Hashable, Codable, Sendable {
    public var order: OrderID
    public var buyer: BuyerID
    /// Never `noActiveOrder`.
    public var state: OrderState
    public var updatedAt: Timestamp
    public var packages: [Package]
    public var items: [ItemID]
    /// In the currency's smallest unit.
    public var total: Int?

    public init(
        order: OrderID, buyer: BuyerID, state: OrderState, updatedAt: Timestamp, packages: [Package] = [],
        items: [ItemID] = [], total: Int? = nil
    ) {
        self.order = order
        self.buyer = buyer
        self.state = state
        self.updatedAt = updatedAt
        self.packages = packages
        self.items = items
        self.total = total
    }

    enum CodingKeys: Int, CodingKey {
        case order = 1
        case buyer = 2
        case state = 3
        case updatedAt = 4
        case packages = 5
        case items = 6
        case total = 7
    }
}

public enum InterestKind: Int, Codable, Sendable, Named {
    case browse = 0
    case favourite = 1
    case cart = 2
    public var name: String { "\(self)" }
}

/// `POST …/interests`. The same buyer, kind, item and time again changes nothing, nor does one that is older than those
/// that are kept of a buyer who has very many.
public struct RecordInterest: Hashable, Codable, Sendable {
    public var buyer: BuyerID
    public var kind: InterestKind
    public var item: ItemID
    public var at: Timestamp

    public init(buyer: BuyerID, kind: InterestKind, item: ItemID, at: Timestamp) {
        self.buyer = buyer
        self.kind = kind
        self.item = item
        self.at = at
    }

    enum CodingKeys: Int, CodingKey {
        case buyer = 1
        case kind = 2
        case item = 3
        case at = 4
    }
}

/// `POST …/agents/{agent}/presence` (DIV-6).
public struct SetPresence: Hashable, Codable, Sendable {
    public var agent: AgentID
    public var state: Presence

    public init(agent: AgentID, state: Presence) {
        self.agent = agent
        self.state = state
    }

    enum CodingKeys: Int, CodingKey {
        case agent = 1
        case state = 2
    }
}

public struct NoteStream: Hashable, Codable, Sendable {
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

/// `POST …/buyers/{buyer}/messages`, the main call (DIV-1). The time of the message is the command's.
public final class ReceiveMessage: Hashable, Codable, Sendable {
    public let buyer: BuyerID
    public let message: MessageID
    public let kind: MessageKind
    public let text: String
    /// The order that the card shows; it must be one of the buyer's.
    public let order: OrderID?
    /// The product from whose page the buyer writes (DIV-4).
    public let item: ItemID?
    /// DIV-1 step 1. The agent must exist.
    public let toAgent: AgentID?
    /// LOG-1, passed on as it is.
    public let intent: String?

    public init(
        buyer: BuyerID, message: MessageID, kind: MessageKind = .text, text: String, order: OrderID? = nil,
        item: ItemID? = nil, toAgent: AgentID? = nil, intent: String? = nil
    ) {
        self.buyer = buyer
        self.message = message
        self.kind = kind
        self.text = text
        self.order = order
        self.item = item
        self.toAgent = toAgent
        self.intent = intent
    }

    enum CodingKeys: Int, CodingKey {
        case buyer = 1
        case message = 2
        case kind = 3
        case text = 4
        case order = 5
        case item = 6
        case toAgent = 7
        case intent = 8
    }

    public static func == (a: ReceiveMessage, b: ReceiveMessage) -> Bool {
        a === b
            || a.buyer == b.buyer && a.message == b.message && a.kind == b.kind && a.text == b.text
                && a.order == b.order && a.item == b.item && a.toAgent == b.toAgent && a.intent == b.intent
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(buyer)
        hasher.combine(message)
    }
}

/// Who sends a message to the buyer.
public enum Sender: Hashable, Sendable {
    case agent(AgentID)
    case bot
}

/// `POST …/sessions/{session}/messages`. Only the session's handler may send.
public final class SendMessage: Hashable, Codable, Sendable {
    public let session: SessionID
    public let message: MessageID
    public let sender: Sender
    public let text: String
    public let messageClass: MessageClass
    /// A canned reply that was sent by itself; it does not answer (RR-2).
    public let automatic: Bool
    /// From a bot: it had no answer (DIV-7).
    public let noAnswer: Bool

    public init(
        session: SessionID, message: MessageID, sender: Sender, text: String, messageClass: MessageClass = .chat,
        automatic: Bool = false, noAnswer: Bool = false
    ) {
        self.session = session
        self.message = message
        self.sender = sender
        self.text = text
        self.messageClass = messageClass
        self.automatic = automatic
        self.noAnswer = noAnswer
    }

    enum CodingKeys: Int, CodingKey {
        case session = 1
        case message = 2
        case sender = 3
        case text = 4
        case messageClass = 5
        case automatic = 6
        case noAnswer = 7
    }

    public static func == (a: SendMessage, b: SendMessage) -> Bool {
        a === b
            || a.session == b.session && a.message == b.message && a.sender == b.sender && a.text == b.text
                && a.messageClass == b.messageClass && a.automatic == b.automatic && a.noAnswer == b.noAnswer
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(session)
        hasher.combine(message)
    }
}

/// `POST …/buyers/{buyer}/human` (DIV-7). Opens a session if none is open; changes nothing if a human has it, or if
/// it waits for one already.
public struct AskForHuman: Hashable, Codable, Sendable {
    public var buyer: BuyerID
    public init(buyer: BuyerID) { self.buyer = buyer }
    enum CodingKeys: Int, CodingKey { case buyer = 1 }
}

/// Where a transfer goes.
public enum TransferTarget: Hashable, Sendable {
    case agent(AgentID)
    case group(GroupID)
    /// From a bot: to whom DIV-1 names when the bot is left out (DIV-7).
    case human
}

/// `POST …/sessions/{session}/transfer` (DIV-9).
public struct TransferSession: Hashable, Codable, Sendable {
    public var session: SessionID
    public var target: TransferTarget
    public var reason: String
    public var forced: Bool
    /// Whoever asks: an agent must be the handler; nil is the shop.
    public var by: Sender?

    public init(session: SessionID, target: TransferTarget, reason: String, forced: Bool = false, by: Sender? = nil) {
        self.session = session
        self.target = target
        self.reason = reason
        self.forced = forced
        self.by = by
    }

    enum CodingKeys: Int, CodingKey {
        case session = 1
        case target = 2
        case reason = 3
        case forced = 4
        case by = 5
    }
}

/// `POST …/sessions/{session}/close` (DIV-13).
public struct CloseSession: Hashable, Codable, Sendable {
    public var session: SessionID
    /// Whoever asks: an agent must be the handler; nil is the shop.
    public var by: Sender?

    public init(session: SessionID, by: Sender? = nil) {
        self.session = session
        self.by = by
    }

    enum CodingKeys: Int, CodingKey {
        case session = 1
        case by = 2
    }
}

/// One line of an import. The same buyer and message again changes nothing; with another time, agent or text it is
/// refused (I9, `conflict`).
public struct ImportMessage: Hashable, Codable, Sendable {
    public var buyer: BuyerID
    public var message: MessageID
    public var at: Timestamp
    /// The human who wrote it; nil if the buyer did.
    public var agent: AgentID?
    public var text: String

    public init(buyer: BuyerID, message: MessageID, at: Timestamp, agent: AgentID? = nil, text: String) {
        self.buyer = buyer
        self.message = message
        self.at = at
        self.agent = agent
        self.text = text
    }

    enum CodingKeys: Int, CodingKey {
        case buyer = 1
        case message = 2
        case at = 3
        case agent = 4
        case text = 5
    }
}

extension Command {
    /// The buyer whose record the command reads, by name; commands about sessions find theirs in memory.
    public var buyer: BuyerID? {
        switch self {
        case .setBuyer(let body): body.buyer
        case .setOrder(let body): body.buyer
        case .recordInterest(let body): body.buyer
        case .receiveMessage(let body): body.buyer
        case .askForHuman(let body): body.buyer
        case .importMessage(let body): body.buyer
        default: nil
        }
    }
}
