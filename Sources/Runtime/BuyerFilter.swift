// Which buyers may have a row in the store: spares the look-up for those who are new. Never says no of one who has a
// row; says yes wrongly of one in fifty or fewer while it is within its bound. Bounded in bytes.

import Domain
import Wire

struct BuyerFilter {
    /// One word of a segment holds all bits of a buyer, so a look costs one cache line.
    private struct Segment {
        var words: [UInt64]
        var left: Int

        init(bytes: Int) {
            words = [UInt64](repeating: 0, count: max(64, bytes / 8))
            left = words.count * 64 / BuyerFilter.bitsPerBuyer
        }
    }

    private static let bitsPerBuyer = 16
    private static let firstBytes = 8 << 10

    private let most: Int
    private var segments: [Segment] = []
    private var bytes = 0

    /// `most`: bytes.
    init(most: Int) { self.most = most }

    mutating func insert(_ shop: ShopID, _ buyer: BuyerID) {
        let hash = Self.hash(shop, buyer)
        if segments.last.map({ $0.left <= 0 }) ?? true {
            let size = segments.last.map { $0.words.count * 16 } ?? Self.firstBytes
            // At the bound the last segment fills up further: more wrong yeses, never a wrong no.
            if segments.isEmpty || bytes + size <= most {
                segments.append(Segment(bytes: size))
                bytes += size
            }
        }
        let last = segments.count - 1
        let place = Int(truncatingIfNeeded: (hash >> 24) % UInt64(segments[last].words.count))
        segments[last].words[place] |= Self.bits(hash)
        segments[last].left -= 1
    }

    func mayHold(_ shop: ShopID, _ buyer: BuyerID) -> Bool {
        if segments.isEmpty { return false }
        let hash = Self.hash(shop, buyer)
        let bits = Self.bits(hash)
        for segment in segments {
            let place = Int(truncatingIfNeeded: (hash >> 24) % UInt64(segment.words.count))
            if segment.words[place] & bits == bits { return true }
        }
        return false
    }

    /// Four of 64 bits, from the low 24 bits of the hash.
    private static func bits(_ hash: UInt64) -> UInt64 {
        (1 << (hash & 63)) | (1 << (hash >> 6 & 63)) | (1 << (hash >> 12 & 63)) | (1 << (hash >> 18 & 63))
    }

    private static func hash(_ shop: ShopID, _ buyer: BuyerID) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in shop.rawValue.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        // No ID holds this byte.
        hash = hash &* 0x100_0000_01b3
        for byte in buyer.rawValue.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return ShardMap.mix(hash)
    }
}
