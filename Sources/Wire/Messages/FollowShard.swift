import Domain

/// Every event of a shard after `after`, first from disk, then live, in order, as `ShardItem`s. The stream ends with
/// `notHolder` when the shard moves; the follower asks its next holder from where it was.
public struct FollowShard: Hashable, Codable, Sendable {
    public var shard: Int
    public var after: UInt64

    public init(shard: Int, after: UInt64) {
        self.shard = shard
        self.after = after
    }

    enum CodingKeys: Int, CodingKey {
        case shard = 1
        case after = 2
    }
}

/// A run of events without gaps. `body` holds their records as the journal does (Protocols/Journal.md).
public struct ShardItem: Hashable, Codable, Sendable {
    public var first: UInt64
    public var last: UInt64
    public var body: [UInt8]

    public init(first: UInt64, last: UInt64, body: [UInt8]) {
        self.first = first
        self.last = last
        self.body = body
    }

    enum CodingKeys: Int, CodingKey {
        case first = 1
        case last = 2
        case body = 3
    }
}
