// The connection that writes one of a shard's files: how it is opened, what every connection is set to, and its
// transactions. Exactly one per file and, thanks to the lease, per machine.

import CCalls
import Foundation
import GRDB
import GRDBSQLite
import Journal
import Synchronization

final class ShardFile: Sendable {
    /// What a file is for.
    struct Purpose: Sendable {
        var steps: [String]
        /// A commit is on the disk when it returns, and whatever the file shows after its opening. Else both may be lost
        /// with the machine's power, the last first, and the file stays whole.
        var durable: Bool
        var pageBytes: Int
        var cacheKiB: Int
    }

    let path: String
    let settings: SQLiteSettings
    private let isDurable: Bool
    private let queue: DatabaseQueue
    /// Pages of the write-ahead log that are not in the tables yet, as of the last commit or checkpoint.
    private let gauge = WALGauge()

    /// Opens or makes the file. `hasSpare`: its log is a spare one, which has nothing and keeps its room.
    init(path: String, settings: SQLiteSettings, purpose: Purpose, hasSpare: Bool = false) throws(StoreFault) {
        self.path = path
        self.settings = settings
        isDurable = purpose.durable
        do {
            let configuration = Self.configuration(settings, cacheKiB: purpose.cacheKiB)
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw Self.openingFault(error, path)
        }
        do {
            try queue.inDatabase { db in
                // Of no effect on a file that is there.
                try db.execute(sql: "PRAGMA page_size = \(purpose.pageBytes)")
                guard try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL") == "wal" else {
                    throw StoreFault(.io, "\(path): no write-ahead log")
                }
                // After WAL is set up: GRDB and SQLite's own defaults would leave NORMAL, which loses commits.
                try setLevel(db)
                guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == (purpose.durable ? 2 : 1) else {
                    throw StoreFault(.io, "\(path): synchronous is not \(level)")
                }
                try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
                sqlite3_wal_hook(db.sqliteConnection, WALGauge.hook, Unmanaged.passUnretained(gauge).toOpaque())
                // A commit whose sync failed may stand in the log and be readable, yet not be on the disk. Copying the
                // log into the tables writes and syncs it anew.
                if purpose.durable, !hasSpare { try db.checkpoint(.truncate) }
                try Migrations.run(db, purpose.steps)
            }
        } catch {
            try? queue.close()
            throw Self.openingFault(error, path)
        }
    }

    /// Makes a file with room in its log: a spare log if there is one, and zeros for what that lacks. If it throws, there may be
    /// parts of the file. `prepare`: what it shows first.
    static func make(
        path: String, settings: SQLiteSettings, purpose: Purpose, spare: SpareLog, room: Int, pause: () -> UInt32,
        prepare: (ShardFile) throws -> Void = { _ in }
    ) throws -> ShardFile {
        var file = try ShardFile(path: path, settings: settings, purpose: purpose)
        do {
            try prepare(file)
            if spare.isThere {
                // What it shows goes to its tables, or there is no file: closing it would not say that a sync failed.
                _ = try file.access { try $0.checkpoint(.truncate) }
                file.close()
                let hasSpare = try spare.use(as: file.logPath)
                file = try ShardFile(path: path, settings: settings, purpose: purpose, hasSpare: hasSpare)
            }
            try Disk.fill(file.logPath, to: room, bytes: settings.moveBytes, pause: pause)
            return file
        } catch {
            file.keepLog()
            throw error
        }
    }

    private var level: String { isDurable ? "FULL" : "NORMAL" }

    private func setLevel(_ db: Database) throws { try db.execute(sql: "PRAGMA synchronous = \(level)") }

    /// `cacheKiB`: of a connection that writes; nil for a reader.
    static func configuration(_ settings: SQLiteSettings, cacheKiB: Int?) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = cacheKiB == nil
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(Double(settings.busyTimeoutMillis) / 1_000)
        configuration.allowsUnsafeTransactions = true
        configuration.label = cacheKiB == nil ? "fenliu.reader" : "fenliu.writer"
        let cache = cacheKiB ?? settings.readerCacheKiB
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA cache_size = \(-cache)")
            try db.execute(sql: "PRAGMA cache_spill = OFF")
        }
        return configuration
    }

    static func openingFault(_ error: any Error, _ path: String) -> StoreFault {
        if let fault = error as? StoreFault { return fault }
        guard let error = error as? DatabaseError else { return StoreFault(.io, path, cause: "\(error)") }
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return StoreFault(.corrupt, path, cause: "\(error)")
        default: return StoreFault(.io, path, cause: "\(error)")
        }
    }

    /// One transaction, durable if the file is. `synced`: on the disk when it returns in any case, with all before it.
    func transaction(synced: Bool = false, _ body: (Database) throws -> Void) throws {
        try queue.inDatabase { db in
            if synced { try db.execute(sql: "PRAGMA synchronous = FULL") }
            defer { if synced { try? setLevel(db) } }
            try db.inTransaction(.immediate) {
                try body(db)
                return .commit
            }
        }
    }

    func access<Value>(_ body: (Database) throws -> Value) throws -> Value { try queue.inDatabase(body) }

    var logPath: String { path + "-wal" }
    var walPages: Int { gauge.pages.load(ordering: .relaxed) }

    /// Copies what it can of the log into the tables without waiting for readers.
    func checkpointPassively() throws {
        let (pages, copied) = try queue.inDatabase { db in
            // GRDB does not look itself, and somebody may have closed it since the last step.
            guard db.sqliteConnection != nil else { throw StoreFault(.closed, "\(path) is closed") }
            return try db.checkpoint(.passive)
        }
        gauge.pages.store(max(0, pages - copied), ordering: .relaxed)
    }

    /// Copies the whole log into the tables and brings them to the disk a little at a time, so that others' commits find
    /// it free: `bytes`, then a pause of so many microseconds. Only of a file that nobody writes any more, since its log alone
    /// holds what it had until this returns. If it throws, the file must be given up (`keepLog`) and its log read again by
    /// the next opening.
    func moveGently(bytes: Int, pause: () -> UInt32, copied: () throws -> Void) throws {
        try queue.inDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = OFF")
            defer { try? setLevel(db) }
            // Waits for readers of an older state, whose calls are short.
            try db.checkpoint(.full)
        }
        try copied()
        // Closing it drops the locks that SQLite holds on the file; the lease keeps everybody off who would ask for them.
        let file = open(path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else { throw StoreFault(.io, path, cause: words(errno)) }
        defer { Foundation.close(file) }
        try Disk.writeOut(file, path, from: 0, to: try Disk.length(file, path), bytes: bytes, pause: pause)
        try Disk.sync(file, path)
    }

    /// Closes it and leaves its log as it is, for the next opening or for nobody.
    func keepLog() {
        queue.inDatabase { db in
            if let open = db.sqliteConnection { _ = keep_log_at_close(UnsafeMutableRawPointer(open)) }
        }
        try? queue.close()
    }

    /// Of a file whose log was moved: nothing is left to do. The log becomes the spare one, or it goes. `alone`: runs it while
    /// nobody opens the file.
    func closeMoved(spare: SpareLog, alone: (() -> Bool) -> Bool) {
        // Waits until no reader looks into the log. There is nothing left to copy.
        let isUnread = (try? queue.inDatabase { try $0.checkpoint(.restart) }) != nil
        let isKept = alone {
            guard isUnread, spare.keep(logPath) else { return false }
            try? queue.close()
            return true
        }
        if isKept { return }
        let room = HeldRoom([logPath])
        try? queue.close()
        // A log whose name came back with a loss of power must be whole.
        guard (try? Disk.sync(folder: (path as NSString).deletingLastPathComponent)) != nil else { return }
        room.giveBack(settings)
    }

    /// Best effort: what the log holds is durable without it.
    func close() {
        try? queue.inDatabase { db in _ = try db.checkpoint(.truncate) }
        try? queue.close()
    }
}

/// SQLite tells the log's length at each commit.
private final class WALGauge: Sendable {
    let pages = Atomic<Int>(0)

    static let hook:
        @convention(c) (
            UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<CChar>?, Int32
        ) -> Int32 = { context, _, _, pages in
            guard let context else { return SQLITE_OK }
            Unmanaged<WALGauge>.fromOpaque(context).takeUnretainedValue().pages.store(Int(pages), ordering: .relaxed)
            return SQLITE_OK
        }
}
