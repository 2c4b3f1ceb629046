// How a shard comes to a router and leaves it. Opening: lease, rows, then the events after them, on a writer's thread;
// then the calls that waited. Leaving: no new calls, everything in hand durable, a checkpoint, the lease let go.

import Domain
import Journal
import Logging
import NIOCore
import Wire

/// A shard as it was read.
private struct OpenedShard: Sendable {
    var store: any ShardStore
    var reader: any ShardReader
    var history: any ShardReader
    var shops: ShopTable
    var answers: OpenedAnswers
    var setAside: [String]
    var last: Timestamp
}

/// Made by the thread that reads the shard, then the loop's.
private final class OpenedAnswers: @unchecked Sendable {
    private var index: AnswerIndex?
    let fault: CodingFault?

    init(_ index: consuming AnswerIndex, fault: CodingFault?) {
        self.index = consume index
        self.fault = fault
    }

    /// Once; then nil.
    func take() -> AnswerIndex? { index.take() }
}

extension Shard {
    /// This router is the shard's now. Does nothing if it already is. A shard that is leaving leaves first (`left`).
    func claim() {
        wanted = true
        switch phase {
        case .open, .opening, .draining: return
        case .away:
            generation += 1
            phase = .opening
            openingsFailed = 0
            openingFault = nil
            open()
        }
    }

    /// What callers are told of a shard that cannot be opened; nil while it may just take a moment.
    var failure: WireFault? {
        guard phase == .opening, openingsFailed >= settings.failedOpenings else { return nil }
        return WireFault(
            .shardFailed, "shard \(number) cannot be opened: \(openingFault?.message ?? "")", retryAfterMillis: 5_000)
    }

    /// Nothing of this shard is served until it can be read; the others go on (I12).
    private func openingFailed(_ fault: StoreFault) {
        openingsFailed += 1
        openingFault = fault
        around.logger.error(
            "shard cannot be opened",
            metadata: ["shard": "\(number)", "fault": "\(fault)", "attempt": "\(openingsFailed)"])
        if let failure { giveUpWaiting(failure) }
        openLater(settings.reopenPause(after: openingsFailed))
    }

    /// Refuses the calls that wait for the opening, and lets nobody wait for its time.
    private func giveUpWaiting(_ fault: WireFault) {
        let calls = waiting
        waiting = []
        var sinks = FlushList()
        for call in calls {
            refuse(call.request, call.to, fault)
            sinks.add(call.to.sink)
        }
        sinks.flush()
        let reached = reaching
        reaching = []
        for tell in reached { tell() }
    }

    func openLater(_ pause: TimeAmount) {
        let generation = generation
        around.loop.scheduleTask(in: pause) {
            self.onLoop { shard in
                if shard.generation == generation, shard.phase == .opening { shard.open() }
            }
        }
    }

    private func open() {
        let generation = generation
        let around = around
        let number = number
        around.writers.runIfActive(eventLoop: around.loop) { () -> Result<OpenedShard, StoreFault> in
            do {
                return .success(try Self.read(number, around))
            } catch let fault as StoreFault {
                return .failure(fault)
            } catch {
                return .failure(StoreFault(.corrupt, "shard \(number) cannot be read", cause: "\(error)"))
            }
        }.whenComplete { outcome in
            self.onLoop { shard in
                guard shard.generation == generation, shard.phase == .opening else {
                    if case .success(.success(let opened)) = outcome {
                        shard.around.writers.submit { _ in opened.store.close() }
                    }
                    return
                }
                switch outcome {
                case .success(.success(let opened)): shard.opened(opened)
                case .success(.failure(let fault)):
                    if fault.code == .leaseHeld {
                        shard.openLater(shard.settings.leaseRetry)
                    } else {
                        shard.openingFailed(fault)
                    }
                case .failure(let error):
                    shard.openingFailed(StoreFault(.closed, "no thread opens it", cause: "\(error)"))
                }
            }
        }
    }

    /// On a writer's thread: rows, buyers with open sessions, then every event after the checkpoint.
    private static func read(_ number: Int, _ around: Surroundings) throws -> OpenedShard {
        let store = try around.engine.open(shard: number, holder: around.holder)
        do {
            return try read(store, around)
        } catch {
            store.close()
            throw error
        }
    }

    private static func read(_ store: any ShardStore, _ around: Surroundings) throws -> OpenedShard {
        let reader = try store.reader()
        let decoder = BinaryDecoder()
        var desks: [ShopID: Desk] = [:]
        var order: [ShopID] = []
        for row in try reader.shops() {
            let body = try decoder.decode(Domain.ShopRow.self, from: row.body)
            desks[row.shop] = Desk(id: row.shop, limits: around.settings.desk, row: body)
            order.append(row.shop)
        }
        var after: BuyerPlace?
        while true {
            let page = try reader.openBuyers(after: after, limit: 1_000)
            for row in page {
                desks[row.shop]?.admit(try decoder.decode(Domain.BuyerRow.self, from: row.body))
            }
            guard let last = page.last, page.count == 1_000 else { break }
            after = last.place
        }
        var answers: [AnswerIndex.Item] = []
        var answersFault: CodingFault?
        let answerRows = try reader.answers(after: 0)
        do throws(CodingFault) {
            for row in answerRows { try AnswerIndex.unpack(row.body, into: &answers) }
        } catch {
            answersFault = error
        }
        var setAside: [String] = []
        var sequence = store.checkpoint
        var last = desks.values.map(\.now).max() ?? Timestamp(millis: 0)
        while sequence < store.durable {
            let rows = try reader.rows(after: sequence, limitBytes: 4 << 20)
            guard let end = rows.last?.last, end > sequence else {
                throw StoreFault(.corrupt, "no events after \(sequence), though \(store.durable) are durable")
            }
            for row in rows {
                for decoded in try RecordCoding.decode(row.body) where decoded.sequence > sequence {
                    guard let record = decoded.record else {
                        setAside.append("\(decoded)")
                        continue
                    }
                    last = max(last, record.at)
                    if let stamp = record.command {
                        answers.append(
                            AnswerIndex.Item(
                                key: AnswerKey(record.shop, stamp.id),
                                entry: .init(sequence: record.sequence, fingerprint: stamp.fingerprint)))
                    }
                    if desks[record.shop] == nil {
                        desks[record.shop] = Desk(id: record.shop, limits: around.settings.desk)
                        order.append(record.shop)
                    }
                    if let buyer = record.event.buyer, reader.mayHold(record.shop, buyer),
                        desks[record.shop]?.isResident(buyer) == false, let held = try reader.buyer(record.shop, buyer)
                    {
                        desks[record.shop]?.admit(try decoder.decode(Domain.BuyerRow.self, from: held.body))
                    }
                    desks[record.shop]?.apply(record)
                }
            }
            sequence = end
        }
        let resumed = ShopTable()
        for shop in order {
            guard var desk = desks.removeValue(forKey: shop) else { continue }
            desk.resume()
            guard desk.loadsAgree() else {
                throw StoreFault(.corrupt, "loads of shop \(shop) are not the sums over its sessions (I6)")
            }
            // From here on nobody else holds the desk, whose first change would copy it.
            resumed.append(ShopActor(desk, held: resumed.held, on: around.loop))
        }
        return OpenedShard(
            store: store, reader: reader, history: try store.reader(), shops: resumed,
            answers: OpenedAnswers(
                AnswerIndex(most: around.settings.answersKept, of: answers), fault: answersFault),
            setAside: setAside, last: last)
    }

    private func opened(_ opened: OpenedShard) {
        for reason in opened.setAside {
            around.logger.error("event set aside", metadata: ["shard": "\(number)", "reason": "\(reason)"])
        }
        store = opened.store
        reader = opened.reader
        history = SerialReader(opened.history)
        durable = opened.store.durable
        checkpoint = opened.store.checkpoint
        checkpointAt = .now()
        answersWritten = checkpoint
        next = durable + 1
        now = opened.last
        if let fault = opened.answers.fault {
            around.logger.error("answers cannot be read", metadata: ["shard": "\(number)", "fault": "\(fault)"])
        }
        answers = opened.answers.take() ?? AnswerIndex(most: settings.answersKept)
        #if PLANTED_BUGS
            if settings.planted == .commandIDInMemoryOnly { answers = AnswerIndex(most: settings.answersKept) }
        #endif
        shops = opened.shops
        for shop in shops.actors {
            if let due = shop.acting({ _ in () }).due { self.due.note(shop.id, due) }
        }
        phase = .open
        openingsFailed = 0
        openingFault = nil
        around.logger.info(
            "shard open",
            metadata: [
                "shard": "\(number)", "term": "\(opened.store.term)", "durable": "\(durable)",
                "checkpoint": "\(checkpoint)",
            ])
        advance(to: max(now, around.clock.now()))
        loseStreams()
        let calls = waiting
        waiting = []
        var sinks = FlushList()
        for call in calls {
            receive(call.request, to: call.to)
            sinks.add(call.to.sink)
        }
        sinks.flush()
        let reached = reaching
        reaching = []
        for done in reached { reach(done) }
        kick()
    }

    /// DIV-6: streams were held by another process; whoever is still there comes back within the time allowed.
    private func loseStreams() {
        for shop in shops.actors {
            let agents = shop.guarded { desk in
                desk.roster.agents.filter { $0.streaming && !$0.removed }.map(\.id)
            }
            for agent in agents { noteStream(shop.id, agent, attached: false) }
        }
    }

    /// Tells the desk of an agent's stream (DIV-6).
    func noteStream(_ shop: ShopID, _ agent: AgentID, attached: Bool) {
        guard let actor = shops[shop] else { return }
        var next = self.next
        var events = uncommitted
        uncommitted = []
        let at = now
        let due = actor.acting { desk in
            // An agent who was removed meanwhile has no presence to follow.
            _ = try? desk.handle(
                .noteStream(NoteStream(agent: agent, attached: attached)), at: at, next: &next, into: &events)
        }.due
        self.next = next
        uncommitted = events
        if let due { self.due.note(shop, due) }
    }

    // MARK: Leaving

    /// The shard is another router's now: nothing new is taken, what is in hand becomes durable, a checkpoint is
    /// written, the lease let go. `done` is called then; at once if the shard is not held.
    func release(_ done: @escaping @Sendable () -> Void) {
        wanted = false
        switch phase {
        case .away: done()
        case .draining: drained.append(done)
        case .opening:
            generation += 1
            phase = .away
            giveUpWaiting(WireFault(.notHolder, "shard \(number) is not held here"))
            done()
        case .open:
            drained.append(done)
            phase = .draining
            var sinks = FlushList()
            endStreams(WireFault(.notHolder, "shard \(number) moves"), &sinks)
            sinks.flush()
            if pendingCheckpoint == nil { beginCheckpoint() }
            kick()
            continueCheckpoint()
        }
    }

    /// Called by `kick` when nothing is left to write.
    func finishDraining() {
        guard phase == .draining, !writing, pendingCheckpoint == nil, store != nil else { return }
        let store = store
        forget()
        let generation = generation
        around.writers.runIfActive(eventLoop: around.loop) { store?.close() }.whenComplete { _ in
            self.onLoop { shard in
                if shard.generation == generation { shard.left() }
            }
        }
    }
}
