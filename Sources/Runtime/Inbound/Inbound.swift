// What has come in and is not decided yet, when one turn of the loop cannot serve it all. In order of rank; within a
// rank the shops take turns, so that one with a hundred times its share is felt by itself alone; within a shop and rank
// in order of arrival. Places are shared by the shops that wait, so whoever floods is refused before others are. Whoever
// finds no place, or waited too long, is refused before anything was done.
// A pure value; `ShardSet` drives it.

import Domain

public struct InboundLimits: Sendable {
    /// Requests that wait in all. The lower ranks may use a part: consults three quarters, reports two, bulk one.
    /// Default 16,384.
    public var most = 16_384
    /// Of one shop in one rank; parts as above. Default 8,192. While several shops wait each has its part of `most` at
    /// most.
    public var mostOfShop = 8_192
    /// Nanoseconds that an agent's reply may wait; the lower ranks as above. Default 2 s.
    public var oldestNanos: UInt64 = 2_000_000_000
    /// Requests of one shop that are served before the next shop's turn. Default 16.
    public var turn = 16
    /// Requests that are served before the loop reads and commits again. Default 512.
    public var atOnce = 512
    /// The same after as many refusals that others paid for (`paid`): their connection must be read sooner. Default 256.
    public var atOnceShared = 256
    /// Requests of one shard that are decided and not durable: beyond, its shops wait in line, where agents' replies
    /// overtake consults, and not behind the disk. Twice as many may be there for replies and for shops of which no more
    /// than one turn waits, so that these do not stand behind one that floods. Default 1,024.
    public var ahead = 1_024
    /// Shops that are looked at for one whose shard is not too far ahead. Default 64.
    public var looks = 64
    /// Refusals that are told in one turn. Default 64.
    public var told = 64
    /// Refusals that one connection waits for: with more it is read no further until half of them are told. Default 256.
    public var untold = 256
    /// Refusals that one request of another shop or rank on the same read pays for: these are told at once, and the
    /// connection is read on. Default 8.
    public var paid = 8

    public init() {}
}

struct Inbound<Item> {
    enum Taken {
        case serve(Item)
        /// It waited too long.
        case late(Item)
    }

    /// Whose turn it would be, if its shard is not too far ahead of the disk.
    struct Ahead {
        var shop: ShopID
        var rank: Rank
        /// No more than one turn of it waits.
        var isShort: Bool

        /// How far its shard may be ahead.
        func limit(_ limits: InboundLimits) -> Int {
            rank == .reply || isShort ? 2 * limits.ahead : limits.ahead
        }
    }

    private struct Entry {
        var item: Item
        var came: UInt64
    }

    /// What one shop has waiting in one rank.
    private struct Line {
        var shop: ShopID
        var entries = Queue<Entry>()
    }

    private struct Band {
        private var lines: [Line] = []
        private var free: [Int] = []
        /// Of the shops that wait.
        private var places: [ShopID: Int] = [:]
        private var turns = Queue<Int>()
        /// Whose turn it is, and how many it has left.
        private var present: (line: Int, left: Int)?

        /// Requests of a shop, and shops that wait once it does.
        func look(_ shop: ShopID) -> (count: Int, shops: Int) {
            guard let place = places[shop] else { return (0, places.count + 1) }
            return (lines[place].entries.count, places.count)
        }

        mutating func put(_ entry: Entry, _ shop: ShopID) {
            if let place = places[shop] {
                lines[place].entries.append(entry)
                return
            }
            let place: Int
            if let reused = free.popLast() {
                place = reused
                lines[place].shop = shop
            } else {
                place = lines.count
                lines.append(Line(shop: shop))
            }
            lines[place].entries.append(entry)
            places[shop] = place
            turns.append(place)
        }

        mutating func take(_ rank: Rank, turn: Int, looks: Int, isHeld: (Ahead) -> Bool) -> Entry? {
            var next = present
            var left = min(looks, turns.count)
            while next == nil, left > 0, let line = turns.removeFirst() {
                left -= 1
                let ahead = Ahead(shop: lines[line].shop, rank: rank, isShort: lines[line].entries.count <= turn)
                if isHeld(ahead) { turns.append(line) } else { next = (line, turn) }
            }
            guard let (line, left) = next else { return nil }
            let entry = lines[line].entries.removeFirst()
            if lines[line].entries.isEmpty {
                places[lines[line].shop] = nil
                free.append(line)
                present = nil
            } else if left <= 1 {
                turns.append(line)
                present = nil
            } else {
                present = (line, left - 1)
            }
            return entry
        }
    }

    private let limits: InboundLimits
    private var bands = [Band](repeating: Band(), count: Rank.allCases.count)
    private(set) var count = 0

    init(limits: InboundLimits) { self.limits = limits }

    var isEmpty: Bool { count == 0 }

    /// Whether there is a place for a request of a shop.
    func hasPlace(_ rank: Rank, shop: ShopID) -> Bool {
        let most = limits.most * rank.quarters / 4
        guard count < most else { return false }
        let (own, shops) = bands[rank.rawValue].look(shop)
        return own < min(limits.mostOfShop * rank.quarters / 4, max(1, most / shops))
    }

    /// False if there is no place for it. `now`: monotonic nanoseconds.
    mutating func put(_ item: Item, _ rank: Rank, shop: ShopID, at now: UInt64) -> Bool {
        guard hasPlace(rank, shop: shop) else { return false }
        bands[rank.rawValue].put(Entry(item: item, came: now), shop)
        count += 1
        return true
    }

    /// The next one; nil if none waits that is not held back.
    mutating func take(at now: UInt64, isHeld: (Ahead) -> Bool = { _ in false }) -> Taken? {
        for rank in Rank.allCases {
            guard
                let entry = bands[rank.rawValue].take(rank, turn: limits.turn, looks: limits.looks, isHeld: isHeld)
            else { continue }
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
