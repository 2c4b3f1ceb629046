// The rows beside the events, in a file of their own with its own connection, and those of buyers in runs beside it: what
// a shard would otherwise read again from its events. A row comes here only when every event that it reflects is durable
// in the journal, so the rows are never ahead of it; behind they may be, or missing.

import Domain
import Foundation
import GRDB
import Journal
import Synchronization

final class RowFile: Sendable {
    let file: ShardFile
    let term: UInt64
    private let settings: SQLiteSettings
    let checkpoint: UInt64
    let runs: BuyerRuns
    /// Held while rows are written or runs merged.
    private let turn = Mutex(())
    /// The merge that is under way; only who holds `turn` looks at it.
    private nonisolated(unsafe) var merge: RunMerge?
    private let isClosing = Atomic<Bool>(false)

    /// Opens or makes the file for the holder with this term. `.corrupt`: the rows are ahead of the journal's `durable`.
    init(
        shard: Int, shards: Int, directory: ShardDirectory, term: UInt64, durable: UInt64, settings: SQLiteSettings
    ) throws(StoreFault) {
        let path = directory.rowFile(shard)
        let purpose = ShardFile.Purpose(
            steps: Migrations.rows, durable: false, pageBytes: 8_192, cacheKiB: settings.rowsCacheKiB)
        file = try ShardFile(path: path, settings: settings, purpose: purpose)
        self.term = term
        self.settings = settings
        do {
            var found: UInt64 = 0
            var runs: BuyerRuns?
            try file.transaction { db in
                found = try Self.take(db, shard: shard, shards: shards, term: term, durable: durable, path)
                runs = try BuyerRuns(db, shard: shard, directory: directory, settings: settings)
            }
            if runs == nil {
                // One is missing: all rows are made again from the events.
                found = 0
                try file.transaction(synced: true) { db in
                    let past = try Int.fetchOne(db, sql: "SELECT max(number) FROM runs") ?? 0
                    try Self.forgetAll(db)
                    runs = try BuyerRuns(db, shard: shard, directory: directory, settings: settings, past: past)
                }
            }
            guard let runs else { throw StoreFault(.corrupt, "\(path): no runs") }
            self.runs = runs
            checkpoint = found
        } catch {
            file.close()
            throw ShardFile.openingFault(error, path)
        }
    }

    /// Sets the term; gives the checkpoint.
    private static func take(
        _ db: Database, shard: Int, shards: Int, term: UInt64, durable: UInt64, _ path: String
    ) throws -> UInt64 {
        let place = try db.raw(
            """
            INSERT INTO shard (id, shard, shards, term, checkpoint, durable) VALUES (1, ?1, ?2, ?3, 0, 0)
            ON CONFLICT (id) DO UPDATE SET term = ?3
            """)
        place.bind(1, Int64(shard))
        place.bind(2, Int64(shards))
        place.bind(3, term)
        try place.run()
        guard let row = try Row.fetchOne(db, sql: "SELECT shard, shards, checkpoint, durable FROM shard") else {
            throw StoreFault(.corrupt, "\(path): no place")
        }
        guard row["shard"] == shard, row["shards"] == shards else {
            let found: (Int, Int) = (row["shard"], row["shards"])
            throw StoreFault(.mismatch, "\(path) is of shard \(found.0) of \(found.1), not \(shard) of \(shards)")
        }
        let reflected: Int64 = row["durable"]
        guard UInt64(clamping: reflected) <= durable else {
            throw StoreFault(
                .corrupt,
                "\(path) reflects \(reflected) events and the journal has \(durable): they are not of one shard. "
                    + "Without the rows the shard is read from its events")
        }
        let checkpoint: Int64 = row["checkpoint"]
        return UInt64(clamping: checkpoint)
    }

    private static func forgetAll(_ db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM runs;
                DELETE FROM shops;
                DELETE FROM sessions;
                DELETE FROM answers;
                UPDATE shard SET checkpoint = 0, durable = 0;
                """)
    }

    /// Ended sessions and answers in steps, each a transaction after which a long log is moved, so that what is written never
    /// comes to the disk all at once, where commits would wait behind it; then the buyers as a run of their own; and with the
    /// last transaction, which names it, the rest and the checkpoint, which it gives. `durable`: the journal's last event.
    /// Throws `.sequenceGap` before anything was written.
    func write(_ changes: [RowChange], durable: UInt64, before commit: () throws -> Void) throws -> UInt64 {
        try working {
            var work = try RowWork(changes, durable: durable, after: try file.access { try checkpoint(in: $0) })
            while runs.isFull, merge != nil || runs.due() != nil { _ = try mergeStep() }
            while work.sessions.count > settings.rowsPerStep {
                try keepOn { try step(commit) { try Self.write(work.sessions.prefix(settings.rowsPerStep), to: $0) } }
                work.sessions = work.sessions.dropFirst(settings.rowsPerStep)
            }
            while let many = work.answersBeyond(settings.moveBytes) {
                try keepOn { try step(commit) { try Self.write(many, to: $0) } }
            }
            let run = try write(work.buyers)
            work.buyers = LeafBatch()
            // If this fails, the next opening knows whether the run has a name, and removes it if not.
            try step(commit) { [work] db in
                try Self.write(work, to: db)
                if let run { try runs.name(run, db) }
                if let through = work.forget { try Self.forgetAnswers(through, db) }
                try move(to: work.checkpoint, durable, db)
            }
            if let run { runs.add(run) }
            return work.checkpoint
        }
    }

    /// Nil if there are none.
    private func write(_ buyers: LeafBatch) throws -> BuyerRun? {
        if buyers.count == 0 { return nil }
        let draft = try runs.draft(buyers.count)
        do {
            try buyers.each { row in
                draft.add(row)
                if draft.isFull { try keepOn { try draft.step(pause: pause) } }
            }
            return try draft.finish(pause: pause)
        } catch {
            draft.discard()
            throw error
        }
    }

    /// One step towards fewer runs; true if there is more to do.
    func mergeRuns() throws -> Bool { try working(mergeStep) }

    private func mergeStep() throws -> Bool {
        guard let current = try merge ?? beginMerge() else { return false }
        merge = nil
        let made: BuyerRun?
        do {
            made = try keepOn { try current.step(pause: pause) }
        } catch {
            current.discard()
            throw error
        }
        guard let run = made else {
            merge = current
            return true
        }
        // The merged ones go: whatever names them must not come back with a loss of power.
        try file.transaction(synced: true) { db in
            _ = try checkpoint(in: db)
            try runs.name(run, inPlaceOf: current.runs, db)
        }
        runs.replace(current.runs, by: run)
        return runs.due() != nil
    }

    /// Nil if none is due.
    private func beginMerge() throws -> RunMerge? {
        guard let due = runs.due() else { return nil }
        let draft = try runs.draft(due.reduce(0) { $0 + $1.rows }, replacing: due)
        do {
            return try RunMerge(due, into: draft, settings: settings)
        } catch {
            draft.discard()
            throw error
        }
    }

    /// Once it is being closed, somebody waits.
    private func pause() -> UInt32 { isClosing.load(ordering: .relaxed) ? 0 : settings.movePauseMicros }

    private func keepOn<Value>(_ body: () throws -> Value) throws -> Value {
        if isClosing.load(ordering: .relaxed) { throw StoreFault(.closed, "\(file.path) is closed") }
        return try body()
    }

    private func working<Value: Sendable>(_ body: () throws -> Value) throws -> Value {
        try turn.withLock { _ in try keepOn(body) }
    }

    /// Waits for what is under way, which ends early.
    func close() {
        isClosing.store(true, ordering: .relaxed)
        turn.withLock { _ in
            merge?.discard()
            merge = nil
        }
        file.close()
    }

    /// One transaction; the term is checked in it.
    private func step(_ commit: () throws -> Void, _ body: (Database) throws -> Void) throws {
        try file.transaction { db in
            _ = try checkpoint(in: db)
            try body(db)
            try commit()
        }
        if file.walPages > settings.rowsWalPages {
            try file.checkpointPassively()
            usleep(pause())
        }
    }

    private func checkpoint(in db: Database) throws -> UInt64 {
        var held: UInt64?
        let place = try db.raw("SELECT checkpoint FROM shard WHERE term = ?1")
        place.bind(1, term)
        try place.each {
            held = place.number(0)
            return false
        }
        guard let held else { throw StoreFault(.staleTerm, "term \(term) is not that of the rows") }
        return held
    }

    private func move(to checkpoint: UInt64, _ durable: UInt64, _ db: Database) throws {
        let move = try db.raw("UPDATE shard SET checkpoint = max(checkpoint, ?1), durable = ?2")
        move.bind(1, checkpoint)
        move.bind(2, durable)
        try move.run()
    }

    private static func write(_ work: RowWork, to db: Database) throws {
        try write(work.sessions, to: db)
        for row in work.shops {
            let upsert = try db.raw("INSERT OR REPLACE INTO shops (shop, reflects, body) VALUES (?1, ?2, ?3)")
            upsert.bind(1, row.shop.rawValue)
            upsert.bind(2, row.reflects)
            try upsert.run(body: row.body, at: 3)
        }
        try write(work.answers, to: db)
    }

    private static func write(_ answers: ArraySlice<AnswerRow>, to db: Database) throws {
        for row in answers {
            let upsert = try db.raw("INSERT OR REPLACE INTO answers (first, last, body) VALUES (?1, ?2, ?3)")
            upsert.bind(1, row.first)
            upsert.bind(2, row.last)
            try upsert.run(body: row.body, at: 3)
        }
    }

    private static func forgetAnswers(_ through: UInt64, _ db: Database) throws {
        let forget = try db.raw("DELETE FROM answers WHERE first <= ?1 AND last <= ?1")
        forget.bind(1, through)
        try forget.run()
    }

    private static func write(_ sessions: ArraySlice<EndedSessionRow>, to db: Database) throws {
        if sessions.isEmpty { return }
        let upsert = try db.raw(
            """
            INSERT OR REPLACE INTO sessions (shop, number, buyer, agent, ended_at, last_sequence, body)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """)
        for row in sessions {
            upsert.bind(1, row.shop.rawValue)
            upsert.bind(2, row.number)
            upsert.bind(3, row.buyer.rawValue)
            upsert.bind(4, row.agent?.rawValue)
            upsert.bind(5, row.endedAt.millis)
            upsert.bind(6, row.lastSequence)
            try upsert.run(body: row.body, at: 7)
        }
    }
}

/// What is to be written, of each kind in the order in which it came.
private struct RowWork {
    var shops: [StoredShop] = []
    var sessions: ArraySlice<EndedSessionRow> = []
    private(set) var answers: ArraySlice<AnswerRow> = []
    var buyers = LeafBatch()
    /// Answers up to here go.
    var forget: UInt64?
    var checkpoint: UInt64

    init(_ changes: [RowChange], durable: UInt64, after checkpoint: UInt64) throws(StoreFault) {
        self.checkpoint = checkpoint
        for change in changes {
            if let reflects = change.reflects, reflects > durable {
                throw StoreFault(.sequenceGap, "a row reflects \(reflects), and \(durable) events are durable")
            }
            switch change {
            case .shop(let shop, let reflects, let body):
                shops.append(StoredShop(shop: shop, reflects: reflects, body: body))
            case .buyers(let packed): buyers.add(packed)
            case .session(let row): sessions.append(row)
            case .answers(let first, let last, let body):
                answers.append(AnswerRow(first: first, last: last, body: body))
            case .forgetAnswers(let through): forget = max(forget ?? 0, through)
            case .checkpoint(let sequence):
                guard sequence >= self.checkpoint, sequence <= durable else {
                    throw StoreFault(
                        .sequenceGap, "checkpoint \(sequence) is not in \(self.checkpoint)…\(durable)")
                }
                self.checkpoint = sequence
            }
        }
    }
}

extension RowWork {
    /// Takes the first answers away, so many bytes or one row of them, if there are more.
    mutating func answersBeyond(_ bytes: Int) -> ArraySlice<AnswerRow>? {
        let first = answers.first(bytes: bytes) { $0.body.count }
        if first.endIndex == answers.endIndex { return nil }
        answers = answers[first.endIndex...]
        return first
    }
}

extension RowChange {
    /// The last event that the row holds; nil of what is no row.
    fileprivate var reflects: UInt64? {
        switch self {
        case .shop(_, let reflects, _): reflects
        case .buyers(let packed): packed.reflects
        case .session(let row): row.lastSequence
        case .answers(_, let last, _): last
        case .forgetAnswers, .checkpoint: nil
        }
    }
}
