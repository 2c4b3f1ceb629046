// The values of Protocols/Messages.md, "Shards", and what they promise.

import Domain
import Testing

@testable import Wire

@Suite struct ShardMapTests {
    @Test func hashesAreThoseOfTheDocument() {
        for (text, hash, shard) in [
            ("a", 0x02c0_bdbf_4814_20f8 as UInt64, 56), ("shop-1", 0xd0ae_6e4e_3aec_64fb, 59),
            ("茶铺-1", 0xa467_dfe5_9d7c_f733, 51), ("demo", 0x67c1_384a_284d_00aa, 42),
        ] {
            #expect(ShardMap.hash(text) == hash, "\(text) \(String(ShardMap.hash(text), radix: 16))")
            #expect(ShardMap.shard(of: ShopID(rawValue: text), shards: 64) == shard, "\(text)")
        }
    }

    @Test func ownersAreThoseOfTheDocument() {
        let owners = [3, 3, 2, 2, 1, 2, 3, 1].map { "router-\($0)" }
        #expect(ShardMap.owners(shards: 8, routers: ["router-1", "router-2", "router-3"]) == owners)
        #expect(ShardMap.owners(shards: 8, routers: ["router-3", "router-1", "router-2", "router-1"]) == owners)
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
