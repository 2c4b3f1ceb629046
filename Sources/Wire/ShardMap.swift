// Where things are: a shop's shard is for ever, a shard's router follows from who is there. Both are pure functions of
// names, the same on any machine (Protocols/Messages.md, "Shards").

import Domain

public enum ShardMap {
    /// Shards of a data directory, fixed when it is made.
    public static let defaultShards = 64

    /// FNV-1a over the bytes of UTF-8, then a final mix (the finaliser of SplitMix64).
    public static func hash(_ text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { bytes in
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            return mix(hash)
        }
    }

    public static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// The shard of a shop, 0..<shards.
    public static func shard(of shop: ShopID, shards: Int) -> Int {
        Int(hash(shop.rawValue) % UInt64(shards))
    }

    /// The router to which a shard belongs: the highest score wins, equal scores the lower name. Each router takes at
    /// most the ceiling of an even share; shards are dealt in order, so that the map is the same everywhere.
    /// Empty without routers; else one name per shard.
    public static func owners(shards: Int, routers: [String]) -> [String] {
        guard !routers.isEmpty else { return [] }
        let names = Array(Set(routers)).sorted()
        let seeds = names.map { hash($0) }
        let most = (shards + names.count - 1) / names.count
        var taken = [Int](repeating: 0, count: names.count)
        var owners: [String] = []
        owners.reserveCapacity(shards)
        for shard in 0..<shards {
            var best = -1
            var bestScore: UInt64 = 0
            for index in names.indices where taken[index] < most {
                let score = mix(seeds[index] ^ mix(UInt64(shard) &+ 0x9e37_79b9_7f4a_7c15))
                if best < 0 || score > bestScore {
                    best = index
                    bestScore = score
                }
            }
            taken[best] += 1
            owners.append(names[best])
        }
        return owners
    }
}
