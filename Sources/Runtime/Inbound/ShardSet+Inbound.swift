// Overload: a read that is longer than one turn of the loop stands in line, and so does all that comes meanwhile. Each
// turn serves a part of the line, after which the loop reads and commits. What stands there is bytes: whose request it is
// and of which rank is seen by a look, and the rest is read when it is served. Who finds no place is refused with the same
// bytes each time.

import Domain
import NIOCore
import Wire

/// A request in line.
struct Waiting {
    enum Form {
        case bytes([UInt8])
        case whole(RouterRequest)
    }

    var form: Form
    var to: ReplyTo

    /// With the shop that it is about. Throws what is wrong with the bytes.
    func request() throws -> (RouterRequest, ShopID) {
        let request: RouterRequest =
            switch form {
            case .bytes(let bytes): try RouterRequest(decoding: bytes)
            case .whole(let request): request
            }
        guard request.rank != nil, let shop = request.shop else { throw CodingFault.wrongType(field: 1) }
        return (request, shop)
    }
}

extension ShardSet {
    /// Until the next turn when nobody could be served before a commit ends.
    private static let held = TimeAmount.microseconds(250)

    /// What everybody gets who finds no place or waited too long; nothing was done.
    public static let overloaded = WireFault(.overloaded, "too many requests wait", retryAfterMillis: 200)

    /// Whether a read of so many requests stands in line: then each is given to `line`, and at the end `finish` is
    /// called.
    public func isCrowded(_ requests: Int) -> Bool { working || requests > around.settings.atOnce }

    /// Puts a request in line or refuses it. False if it must be read whole to know whose it is; then nothing was done.
    public func line(up payload: ArraySlice<UInt8>, _ to: ReplyTo) -> Bool {
        payload.withUnsafeBytes { bytes in
            guard let head = RequestHead(peeking: bytes), let rank = Rank(head.kind) else { return false }
            if lastRefused.matches(head.shop, rank) {
                read.refused.append(to)
                return true
            }
            let shop = ShopID(rawValue: String(decoding: head.shop, as: UTF8.self))
            let waiting = Waiting(form: .bytes(Array(bytes)), to: to)
            if inbound.put(waiting, rank, shop: shop, at: NIODeadline.now().uptimeNanoseconds) {
                read.placed(rank, shop)
            } else {
                lastRefused.set(head.shop, rank)
                read.refused(to, rank, shop)
            }
            return true
        }
    }

    /// The same of one that was read whole. What is about no shop is served at once.
    public func line(up request: RouterRequest, _ to: ReplyTo) {
        guard let rank = request.rank, let shop = request.shop else { return serve([(request, to)]) }
        let now = NIODeadline.now().uptimeNanoseconds
        if inbound.put(Waiting(form: .whole(request), to: to), rank, shop: shop, at: now) {
            read.placed(rank, shop)
        } else {
            read.refused(to, rank, shop)
        }
    }

    /// The end of a connection's read. Serves what stands in line, unless that is under way.
    public func finish() {
        let read = read
        self.read = CrowdedRead()
        if read.isRead(on: around.settings.inbound.paid) {
            paidFor += read.refused.count
            for to in read.refused { to.sink.overloaded(to.id) }
        } else {
            for to in read.refused { turnAway(to) }
        }
        guard !working else { return }
        working = true
        turn()
    }

    private func turnAway(_ to: ReplyTo) {
        turnedAway.append(to)
        to.sink.refusalsWait(1)
    }

    private func turn() {
        let limits = around.settings.inbound
        let now = NIODeadline.now().uptimeNanoseconds
        var batch: [(RouterRequest, ReplyTo)] = []
        var sinks = FlushList()
        lastRefused.forget()
        let most = paidFor < limits.atOnceShared ? limits.atOnce : limits.atOnceShared
        paidFor = 0
        var ahead = shards.map { shard in shard.onLoop { $0.ahead } }
        func place(_ shop: ShopID) -> Int { ShardMap.shard(of: shop, shards: shards.count) }
        while batch.count < most,
            let taken = inbound.take(at: now, isHeld: { ahead[place($0.shop)] >= $0.limit(limits) })
        {
            switch taken {
            case .serve(let waiting):
                sinks.add(waiting.to.sink)
                do {
                    let (request, shop) = try waiting.request()
                    ahead[place(shop)] += 1
                    batch.append((request, waiting.to))
                } catch {
                    let fault = WireFault(.badRequest, "cannot read the request: \(error)")
                    waiting.to.sink.reply(waiting.to.id, .fault(fault))
                }
            case .late(let waiting): turnAway(waiting.to)
            }
        }
        serve(batch)
        // Refusing costs little, but not nothing: who is refused asks again all the sooner. With many nobody waits for ever.
        for _ in 0..<max(1, limits.told, turnedAway.count / 32) {
            guard let to = turnedAway.removeFirst() else { break }
            to.sink.overloaded(to.id)
            to.sink.refusalsWait(-1)
            sinks.add(to.sink)
        }
        sinks.flush()
        guard !inbound.isEmpty || !turnedAway.isEmpty else {
            working = false
            return
        }
        if batch.isEmpty {
            around.loop.scheduleTask(in: Self.held) { self.onLoop { $0.turn() } }
        } else {
            around.ticks.afterReading(on: around.loop) { self.onLoop { $0.turn() } }
        }
    }
}
