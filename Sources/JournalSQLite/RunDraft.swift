// A run while it is written. Nobody reads the file before it is on the disk and named by the rows; one that stays behind
// without a name is removed by the next opening.

import Foundation
import GRDB
import Journal

final class RunDraft {
    /// Most bytes of a leaf, so that it fits into a page.
    static let leafBytes = 8_096

    let path: String
    private let number: Int
    private let shard: Int
    private let settings: SQLiteSettings
    private let queue: DatabaseQueue
    /// Of our own, to bring the file to the disk.
    private let file: Int32
    private var packer = LeafPacker(most: leafBytes)
    private var filter: RunFilter?
    private var rows = 0
    /// So much of the file is on its way to the disk.
    private var written = 0

    /// `most`: entries, for the filter; nil: none.
    init(path: String, number: Int, shard: Int, filterFor most: Int?, settings: SQLiteSettings) throws {
        self.path = path
        self.number = number
        self.shard = shard
        self.settings = settings
        filter = most.map { RunFilter(keys: $0) }
        var configuration = ShardFile.configuration(settings, cacheKiB: settings.runCacheKiB)
        configuration.label = "fenliu.run"
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.inDatabase { db in
                // It is of no use unless it is whole.
                try db.execute(sql: "PRAGMA page_size = 8192")
                try db.execute(sql: "PRAGMA journal_mode = OFF")
                try db.execute(sql: "PRAGMA synchronous = OFF")
                try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
                try db.execute(sql: Migrations.run)
            }
        } catch {
            unlink(path)
            throw error
        }
        file = open(path, O_RDWR | O_CLOEXEC)
        guard file >= 0 else {
            let reason = errno
            try? queue.close()
            unlink(path)
            throw StoreFault(.io, path, cause: words(reason))
        }
    }

    deinit {
        try? queue.close()
        close(file)
    }

    /// The next entry in order; its names were not there before.
    func add(_ entry: PackedBuyer) {
        packer.add(entry)
        filter?.insert(entry.key)
        rows += 1
    }

    /// There is enough for a step.
    var isFull: Bool { packer.leaves.count >= settings.leavesPerStep }

    /// Writes the leaves that are full.
    func step(pause: () -> UInt32) throws {
        try queue.inDatabase { db in
            try db.inTransaction(.immediate) {
                let insert = try db.raw("INSERT INTO buyers (first, open, body) VALUES (?1, ?2, ?3)")
                for leaf in packer.leaves {
                    insert.bind(1, leaf.first)
                    insert.bind(2, Int64(leaf.open ? 1 : 0))
                    try insert.run(body: packer.bytes[leaf.range], at: 3)
                }
                return .commit
            }
        }
        packer.drop()
        try writeOut(pause: pause)
    }

    /// What was added to the file, so that its sync has little to do.
    private func writeOut(pause: () -> UInt32) throws {
        let length = try Disk.length(file, path)
        try Disk.writeOut(file, path, from: written, to: length, bytes: settings.moveBytes, pause: pause)
        written = length
    }

    /// Ends the file and brings it to the disk.
    func finish(pause: () -> UInt32) throws -> BuyerRun {
        packer.cut()
        try step(pause: pause)
        try queue.inDatabase { db in
            try db.inTransaction(.immediate) {
                let insert = try db.raw("INSERT INTO run (id, shard, number, rows, filter) VALUES (1, ?1, ?2, ?3, ?4)")
                insert.bind(1, Int64(shard))
                insert.bind(2, Int64(number))
                insert.bind(3, Int64(rows))
                try insert.run(body: filter?.bytes ?? [], at: 4)
                return .commit
            }
        }
        try queue.close()
        // The filter of many rows is large.
        try writeOut(pause: pause)
        try Disk.sync(file, path)
        try Disk.sync(folder: (path as NSString).deletingLastPathComponent)
        return BuyerRun(number: number, path: path, rows: rows, filter: filter, settings: settings)
    }

    /// Gives the file up.
    func discard() {
        try? queue.close()
        HeldRoom.remove(path, settings)
    }
}
