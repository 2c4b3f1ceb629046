// One file of a commit log: rows of several shards in one transaction. Its write-ahead log is never moved into the tables
// while it is in use; once every shard has what is here in its own files, it is removed.

import Domain
import Foundation
import GRDB
import Journal
import Synchronization

final class CommitLogFile: Sendable {
    let number: Int
    private let path: String
    private let file: ShardFile

    private struct Shards {
        /// The file says that they have rows here.
        var listed: Set<Int>
        /// Those that may not have them in their own files, and the last event of each here.
        var needing: [Int: UInt64]
    }

    private let shards: Mutex<Shards>

    /// Opens it; what it shows is on the disk.
    convenience init(_ path: String, number: Int, settings: SQLiteSettings) throws(StoreFault) {
        try self.init(
            number, path, ShardFile(path: path, settings: settings, purpose: Self.purpose(settings)))
    }

    /// Makes it, with room in its log. If it throws, there may be parts of it.
    static func make(
        _ path: String, number: Int, settings: SQLiteSettings, spare: SpareLog, pause: () -> UInt32
    ) throws -> CommitLogFile {
        try CommitLogFile(
            number, path,
            ShardFile.make(
                path: path, settings: settings, purpose: purpose(settings), spare: spare, room: room(settings),
                pause: pause))
    }

    private init(_ number: Int, _ path: String, _ file: ShardFile) throws(StoreFault) {
        self.number = number
        self.path = path
        self.file = file
        do {
            let listed = Set(try file.access { try Int.fetchAll($0, sql: "SELECT shard FROM shards") })
            shards = Mutex(
                Shards(listed: listed, needing: Dictionary(uniqueKeysWithValues: listed.map { ($0, .max) })))
        } catch {
            file.close()
            throw ShardFile.openingFault(error, path)
        }
    }

    private static func purpose(_ settings: SQLiteSettings) -> ShardFile.Purpose {
        ShardFile.Purpose(
            steps: Migrations.commits, durable: true, pageBytes: pageBytes, cacheKiB: settings.writerCacheKiB)
    }

    private static let pageBytes = 8_192

    /// Bytes of the log for whose writing there is room.
    static func room(_ settings: SQLiteSettings) -> Int { settings.commitPages * (pageBytes + 24) / 8 * 9 }

    var walPages: Int { file.walPages }
    var logPath: String { file.logPath }

    /// One durable transaction. Throws `.staleTerm` if the log was taken from its holder (I4).
    func append(_ batches: [(shard: Int, rows: [JournalRow])], before commit: () throws -> Void) throws {
        let fresh = shards.withLock { shards in
            for batch in batches { shards.needing[batch.shard] = batch.rows.last?.last ?? .max }
            return batches.map(\.shard).filter { shards.listed.insert($0).inserted }
        }
        try file.transaction { db in
            let taken = try db.raw("SELECT taken FROM log")
            var isTaken = true
            try taken.each {
                isTaken = taken.number(0) == 1
                return false
            }
            if isTaken { throw StoreFault(.staleTerm, "\(path) was taken by another holder of its shards") }
            if !fresh.isEmpty {
                let list = try db.raw("INSERT OR IGNORE INTO shards (shard) VALUES (?1)")
                for shard in fresh {
                    list.bind(1, Int64(shard))
                    try list.run()
                }
            }
            let insert = try db.raw("INSERT INTO entries (shard, first, last, term, body) VALUES (?1, ?2, ?3, ?4, ?5)")
            for batch in batches {
                insert.bind(1, Int64(batch.shard))
                for row in batch.rows {
                    insert.bind(2, row.first)
                    insert.bind(3, row.last)
                    insert.bind(4, row.term)
                    try insert.run(body: row.body, at: 5)
                }
            }
            try commit()
        }
    }

    /// Shards that may need what is here, in order, and the last event of each here.
    var needing: [(shard: Int, last: UInt64)] {
        shards.withLock { shards in shards.needing.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    /// The shard has all of it in its own files. The file is not told: it will be removed.
    func settled(_ shard: Int) { shards.withLock { $0.needing[shard] = nil } }

    /// The shard needs nothing of it, whoever reads the file next.
    func finish(_ shard: Int) throws {
        guard shards.withLock({ $0.listed.contains(shard) }) else { return }
        try file.transaction { try $0.execute(sql: "DELETE FROM shards WHERE shard = ?", arguments: [shard]) }
        shards.withLock { shards in
            shards.listed.remove(shard)
            shards.needing[shard] = nil
        }
    }

    /// A shard's rows with `last` > `after`, in order. Whoever wrote here before cannot any more, whether the shard has rows
    /// here or not (I4).
    func take(_ shard: Int, after: UInt64) throws -> [JournalRow] {
        if try file.access({ try Int.fetchOne($0, sql: "SELECT taken FROM log") }) != 1 {
            try file.transaction { try $0.execute(sql: "UPDATE log SET taken = 1") }
        }
        guard shards.withLock({ $0.listed.contains(shard) }) else { return [] }
        try file.transaction { db in
            try db.execute(sql: "CREATE INDEX IF NOT EXISTS entries_shard ON entries (shard, last)")
        }
        return try file.access { db in
            let select = try db.raw(
                "SELECT first, last, term, body FROM entries WHERE shard = ?1 AND last > ?2 ORDER BY last")
            select.bind(1, Int64(shard))
            select.bind(2, after)
            var rows: [JournalRow] = []
            try select.each {
                rows.append(select.journalRow)
                return true
            }
            return rows
        }
    }

    func close() { file.close() }

    /// Closes it and leaves its log as it is, for who opens it next or for nobody.
    func keepLog() { file.keepLog() }
}

extension RawStatement {
    /// Of the columns first, last, term and body.
    var journalRow: JournalRow {
        JournalRow(first: number(0), last: number(1), term: number(2), body: body(3))
    }
}
