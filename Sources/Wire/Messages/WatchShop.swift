import Domain

/// The durable events of one shop as `ShopItem`s: those after `after`, then live ones; without `after` only live ones,
/// after a first item without events that says where the watcher stands.
/// With `agent`, the stream counts as that agent's (DIV-6) until it ends.
public struct WatchShop: Hashable, Codable, Sendable {
    public var shop: ShopID
    public var after: UInt64?
    public var agent: AgentID?

    public init(shop: ShopID, after: UInt64? = nil, agent: AgentID? = nil) {
        self.shop = shop
        self.after = after
        self.agent = agent
    }

    enum CodingKeys: Int, CodingKey {
        case shop = 1
        case after = 2
        case agent = 3
    }
}

/// Events of one shop in order. `body` holds records one after the other, each with its own sequence number
/// (Protocols/Journal.md, "record").
public struct ShopItem: Hashable, Codable, Sendable {
    /// The watcher asked for events that lie too far back: it starts anew after `last`.
    public var reset: Bool
    /// Number of the last event up to which the stream is complete.
    public var last: UInt64
    public var body: [UInt8]

    public init(reset: Bool = false, last: UInt64, body: [UInt8]) {
        self.reset = reset
        self.last = last
        self.body = body
    }

    enum CodingKeys: Int, CodingKey {
        case reset = 1
        case last = 2
        case body = 3
    }
}
