// The scorer's own SQLite file. Places and whatever was derived up to them are written in one transaction, so a kill at
// any moment loses nothing and counts nothing twice. One connection, WAL, synchronous=FULL.
// Tables: Protocols/Journal.md, "The scorer's file".

import Domain
import Foundation
import GRDB
import Wire

/// One transaction's worth.
struct ScoreBatch {
    struct Shop {
        var shop: ShopID
        var head: UInt64
        var lastTurn: UInt64
        /// Nil if they did not change.
        var facts: ShopFacts?
        var changes: TallyChanges
        /// Of each touched buyer; nil if none runs any more.
        var running: [(buyer: BuyerID, turn: Turn?)]
    }

    var places: [(shard: Int, sequence: UInt64, at: Timestamp)] = []
    var shops: [Shop] = []
}

struct StoredPlace {
    var shard: Int
    var sequence: UInt64
    /// Time of that event.
    var at: Timestamp
}

struct StoredTally {
    var shop: ShopID
    var head: UInt64
    var lastTurn: UInt64
    var facts: ShopFacts
    var running: [Turn]
}

final class ScoreFile {
    private let queue: DatabaseQueue
    /// Row numbers of shops, which take their place in the larger tables.
    private var numbers: [ShopID: Int64] = [:]
    /// Days that are known to have a row already; the last of each shop is enough.
    private var lastDay: [ShopID: CivilDay] = [:]

    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "fenliu.scorer"
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA cache_size = -32768") }
        queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.inDatabase { db in
            _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
            // After WAL is set up: GRDB's default would be NORMAL.
            try db.execute(sql: "PRAGMA synchronous = FULL")
        }
        try Self.migrations.migrate(queue)
        try queue.read { db in
            for row in try Row.fetchAll(db, sql: "SELECT number, shop FROM shop") {
                numbers[ShopID(rawValue: row[1])] = row[0]
            }
        }
    }

    func close() throws { try queue.close() }

    /// 2 is FULL.
    func synchronous() throws -> Int? { try queue.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") } }

    private static var migrations: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE place (shard INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, at INTEGER NOT NULL);
                    CREATE TABLE shop (number INTEGER PRIMARY KEY, shop TEXT NOT NULL UNIQUE, head INTEGER NOT NULL,
                        last_turn INTEGER NOT NULL, facts BLOB NOT NULL);
                    CREATE TABLE running (shop INTEGER NOT NULL, buyer TEXT NOT NULL, body BLOB NOT NULL,
                        PRIMARY KEY (shop, buyer)) WITHOUT ROWID;
                    CREATE TABLE turn (shop INTEGER NOT NULL, day INTEGER NOT NULL, number INTEGER NOT NULL,
                        buyer TEXT NOT NULL, session INTEGER NOT NULL, kind INTEGER NOT NULL, agent TEXT,
                        wall INTEGER NOT NULL, day_ends INTEGER NOT NULL, question INTEGER NOT NULL,
                        started INTEGER NOT NULL, plain INTEGER, messages INTEGER NOT NULL, end INTEGER NOT NULL,
                        ended INTEGER NOT NULL, PRIMARY KEY (shop, day, number)) WITHOUT ROWID;
                    CREATE TABLE day (shop INTEGER NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (shop, day))
                        WITHOUT ROWID;
                    CREATE TABLE workload (shop INTEGER NOT NULL, day INTEGER NOT NULL, agent TEXT NOT NULL,
                        consults INTEGER NOT NULL, PRIMARY KEY (shop, day, agent)) WITHOUT ROWID;
                    CREATE TABLE card (shop INTEGER NOT NULL, day INTEGER NOT NULL, definition TEXT NOT NULL,
                        body BLOB NOT NULL, PRIMARY KEY (shop, definition, day)) WITHOUT ROWID;
                    """)
        }
        return migrator
    }

    // MARK: Reading what was stored

    func places() throws -> [StoredPlace] {
        try queue.read { db in
            try Row.fetchAll(db, sql: "SELECT shard, sequence, at FROM place").map {
                StoredPlace(
                    shard: $0[0], sequence: UInt64(clamping: $0[1] as Int64), at: Timestamp(millis: $0[2]))
            }
        }
    }

    func tallies() throws -> [StoredTally] {
        try queue.read { db in
            var running: [Int64: [Turn]] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT shop, body FROM running") {
                running[row[0], default: []].append(try Self.decode(Turn.self, row[1]))
            }
            return try Row.fetchAll(db, sql: "SELECT number, shop, head, last_turn, facts FROM shop").map { row in
                StoredTally(
                    shop: ShopID(rawValue: row[1]), head: UInt64(clamping: row[2] as Int64),
                    lastTurn: UInt64(clamping: row[3] as Int64), facts: try Self.decode(ShopFacts.self, row[4]),
                    running: running[row[0]] ?? [])
            }
        }
    }

    /// The ended turns of one day, in order of their numbers.
    func turns(_ shop: ShopID, _ day: CivilDay) throws -> [Turn] {
        guard let number = numbers[shop] else { return [] }
        return try queue.read { db in
            let select = try db.cachedStatement(
                sql: """
                    SELECT number, buyer, session, kind, agent, wall, day_ends, question, started, plain, messages, end,
                        ended FROM turn WHERE shop = ? AND day = ? ORDER BY number
                    """)
            var turns: [Turn] = []
            let rows = try Row.fetchCursor(select, arguments: [number, day.number])
            while let row = try rows.next() { turns.append(Self.turn(row, day)) }
            return turns
        }
    }

    private static func turn(_ row: Row, _ day: CivilDay) -> Turn {
        let agent: String? = row[4]
        let plain: Int64? = row[9]
        return Turn(
            number: UInt64(clamping: row[0] as Int64), buyer: BuyerID(rawValue: row[1]),
            session: SessionID(UInt64(clamping: row[2] as Int64)),
            account: ScoreAccount(
                kind: ScoreAccount.Kind(rawValue: row[3]) ?? .pool, agent: agent.map { AgentID(rawValue: $0) }),
            day: day, wallMillis: row[5], dayEndsAt: Timestamp(millis: row[6]), questionAt: Timestamp(millis: row[7]),
            startedAt: Timestamp(millis: row[8]), plainAt: plain.map { Timestamp(millis: $0) }, messages: row[10],
            end: TurnEnd(rawValue: row[11]), endedAt: Timestamp(millis: row[12]))
    }

    /// Days on which something was asked, in order.
    func days(_ shop: ShopID, from: CivilDay, to: CivilDay) throws -> [CivilDay] {
        guard let number = numbers[shop] else { return [] }
        return try queue.read { db in
            try Int.fetchAll(
                db, sql: "SELECT day FROM day WHERE shop = ? AND day BETWEEN ? AND ? ORDER BY day",
                arguments: [number, from.number, to.number]
            ).map { CivilDay($0) }
        }
    }

    func workload(_ shop: ShopID, from: CivilDay, before: CivilDay) throws -> (consults: Int, agentDays: Int) {
        guard let number = numbers[shop] else { return (0, 0) }
        return try queue.read { db in
            let row = try Row.fetchOne(
                db,
                sql:
                    "SELECT coalesce(sum(consults), 0), count(*) FROM workload WHERE shop = ? AND day >= ? AND day < ?",
                arguments: [number, from.number, before.number])
            return row.map { ($0[0], $0[1]) } ?? (0, 0)
        }
    }

    func cards(_ shop: ShopID, _ definition: String, from: CivilDay, to: CivilDay) throws -> [CivilDay: Scorecard] {
        guard let number = numbers[shop] else { return [:] }
        return try queue.read { db in
            var cards: [CivilDay: Scorecard] = [:]
            let rows = try Row.fetchCursor(
                db, sql: "SELECT day, body FROM card WHERE shop = ? AND definition = ? AND day BETWEEN ? AND ?",
                arguments: [number, definition, from.number, to.number])
            while let row = try rows.next() { cards[CivilDay(row[0])] = try Self.decode(Scorecard.self, row[1]) }
            return cards
        }
    }

    /// The standard rate of one day in one statement over the ended turns: a check on the core, and what it is measured
    /// against.
    func rateBySQL(_ shop: ShopID, _ day: CivilDay) throws -> (answered: Int, total: Int) {
        guard let number = numbers[shop] else { return (0, 0) }
        return try queue.read { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT coalesce(sum(good), 0), count(*) FROM (
                        SELECT min(kind = 2 OR (end = 1 AND ended <= started + 180000 AND ended < day_ends)) AS good
                        FROM turn
                        WHERE shop = ? AND day = ? AND started < day_ends AND wall >= 28800000 AND wall < 82800000
                            AND NOT (kind = 3 AND end = 2 AND ended <= started + 180000)
                        GROUP BY buyer, kind, agent)
                    """,
                arguments: [number, day.number])
            return row.map { ($0[0], $0[1]) } ?? (0, 0)
        }
    }

    // MARK: Writing

    /// A final card, so that it need not be counted again.
    func keep(_ cards: [Scorecard], _ definition: String) throws {
        guard !cards.isEmpty else { return }
        try queue.write { db in
            for card in cards {
                guard let number = numbers[card.shop] else { continue }
                try db.execute(
                    sql: "INSERT OR REPLACE INTO card (shop, day, definition, body) VALUES (?, ?, ?, ?)",
                    arguments: [number, card.day.number, definition, try Self.encode(card)])
            }
        }
    }

    /// All of it, or none.
    func write(_ batch: ScoreBatch) throws {
        var made: [ShopID: Int64] = [:]
        var days: [ShopID: CivilDay] = [:]
        #if PLANTED_BUGS
            if PlantedBug.chosen == .placeInAnotherTransaction { try queue.write { try write(batch.places, $0) } }
        #endif
        try queue.write { db in
            try write(batch.places, db)
            for shop in batch.shops {
                let number: Int64
                if let known = numbers[shop.shop] {
                    number = known
                    try db.cachedStatement(sql: "UPDATE shop SET head = ?, last_turn = ? WHERE number = ?")
                        .execute(arguments: [Int64(clamping: shop.head), Int64(clamping: shop.lastTurn), number])
                    if let facts = shop.facts {
                        try db.cachedStatement(sql: "UPDATE shop SET facts = ? WHERE number = ?")
                            .execute(arguments: [try Self.encode(facts), number])
                    }
                } else {
                    try db.cachedStatement(sql: "INSERT INTO shop (shop, head, last_turn, facts) VALUES (?, ?, ?, ?)")
                        .execute(arguments: [
                            shop.shop.rawValue, Int64(clamping: shop.head), Int64(clamping: shop.lastTurn),
                            try Self.encode(shop.facts ?? ShopFacts()),
                        ])
                    number = db.lastInsertedRowID
                    made[shop.shop] = number
                }
                try writeTurns(shop, number, &days, db)
            }
        }
        // Only now: what was not committed is not known.
        numbers.merge(made) { _, new in new }
        lastDay.merge(days) { _, new in new }
    }

    private func write(_ places: [(shard: Int, sequence: UInt64, at: Timestamp)], _ db: Database) throws {
        for place in places {
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO place (shard, sequence, at) VALUES (?, ?, ?)")
                .execute(arguments: [place.shard, Int64(clamping: place.sequence), place.at.millis])
        }
    }

    private func writeTurns(
        _ shop: ScoreBatch.Shop, _ number: Int64, _ days: inout [ShopID: CivilDay], _ db: Database
    ) throws {
        for turn in shop.changes.closed {
            try db.cachedStatement(
                sql: """
                    INSERT INTO turn (shop, day, number, buyer, session, kind, agent, wall, day_ends, question, started,
                        plain, messages, end, ended) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                number, turn.day.number, Int64(clamping: turn.number), turn.buyer.rawValue,
                Int64(clamping: turn.session.number), turn.account.kind.rawValue, turn.account.agent?.rawValue,
                turn.wallMillis, turn.dayEndsAt.millis, turn.questionAt.millis, turn.startedAt.millis,
                turn.plainAt?.millis, turn.messages, turn.end?.rawValue, turn.endedAt?.millis,
            ])
            try note(turn.day, shop.shop, number, &days, db)
        }
        for (buyer, turn) in shop.running {
            if let turn {
                try db.cachedStatement(sql: "INSERT OR REPLACE INTO running (shop, buyer, body) VALUES (?, ?, ?)")
                    .execute(arguments: [number, buyer.rawValue, try Self.encode(turn)])
                try note(turn.day, shop.shop, number, &days, db)
            } else {
                try db.cachedStatement(sql: "DELETE FROM running WHERE shop = ? AND buyer = ?")
                    .execute(arguments: [number, buyer.rawValue])
            }
        }
        for (key, load) in shop.changes.workloads {
            try db.cachedStatement(
                sql: """
                    INSERT INTO workload (shop, day, agent, consults) VALUES (?, ?, ?, ?)
                    ON CONFLICT (shop, day, agent) DO UPDATE SET consults = consults + excluded.consults
                    """
            ).execute(arguments: [number, key.day.number, key.agent.rawValue, load.consults])
        }
    }

    private func note(
        _ day: CivilDay, _ shop: ShopID, _ number: Int64, _ days: inout [ShopID: CivilDay], _ db: Database
    ) throws {
        guard (days[shop] ?? lastDay[shop]) != day else { return }
        days[shop] = day
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO day (shop, day) VALUES (?, ?)")
            .execute(arguments: [number, day.number])
    }

    private static func encode(_ value: some Encodable) throws -> Blob {
        Blob(try BinaryEncoder().encode(value))
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: Blob) throws -> Value {
        try BinaryDecoder().decode(type, from: bytes.bytes)
    }
}

/// Bytes as a column's value.
private struct Blob: DatabaseValueConvertible {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var databaseValue: DatabaseValue { Data(bytes).databaseValue }

    static func fromDatabaseValue(_ value: DatabaseValue) -> Blob? {
        Data.fromDatabaseValue(value).map { Blob([UInt8]($0)) }
    }
}
