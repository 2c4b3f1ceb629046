// A buyer's record as a row of a checkpoint, and as the desk takes it in again. Self-contained: names, not slots.

public struct BuyerRow: Hashable, Codable, Sendable {
    public var buyer: SetBuyer
    /// DIV-2.
    public var contact: AgentID?
    public var contactAt: Timestamp?
    public var orders: [SetOrder]
    public var interests: [RecordInterest]
    /// Fingerprints of the IDs of the messages that an import brought, in the order of arrival.
    public var imported: [UInt64]
    public var session: SessionRow?
    /// Sequence number of the last event that touched the buyer; everything up to it is in this row.
    public var head: UInt64
    /// Fingerprints of what the messages of `imported` say, in the same order; 0 if not known, nil if of none.
    public var importedContents: [UInt64]?

    public init(
        buyer: SetBuyer, contact: AgentID?, contactAt: Timestamp?, orders: [SetOrder], interests: [RecordInterest],
        imported: [UInt64], session: SessionRow?, head: UInt64, importedContents: [UInt64]? = nil
    ) {
        self.buyer = buyer
        self.contact = contact
        self.contactAt = contactAt
        self.orders = orders
        self.interests = interests
        self.imported = imported
        self.session = session
        self.head = head
        self.importedContents = importedContents
    }

    enum CodingKeys: Int, CodingKey {
        case buyer = 1
        case contact = 2
        case contactAt = 3
        case orders = 4
        case interests = 5
        case imported = 6
        case session = 7
        case head = 8
        case importedContents = 9
    }
}

/// An open session inside its buyer's row.
public struct SessionRow: Hashable, Codable, Sendable {
    public var session: SessionID
    public var handler: Handler
    public var openedAt: Timestamp
    public var lastAt: Timestamp
    public var handlerSince: Timestamp
    public var waitingSince: Timestamp?
    public var waitingMessage: MessageID?
    public var lastFromBuyer: Bool
    public var botMisses: Int
    public var transfers: [Timestamp]
    public var items: [ItemID]
    public var named: AgentID?
    public var queueKey: Int64?
    public var lastAgent: AgentID?
    /// DIV-12.
    public var reminded: Bool?

    public init(
        session: SessionID, handler: Handler, openedAt: Timestamp, lastAt: Timestamp, handlerSince: Timestamp,
        waitingSince: Timestamp?, waitingMessage: MessageID?, lastFromBuyer: Bool, botMisses: Int,
        transfers: [Timestamp], items: [ItemID], named: AgentID?, queueKey: Int64?,
        lastAgent: AgentID?, reminded: Bool? = nil
    ) {
        self.session = session
        self.handler = handler
        self.openedAt = openedAt
        self.lastAt = lastAt
        self.handlerSince = handlerSince
        self.waitingSince = waitingSince
        self.waitingMessage = waitingMessage
        self.lastFromBuyer = lastFromBuyer
        self.botMisses = botMisses
        self.transfers = transfers
        self.items = items
        self.named = named
        self.queueKey = queueKey
        self.lastAgent = lastAgent
        self.reminded = reminded
    }

    enum CodingKeys: Int, CodingKey {
        case session = 1
        case handler = 2
        case openedAt = 3
        case lastAt = 4
        case handlerSince = 5
        case waitingSince = 6
        case waitingMessage = 7
        case lastFromBuyer = 8
        case botMisses = 9
        case transfers = 10
        case items = 11
        case named = 12
        // 13 is used up.
        case queueKey = 14
        case lastAgent = 15
        case reminded = 16
    }
}

/// A session that ended, as a row.
public struct EndedSession: Hashable, Codable, Sendable {
    public var session: SessionView
    /// The last human who had it.
    public var agent: AgentID?
    /// Number of its last event; the conversation is followed back from there.
    public var lastSequence: UInt64

    public init(session: SessionView, agent: AgentID?, lastSequence: UInt64) {
        self.session = session
        self.agent = agent
        self.lastSequence = lastSequence
    }

    enum CodingKeys: Int, CodingKey {
        case session = 1
        case agent = 2
        case lastSequence = 3
    }
}

/// What a shop's row holds besides the roster.
public struct ShopRow: Hashable, Codable, Sendable {
    public var roster: Roster
    public var lastSession: UInt64
    /// Sequence number of the shop's last event that the row reflects.
    public var head: UInt64
    public var now: Timestamp
    public var sinceNoted: Int

    enum CodingKeys: Int, CodingKey {
        case roster = 1
        case lastSession = 2
        case head = 3
        case now = 4
        case sinceNoted = 5
    }
}
