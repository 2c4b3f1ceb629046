// Where the files are, and the number of shards, which is written once.

import Foundation
import Journal

struct ShardDirectory: Sendable {
    let folder: String

    init(data: String) { folder = data + "/shards" }

    /// A file of the journal's chain; the first is 0.
    func databaseFile(_ shard: Int, segment: Int = 0) -> String {
        "\(folder)/shard-\(padded(shard))\(segment == 0 ? "" : ".\(segment)").db"
    }
    /// A log that waits for the next file of the chain.
    func spareLog(_ shard: Int) -> String { "\(folder)/shard-\(padded(shard)).spare" }
    func rowFile(_ shard: Int) -> String { "\(folder)/shard-\(padded(shard)).rows" }
    /// A run of buyers' rows; the first is 1.
    func runFile(_ shard: Int, _ run: Int) -> String { "\(rowFile(shard)).\(run)" }
    func lockFile(_ shard: Int) -> String { "\(folder)/shard-\(padded(shard)).lock" }
    var countFile: String { folder + "/count" }

    func commitLock(_ log: String) -> String { "\(folder)/commits-\(log).lock" }
    /// A file of a commit log; the first is 0.
    func commitFile(_ log: String, _ number: Int) -> String { "\(folder)/commits-\(log).\(number).db" }

    func spareCommitLog(_ log: String) -> String { "\(folder)/commits-\(log).spare" }

    /// Names of the commit logs of which anything is there.
    func commitLogs() throws(StoreFault) -> [String] {
        Set(try names("commits-").map { String($0.prefix { $0 != "." }) }).sorted()
    }

    /// Whether there is a commit log. Its files count without its lock, which goes last: somebody has removed that.
    func hasCommitLog(_ log: String) throws(StoreFault) -> Bool {
        if access(commitLock(log), F_OK) == 0 { return true }
        return try !commitFiles(log).isEmpty
    }

    /// Numbers of a commit log's files.
    func commitFiles(_ log: String) throws(StoreFault) -> [Int] {
        try names("commits-\(log).").compactMap { $0.hasSuffix(".db") ? Int($0.dropLast(3)) : nil }.sorted()
    }

    func removeCommitFile(_ log: String, _ number: Int) throws(StoreFault) {
        try remove(database: commitFile(log, number))
    }

    /// Removes all of it, the lock last.
    func removeCommitLog(_ log: String) throws(StoreFault) {
        for number in try commitFiles(log) { try removeCommitFile(log, number) }
        for ending in try names("commits-\(log).") where ending != "lock" {
            unlink("\(folder)/commits-\(log).\(ending)")
        }
        guard unlink(commitLock(log)) == 0 || errno == ENOENT else {
            throw StoreFault(.io, commitLock(log), cause: words(errno))
        }
    }

    /// What follows `prefix` in the names of the files that begin with it.
    private func names(_ prefix: String) throws(StoreFault) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
                .compactMap { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }
        } catch {
            throw StoreFault(.io, folder, cause: "\(error)")
        }
    }

    private func remove(database path: String) throws(StoreFault) {
        for ending in ["-wal", "-shm", ""] {
            guard unlink(path + ending) == 0 || errno == ENOENT else {
                throw StoreFault(.io, path + ending, cause: words(errno))
            }
        }
    }

    /// Number of the last file of the journal's chain that is there; 0 if there is none yet.
    func lastSegment(_ shard: Int) throws(StoreFault) -> Int {
        var last = 0
        while access(databaseFile(shard, segment: last + 1), F_OK) == 0 { last += 1 }
        return last
    }

    /// Whether there is a log of a file of the chain that holds anything.
    func hasLog(_ shard: Int, segment: Int) -> Bool {
        var about = stat()
        return stat(databaseFile(shard, segment: segment) + "-wal", &about) == 0 && about.st_size > 0
    }

    /// Makes an empty file, on the disk; throws if there is one.
    func makeSegment(_ shard: Int, _ segment: Int) throws(StoreFault) -> String {
        let path = databaseFile(shard, segment: segment)
        let file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StoreFault(.io, path, cause: words(errno)) }
        close(file)
        do throws(StoreFault) {
            try Disk.sync(folder: folder)
        } catch {
            unlink(path)
            throw error
        }
        return path
    }

    /// Removes a file that was never written to.
    func removeSegment(_ shard: Int, _ segment: Int) throws(StoreFault) {
        try remove(database: databaseFile(shard, segment: segment))
        try Disk.sync(folder: folder)
    }

    /// Numbers of the runs that are there, named by the rows or not.
    func runs(_ shard: Int) throws(StoreFault) -> [Int] {
        try names("shard-\(padded(shard)).rows.").compactMap { Int($0) }.sorted()
    }

    func removeRun(_ shard: Int, _ run: Int) throws(StoreFault) {
        let path = runFile(shard, run)
        guard unlink(path) == 0 || errno == ENOENT else { throw StoreFault(.io, path, cause: words(errno)) }
    }

    private func padded(_ shard: Int) -> String { shard < 10 ? "0\(shard)" : "\(shard)" }

    /// Gives the number of shards; the first to come writes it. `link` makes the first one win.
    func prepare(shards: Int?) throws(StoreFault) -> Int {
        if let found = try count() { return try agree(found, shards) }
        guard let shards else { throw StoreFault(.io, "\(folder): no data directory") }
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreFault(.io, "\(folder): cannot be made", cause: "\(error)")
        }
        let draft = "\(countFile).\(getpid()).\(UInt64.random(in: 0...UInt64.max))"
        try writeDurably("\(shards)\n", to: draft)
        let linked = link(draft, countFile)
        let reason = errno
        unlink(draft)
        guard linked == 0 || reason == EEXIST else { throw StoreFault(.io, countFile, cause: words(reason)) }
        try Disk.sync(folder: folder)
        try Disk.sync(folder: (folder as NSString).deletingLastPathComponent)
        guard let found = try count() else { throw StoreFault(.corrupt, "\(countFile): missing") }
        return try agree(found, shards)
    }

    private func agree(_ found: Int, _ wanted: Int?) throws(StoreFault) -> Int {
        if let wanted, wanted != found {
            throw StoreFault(.mismatch, "\(folder): made for \(found) shards, not \(wanted)")
        }
        return found
    }

    private func count() throws(StoreFault) -> Int? {
        guard let bytes = FileManager.default.contents(atPath: countFile) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let count = Int(text), count > 0 else { throw StoreFault(.corrupt, "\(countFile): no number") }
        return count
    }

    private func writeDurably(_ text: String, to path: String) throws(StoreFault) {
        let file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StoreFault(.io, path, cause: words(errno)) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
            throw StoreFault(.io, path, cause: words(errno))
        }
    }
}
