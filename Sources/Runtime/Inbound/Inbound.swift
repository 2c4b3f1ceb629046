// What has come in and is not decided yet, when one turn of the loop cannot serve it all. In order of rank; within a
// rank the shops take turns, so that one with a hundred times its share is felt by itself alone; within a shop and rank
// in order of arrival. Whoever finds no place, or waited too long, is refused before anything was done.
// A pure value; `ShardSet` drives it.

import Domain

public struct InboundLimits: Sendable {
    /// Requests that wait in all. The lower ranks may use a part: consults three quarters, reports two, bulk one.
    /// Default 16,384.
    public var most = 16_384
    /// Of one shop in one rank; parts as above. Default 8,192.
    public var mostOfShop = 8_192
    /// Nanoseconds that an agent's reply may wait; the lower ranks as above. Default 2 s.
    public var oldestNanos: UInt64 = 2_000_000_000
    /// Requests of one shop that are served before the next shop's turn. Default 16.
    public var turn = 16
    /// Requests that are served before the loop reads and commits again. Default 256.
    public var atOnce = 256

    public init() {}
}

struct Inbound<Item> {
    enum Taken {
        case serve(Item)
        /// It waited too long.
        case late(Item)
    }

    private struct Entry {
        var item: Item
        var came: UInt64
    }

    /// The shops of one rank; whose turn it is stands outside of the others.
    private struct Band {
        var waiting: [ShopID: Queue<Entry>] = [:]
        var turns = Queue<ShopID>()
        var present: (shop: ShopID, queue: Queue<Entry>, left: Int)?

        /// False if the shop has `most` already.
        mutating func put(_ entry: Entry, _ shop: ShopID, most: Int) -> Bool {
            if present?.shop == shop {
                guard present?.queue.count ?? 0 < most else { return false }
                present?.queue.append(entry)
            } else if let place = waiting.index(forKey: shop) {
                guard waiting.values[place].count < most else { return false }
                waiting.values[place].append(entry)
            } else {
                guard most > 0 else { return false }
                var queue = Queue<Entry>()
                queue.append(entry)
                waiting[shop] = queue
                turns.append(shop)
            }
            return true
        }

        mutating func take(turn: Int) -> Entry? {
            if present == nil {
                guard let shop = turns.removeFirst(), let queue = waiting.removeValue(forKey: shop) else { return nil }
                present = (shop, queue, turn)
            }
            guard let shop = present?.shop, let entry = present?.queue.removeFirst() else { return nil }
            present?.left -= 1
            if let held = present, held.queue.isEmpty || held.left <= 0 {
                present = nil
                if !held.queue.isEmpty {
                    waiting[shop] = held.queue
                    turns.append(shop)
                }
            }
            return entry
        }
    }

    private let limits: InboundLimits
    private var bands = [Band](repeating: Band(), count: Rank.allCases.count)
    private(set) var count = 0

    init(limits: InboundLimits) { self.limits = limits }

    var isEmpty: Bool { count == 0 }

    /// False if there is no place for it. `now`: monotonic nanoseconds.
    mutating func put(_ item: Item, _ rank: Rank, shop: ShopID, at now: UInt64) -> Bool {
        guard count < limits.most * rank.quarters / 4,
            bands[rank.rawValue].put(
                Entry(item: item, came: now), shop, most: limits.mostOfShop * rank.quarters / 4)
        else { return false }
        count += 1
        return true
    }

    /// The next one; nil if none waits.
    mutating func take(at now: UInt64) -> Taken? {
        for rank in Rank.allCases {
            guard let entry = bands[rank.rawValue].take(turn: limits.turn) else { continue }
            count -= 1
            let waited = now > entry.came ? now - entry.came : 0
            return waited > limits.oldestNanos / 4 * UInt64(rank.quarters) ? .late(entry.item) : .serve(entry.item)
        }
        return nil
    }
}

/// First in, first out.
struct Queue<Element> {
    private var elements: [Element?] = []
    private var start = 0

    var isEmpty: Bool { start == elements.count }
    var count: Int { elements.count - start }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func removeFirst() -> Element? {
        guard start < elements.count else { return nil }
        let element = elements[start]
        elements[start] = nil
        start += 1
        if start == elements.count {
            elements.removeAll(keepingCapacity: start < 4_096)
            start = 0
        } else if start > 64, start * 2 > elements.count {
            elements.removeFirst(start)
            start = 0
        }
        return element
    }
}
