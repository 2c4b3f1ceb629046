// The embedded engine: SQLite files per shard under `shards/` of a data directory, the journal's chain, the rows and the
// buyers' runs, and one lock file beside them; and a commit log for what several shards of a process write at once.
// The lock is the lease (it dies with its process), the term in the file fences whoever lost it (I4).
// Files, tables and recovery: Protocols/Journal.md.

import GRDB
import GRDBSQLite
import Journal

public struct SQLiteSettings: Hashable, Sendable {
    /// How long a statement waits for another connection's lock. 0…60,000 ms.
    public var busyTimeoutMillis = 2_000
    /// Page cache of the connection that writes, for each open shard. 64…1,048,576 KiB. A batch larger than that stays
    /// in memory until its commit, rather than being written twice.
    public var writerCacheKiB = 8_192
    /// Page cache of the connection that writes the rows, for each open shard. 64…1,048,576 KiB.
    public var rowsCacheKiB = 8_192
    /// Page cache of each reader. 64…1,048,576 KiB.
    public var readerCacheKiB = 2_048
    /// Pages of the journal's log, of 4 KiB, at which it goes on in a new file under load, made at half of them. Default
    /// 4,096 (16 MiB).
    public var segmentPages = 4_096
    /// A full log is brought to the disk so many bytes at a time, with such a pause, so that no commit waits for all of it.
    /// Defaults 256 KiB and 1,000 µs.
    public var moveBytes = 256 << 10
    public var movePauseMicros: UInt32 = 1_000
    /// The room of files that go is given back as slowly. Beyond so many files on their way it goes at once. Default 64.
    public var mostHeldFiles = 64
    /// Pages of the rows' log, of 8 KiB, beyond which it is moved into the tables after a step of a write. Default 32
    /// (256 KiB): the disk is never long busy with them when a commit comes.
    public var rowsWalPages = 32
    /// Leaves of buyers, a page of 8 KiB each, that one step of a run writes. Default 32.
    public var leavesPerStep = 32
    /// Page cache of each connection to a run. 64…1,048,576 KiB.
    public var runCacheKiB = 512
    /// Bytes of the filters of a shard's runs; a run beyond it has none, and who is new is looked up there. 2 bytes a row.
    /// Default 32 MiB.
    public var filterBytes = 32 << 20
    /// So many runs of one size become one. 2 or more, default 4.
    public var runsMerged = 4
    /// Runs with which a write waits until some have become one. 4 or more, default 32.
    public var mostRuns = 32
    /// Ended sessions that one step writes. Default 1,024.
    public var rowsPerStep = 1_024
    /// Pages of a commit log's file, of 8 KiB, at which it goes on in another, while shards take what is theirs. Default
    /// 4,096 (32 MiB).
    public var commitPages = 4_096
    /// Bytes of a shard in a commit log with which its batches go there even if they are alone: those in its own files come
    /// after them. Default 256 KiB.
    public var directBytes = 256 << 10
    /// Files of a commit log, beyond which shards write to their own. 2 or more, default 4.
    public var mostCommitFiles = 4
    /// How long an opening waits for the commit log of a process that ends, or of another opening; then it is tried again.
    /// Default 20 ms.
    public var leftLogWaitMillis = 20
    /// After a commit log could not be made, it is tried again so much later; so long whoever gave one up waits for those
    /// who read it. Default 1,000 ms.
    public var commitLogRetryMillis = 1_000

    public init() {}
}

public struct SQLiteEngine: StoreEngine {
    public let shardCount: Int
    let directory: ShardDirectory
    let settings: SQLiteSettings
    let commits: CommitLogs

    /// Opens the data directory; makes it, for so many shards, if it is not there. Safe to run in several processes at
    /// once. Throws `.mismatch` if it was made for another number of shards. `shards`: 1…4,096; nil takes what is
    /// there, and throws `.io` if nothing is.
    public init(directory: String, shards: Int?, settings: SQLiteSettings = .init()) throws(StoreFault) {
        precondition(shards.map { (1...4_096).contains($0) } ?? true, "shards: 1…4,096")
        self.directory = ShardDirectory(data: directory)
        self.settings = settings
        shardCount = try self.directory.prepare(shards: shards)
        commits = CommitLogs(directory: self.directory, settings: settings)
    }

    public func open(shard: Int, holder: String) throws(StoreFault) -> any ShardStore {
        try openShard(shard, holder: holder)
    }

    public func write(_ batches: [ShardBatch]) -> [StoreFault?] { commits.write(batches) }

    func openShard(_ shard: Int, holder: String) throws(StoreFault) -> SQLiteShardStore {
        guard (0..<shardCount).contains(shard) else {
            throw StoreFault(.mismatch, "shard \(shard): the data directory has \(shardCount)")
        }
        let lease = try FileLease(path: directory.lockFile(shard), of: "shard \(shard)", holder: holder)
        do throws(StoreFault) {
            return try SQLiteShardStore(
                shard: shard, shards: shardCount, holder: holder, directory: directory, lease: lease,
                commits: commits, settings: settings)
        } catch {
            lease.release()
            throw error
        }
    }

    /// Version of the SQLite library in use. Before 3.51.3 two connections that write or checkpoint one file at once
    /// may corrupt its log; here there is never more than one.
    public static var libraryVersion: String { String(cString: sqlite3_libversion()) }
}
