// Who follows the shard, and who watches a shop. Items leave only what is durable, within each reader's credit; a
// reader who is behind is served from disk, and slows nobody (I11).

import Domain
import Journal
import Wire

extension Shard {
    /// Every event of the shard.
    struct Follower {
        var to: ReplyTo
        var sent: UInt64
        /// A read from disk is under way.
        var reading = false
    }

    /// The events of one shop.
    struct Watcher {
        var to: ReplyTo
        var shop: ShopID
        var bytes: [UInt8]
        /// Everything of the shop up to here was sent.
        var sent: UInt64
        var agent: AgentID?
        /// Its history is being read: live events wait.
        var reading = false
        /// It had no credit for a live event: it goes on from its history.
        var behind = false
    }

    // MARK: Coming and going

    func follow(_ request: FollowShard, to: ReplyTo) {
        guard request.after <= durable else {
            to.sink.end(to.id, WireFault(.badRequest, "the journal of shard \(number) ends at \(durable)"))
            return
        }
        followers.append(Follower(to: to, sent: request.after))
        pumpFollower(followers.count - 1)
    }

    func watch(_ request: WatchShop, to: ReplyTo) {
        guard let shop = shops[request.shop], shop.guarded({ $0.exists }) else {
            to.sink.end(to.id, WireFault(.badRequest, "no shop \(request.shop)"))
            return
        }
        if let agent = request.agent { attach(request.shop, agent) }
        let head = shop.guarded { $0.head }
        // A place beyond the end is another journal's: whatever the watcher saw is not here.
        let known = request.after.map { $0 < next } ?? true
        var watcher = Watcher(
            to: to, shop: request.shop, bytes: Array(request.shop.rawValue.utf8),
            sent: known ? request.after ?? head : head, agent: request.agent)
        watcher.behind = watcher.sent < head
        watchers.append(watcher)
        if watcher.behind {
            readHistory(of: to)
        } else {
            tellPlace(to, ShopItem(reset: !known, last: head, body: []))
        }
    }

    /// The first item of a watcher that is up to date says where it stands, so that it can come back without a gap.
    private func tellPlace(_ to: ReplyTo, _ place: ShopItem) {
        whenDurable { fault in
            guard fault == nil else { return }
            _ = to.sink.item(to.id, self.item(place))
            to.sink.flush()
        }
    }

    private func attach(_ shop: ShopID, _ agent: AgentID) {
        advance(to: max(now, around.clock.now()))
        noteStream(shop, agent, attached: true)
    }

    /// Whether a stream of this shard has that name.
    func hasStream(_ to: ReplyTo) -> Bool {
        followers.contains { $0.to.isSame(to) } || watchers.contains { $0.to.isSame(to) }
    }

    /// A reader is gone, or wants no more.
    func drop(_ to: ReplyTo) {
        followers.removeAll { $0.to.isSame(to) }
        dropWatchers { $0.to.isSame(to) }
    }

    func drop(sink: any ReplySink) {
        followers.removeAll { $0.to.sink === sink }
        dropWatchers { $0.to.sink === sink }
    }

    private func dropWatchers(where gone: (Watcher) -> Bool) {
        let leaving = watchers.filter(gone)
        guard !leaving.isEmpty else { return }
        watchers.removeAll(where: gone)
        for watcher in leaving {
            guard phase == .open, let agent = watcher.agent else { continue }
            if watchers.contains(where: { $0.shop == watcher.shop && $0.agent == agent }) { continue }
            advance(to: max(now, around.clock.now()))
            noteStream(watcher.shop, agent, attached: false)
        }
        kick()
    }

    func endStreams(_ fault: WireFault, _ sinks: inout FlushList) {
        for follower in followers {
            follower.to.sink.end(follower.to.id, fault)
            sinks.add(follower.to.sink)
        }
        for watcher in watchers {
            watcher.to.sink.end(watcher.to.id, fault)
            sinks.add(watcher.to.sink)
        }
        followers = []
        watchers = []
    }

    /// A reader has room again.
    func credited(_ to: ReplyTo) {
        if let index = followers.firstIndex(where: { $0.to.isSame(to) }) { pumpFollower(index) }
        if let watcher = watchers.first(where: { $0.to.isSame(to) }), watcher.behind { readHistory(of: to) }
    }

    // MARK: Live

    /// Rows became durable.
    func pump(_ rows: [JournalRow], _ sinks: inout FlushList) {
        if !followers.isEmpty, !isGathered {
            if around.pace.admit(self) { pumpFollowers(&sinks) } else { isGathered = true }
        }
        guard !watchers.isEmpty, let last = rows.last?.last else { return }
        for index in watchers.indices where !watchers[index].reading && !watchers[index].behind {
            let watcher = watchers[index]
            guard let body = Self.cut(rows, watcher) else { continue }
            if watcher.to.sink.item(watcher.to.id, item(ShopItem(last: last, body: body))) {
                watchers[index].sent = last
                sinks.add(watcher.to.sink)
            } else {
                watchers[index].behind = true
            }
        }
        for watcher in watchers where watcher.behind && !watcher.reading { readHistory(of: watcher.to) }
    }

    /// The shop's records in rows, beyond what the watcher has; nil if there are none.
    private static func cut(_ rows: [JournalRow], _ watcher: Watcher) -> [UInt8]? {
        var body: [UInt8] = []
        for row in rows {
            var scanner = RecordScanner(row.body)
            while let item = try? scanner.next() {
                guard item.sequence > watcher.sent, scanner.isOf(watcher.bytes, item) else { continue }
                body.append(contentsOf: row.body[item.range])
            }
        }
        return body.isEmpty ? nil : body
    }

    private func item(_ value: some Encodable) -> [UInt8] {
        do {
            return try BinaryEncoder().encode(value)
        } catch {
            preconditionFailure("an item of our own cannot be coded: \(error)")
        }
    }

    // MARK: Followers

    /// What has become durable since followers were sent something.
    func pumpGathered(_ sinks: inout FlushList) {
        isGathered = false
        pumpFollowers(&sinks)
    }

    private func pumpFollowers(_ sinks: inout FlushList) {
        for index in followers.indices {
            pumpFollower(index)
            sinks.add(followers[index].to.sink)
        }
    }

    private func pumpFollower(_ index: Int) {
        while !followers[index].reading {
            let follower = followers[index]
            guard follower.sent < durable, let credit = follower.to.sink.credit(for: follower.to.id), credit > 0
            else { return }
            guard let row = tail.row(after: follower.sent) else { return readRows(for: follower) }
            guard send(row, to: index) else { return }
        }
    }

    /// Sends a row, cut to what the follower has not had. False without credit.
    private func send(_ row: JournalRow, to index: Int) -> Bool {
        let follower = followers[index]
        var first = row.first
        var body = row.body
        if row.first <= follower.sent {
            var scanner = RecordScanner(row.body)
            first = follower.sent + 1
            while let item = try? scanner.next() {
                guard item.sequence == first else { continue }
                body = Array(row.body[item.range.lowerBound...])
                break
            }
        }
        let sent = follower.to.sink.item(
            follower.to.id, item(ShardItem(first: first, last: row.last, body: body)))
        if sent { followers[index].sent = row.last }
        return sent
    }

    private func readRows(for follower: Follower) {
        guard let history, let index = followers.firstIndex(where: { $0.to.isSame(follower.to) }) else { return }
        followers[index].reading = true
        let after = follower.sent
        let bytes = settings.followRead
        let generation = generation
        around.readers.runIfActive(eventLoop: around.loop) {
            history.serially { reader throws(StoreFault) in
                try reader.rows(after: after, limitBytes: bytes)
            }
        }.whenComplete { outcome in
            self.onLoop { shard in
                guard shard.generation == generation,
                    let index = shard.followers.firstIndex(where: { $0.to.isSame(follower.to) })
                else { return }
                shard.followers[index].reading = false
                guard case .success(.success(let rows)) = outcome, !rows.isEmpty else {
                    shard.followers.remove(at: index)
                    follower.to.sink.end(follower.to.id, WireFault(.internalFault, "the journal cannot be read"))
                    follower.to.sink.flush()
                    return
                }
                for row in rows {
                    guard shard.send(row, to: index) else { break }
                }
                shard.pumpFollower(index)
                follower.to.sink.flush()
            }
        }
    }

    // MARK: A watcher's history

    /// Reads what the watcher has missed, up to the shop's last durable event, then goes on live.
    private func readHistory(of to: ReplyTo) {
        guard let index = watchers.firstIndex(where: { $0.to.isSame(to) }), !watchers[index].reading,
            let shop = shops[watchers[index].shop], let history,
            let credit = to.sink.credit(for: to.id), credit > 0
        else { return }
        watchers[index].reading = true
        let after = watchers[index].sent
        let limit = settings.watchBacklog
        let head = shop.guarded { $0.head }
        let generation = generation
        whenDurable { fault in
            guard fault == nil else { return }
            self.around.readers.runIfActive(eventLoop: self.around.loop) {
                history.serially { reader throws(StoreFault) in
                    try MissedEvents(after: after, head: head, limit: limit, reader)
                }
            }.whenComplete { outcome in
                self.onLoop { shard in
                    guard shard.generation == generation else { return }
                    shard.deliverHistory(outcome, head: head, to: to)
                }
            }
        }
    }

    private func deliverHistory(
        _ outcome: Result<Result<MissedEvents, StoreFault>, any Error>, head: UInt64,
        to: ReplyTo
    ) {
        guard let index = watchers.firstIndex(where: { $0.to.isSame(to) }) else { return }
        watchers[index].reading = false
        defer { to.sink.flush() }
        guard case .success(.success(let found)) = outcome else {
            watchers.remove(at: index)
            to.sink.end(to.id, WireFault(.internalFault, "the journal cannot be read"))
            return
        }
        if !found.complete {
            if to.sink.item(to.id, item(ShopItem(reset: true, last: head, body: []))) { watchers[index].sent = head }
        } else {
            var writer = ByteWriter()
            var records = found.records.makeIterator()
            var record = records.next()
            while let present = record {
                writer.truncate()
                var last = present.sequence
                while let more = record, writer.count < settings.followRead {
                    RecordCoding.append(more, to: &writer)
                    last = more.sequence
                    record = records.next()
                }
                guard to.sink.item(to.id, item(ShopItem(last: last, body: writer.bytes))) else { return }
                watchers[index].sent = last
            }
            watchers[index].sent = max(watchers[index].sent, head)
        }
        let present = shops[watchers[index].shop]?.guarded { $0.head } ?? 0
        if watchers[index].sent >= present {
            watchers[index].behind = false
        } else {
            readHistory(of: to)
        }
    }
}

/// What a watcher has missed, oldest first.
struct MissedEvents: Sendable {
    /// Everything is there; else it lies too far back.
    var complete: Bool
    var records: [EventRecord] = []

    init(after: UInt64, head: UInt64, limit: Int, _ reader: any ShardReader) throws(StoreFault) {
        var chain = ChainReader(reader)
        var reached = head <= after
        var found: [EventRecord] = []
        try chain.shop(from: head, limit: limit + 1) { record in
            if record.sequence <= after {
                reached = true
                return false
            }
            found.append(record)
            if record.previousOfShop == 0 { reached = true }
            return true
        }
        complete = reached && found.count <= limit
        records = found.reversed()
    }
}

extension ReplyTo {
    func isSame(_ other: ReplyTo) -> Bool { id == other.id && sink === other.sink }
}
