// Checkpoints: shops and buyers as rows, in steps that ride on ordinary commits. The rows of one checkpoint may be
// newer than its number; each says by its own head what it holds, and events that it holds are not applied again.

import Domain
import Journal
import NIOCore
import Wire

extension Shard {
    struct PendingCheckpoint {
        /// Every event up to here will be in the rows.
        var sequence: UInt64
        /// Shops whose own row, and then whose buyers', are still to be written.
        var shops: ArraySlice<ShopID>
        var shopRowWritten = false
        /// How many buyers of the first shop are still to be written: those that were dirty at the beginning.
        var buyersLeft = 0
        /// The last changes are in a commit that is under way.
        var last = false
    }

    func beginCheckpoint() {
        pendingCheckpoint = PendingCheckpoint(sequence: next - 1, shops: shopOrder[...])
    }

    /// Ended sessions of a shop that one commit takes even when it yields to events.
    private static let endedAtOnce = 64

    /// The checkpoint is so far behind that it goes before everything else.
    private var lags: Bool { next - 1 - checkpoint > settings.checkpointLag }

    /// How many rows the commit about to begin may carry beside its events.
    private func step(beside rows: [JournalRow]) -> Int {
        if lags || phase == .draining { return settings.rowsPerCommit }
        guard let first = rows.first?.first, let last = rows.last?.last else {
            return min(settings.rowsPerCommit, settings.rowsInLull)
        }
        return min(settings.rowsPerCommit, 1 + Int(last - first) / max(1, settings.eventsPerRow))
    }

    /// The next step of the checkpoint, for the commit about to begin.
    func nextChanges(beside rows: [JournalRow]) -> [RowChange] {
        guard var pending = pendingCheckpoint, !pending.last else { return [] }
        defer { pendingCheckpoint = pending }
        let step = step(beside: rows)
        var changes: [RowChange] = []
        var writer = ByteWriter()
        while changes.count < step, let id = pending.shops.first {
            guard let shop = shops[id] else {
                pending.shops.removeFirst()
                continue
            }
            if !pending.shopRowWritten {
                pending.shopRowWritten = true
                let (row, dirty) = shop.guarded { desk -> (Domain.ShopRow?, Int) in
                    (desk.rosterDirty ? desk.takeShopRow() : nil, desk.dirtyBuyerCount)
                }
                pending.buyersLeft = dirty
                if let row { changes.append(.shop(id, reflects: row.head, body: encoded(row, &writer))) }
            }
            let room = max(1, step - changes.count)
            let take = min(room, pending.buyersLeft)
            let most = lags ? Int.max : max(room, Self.endedAtOnce)
            // Ended sessions go first: once a buyer's row no longer has a session, the session must be a row itself.
            let (ended, buyers, endedLeft) = shop.guarded { desk in
                let ended = desk.takeEndedSessions(min(most, desk.endedCount))
                return (ended, desk.endedCount == 0 ? desk.takeDirtyBuyers(take) : [], desk.endedCount)
            }
            for session in ended {
                changes.append(
                    .session(
                        EndedSessionRow(
                            shop: id, number: session.session.session.number, buyer: session.session.buyer,
                            agent: session.agent, endedAt: session.session.endedAt ?? session.session.lastAt,
                            lastSequence: session.lastSequence, body: encoded(session, &writer))))
            }
            for row in buyers {
                changes.append(
                    .buyer(
                        id, row.buyer.buyer, reflects: row.head, open: row.session != nil,
                        body: coded(row, &writer)))
            }
            if !buyers.isEmpty { hasBuyerRows = true }
            for row in buyers { filter?.insert(id, row.buyer.buyer) }
            if endedLeft > 0 { break }
            pending.buyersLeft -= buyers.count
            if pending.buyersLeft <= 0 || buyers.isEmpty {
                pending.shops.removeFirst()
                pending.shopRowWritten = false
            }
        }
        if pending.shops.isEmpty {
            if let packed = answers.packed(after: checkpoint) {
                changes.append(.answers(first: packed.first, last: packed.last, body: packed.body))
            }
            if let oldest = answers.oldest, oldest > 1 { changes.append(.forgetAnswers(through: oldest - 1)) }
            changes.append(.checkpoint(pending.sequence))
            pending.last = true
        }
        return changes
    }

    private func coded(_ row: some HandCoded, _ writer: inout ByteWriter) -> [UInt8] {
        writer.truncate()
        row.write(into: &writer)
        return writer.bytes
    }

    private func encoded(_ row: some Encodable, _ writer: inout ByteWriter) -> [UInt8] {
        writer.truncate()
        do {
            try BinaryEncoder().encode(row, into: &writer)
        } catch {
            preconditionFailure("a row of our own cannot be coded: \(error)")
        }
        return writer.bytes
    }

    /// A commit was made: if it held the end of the checkpoint, the rows stand.
    func afterCommitOfCheckpoint() {
        guard let pending = pendingCheckpoint, pending.last else { return }
        checkpoint = pending.sequence
        checkpointAt = .now()
        pendingCheckpoint = nil
        #if PLANTED_BUGS
            if settings.planted == .cacheWithoutBound { return }
        #endif
        let most = settings.residentBuyers
        for id in shopOrder { shops[id]?.guarded { $0.trimBuyers(to: most) } }
    }
}
