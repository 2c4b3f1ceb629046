// Overload: a read that is longer than one turn of the loop stands in line, and so does all that comes meanwhile. Each
// turn serves a part of the line and lets the loop read and commit in between. Who finds no place is not read whole: a
// look at what the request is and whose is enough, and the refusal is the same bytes each time.

import Domain
import NIOCore
import Wire

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

extension ShardSet {
    /// The loop reads its sockets only when a turn leaves it a moment.
    private static let pause = TimeAmount.microseconds(20)
    /// The same when nobody could be served before a commit ends.
    private static let held = TimeAmount.microseconds(250)

    /// What everybody gets who finds no place or waited too long; nothing was done.
    public static let overloaded = WireFault(.overloaded, "too many requests wait", retryAfterMillis: 200)

    /// Whether a read of so many requests stands in line: then each is given to `turnsAway`, else to `line`, and at the
    /// end `work` is called.
    public func isCrowded(_ requests: Int) -> Bool { working || requests > around.settings.atOnce }

    /// True if there is no place for a request: it is refused by and by, and need not be read.
    public func turnsAway(_ payload: ArraySlice<UInt8>, _ to: ReplyTo) -> Bool {
        let isRefused = payload.withUnsafeBytes { bytes in
            guard let head = RequestHead(peeking: bytes), let rank = Rank(head.kind) else { return false }
            if lastRefused.matches(head.shop, rank) { return true }
            let shop = ShopID(rawValue: String(decoding: head.shop, as: UTF8.self))
            if inbound.hasPlace(rank, shop: shop) { return false }
            lastRefused.set(head.shop, rank)
            return true
        }
        if isRefused { turnedAway.append(to) }
        return isRefused
    }

    public func line(up request: RouterRequest, _ to: ReplyTo) {
        guard let rank = request.rank, let shop = request.shop else { return serve([(request, to)]) }
        let now = NIODeadline.now().uptimeNanoseconds
        if !inbound.put((request, to), rank, shop: shop, at: now) { turnedAway.append(to) }
    }

    /// Serves what stands in line, unless that is under way.
    public func work() {
        guard !working else { return }
        working = true
        turn()
    }

    private func turn() {
        let most = around.settings.inbound.atOnce
        let now = NIODeadline.now().uptimeNanoseconds
        var batch: [(RouterRequest, ReplyTo)] = []
        var sinks = FlushList()
        lastRefused.forget()
        var ahead = shards.map { shard in shard.onLoop { $0.ahead } }
        let limit = around.settings.inbound.ahead
        func place(_ shop: ShopID) -> Int { ShardMap.shard(of: shop, shards: shards.count) }
        while batch.count < most,
            let taken = inbound.take(
                at: now, isHeld: { ahead[place($0)] >= ($1 == .reply ? 2 * limit : limit) })
        {
            switch taken {
            case .serve(let item):
                batch.append(item)
                sinks.add(item.1.sink)
                if let shop = item.0.shop { ahead[place(shop)] += 1 }
            case .late(let item): turnedAway.append(item.1)
            }
        }
        serve(batch)
        // Refusing costs little, but not nothing: who is refused asks again all the sooner.
        for _ in 0..<max(1, most / 4) {
            guard let to = turnedAway.removeFirst() else { break }
            to.sink.overloaded(to.id)
            sinks.add(to.sink)
        }
        sinks.flush()
        guard !inbound.isEmpty || !turnedAway.isEmpty else {
            working = false
            return
        }
        around.loop.scheduleTask(in: batch.isEmpty ? Self.held : Self.pause) { self.onLoop { $0.turn() } }
    }
}
