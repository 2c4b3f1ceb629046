// One read of a connection while not everything can be served: who found a place and who did not. A connection most of
// whose requests find none is read no further than it can be told so; but on a connection that several share nobody is
// to wait behind whoever floods.

import Domain

/// Who was refused last: the next one is mostly of the same shop, and as long as nobody has been served there is no place
/// for it either.
struct LastRefused {
    private var shop: [UInt8] = []
    private var rank: Rank?

    func matches(_ shop: UnsafeRawBufferPointer, _ rank: Rank) -> Bool {
        guard self.rank == rank, self.shop.count == shop.count else { return false }
        return self.shop.withUnsafeBytes { known in
            var place = 0
            while place < shop.count, known[place] == shop[place] { place += 1 }
            return place == shop.count
        }
    }

    mutating func set(_ shop: UnsafeRawBufferPointer, _ rank: Rank) {
        self.shop = Array(shop)
        self.rank = rank
    }

    mutating func forget() { rank = nil }
}

struct CrowdedRead {
    private struct Line: Hashable {
        var rank: Rank
        var shop: ShopID
    }

    /// Those that found no place, in order.
    var refused: [ReplyTo] = []
    private var full: Set<Line> = []
    private var placed: [Line] = []

    mutating func placed(_ rank: Rank, _ shop: ShopID) { placed.append(Line(rank: rank, shop: shop)) }

    mutating func refused(_ to: ReplyTo, _ rank: Rank, _ shop: ShopID) {
        refused.append(to)
        full.insert(Line(rank: rank, shop: shop))
    }

    /// Requests of the shops and ranks of which none was refused.
    var others: Int { full.isEmpty ? placed.count : placed.count { !full.contains($0) } }

    /// Whether the refusals are told at once, so that the connection is read on: each request of others pays for so
    /// many. Refusing costs about as much as serving then, at most.
    func isRead(on paid: Int) -> Bool { refused.count <= others * paid }
}
