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
        /// A cell of `PayloadCells` and how much of it.
        case cell(Int32, count: Int32)
        case bytes([UInt8])
        indirect case whole(RouterRequest)
    }

    var form: Form
    var to: ReplyTo
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
        guard let (rank, shop) = Self.head(payload) else { return false }
        guard let line = place(rank, shop, to) else { return true }
        let cell = cells.put(payload)
        let form: Waiting.Form = cell.map { .cell($0, count: Int32(payload.count)) } ?? .bytes(Array(payload))
        put(form, line, to)
        return true
    }

    /// The same of one that was read whole. What is about no shop is served at once.
    public func line(up asked: AskedRequest) {
        guard let rank = asked.request.rank, let shop = asked.request.shop else { return serve([asked]) }
        if let line = place(rank, shop, asked.to) { put(.whole(asked.request), line, asked.to) }
    }

    /// Outside of the actor: nothing asks then, request by request, whether this is its loop.
    private static func head(_ payload: ArraySlice<UInt8>) -> (Rank, ShopID)? {
        payload.withUnsafeBytes { bytes in
            guard let head = RequestHead(peeking: bytes), let rank = Rank(head.kind) else { return nil }
            return (rank, ShopID(rawValue: String(decoding: head.shop, as: UTF8.self)))
        }
    }

    /// Where a request will stand; nil if there is no place, and then it is refused.
    private func place(_ rank: Rank, _ shop: ShopID, _ to: ReplyTo) -> InboundLine? {
        let line = inbound.line(rank, shop: shop)
        if inbound.hasPlace(line) { return line }
        read.refused(to, line)
        return nil
    }

    private func put(_ form: Waiting.Form, _ line: InboundLine, _ to: ReplyTo) {
        let at = read.at ?? NIODeadline.now().uptimeNanoseconds
        read.at = at
        inbound.put(Waiting(form: form, to: to), line, at: at)
        read.placed(line)
    }

    /// The end of a connection's read. Serves what stands in line, unless that is under way.
    public func finish() {
        if read.isRead(on: around.settings.inbound.paid) {
            paidFor += read.refused.count
            for to in read.refused { to.sink.overloaded(to.id) }
        } else {
            for to in read.refused { turnAway(to) }
        }
        read.end()
        guard !working else { return }
        working = true
        turn()
    }

    /// The request that stood in line; its cell is free afterwards. Throws what is wrong with the bytes.
    private func request(_ form: Waiting.Form) throws -> RouterRequest {
        let request: RouterRequest =
            switch form {
            case .cell(let cell, let count):
                try cells.take(cell, count: Int(count)) { try RouterRequest(decoding: $0) }
            case .bytes(let bytes): try RouterRequest(decoding: bytes)
            case .whole(let request): request
            }
        guard request.rank != nil else { throw CodingFault.wrongType(field: 1) }
        return request
    }

    private func turnAway(_ to: ReplyTo) {
        turnedAway.append(to)
        to.sink.refusalsWait(1)
    }

    private func turn() {
        let limits = around.settings.inbound
        let now = NIODeadline.now().uptimeNanoseconds
        var batch: [AskedRequest] = []
        batch.reserveCapacity(min(inbound.count, limits.atOnce))
        var sinks = FlushList()
        inbound.forgetIdle()
        let most = paidFor < limits.atOnceShared ? limits.atOnce : limits.atOnceShared
        paidFor = 0
        var ahead = shards.map(\.ahead)
        while batch.count < most,
            let taken = inbound.take(at: now, isHeld: { ahead[$0.shard] >= $0.limit(limits) })
        {
            switch taken {
            case .serve(let waiting, let shard):
                sinks.add(waiting.to.sink)
                do {
                    batch.append(AskedRequest(request: try request(waiting.form), to: waiting.to))
                    ahead[shard] += 1
                } catch {
                    let fault = WireFault(.badRequest, "cannot read the request: \(error)")
                    waiting.to.sink.reply(waiting.to.id, .fault(fault))
                }
            case .late(let waiting):
                if case .cell(let cell, _) = waiting.form { cells.free(cell) }
                turnAway(waiting.to)
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
