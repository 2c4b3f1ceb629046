// When each shop of a shard has to be looked at, in order of time, then of ID.

import Domain
import HeapModule

struct ShopTimers {
    private struct Item: Comparable {
        var at: Timestamp
        var shop: ShopID

        static func < (a: Self, b: Self) -> Bool { (a.at, a.shop) < (b.at, b.shop) }
    }

    private var heap = Heap<Item>()

    /// The next shop and its time; stale entries are passed over by the desk, which finds nothing due.
    var first: (ShopID, Timestamp)? { heap.min.map { ($0.shop, $0.at) } }

    /// `ShopActor.acting` says when that is needed.
    mutating func note(_ shop: ShopID, _ at: Timestamp) { heap.insert(Item(at: at, shop: shop)) }

    mutating func removeFirst() { _ = heap.popMin() }
}
