// Which buyers may have a row in the store: spares the look-up for those who are new. Never says no of one who has a
// row; says yes wrongly of one in a thousand or fewer while it is within its bound. Bounded in bytes.

import Domain
import Wire

struct BuyerFilter {
    /// Two words of a segment hold the bits of a buyer, four in each.
    private struct Segment {
        var words: [UInt64]
        var left: Int

        init(bytes: Int) {
            words = [UInt64](repeating: 0, count: max(64, bytes / 8))
            left = words.count * 64 / BuyerFilter.bitsPerBuyer
        }

        /// Places of a hash's words, the second elsewhere in the same 64.
        @inline(__always)
        func places(_ hash: UInt64) -> (Int, Int) {
            let first = Int(truncatingIfNeeded: ((hash >> 32) * UInt64(words.count)) >> 32)
            return (first, first ^ Int(truncatingIfNeeded: 1 + hash % 7) & 7)
        }
    }

    private static let bitsPerBuyer = 32
    private static let firstBytes = 16 << 10

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
        let (a, b) = segments[last].places(hash)
        let (bitsOfA, bitsOfB) = Self.bits(hash)
        segments[last].words[a] |= bitsOfA
        segments[last].words[b] |= bitsOfB
        segments[last].left -= 1
    }

    func mayHold(_ shop: ShopID, _ buyer: BuyerID) -> Bool {
        if segments.isEmpty { return false }
        let hash = Self.hash(shop, buyer)
        let (bitsOfA, bitsOfB) = Self.bits(hash)
        for segment in segments {
            let (a, b) = segment.places(hash)
            if segment.words[a] & bitsOfA == bitsOfA, segment.words[b] & bitsOfB == bitsOfB { return true }
        }
        return false
    }

    /// Twice four of 64 bits.
    @inline(__always)
    private static func bits(_ hash: UInt64) -> (UInt64, UInt64) {
        let more = ShardMap.mix(hash)
        func four(_ from: UInt64) -> UInt64 {
            (1 << (from & 63)) | (1 << (from >> 6 & 63)) | (1 << (from >> 12 & 63)) | (1 << (from >> 18 & 63))
        }
        return (four(more), four(more >> 24))
    }

    private static func hash(_ shop: ShopID, _ buyer: BuyerID) -> UInt64 {
        ShardMap.mix(NameHash.of(shop.rawValue) ^ NameHash.of(buyer.rawValue) &* 0x9e37_79b9_7f4a_7c15)
    }
}
