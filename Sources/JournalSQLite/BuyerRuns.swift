// The runs of a shard, and which of them are to become one. Those written after each other that are of about one size
// are merged into one of the next size, so that there are few of them and each row is written a few times only.

import GRDB
import Journal
import Synchronization

final class BuyerRuns: Sendable {
    /// Rows below which all runs are of one size; each further size is so many times as large.
    private static let smallest = 1_000
    private static let growth = 4

    private struct State {
        /// Oldest first.
        var runs: [BuyerRun]
        /// Number of the next one.
        var next: Int
    }

    private let shard: Int
    private let directory: ShardDirectory
    private let settings: SQLiteSettings
    private let state: Mutex<State>
    /// Changes with the runs.
    private let changes = Atomic<Int>(0)

    /// Those that the rows name; removes all others. Nil if one is missing. A number greater than `past` comes next, and
    /// than that of any file: rows that come back with a loss of power must not find other runs by their names.
    init?(
        _ db: Database, shard: Int, directory: ShardDirectory, settings: SQLiteSettings, past: Int = 0
    ) throws {
        var named: [Int] = []
        let select = try db.raw("SELECT number FROM runs ORDER BY age")
        try select.each {
            named.append(Int(select.signed(0)))
            return true
        }
        let there = try directory.runs(shard)
        for number in there where !named.contains(number) { try directory.removeRun(shard, number) }
        guard named.allSatisfy(there.contains) else { return nil }
        let runs = try named.map {
            try BuyerRun(number: $0, path: directory.runFile(shard, $0), shard: shard, settings: settings)
        }
        state = Mutex(State(runs: runs, next: max(past, named.max() ?? 0, there.max() ?? 0) + 1))
        self.shard = shard
        self.directory = directory
        self.settings = settings
    }

    /// Grows with each change.
    var version: Int { changes.load(ordering: .acquiring) }

    /// Oldest first.
    var all: [BuyerRun] { state.withLock { $0.runs } }

    // MARK: Writing

    /// A run of up to so many entries.
    func draft(_ most: Int, replacing: [BuyerRun] = []) throws -> RunDraft {
        let (number, held) = state.withLock { state in
            defer { state.next += 1 }
            let stay = state.runs.filter { run in !replacing.contains { $0 === run } }
            return (state.next, stay.reduce(0) { $0 + ($1.filter?.count ?? 0) })
        }
        let hasRoom = held + RunFilter.bytes(for: most) <= settings.filterBytes
        return try RunDraft(
            path: directory.runFile(shard, number), number: number, shard: shard, filterFor: hasRoom ? most : nil,
            settings: settings)
    }

    /// In a transaction: the newest of all.
    func name(_ run: BuyerRun, _ db: Database) throws {
        let insert = try db.raw("INSERT INTO runs (number, age) VALUES (?1, ?1)")
        insert.bind(1, Int64(run.number))
        try insert.run()
    }

    /// In a transaction: in the place of those, which follow each other.
    func name(_ run: BuyerRun, inPlaceOf old: [BuyerRun], _ db: Database) throws {
        guard let last = old.last else { return }
        let select = try db.raw("SELECT age FROM runs WHERE number = ?1")
        select.bind(1, Int64(last.number))
        var age: Int64 = 0
        try select.each {
            age = select.signed(0)
            return false
        }
        let delete = try db.raw("DELETE FROM runs WHERE number = ?1")
        for run in old {
            delete.bind(1, Int64(run.number))
            try delete.run()
        }
        let insert = try db.raw("INSERT INTO runs (number, age) VALUES (?1, ?2)")
        insert.bind(1, Int64(run.number))
        insert.bind(2, age)
        try insert.run()
    }

    /// From now on it is read.
    func add(_ run: BuyerRun) {
        state.withLock { $0.runs.append(run) }
        changes.add(1, ordering: .releasing)
    }

    func replace(_ old: [BuyerRun], by run: BuyerRun) {
        state.withLock { state in
            guard let place = state.runs.firstIndex(where: { $0 === old.first }) else { return }
            state.runs.replaceSubrange(place..<place + old.count, with: [run])
        }
        changes.add(1, ordering: .releasing)
        for run in old { run.retire() }
    }

    // MARK: Merging

    /// There are so many that nothing may be added.
    var isFull: Bool { state.withLock { $0.runs.count >= settings.mostRuns } }

    /// Runs that are to become one, oldest first; nil while there are few of each size and in all.
    func due() -> [BuyerRun]? {
        let runs = all
        return Self.due(runs.map(\.rows), atOnce: settings.runsMerged, most: settings.mostRuns).map { Array(runs[$0]) }
    }

    /// From the first to the last of so many runs of one size that no larger one follows; of the smallest such size. If
    /// there are none and `most` runs or more, so many that follow each other and have the fewest rows.
    static func due(_ rows: [Int], atOnce: Int, most: Int) -> ClosedRange<Int>? {
        let sizes = rows.map(size)
        for size in Set(sizes).sorted() {
            let begin = (sizes.lastIndex { $0 > size } ?? -1) + 1
            let places = sizes.indices[begin...].filter { sizes[$0] == size }
            if places.count >= atOnce, let first = places.first, let last = places.last { return first...last }
        }
        let count = min(atOnce, rows.count)
        guard rows.count >= most, count > 1 else { return nil }
        let first = (0...rows.count - count).min { cost(rows, $0, count) < cost(rows, $1, count) }
        return first.map { $0...$0 + count - 1 }
    }

    private static func cost(_ rows: [Int], _ first: Int, _ count: Int) -> Int {
        rows[first..<first + count].reduce(0, +)
    }

    private static func size(_ rows: Int) -> Int {
        var (size, bound) = (0, smallest)
        while rows >= bound { (size, bound) = (size + 1, bound * growth) }
        return size
    }
}
