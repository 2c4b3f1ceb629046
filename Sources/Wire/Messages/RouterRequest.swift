// What a router is asked. One enum, dispatched exhaustively; the number of a case is its field on the wire
// (Protocols/Messages.md).

import Domain

public enum RouterRequest: Hashable, Sendable {
    case command(ShopCommand)
    indirect case query(ShopQuery)
    /// Answered by a stream of `ShardItem`.
    indirect case followShard(FollowShard)
    /// Answered by a stream of `ShopItem`.
    indirect case watchShop(WatchShop)
    case status
}

extension RouterRequest: Codable {
    enum CodingKeys: Int, CodingKey {
        case command = 1
        case query = 2
        case followShard = 3
        case watchShop = 4
        case status = 5
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .command(let body): try c.encode(body, forKey: .command)
        case .query(let body): try c.encode(body, forKey: .query)
        case .followShard(let body): try c.encode(body, forKey: .followShard)
        case .watchShop(let body): try c.encode(body, forKey: .watchShop)
        case .status: try c.encode(true, forKey: .status)
        }
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        guard let key = c.allKeys.first else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "unknown request"))
        }
        self =
            switch key {
            case .command: .command(try c.decode(ShopCommand.self, forKey: key))
            case .query: .query(try c.decode(ShopQuery.self, forKey: key))
            case .followShard: .followShard(try c.decode(FollowShard.self, forKey: key))
            case .watchShop: .watchShop(try c.decode(WatchShop.self, forKey: key))
            case .status: .status
            }
    }
}
