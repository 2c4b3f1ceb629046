// What has come in and is not decided yet, when one turn of the loop cannot serve it all. In order of rank; within a
// rank the shops take turns, so that one with a hundred times its share is felt by itself alone; within a shop and rank
// in order of arrival. Places are shared by the shops that wait, so whoever floods is refused before others are. Whoever
// finds no place, or waited too long, is refused before anything was done.
// A pure value; `ShardSet` drives it, and in an ingress `AskLine`.

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
    /// Shops that are known beyond as many as `most`: with more, those of which nothing waits are forgotten. Default 4,096.
    public var idle = 4_096
    /// Refusals that one connection waits for: with more it is read no further until half of them are told. Default 256.
    public var untold = 256
    /// Refusals that one request of another shop or rank on the same read pays for: these are told at once, and the
    /// connection is read on. Default 8.
    public var paid = 8

    public init() {}
}

/// What one shop has waiting in one rank: valid until `Inbound.forgetIdle`.
public struct InboundLine: Hashable {
    /// The shop's place, and the rank.
    fileprivate(set) var number: Int

    fileprivate init(shop: Int, _ rank: Rank) { number = shop * Self.ranks + rank.rawValue }

    fileprivate static let ranks = Rank.allCases.count
    var rank: Rank { Rank.allCases[number % Self.ranks] }
}

public struct Inbound<Item> {
    public enum Taken {
        /// With the shop's shard.
        case serve(Item, shard: Int)
        /// It waited too long.
        case late(Item)
    }

    /// Whose turn it would be, if its shard is not too far ahead of the disk.
    public struct Ahead {
        var shard: Int
        var rank: Rank
        /// No more than one turn of it waits.
        var isShort: Bool

        /// How far its shard may be ahead.
        public func limit(_ limits: InboundLimits) -> Int {
            rank == .reply || isShort ? 2 * limits.ahead : limits.ahead
        }
    }

    private struct Entry {
        var item: Item
        var came: UInt64
    }

    /// One rank's lines that have something waiting, in turn.
    private struct Band {
        var turns = Queue<Int>()
        /// Shops that wait.
        var shops = 0
        /// Whose turn it is, and how many it has left.
        var present: (line: Int, left: Int)?
    }

    private let limits: InboundLimits
    private let shardOf: (ShopID) -> Int
    /// Places of shops, in `names`.
    private var known = PlaceTable()
    private var names: [ShopID] = []
    private var shards: [Int] = []
    /// By line.
    private var lines: [Queue<Entry>] = []
    private var bands = [Band](repeating: Band(), count: InboundLine.ranks)
    public private(set) var count = 0

    /// `shard`: of a shop; what `take` says and asks about.
    public init(limits: InboundLimits, shard: @escaping (ShopID) -> Int) {
        self.limits = limits
        shardOf = shard
    }

    public var isEmpty: Bool { count == 0 }
    /// Shops that have something waiting, had, or were refused.
    var shopsKnown: Int { names.count }

    /// Where requests of a shop and rank stand.
    public mutating func line(_ rank: Rank, shop: ShopID) -> InboundLine {
        let hash = UInt32(truncatingIfNeeded: NameHash.of(shop.rawValue) >> 32)
        if let place = known.find(hash, { names[Int($0)] == shop }) { return InboundLine(shop: Int(place), rank) }
        let place = names.count
        known.insert(hash, UInt32(place))
        names.append(shop)
        shards.append(shardOf(shop))
        for _ in 0..<InboundLine.ranks { lines.append(Queue()) }
        return InboundLine(shop: place, rank)
    }

    /// Whether there is a place for a request.
    public func hasPlace(_ line: InboundLine) -> Bool {
        let rank = line.rank
        let most = limits.most * rank.quarters / 4
        guard count < most else { return false }
        let own = lines[line.number].count
        let shops = bands[rank.rawValue].shops + (own == 0 ? 1 : 0)
        return own < min(limits.mostOfShop * rank.quarters / 4, max(1, most / shops))
    }

    /// There must be a place for it. `now`: monotonic nanoseconds.
    // Inlined, or the item is written to the stack and read from there at once in other pieces, which waits for all earlier
    // writes.
    @inline(__always)
    public mutating func put(_ item: Item, _ line: InboundLine, at now: UInt64) {
        let rank = line.rank.rawValue
        if lines[line.number].isEmpty {
            bands[rank].shops += 1
            bands[rank].turns.append(line.number)
        }
        lines[line.number].append(Entry(item: item, came: now))
        count += 1
    }

    /// The next one; nil if none waits that is not held back.
    public mutating func take(at now: UInt64, isHeld: (Ahead) -> Bool = { _ in false }) -> Taken? {
        for rank in Rank.allCases {
            guard let line = next(rank, isHeld), let entry = lines[line].removeFirst() else { continue }
            count -= 1
            let waited = now > entry.came ? now - entry.came : 0
            return waited > limits.oldestNanos / 4 * UInt64(rank.quarters)
                ? .late(entry.item) : .serve(entry.item, shard: shards[line / InboundLine.ranks])
        }
        return nil
    }

    /// The line whose turn it is, of which one is about to be taken.
    private mutating func next(_ rank: Rank, _ isHeld: (Ahead) -> Bool) -> Int? {
        var next = bands[rank.rawValue].present
        var looks = min(limits.looks, bands[rank.rawValue].turns.count)
        while next == nil, looks > 0, let line = bands[rank.rawValue].turns.removeFirst() {
            looks -= 1
            let ahead = Ahead(
                shard: shards[line / InboundLine.ranks], rank: rank, isShort: lines[line].count <= limits.turn)
            if isHeld(ahead) { bands[rank.rawValue].turns.append(line) } else { next = (line, limits.turn) }
        }
        guard let (line, left) = next else { return nil }
        bands[rank.rawValue].present = nil
        if lines[line].count == 1 {
            bands[rank.rawValue].shops -= 1
        } else if left <= 1 {
            bands[rank.rawValue].turns.append(line)
        } else {
            bands[rank.rawValue].present = (line, left - 1)
        }
        return line
    }

    /// Forgets the shops of which nothing waits, if there are too many. Lines that were asked for before are of no use after
    /// it.
    public mutating func forgetIdle() {
        guard names.count > limits.idle + limits.most else { return }
        let (oldNames, oldLines) = (names, lines)
        (known, names, shards, lines) = (PlaceTable(), [], [], [])
        /// By old line.
        var moved = [Int](repeating: -1, count: oldLines.count)
        for (place, name) in oldNames.enumerated() {
            let own = InboundLine.ranks * place..<InboundLine.ranks * (place + 1)
            guard own.contains(where: { !oldLines[$0].isEmpty }) else { continue }
            let first = line(.reply, shop: name).number
            for number in own {
                moved[number] = first + number - own.lowerBound
                lines[moved[number]] = oldLines[number]
            }
        }
        for rank in bands.indices {
            bands[rank].turns.change { moved[$0] }
            if let present = bands[rank].present { bands[rank].present?.line = moved[present.line] }
        }
    }
}

/// First in, first out.
struct Queue<Element> {
    /// Elements whose room is kept once all are gone, and gaps at the beginning that are left.
    private static var room: Int { 32 }

    private var elements: [Element?] = []
    private var start = 0

    var isEmpty: Bool { start == elements.count }
    var count: Int { elements.count - start }

    @inline(__always)
    mutating func append(_ element: Element) { elements.append(element) }

    mutating func removeFirst() -> Element? {
        guard start < elements.count else { return nil }
        let element = elements[start].take()
        start += 1
        if start == elements.count {
            elements.removeAll(keepingCapacity: elements.capacity <= Self.room)
            start = 0
        } else if start > Self.room, start * 2 > elements.count {
            elements.removeFirst(start)
            start = 0
        }
        return element
    }

    /// Elements that find room without more memory.
    var capacity: Int { elements.capacity }

    /// Puts another in the place of each.
    mutating func change(_ body: (Element) -> Element) {
        elements = elements[start...].map { $0.map(body) }
        start = 0
    }
}
