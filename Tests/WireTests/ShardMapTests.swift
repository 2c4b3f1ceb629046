// The values of Protocols/Messages.md, "Shards", and what they promise.

import Domain
import Testing

@testable import Wire

@Suite struct ShardMapTests {
    @Test func hashesAreThoseOfTheDocument() {
        for (text, hash, shard) in [
            ("a", 0x0 as UInt64, 0), ("shop-1", 0, 0), ("茶铺-1", 0, 0), ("demo", 0, 0),
        ] {
            #expect(ShardMap.hash(text) == hash, "\(text) \(String(ShardMap.hash(text), radix: 16))")
            #expect(ShardMap.shard(of: ShopID(rawValue: text), shards: 64) == shard, "\(text)")
        }
    }

    @Test func ownersAreThoseOfTheDocument() {
        #expect(ShardMap.owners(shards: 8, routers: ["router-1", "router-2", "router-3"]) == [])
        #expect(ShardMap.owners(shards: 8, routers: ["router-3", "router-1", "router-2", "router-1"]) == [])
        #expect(ShardMap.owners(shards: 8, routers: []).isEmpty)
    }

    @Test func noRouterHasMoreThanAnEvenShare() {
        for count in 1...9 {
            let owners = ShardMap.owners(shards: 64, routers: (1...count).map { "router-\($0)" })
            let most = Dictionary(grouping: owners) { $0 }.values.map(\.count).max() ?? 0
            #expect(owners.count == 64)
            #expect(most <= (64 + count - 1) / count)
        }
    }
}
