// The scorer's own SQLite file. Places and whatever was derived up to them are written in one transaction, so a kill at
// any moment loses nothing and counts nothing twice. One connection, WAL, synchronous=FULL.
// Tables: Protocols/Journal.md, "The scorer's file". Reading: ScoreFile+Reading.

import Domain
import Foundation
import GRDB
import JournalSQLite
import Wire

/// One transaction's worth.
struct ScoreBatch {
    struct Shop {
        var shop: ShopID
        /// Nil if they did not change.
        var facts: ShopFacts?
        /// Turns that ended.
        var closed: [Turn]
        /// Id and body of the run of what still runs (`PackedRun`).
        var run: Int64
        var body: [UInt8]
        /// Days of the questions in it.
        var days: [CivilDay]
        /// Runs that hold nothing any more.
        var gone: [Int64]
        /// MEM-4: all that agents were given up to this run, if it is time to add it to the days.
        var loads: [WorkloadKey: Int]?
    }

    var places: [(shard: Int, sequence: UInt64, at: Timestamp)] = []
    var shops: [Shop] = []
}

/// What becomes of a day that no further event can touch.
struct SealedDay {
    var shop: ShopID
    var day: CivilDay
    /// By `ScoreDefinition.standard`.
    var answered: Int
    var total: Int
}

final class ScoreFile {
    /// Pages of 4 KiB after which the log is moved into the tables: the routers' commits never wait long for a disk that is
    /// busy with that.
    static let logPages = 64

    let queue: DatabaseQueue
    /// Row numbers of shops, which take their place in the larger tables.
    private(set) var numbers: [ShopID: Int64] = [:]
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
            try db.execute(sql: "PRAGMA wal_autocheckpoint = \(Self.logPages)")
        }
        try Self.migrations.migrate(queue)
        try reading { db in
            for row in try Row.fetchAll(db, sql: "SELECT number, shop FROM shop") {
                numbers[ShopID(rawValue: row[1])] = row[0]
            }
        }
    }

    func close() throws { try queue.close() }

    /// Not GRDB's `read`: it sets a pragma, after which SQLite prepares every statement of the connection anew. Whoever has
    /// the file lets nobody write meanwhile.
    func reading<Value>(_ body: (Database) throws -> Value) throws -> Value { try queue.unsafeRead(body) }

    /// A seam for tests: what the connection is set to.
    func pragma(_ name: String) throws -> Int? { try reading { try Int.fetchOne($0, sql: "PRAGMA \(name)") } }

    /// A file of an older form is emptied: everything in it is derived again from the journals.
    private static var migrations: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("3") { db in
            for table in ["place", "shop", "running", "turn", "turns", "day", "workload", "card", "noted"] {
                try db.execute(sql: "DROP TABLE IF EXISTS \(table)")
            }
            try db.execute(
                sql: """
                    CREATE TABLE place (shard INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, at INTEGER NOT NULL);
                    CREATE TABLE shop (number INTEGER PRIMARY KEY, shop TEXT NOT NULL UNIQUE,
                        loaded INTEGER NOT NULL DEFAULT 0, facts BLOB NOT NULL);
                    CREATE TABLE running (run INTEGER PRIMARY KEY, shop INTEGER NOT NULL, body BLOB NOT NULL);
                    CREATE TABLE turns (shop INTEGER NOT NULL, day INTEGER NOT NULL, run INTEGER NOT NULL,
                        body BLOB NOT NULL, PRIMARY KEY (shop, day, run)) WITHOUT ROWID;
                    CREATE TABLE day (shop INTEGER NOT NULL, day INTEGER NOT NULL, answered INTEGER, total INTEGER,
                        pruned INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (shop, day)) WITHOUT ROWID;
                    CREATE TABLE workload (shop INTEGER NOT NULL, day INTEGER NOT NULL, agent TEXT NOT NULL,
                        consults INTEGER NOT NULL, PRIMARY KEY (shop, day, agent)) WITHOUT ROWID;
                    CREATE TABLE card (shop INTEGER NOT NULL, day INTEGER NOT NULL, definition TEXT NOT NULL,
                        body BLOB NOT NULL, PRIMARY KEY (shop, definition, day)) WITHOUT ROWID;
                    CREATE TABLE noted (shop INTEGER PRIMARY KEY, day INTEGER NOT NULL, step INTEGER NOT NULL);
                    """)
        }
        return migrator
    }

    // MARK: Writing

    /// All of it, or none.
    func write(_ batch: ScoreBatch) throws {
        var made: [ShopID: Int64] = [:]
        var days: [ShopID: CivilDay] = [:]
        #if PLANTED_BUGS
            if PlantedBug.chosen == .placeInAnotherTransaction {
                try queue.write { try Self.move(batch.places, $0) }
            }
        #endif
        try queue.write { db in
            try Self.move(batch.places, db)
            let statements = try Statements(db)
            for shop in batch.shops {
                let number: Int64
                if let known = numbers[shop.shop] {
                    number = known
                } else {
                    try statements.make(shop)
                    number = db.lastInsertedRowID
                    made[shop.shop] = number
                }
                if let facts = shop.facts { try statements.set(facts, number) }
                try statements.days(shop, number, lastDay[shop.shop], &days)
                try statements.turns(shop, number)
                try statements.run(shop, number)
                if let loads = shop.loads { try statements.add(loads, number, upTo: shop.run) }
            }
        }
        // Only now: what was not committed is not known.
        numbers.merge(made) { _, new in new }
        lastDay.merge(days) { _, new in new }
    }

    private static func move(
        _ places: [(shard: Int, sequence: UInt64, at: Timestamp)], _ db: Database
    ) throws {
        let place = try db.raw("INSERT OR REPLACE INTO place (shard, sequence, at) VALUES (?, ?, ?)")
        for moved in places {
            place.bind(1, Int64(moved.shard))
            place.bind(2, moved.sequence)
            place.bind(3, moved.at.millis)
            try place.run()
        }
    }

    /// Adds what agents were given up to a run to the days' sums.
    func add(_ loads: [WorkloadKey: Int], of shop: ShopID, upTo run: Int64) throws {
        guard let number = numbers[shop] else { return }
        try queue.write { db in try Statements(db).add(loads, number, upTo: run) }
    }

    /// Cards that will not change, so that they need not be counted again.
    func keep(_ cards: [Scorecard]) throws {
        guard !cards.isEmpty else { return }
        try queue.write { db in try Self.keep(cards, numbers, db) }
    }

    private static func keep(_ cards: [Scorecard], _ numbers: [ShopID: Int64], _ db: Database) throws {
        let insert = try db.raw("INSERT OR REPLACE INTO card (shop, day, definition, body) VALUES (?, ?, ?, ?)")
        for card in cards {
            guard let number = numbers[card.shop] else { continue }
            insert.bind(1, number)
            insert.bind(2, Int64(card.day.number))
            insert.bind(3, card.definition.key)
            try insert.run(body: try PackedCard.body(card), at: 4)
        }
    }

    /// Days that are over for good, cards that will not change, and the details of sealed days that go: in one transaction.
    func seal(_ days: [SealedDay], _ cards: [Scorecard], pruning: [(shop: ShopID, before: CivilDay)]) throws {
        guard !days.isEmpty || !cards.isEmpty || !pruning.isEmpty else { return }
        try queue.write { db in
            try Self.keep(cards, numbers, db)
            let seal = try db.raw("UPDATE day SET answered = ?, total = ? WHERE shop = ? AND day = ?")
            for day in days {
                guard let number = numbers[day.shop] else { continue }
                seal.bind(1, Int64(day.answered))
                seal.bind(2, Int64(day.total))
                seal.bind(3, number)
                seal.bind(4, Int64(day.day.number))
                try seal.run()
            }
            for (shop, before) in pruning {
                guard let number = numbers[shop] else { continue }
                for sql in [
                    """
                    DELETE FROM turns WHERE shop = ?1 AND day IN
                        (SELECT day FROM day WHERE shop = ?1 AND day < ?2 AND pruned = 0 AND total IS NOT NULL)
                    """,
                    "UPDATE day SET pruned = 1 WHERE shop = ?1 AND day < ?2 AND pruned = 0 AND total IS NOT NULL",
                    "DELETE FROM workload WHERE shop = ?1 AND day < ?2",
                ] {
                    try db.execute(sql: sql, arguments: [number, before.number])
                }
            }
        }
    }

    /// The last step of each shop's restrictions that its desk has noted.
    func note(_ places: [(shop: ShopID, place: RestrictionPlace)]) throws {
        try queue.write { db in
            for (shop, place) in places {
                guard let number = numbers[shop] else { continue }
                try db.execute(
                    sql: "INSERT OR REPLACE INTO noted (shop, day, step) VALUES (?, ?, ?)",
                    arguments: [number, place.day.number, place.step])
            }
        }
    }
}

/// The statements of one batch.
private struct Statements {
    private let make: RawStatement
    private let facts: RawStatement
    private let run: RawStatement
    private let drop: RawStatement
    private let turns: RawStatement
    private let day: RawStatement
    private let workload: RawStatement
    private let loaded: RawStatement

    init(_ db: Database) throws {
        make = try db.raw("INSERT INTO shop (shop, facts) VALUES (?, ?)")
        facts = try db.raw("UPDATE shop SET facts = ? WHERE number = ?")
        run = try db.raw("INSERT INTO running (run, shop, body) VALUES (?, ?, ?)")
        drop = try db.raw("DELETE FROM running WHERE run = ?")
        turns = try db.raw("INSERT INTO turns (shop, day, run, body) VALUES (?, ?, ?, ?)")
        day = try db.raw("INSERT OR IGNORE INTO day (shop, day) VALUES (?, ?)")
        workload = try db.raw(
            """
            INSERT INTO workload (shop, day, agent, consults) VALUES (?, ?, ?, ?)
            ON CONFLICT (shop, day, agent) DO UPDATE SET consults = consults + excluded.consults
            """)
        loaded = try db.raw("UPDATE shop SET loaded = ? WHERE number = ?")
    }

    func make(_ shop: ScoreBatch.Shop) throws {
        make.bind(1, shop.shop.rawValue)
        try make.run(body: try BinaryEncoder().encode(ShopFacts()), at: 2)
    }

    func set(_ value: ShopFacts, _ number: Int64) throws {
        facts.bind(2, number)
        try facts.run(body: try BinaryEncoder().encode(value), at: 1)
    }

    /// Days on which something was asked.
    func days(
        _ shop: ScoreBatch.Shop, _ number: Int64, _ known: CivilDay?, _ made: inout [ShopID: CivilDay]
    ) throws {
        var last = known
        for asked in shop.days where asked != last {
            last = asked
            made[shop.shop] = asked
            day.bind(1, number)
            day.bind(2, Int64(asked.number))
            try day.run()
        }
    }

    /// Ended turns go in runs, one for each day; mostly that is one.
    func turns(_ shop: ScoreBatch.Shop, _ number: Int64) throws {
        var days: [CivilDay] = []
        for turn in shop.closed where days.last != turn.day && !days.contains(turn.day) { days.append(turn.day) }
        var writer = ByteWriter(reserving: shop.closed.count * 48)
        for day in days {
            writer.truncate()
            for turn in shop.closed where turn.day == day { PackedTurn.write(turn, into: &writer) }
            turns.bind(1, number)
            turns.bind(2, Int64(day.number))
            turns.bind(3, shop.run)
            try turns.run(body: writer.bytes, at: 4)
        }
    }

    /// What runs.
    func run(_ shop: ScoreBatch.Shop, _ number: Int64) throws {
        run.bind(1, shop.run)
        run.bind(2, number)
        try run.run(body: shop.body, at: 3)
        for gone in shop.gone {
            drop.bind(1, gone)
            try drop.run()
        }
    }

    /// MEM-4
    func add(_ loads: [WorkloadKey: Int], _ number: Int64, upTo run: Int64) throws {
        for (key, consults) in loads {
            workload.bind(1, number)
            workload.bind(2, Int64(key.day.number))
            workload.bind(3, key.agent.rawValue)
            workload.bind(4, Int64(consults))
            try workload.run()
        }
        loaded.bind(1, run)
        loaded.bind(2, number)
        try loaded.run()
    }
}
