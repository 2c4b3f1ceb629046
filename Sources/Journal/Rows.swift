// What a store keeps. Bodies are opaque to it; those of journal rows are records (RecordCoding).

import Domain

/// A run of records without gaps, written in one piece.
public struct JournalRow: Hashable, Sendable {
    /// A row's body is cut here, unless one record alone is larger.
    public static let bodyLimit = 16 * 1_024

    public var first: UInt64
    public var last: UInt64
    /// The term of the store that wrote it.
    public var term: UInt64
    public var body: [UInt8]

    public init(first: UInt64, last: UInt64, term: UInt64, body: [UInt8]) {
        self.first = first
        self.last = last
        self.term = term
        self.body = body
    }
}

/// A change of the rows beside the events; in one transaction the last of each row counts.
public enum RowChange: Sendable {
    /// `reflects`: number of the last event in the body.
    case shop(ShopID, reflects: UInt64, body: [UInt8])
    case buyers(PackedBuyers)
    case session(EndedSessionRow)
    /// Packed answers of the commands whose events lie in `first...last`.
    case answers(first: UInt64, last: UInt64, body: [UInt8])
    /// Drops the answer rows with `last` <= `through`.
    case forgetAnswers(through: UInt64)
    /// The rows reflect every event up to here; never smaller than before.
    case checkpoint(UInt64)
}

public struct StoredShop: Hashable, Sendable {
    public var shop: ShopID
    public var reflects: UInt64
    public var body: [UInt8]

    public init(shop: ShopID, reflects: UInt64, body: [UInt8]) {
        self.shop = shop
        self.reflects = reflects
        self.body = body
    }
}

/// The key of a buyer's row; the cursor of a page.
public struct BuyerPlace: Hashable, Sendable {
    public var shop: ShopID
    public var buyer: BuyerID

    public init(shop: ShopID, buyer: BuyerID) {
        self.shop = shop
        self.buyer = buyer
    }
}

public struct StoredBuyer: Hashable, Sendable {
    public var shop: ShopID
    public var buyer: BuyerID
    public var reflects: UInt64
    public var open: Bool
    public var body: [UInt8]

    public init(shop: ShopID, buyer: BuyerID, reflects: UInt64, open: Bool, body: [UInt8]) {
        self.shop = shop
        self.buyer = buyer
        self.reflects = reflects
        self.open = open
        self.body = body
    }

    public var place: BuyerPlace { BuyerPlace(shop: shop, buyer: buyer) }
}

public struct EndedSessionRow: Hashable, Sendable {
    public var shop: ShopID
    public var number: UInt64
    public var buyer: BuyerID
    /// The last human who handled it; nil if none did.
    public var agent: AgentID?
    public var endedAt: Timestamp
    /// Number of its last event.
    public var lastSequence: UInt64
    public var body: [UInt8]

    public init(
        shop: ShopID, number: UInt64, buyer: BuyerID, agent: AgentID?, endedAt: Timestamp, lastSequence: UInt64,
        body: [UInt8]
    ) {
        self.shop = shop
        self.number = number
        self.buyer = buyer
        self.agent = agent
        self.endedAt = endedAt
        self.lastSequence = lastSequence
        self.body = body
    }
}

public struct AnswerRow: Hashable, Sendable {
    public var first: UInt64
    public var last: UInt64
    public var body: [UInt8]

    public init(first: UInt64, last: UInt64, body: [UInt8]) {
        self.first = first
        self.last = last
        self.body = body
    }
}
