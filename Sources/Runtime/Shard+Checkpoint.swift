// Checkpoints: shops, buyers, ended sessions and answers as rows, beside the commits and never ahead of them. The loop
// takes rows from the desks in small steps; another thread codes them and, once every event that they hold is durable,
// writes many at once. The rows of one checkpoint may be newer than its number; each says by its own head what it holds,
// and events that it holds are not applied again. A row that was taken stays in memory until it is written.

import Domain
import Journal
import NIOCore
import NIOPosix
import Wire

extension Shard {
    struct PendingCheckpoint {
        /// Every event up to here will be in the rows.
        var sequence: UInt64
        /// Shops, by their order, whose own row, and then whose buyers', are still to be taken.
        var shops: Range<Int>
        var shopRowTaken = false
        /// How many buyers of the first shop are still to be taken: those that were dirty at the beginning.
        var buyersLeft = 0
        /// Answers up to here are taken.
        var answered: UInt64
        /// Nothing is left to take.
        var complete = false
        var taken = TakenRows()
        var coded = CodedRows()
        /// The last event that what was taken may hold.
        var reflects: UInt64 = 0
        /// The rows' thread codes or writes.
        var busy = false
        /// The next step is on its way to the loop.
        var scheduled = false
    }

    func beginCheckpoint() {
        pendingCheckpoint = PendingCheckpoint(sequence: next - 1, shops: 0..<shops.count, answered: answersWritten)
    }

    /// The checkpoint is so far behind that it goes before everything else.
    private var lags: Bool { next - 1 - checkpoint > settings.checkpointLag }

    /// Commits wait for the rows: an opening would have too much to apply again.
    var waitsForRows: Bool { lags && pendingCheckpoint?.busy == true }

    /// The next step, if one is due. `events`: in the commit that was just made.
    func continueCheckpoint(after events: Int = 0) {
        guard pendingCheckpoint != nil, phase == .open || phase == .draining else { return }
        takeRows(after: events)
        handOn()
        guard let pending = pendingCheckpoint, !pending.complete, !writing, !pending.scheduled, mayTake(pending) else {
            return
        }
        // No commit will call again.
        pendingCheckpoint?.scheduled = true
        let generation = generation
        around.ticks.afterReading(on: around.loop) {
            self.onLoop { shard in
                guard shard.generation == generation else { return }
                shard.pendingCheckpoint?.scheduled = false
                shard.continueCheckpoint()
            }
        }
    }

    private func mayTake(_ pending: PendingCheckpoint) -> Bool {
        pending.taken.count < settings.rowsPerCoding && pending.coded.bytes < settings.checkpointBytes
    }

    private func takeRows(after events: Int) {
        guard var pending = pendingCheckpoint, !pending.complete, mayTake(pending) else { return }
        pendingCheckpoint = nil
        defer { pendingCheckpoint = pending }
        let urgent = lags || phase == .draining
        let step = urgent ? settings.rowsPerStep : min(settings.rowsPerStep, max(settings.rowsInLull, 2 * events))
        var left = step
        // Shops without a change cost a look as well.
        var looks = 4 * step
        pending.reflects = next - 1
        while left > 0, looks > 0, !pending.shops.isEmpty {
            let shop = shops.actors[pending.shops.lowerBound]
            looks -= 1
            if !pending.shopRowTaken {
                pending.shopRowTaken = true
                let (row, dirty) = shop.guarded { desk -> (Domain.ShopRow?, Int) in
                    (desk.rosterDirty ? desk.takeShopRow() : nil, desk.dirtyBuyerCount)
                }
                pending.buyersLeft = dirty
                if let row {
                    pending.taken.add(shop.id, row)
                    left -= 1
                }
            }
            // Ended sessions go first: once a buyer's row no longer has a session, the session must be a row itself.
            let (room, most) = (max(1, left), min(max(1, left), pending.buyersLeft))
            let (ended, buyers, endedLeft) = shop.guarded { desk in
                let ended = desk.takeEndedSessions(room)
                return (ended, desk.takeDirtyBuyers(desk.endedCount == 0 ? most : 0), desk.endedCount)
            }
            pending.taken.add(shop.id, ended: ended)
            pending.taken.add(shop.id, buyers: buyers)
            left -= ended.count + buyers.count
            if endedLeft > 0 { return }
            pending.buyersLeft -= buyers.count
            if pending.buyersLeft <= 0 || buyers.isEmpty {
                pending.shops.removeFirst()
                pending.shopRowTaken = false
            }
        }
        guard pending.shops.isEmpty, left > 0, looks > 0 else { return }
        let packed = answers.packed(
            after: pending.answered, through: pending.sequence, most: 4 * settings.rowsPerStep)
        if let packed {
            pending.taken.add(packed)
            pending.answered = packed.last
        } else {
            pending.complete = true
        }
    }

    /// Gives the rows' thread what there is for it.
    private func handOn() {
        guard var pending = pendingCheckpoint, !pending.busy else { return }
        let whole = pending.complete && pending.taken.isEmpty
        if pending.taken.count >= settings.rowsPerCoding || (pending.complete && !pending.taken.isEmpty) {
            let taken = pending.taken
            pending.taken = TakenRows()
            pending.busy = true
            pendingCheckpoint = pending
            let pieceBytes = settings.rowsPieceBytes
            onRowsThread {
                .success(taken.coded(pieceBytes: pieceBytes))
            } then: { shard, coded in
                shard.pendingCheckpoint?.coded.append(coded)
                shard.continueCheckpoint()
            }
        } else if whole || pending.coded.bytes >= settings.checkpointBytes,
            durable >= max(pending.reflects, pending.sequence), let store
        {
            var coded = pending.coded
            pending.coded = CodedRows()
            pending.busy = true
            pendingCheckpoint = pending
            if whole { coded.finish(pending.sequence, forget: answers.oldest.flatMap { $0 > 1 ? $0 - 1 : nil }) }
            let (rows, ended) = (coded, coded.ended)
            onRowsThread {
                Result { () throws(StoreFault) in try store.write(changes: rows.all) }
            } then: { shard, _ in
                shard.written(ended)
                shard.mergeRows()
                if whole { shard.checkpointStands() } else { shard.continueCheckpoint() }
            }
        }
    }

    /// A shard that leaves does not stand in line with those that stay, and one whose commits will soon wait for its rows
    /// gives way to nobody.
    private func onRowsThread<Value: Sendable>(
        _ work: @escaping @Sendable () -> Result<Value, StoreFault>,
        then: @escaping @Sendable (Shard, Value) -> Void
    ) {
        let generation = generation
        let isUrgent = phase == .draining || next - 1 - checkpoint > settings.checkpointLag / 2
        let pool = isUrgent ? around.writers : around.keepers
        pool.runIfActive(eventLoop: around.loop, work).whenComplete { outcome in
            self.onLoop { shard in
                guard shard.generation == generation else { return }
                shard.pendingCheckpoint?.busy = false
                switch outcome {
                case .success(.success(let value)): then(shard, value)
                case .success(.failure(let fault)): return shard.failed(fault)
                case .failure(let error):
                    return shard.failed(StoreFault(.closed, "no thread writes rows", cause: "\(error)"))
                }
                shard.kick()
            }
        }
    }

    /// A step at a time: what other shards, or this one, want written meanwhile goes between two of them.
    private func mergeRows() {
        guard !isMerging, phase == .open, let store else { return }
        isMerging = true
        let generation = generation
        around.keepers.runIfActive(eventLoop: around.loop) { () -> Result<Bool, StoreFault> in
            Result { () throws(StoreFault) in try store.mergeRows() }
        }.whenComplete { outcome in
            self.onLoop { shard in
                guard shard.generation == generation else { return }
                shard.isMerging = false
                switch outcome {
                case .success(.success(let isMore)):
                    shard.reader?.refresh()
                    if isMore { shard.mergeRows() }
                case .success(.failure(let fault)): shard.failed(fault)
                case .failure(let error):
                    shard.failed(StoreFault(.closed, "no thread writes rows", cause: "\(error)"))
                }
            }
        }
    }

    /// Sessions that are rows now need not be in memory.
    private func written(_ ended: [(ShopID, Int)]) {
        for (id, count) in ended { shops[id]?.guarded { $0.dropEndedSessions(count) } }
    }

    private func checkpointStands() {
        guard let pending = pendingCheckpoint else { return }
        checkpoint = pending.sequence
        checkpointAt = .now()
        answersWritten = pending.answered
        pendingCheckpoint = nil
        #if PLANTED_BUGS
            if settings.planted == .cacheWithoutBound { return }
        #endif
        let most = settings.residentBuyers
        for shop in shops.actors { shop.guarded { $0.trimBuyers(to: most) } }
    }
}
