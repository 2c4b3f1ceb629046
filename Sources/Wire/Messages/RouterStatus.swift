/// What a router holds and how it fares.
public struct RouterStatus: Hashable, Codable, Sendable {
    public var name: String
    public var epoch: UInt64
    public var shards: [ShardStatus]
    public var connections: Int

    public init(name: String, epoch: UInt64, shards: [ShardStatus], connections: Int) {
        self.name = name
        self.epoch = epoch
        self.shards = shards
        self.connections = connections
    }

    enum CodingKeys: Int, CodingKey {
        case name = 1
        case epoch = 2
        case shards = 3
        case connections = 4
    }
}

public struct ShardStatus: Hashable, Codable, Sendable {
    public enum State: Int, Codable, Sendable {
        case opening = 0
        case open = 1
        case draining = 2
        case failed = 3
        public var name: String { "\(self)" }
    }

    public var shard: Int
    public var state: State
    public var term: UInt64
    /// Last event that is on disk, and last that the rows reflect.
    public var durable: UInt64
    public var checkpoint: UInt64
    public var shops: Int
    public var residentBuyers: Int
    public var openSessions: Int
    public var followers: Int
    /// Why it is `failed`; nil in any other state.
    public var fault: String?

    /// The router has done what it can: the shard is open, or cannot be opened for a reason of its own.
    public var isSettled: Bool { state == .open || state == .failed }

    /// Events that its next opening reads again.
    public var toReplay: UInt64 { durable - min(checkpoint, durable) }

    public init(
        shard: Int, state: State, term: UInt64 = 0, durable: UInt64 = 0, checkpoint: UInt64 = 0, shops: Int = 0,
        residentBuyers: Int = 0, openSessions: Int = 0, followers: Int = 0, fault: String? = nil
    ) {
        self.shard = shard
        self.state = state
        self.term = term
        self.durable = durable
        self.checkpoint = checkpoint
        self.shops = shops
        self.residentBuyers = residentBuyers
        self.openSessions = openSessions
        self.followers = followers
        self.fault = fault
    }

    enum CodingKeys: Int, CodingKey {
        case shard = 1
        case state = 2
        case term = 3
        case durable = 4
        case checkpoint = 5
        case shops = 6
        case residentBuyers = 7
        case openSessions = 8
        case followers = 9
        case fault = 10
    }
}
