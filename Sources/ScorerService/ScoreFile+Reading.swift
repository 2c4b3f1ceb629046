// What the scorer reads back from its file.

import Domain
import GRDB
import JournalSQLite
import Wire

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
    var runs: [ReadRun]
    /// MEM-4: what agents were given in runs that are not added to the days yet.
    var loads: [WorkloadKey: Int]
    /// RR-6: the last step that the shop's desk has noted.
    var noted: RestrictionPlace?
}

/// A day on which something was asked.
struct KnownDay {
    var day: CivilDay
    /// Of a sealed day: by `ScoreDefinition.standard`.
    var result: DayResult?
    /// Its turns are gone.
    var pruned: Bool
}

/// Puts the runs of a shop together, oldest first: of each turn the last form counts.
private struct RunReader {
    /// Up to here, what agents were given is in the days' sums.
    let loaded: Int64
    private(set) var head: UInt64 = 0
    private(set) var lastTurn: UInt64 = 0
    private(set) var loads: [WorkloadKey: Int] = [:]
    private var turns: [UInt64: (turn: Turn, run: Int64)] = [:]
    private var held: [(run: Int64, entries: Int)] = []

    init(loaded: Int64) { self.loaded = loaded }

    mutating func take(_ run: Int64, _ read: PackedRun.Read) {
        head = read.head
        lastTurn = read.lastTurn
        for number in read.dropped { turns[number] = nil }
        for turn in read.turns { turns[turn.number] = (turn, run) }
        held.append((run, read.entries))
        guard run > loaded else { return }
        for load in read.loads { loads[WorkloadKey(day: load.day, agent: load.agent), default: 0] += load.consults }
    }

    var runs: [ReadRun] {
        let present = Dictionary(grouping: turns.values) { $0.run }
        return held.map { held in
            ReadRun(id: held.run, turns: (present[held.run] ?? []).map(\.turn), entries: held.entries)
        }
    }
}

extension ScoreFile {
    func places() throws -> [StoredPlace] {
        try reading { db in
            try Row.fetchAll(db, sql: "SELECT shard, sequence, at FROM place").map {
                StoredPlace(
                    shard: $0[0], sequence: UInt64(clamping: $0[1] as Int64), at: Timestamp(millis: $0[2]))
            }
        }
    }

    func tallies() throws -> [StoredTally] {
        try reading { db in
            var running: [Int64: RunReader] = [:]
            var loaded: [Int64: Int64] = [:]
            let marks = try db.raw("SELECT number, loaded FROM shop")
            try marks.each {
                loaded[marks.signed(0)] = marks.signed(1)
                return true
            }
            let runs = try db.raw("SELECT run, shop, body FROM running ORDER BY run")
            try runs.each {
                let shop = runs.signed(1)
                let read = try runs.body(2).withUnsafeBytes { try PackedRun.read($0) }
                running[shop, default: RunReader(loaded: loaded[shop] ?? 0)].take(runs.signed(0), read)
                return true
            }
            var noted: [Int64: RestrictionPlace] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT shop, day, step FROM noted") {
                noted[row[0]] = RestrictionPlace(day: CivilDay(row[1]), step: row[2])
            }
            var tallies: [StoredTally] = []
            let shops = try db.raw("SELECT number, shop, facts FROM shop")
            try shops.each {
                let number = shops.signed(0)
                let read = running[number] ?? RunReader(loaded: 0)
                tallies.append(
                    StoredTally(
                        shop: ShopID(rawValue: shops.text(1)), head: read.head, lastTurn: read.lastTurn,
                        facts: try BinaryDecoder().decode(ShopFacts.self, from: shops.body(2)),
                        runs: read.runs, loads: read.loads, noted: noted[number]))
                return true
            }
            return tallies
        }
    }

    /// The last run; 0 if there is none. Of each shop the last one stays.
    func lastRun() throws -> Int64 {
        try reading { try Int64.fetchOne($0, sql: "SELECT max(run) FROM running") ?? 0 }
    }

    /// The ended turns of one day, in order of their ends.
    func turns(_ shop: ShopID, _ day: CivilDay, _ take: (Turn) -> Void) throws {
        guard let number = numbers[shop] else { return }
        try reading { db in
            let select = try db.raw("SELECT body FROM turns WHERE shop = ? AND day = ? ORDER BY run")
            select.bind(1, number)
            select.bind(2, Int64(day.number))
            try select.each {
                let body = select.body(0)
                try body.withUnsafeBytes { try PackedTurn.read($0, take) }
                return true
            }
        }
    }

    /// Days on which something was asked, in order.
    func days(_ shop: ShopID, from: CivilDay, to: CivilDay) throws -> [KnownDay] {
        guard let number = numbers[shop] else { return [] }
        return try reading { db in
            let select = try db.raw(
                "SELECT day, answered, total, pruned FROM day WHERE shop = ? AND day BETWEEN ? AND ? ORDER BY day")
            select.bind(1, number)
            select.bind(2, Int64(from.number))
            select.bind(3, Int64(to.number))
            var days: [KnownDay] = []
            try select.each {
                let day = CivilDay(Int(select.signed(0)))
                var result: DayResult?
                if let answered = select.optionalSigned(1), let total = select.optionalSigned(2) {
                    result = DayResult(day: day, answered: Int(answered), total: Int(total))
                }
                days.append(KnownDay(day: day, result: result, pruned: select.signed(3) != 0))
                return true
            }
            return days
        }
    }

    func workload(_ shop: ShopID, from: CivilDay, before: CivilDay) throws -> (consults: Int, agentDays: Int) {
        guard let number = numbers[shop] else { return (0, 0) }
        return try reading { db in
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
        return try reading { db in
            var cards: [CivilDay: Scorecard] = [:]
            let select = try db.raw(
                "SELECT day, body FROM card WHERE shop = ? AND definition = ? AND day BETWEEN ? AND ?")
            select.bind(1, number)
            select.bind(2, definition)
            select.bind(3, Int64(from.number))
            select.bind(4, Int64(to.number))
            try select.each {
                let day = CivilDay(Int(select.signed(0)))
                let body = select.body(1)
                cards[day] = try body.withUnsafeBytes { try PackedCard.card(shop, day, $0) }
                return true
            }
            return cards
        }
    }

    // MARK: The same by SQL

    /// Spreads the ended turns of one day over the columns of a table, for `rateBySQL`.
    func spread(_ shop: ShopID, _ day: CivilDay) throws {
        var turns: [Turn] = []
        try self.turns(shop, day) { turns.append($0) }
        try queue.inDatabase { db in
            try db.execute(
                sql: """
                    DROP TABLE IF EXISTS temp.spread;
                    CREATE TEMP TABLE spread (number INTEGER PRIMARY KEY, buyer TEXT, kind INTEGER, agent TEXT,
                        wall INTEGER, day_ends INTEGER, started INTEGER, end INTEGER, ended INTEGER)
                    """)
            let insert = try db.cachedStatement(sql: "INSERT INTO temp.spread VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
            for turn in turns {
                try insert.execute(arguments: [
                    Int64(clamping: turn.number), turn.buyer.rawValue, turn.account.kind.rawValue,
                    turn.account.agent?.rawValue, turn.wallMillis, turn.dayEndsAt.millis, turn.startedAt.millis,
                    turn.end?.rawValue, turn.endedAt?.millis,
                ])
            }
        }
    }

    /// The standard rate of the day that was spread, in one statement: a check on the core, and what it is measured
    /// against.
    func rateBySQL() throws -> (answered: Int, total: Int) {
        try reading { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT coalesce(sum(good), 0), count(*) FROM (
                        SELECT min(kind = 2 OR (end = 1 AND ended <= started + 180000 AND ended < day_ends)) AS good
                        FROM temp.spread
                        WHERE started < day_ends AND wall >= 28800000 AND wall < 82800000
                            AND NOT (kind = 3 AND end = 2 AND ended <= started + 180000)
                        GROUP BY buyer, kind, agent)
                    """)
            return row.map { ($0[0], $0[1]) } ?? (0, 0)
        }
    }
}
