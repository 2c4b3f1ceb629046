// Where a shard stands inside a transaction: its last event, its checkpoint; and how a batch moves them. The term is
// checked in SQL by the very statements that write (I4).

import Domain
import GRDB
import Journal

/// What the opening of a shard finds and sets.
struct Opening {
    var term: UInt64 = 0
    var durable: UInt64 = 0
    var checkpoint: UInt64 = 0

    static func raiseTerm(_ db: Database, shard: Int, shards: Int, holder: String) throws -> Opening {
        try db.execute(
            sql: """
                INSERT INTO shard (id, shard, shards, term, holder, checkpoint) VALUES (1, ?1, ?2, 1, ?3, 0)
                ON CONFLICT (id) DO UPDATE SET term = term + 1, holder = ?3
                """, arguments: [shard, shards, holder])
        guard let row = try Row.fetchOne(db, sql: "SELECT shard, shards, term, checkpoint FROM shard") else {
            throw StoreFault(.corrupt, "shard \(shard): no term")
        }
        guard row["shard"] == shard, row["shards"] == shards else {
            let found: (Int, Int) = (row["shard"], row["shards"])
            throw StoreFault(.mismatch, "the file is shard \(found.0) of \(found.1), not \(shard) of \(shards)")
        }
        let term: Int64 = row["term"]
        let checkpoint: Int64 = row["checkpoint"]
        let place = try Place.read(db, term: UInt64(clamping: term))
        return Opening(term: place.term, durable: place.last, checkpoint: UInt64(clamping: checkpoint))
    }
}

struct Place {
    var term: UInt64 = 0
    var last: UInt64
    var checkpoint: UInt64

    /// Throws `.staleTerm` unless `term` is the stored one.
    static func read(_ db: Database, term: UInt64) throws -> Place {
        var place: Place?
        let statement = try db.raw(
            """
            SELECT term, coalesce((SELECT last FROM events ORDER BY first DESC LIMIT 1), 0), checkpoint FROM shard
            WHERE term = ?1
            """)
        statement.bind(1, term)
        try statement.each {
            place = Place(term: statement.number(0), last: statement.number(1), checkpoint: statement.number(2))
            return false
        }
        guard let place else { throw StoreFault(.staleTerm, "term \(term) is not the shard's") }
        return place
    }

    mutating func append(_ rows: [JournalRow], term: UInt64, to db: Database) throws {
        if rows.isEmpty { return }
        let insert = try db.raw(
            """
            INSERT INTO events (first, last, term, body)
            SELECT ?1, ?2, ?3, ?4 WHERE ?3 = (SELECT term FROM shard)
            """)
        for row in rows {
            guard row.first == last + 1, row.last >= row.first else {
                throw StoreFault(.sequenceGap, "\(row.first)…\(row.last) does not follow \(last)")
            }
            insert.bind(1, row.first)
            insert.bind(2, row.last)
            insert.bind(3, row.term)
            guard try insert.run(body: row.body, at: 4) == 1 else {
                throw StoreFault(.staleTerm, "term \(row.term) is not the shard's \(term)")
            }
            last = row.last
        }
    }

    mutating func apply(_ changes: [RowChange], to db: Database) throws {
        for change in changes {
            switch change {
            case .shop(let shop, let reflects, let body):
                let upsert = try db.raw("INSERT OR REPLACE INTO shops (shop, reflects, body) VALUES (?1, ?2, ?3)")
                upsert.bind(1, shop.rawValue)
                upsert.bind(2, reflects)
                try upsert.run(body: body, at: 3)
            case .buyer(let shop, let buyer, let reflects, let open, let body):
                let upsert = try db.raw(
                    """
                    INSERT INTO buyers (shop, buyer, reflects, open, body) VALUES (?1, ?2, ?3, ?4, ?5)
                    ON CONFLICT (shop, buyer) DO UPDATE SET reflects = ?3, open = ?4, body = ?5
                    """)
                upsert.bind(1, shop.rawValue)
                upsert.bind(2, buyer.rawValue)
                upsert.bind(3, reflects)
                upsert.bind(4, Int64(open ? 1 : 0))
                try upsert.run(body: body, at: 5)
            case .session(let row):
                let upsert = try db.raw(
                    """
                    INSERT OR REPLACE INTO sessions (shop, number, buyer, agent, ended_at, last_sequence, body)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                    """)
                upsert.bind(1, row.shop.rawValue)
                upsert.bind(2, row.number)
                upsert.bind(3, row.buyer.rawValue)
                upsert.bind(4, row.agent?.rawValue)
                upsert.bind(5, row.endedAt.millis)
                upsert.bind(6, row.lastSequence)
                try upsert.run(body: row.body, at: 7)
            case .answers(let first, let last, let body):
                let upsert = try db.raw("INSERT OR REPLACE INTO answers (first, last, body) VALUES (?1, ?2, ?3)")
                upsert.bind(1, first)
                upsert.bind(2, last)
                try upsert.run(body: body, at: 3)
            case .forgetAnswers(let through):
                let forget = try db.raw("DELETE FROM answers WHERE first <= ?1 AND last <= ?1")
                forget.bind(1, through)
                try forget.run()
            case .checkpoint(let sequence):
                guard sequence >= checkpoint, sequence <= last else {
                    throw StoreFault(.sequenceGap, "checkpoint \(sequence) is not in \(checkpoint)…\(last)")
                }
                let move = try db.raw("UPDATE shard SET checkpoint = ?1")
                move.bind(1, sequence)
                try move.run()
                checkpoint = sequence
            }
        }
    }
}
