// The rows beside the events, in a file of their own with its own connection: what a shard would otherwise read again
// from its events. A row comes here only when every event that it reflects is durable in the journal, so the rows are
// never ahead of it; behind they may be, or missing. Written in bulk, buyers in the order of their keys.

import Domain
import GRDB
import Journal

final class RowFile: Sendable {
    /// Most bytes of a leaf, so that it fits into a page.
    private static let leafBytes = 8_096
    /// Where there is no leaf yet, so many go into one, about.
    private static let entriesPerLeaf = 64

    let file: ShardFile
    let term: UInt64
    private let settings: SQLiteSettings
    let checkpoint: UInt64

    /// Opens or makes the file for the holder with this term. `.corrupt`: the rows are ahead of the journal's `durable`.
    init(
        path: String, shard: Int, shards: Int, term: UInt64, durable: UInt64, settings: SQLiteSettings
    ) throws(StoreFault) {
        let purpose = ShardFile.Purpose(
            steps: Migrations.rows, durable: false, pageBytes: 8_192, cacheKiB: settings.rowsCacheKiB)
        file = try ShardFile(path: path, settings: settings, purpose: purpose)
        self.term = term
        self.settings = settings
        do {
            var found: UInt64 = 0
            try file.transaction { db in
                found = try Self.take(db, shard: shard, shards: shards, term: term, durable: durable, path)
            }
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
            INSERT INTO shard (id, shard, shards, term, checkpoint, durable, buyers) VALUES (1, ?1, ?2, ?3, 0, 0, 0)
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

    /// In steps, each a transaction after which a long log is moved, so that what is written never comes to the disk all at
    /// once, where commits would wait behind it: ended sessions first, then the rest but for the buyers, these leaf by
    /// leaf, and with the last step the checkpoint, which it gives. `durable`: the journal's last event. Throws
    /// `.sequenceGap` before anything was written.
    func write(_ changes: [RowChange], durable: UInt64, before commit: () throws -> Void) throws -> UInt64 {
        var work = try RowWork(changes, durable: durable, after: try file.access { try checkpoint(in: $0) })
        while work.sessions.count > settings.rowsPerStep {
            try step(commit) { try Self.write(work.sessions.prefix(settings.rowsPerStep), to: $0) }
            work.sessions.removeFirst(settings.rowsPerStep)
        }
        var buyers = LeafBatch()
        swap(&buyers, &work.buyers)
        return try buyers.sorted { [work] entries in
            var rest = entries[...]
            var isFirst = true
            repeat {
                try step(commit) { db in
                    if isFirst { try Self.write(work, to: db) }
                    isFirst = false
                    let added = try Self.write(&rest, leaves: settings.leavesPerStep, to: db)
                    if rest.isEmpty, let through = work.forget { try Self.forgetAnswers(through, db) }
                    try move(to: rest.isEmpty ? work.checkpoint : nil, durable, added: added, db)
                }
            } while !rest.isEmpty
            return work.checkpoint
        }
    }

    /// One transaction; the term is checked in it.
    private func step(_ commit: () throws -> Void, _ body: (Database) throws -> Void) throws {
        try file.transaction { db in
            _ = try checkpoint(in: db)
            try body(db)
            try commit()
        }
        if file.walPages > settings.rowsWalPages { try file.checkpointPassively() }
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

    private func move(to checkpoint: UInt64?, _ durable: UInt64, added: Int, _ db: Database) throws {
        let move = try db.raw(
            "UPDATE shard SET checkpoint = max(checkpoint, ?1), durable = ?2, buyers = buyers + ?3")
        move.bind(1, checkpoint ?? 0)
        move.bind(2, durable)
        move.bind(3, Int64(added))
        try move.run()
    }

    private static func write(_ work: RowWork, to db: Database) throws {
        try write(work.sessions[...], to: db)
        for row in work.shops {
            let upsert = try db.raw("INSERT OR REPLACE INTO shops (shop, reflects, body) VALUES (?1, ?2, ?3)")
            upsert.bind(1, row.shop.rawValue)
            upsert.bind(2, row.reflects)
            try upsert.run(body: row.body, at: 3)
        }
        for row in work.answers {
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

    /// Leaf by leaf, so many at most, and takes what it wrote; gives how many were not there before.
    private static func write(
        _ entries: inout ArraySlice<LeafEntry>, leaves: Int, to db: Database
    ) throws -> Int {
        if entries.isEmpty { return 0 }
        // The leaf of a key and the beginning of the next one. The first leaf begins at 0.
        let select = try db.raw(
            """
            SELECT first, open, body FROM buyers
            WHERE first >= coalesce((SELECT first FROM buyers WHERE first <= ?1 ORDER BY first DESC LIMIT 1), 0)
            ORDER BY first LIMIT 2
            """)
        let replace = try db.raw("UPDATE buyers SET body = ?2 WHERE first = ?1")
        let upsert = try db.raw(
            """
            INSERT INTO buyers (first, open, body) VALUES (?1, ?2, ?3)
            ON CONFLICT (first) DO UPDATE SET open = ?2, body = ?3
            """)
        var leaf = MergedLeaf()
        var added = 0
        var left = leaves
        while left > 0, let head = entries.first {
            // Beyond the last leaf there is no end.
            var here = entries.prefix(left * entriesPerLeaf)
            var first: UInt64?
            var open: Bool?
            select.bind(1, head.key)
            var held: [UInt8] = []
            try select.each {
                if first == nil {
                    first = select.number(0)
                    open = select.number(1) == 1
                    held = select.body(2)
                    return true
                }
                let next = select.number(0)
                here = here.prefix { $0.key < next }
                return false
            }
            try held.withUnsafeBytes { try leaf.merge($0, here) }
            added += leaf.added
            // The first piece stays where the leaf was, the others begin with their own keys.
            var place: UInt64? = first ?? 0
            try leaf.cut(most: leafBytes) { key, isOpen, bytes in
                left -= 1
                if let place, isOpen == open {
                    // Leaves the index of open ones alone.
                    replace.bind(1, place)
                    try replace.run(body: bytes, at: 2)
                } else {
                    upsert.bind(1, place ?? key)
                    upsert.bind(2, Int64(isOpen ? 1 : 0))
                    try upsert.run(body: bytes, at: 3)
                }
                place = nil
            }
            entries = entries[here.endIndex...]
        }
        return added
    }
}

/// What is to be written, of each kind in the order in which it came.
private struct RowWork {
    var shops: [StoredShop] = []
    var sessions: [EndedSessionRow] = []
    var answers: [AnswerRow] = []
    var buyers = LeafBatch()
    /// Answers up to here go.
    var forget: UInt64?
    var checkpoint: UInt64

    init(_ changes: [RowChange], durable: UInt64, after checkpoint: UInt64) throws(StoreFault) {
        self.checkpoint = checkpoint
        var (count, bytes) = (0, 0)
        for case .buyer(let shop, let buyer, _, _, let body) in changes {
            count += 1
            bytes += LeafEntry.size(shop, buyer, body)
        }
        buyers.reserve(count, bytes: bytes)
        for change in changes {
            if let reflects = change.reflects, reflects > durable {
                throw StoreFault(.sequenceGap, "a row reflects \(reflects), and \(durable) events are durable")
            }
            switch change {
            case .shop(let shop, let reflects, let body):
                shops.append(StoredShop(shop: shop, reflects: reflects, body: body))
            case .buyer(let shop, let buyer, let reflects, let open, let body):
                buyers.add(shop, buyer, reflects: reflects, open: open, body: body)
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

extension RowChange {
    /// The last event that the row holds; nil of what is no row.
    fileprivate var reflects: UInt64? {
        switch self {
        case .shop(_, let reflects, _), .buyer(_, _, let reflects, _, _): reflects
        case .session(let row): row.lastSequence
        case .answers(_, let last, _): last
        case .forgetAnswers, .checkpoint: nil
        }
    }
}
