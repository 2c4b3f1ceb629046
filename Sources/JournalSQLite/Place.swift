// Where a journal stands inside a transaction, and how a batch moves it. The term is checked in SQL by the very
// statements that write (I4).

import Domain
import GRDB
import Journal

/// What the opening of a journal's file finds and sets.
struct Opening {
    var term: UInt64 = 0
    /// The last event, in this file or before it.
    var durable: UInt64 = 0
    /// The journal goes on in the next file.
    var sealed = false

    /// The commit log that the file names, unless it is sealed.
    static func log(_ db: Database) throws -> String? {
        try String.fetchOne(db, sql: "SELECT log FROM shard WHERE sealed = 0")
    }

    /// Brings what is left in a commit log to the file, which the term of its writer still has.
    static func takeOver(_ rows: [JournalRow], to db: Database, after base: UInt64) throws {
        guard let row = rows.first else { return }
        do {
            var place = try Place.read(db, term: row.term, after: base)
            try place.append(LoggedRows.joined(rows), term: row.term, to: db)
        } catch let fault as StoreFault {
            throw StoreFault(.corrupt, "a commit log does not fit the journal: \(fault.message)")
        }
    }

    /// Raises the term, unless the file is sealed. `base`: the last event before it.
    static func take(_ db: Database, shard: Int, shards: Int, holder: String, after base: UInt64) throws -> Opening {
        try db.execute(
            sql: """
                INSERT INTO shard (id, shard, shards, term, holder) VALUES (1, ?1, ?2, 1, ?3)
                ON CONFLICT (id) DO UPDATE SET term = term + 1, holder = ?3 WHERE sealed = 0
                """, arguments: [shard, shards, holder])
        guard let row = try Row.fetchOne(db, sql: "SELECT shard, shards, term, sealed FROM shard") else {
            throw StoreFault(.corrupt, "shard \(shard): no term")
        }
        guard row["shard"] == shard, row["shards"] == shards else {
            let found: (Int, Int) = (row["shard"], row["shards"])
            throw StoreFault(.mismatch, "the file is shard \(found.0) of \(found.1), not \(shard) of \(shards)")
        }
        let term: Int64 = row["term"]
        let place = try Place.read(db, term: UInt64(clamping: term), after: base)
        return Opening(term: place.term, durable: place.last, sealed: row["sealed"] == 1)
    }

    /// The log that has what the file does not, or none.
    static func name(_ log: String?, in db: Database) throws {
        let name = try db.raw("UPDATE shard SET log = ?1")
        name.bind(1, log)
        try name.run()
    }

    /// A file that the journal may go on in.
    static func prepare(_ db: Database, shard: Int, shards: Int, holder: String, term: UInt64) throws {
        try db.execute(
            sql: "INSERT INTO shard (id, shard, shards, term, holder) VALUES (1, ?1, ?2, ?3, ?4)",
            arguments: [shard, shards, Int64(clamping: term), holder])
    }
}

struct Place {
    var term: UInt64 = 0
    var last: UInt64

    /// The last event, in this file or before it.
    static func last(_ db: Database, after base: UInt64) throws -> UInt64 {
        try UInt64.fetchOne(db, sql: "SELECT last FROM events ORDER BY first DESC LIMIT 1") ?? base
    }

    /// Throws `.staleTerm` unless `term` is the stored one. `base`: the last event before this file.
    static func read(_ db: Database, term: UInt64, after base: UInt64) throws -> Place {
        var place: Place?
        let statement = try db.raw(
            """
            SELECT term, coalesce((SELECT last FROM events ORDER BY first DESC LIMIT 1), ?2) FROM shard
            WHERE term = ?1
            """)
        statement.bind(1, term)
        statement.bind(2, base)
        try statement.each {
            place = Place(term: statement.number(0), last: statement.number(1))
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

    /// The journal goes on in the next file.
    func seal(_ db: Database) throws {
        let seal = try db.raw("UPDATE shard SET sealed = 1 WHERE term = ?1")
        seal.bind(1, term)
        try seal.run()
    }
}
