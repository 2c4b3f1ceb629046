// The rows beside the events, in a file of their own with its own connection: what a shard would otherwise read again
// from its events. A row comes here only when every event that it reflects is durable in the journal, so the rows are
// never ahead of it; behind they may be, or missing. Written in bulk, buyers in the order of their keys.

import Domain
import GRDB
import Journal

final class RowFile: Sendable {
    /// Most bytes of a leaf, so that it fits into a page.
    private static let leafBytes = 8_096

    let file: ShardFile
    let term: UInt64
    let checkpoint: UInt64

    /// Opens or makes the file for the holder with this term. `.corrupt`: the rows are ahead of the journal's `durable`.
    init(
        path: String, shard: Int, shards: Int, term: UInt64, durable: UInt64, settings: SQLiteSettings
    ) throws(StoreFault) {
        let purpose = ShardFile.Purpose(
            steps: Migrations.rows, durable: false, pageBytes: 8_192, cacheKiB: settings.rowsCacheKiB)
        file = try ShardFile(path: path, settings: settings, purpose: purpose)
        self.term = term
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

    /// One transaction; gives the checkpoint after it. `durable`: the journal's last event.
    func write(_ changes: [RowChange], durable: UInt64, before commit: () throws -> Void) throws -> UInt64 {
        var checkpoint: UInt64 = 0
        try file.transaction { db in
            checkpoint = try apply(changes, durable: durable, to: db)
            try commit()
        }
        return checkpoint
    }

    private func apply(_ changes: [RowChange], durable: UInt64, to db: Database) throws -> UInt64 {
        var held: UInt64?
        let place = try db.raw("SELECT checkpoint FROM shard WHERE term = ?1")
        place.bind(1, term)
        try place.each {
            held = place.number(0)
            return false
        }
        guard var checkpoint = held else { throw StoreFault(.staleTerm, "term \(term) is not that of the rows") }
        var buyers = LeafBatch()
        var sessions: [EndedSessionRow] = []
        func known(_ sequence: UInt64) throws {
            if sequence > durable {
                throw StoreFault(.sequenceGap, "a row reflects \(sequence), and \(durable) events are durable")
            }
        }
        for change in changes {
            switch change {
            case .shop(let shop, let reflects, let body):
                try known(reflects)
                let upsert = try db.raw("INSERT OR REPLACE INTO shops (shop, reflects, body) VALUES (?1, ?2, ?3)")
                upsert.bind(1, shop.rawValue)
                upsert.bind(2, reflects)
                try upsert.run(body: body, at: 3)
            case .buyer(let shop, let buyer, let reflects, let open, let body):
                try known(reflects)
                buyers.add(shop, buyer, reflects: reflects, open: open, body: body)
            case .session(let row):
                try known(row.lastSequence)
                sessions.append(row)
            case .answers(let first, let last, let body):
                try known(last)
                let upsert = try db.raw("INSERT OR REPLACE INTO answers (first, last, body) VALUES (?1, ?2, ?3)")
                upsert.bind(1, first)
                upsert.bind(2, last)
                try upsert.run(body: body, at: 3)
            case .forgetAnswers(let through):
                let forget = try db.raw("DELETE FROM answers WHERE first <= ?1 AND last <= ?1")
                forget.bind(1, through)
                try forget.run()
            case .checkpoint(let sequence):
                guard sequence >= checkpoint, sequence <= durable else {
                    throw StoreFault(.sequenceGap, "checkpoint \(sequence) is not in \(checkpoint)…\(durable)")
                }
                checkpoint = sequence
            }
        }
        try write(sessions, to: db)
        let added = buyers.isEmpty ? 0 : try buyers.sorted { try Self.write($0, to: db) }
        let move = try db.raw("UPDATE shard SET checkpoint = ?1, durable = ?2, buyers = buyers + ?3")
        move.bind(1, checkpoint)
        move.bind(2, durable)
        move.bind(3, Int64(added))
        try move.run()
        return checkpoint
    }

    private func write(_ sessions: [EndedSessionRow], to db: Database) throws {
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

    /// Leaf by leaf; gives how many were not there before.
    private static func write(_ entries: [LeafEntry], to db: Database) throws -> Int {
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
        var start = 0
        while start < entries.count {
            var rest = entries[start...]
            var first: UInt64?
            var open: Bool?
            select.bind(1, entries[start].key)
            var held: [UInt8] = []
            try select.each {
                if first == nil {
                    first = select.number(0)
                    open = select.number(1) == 1
                    held = select.body(2)
                    return true
                }
                let next = select.number(0)
                var end = start
                while end < entries.count, entries[end].key < next { end += 1 }
                rest = entries[start..<end]
                return false
            }
            try held.withUnsafeBytes { try leaf.merge($0, rest) }
            added += leaf.added
            // The first piece stays where the leaf was, the others begin with their own keys.
            var place: UInt64? = first ?? 0
            try leaf.cut(most: leafBytes) { key, isOpen, bytes in
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
            start = rest.endIndex
        }
        return added
    }
}
