// A commit log whose holder is gone, or gave it up: read by whoever opens a shard that names it, and removed with the
// last shard that needs it.

import Foundation
import Journal

final class LeftLog {
    private let name: String
    private let directory: ShardDirectory
    private let lease: FileLease
    private let files: [CommitLogFile]

    /// nil: there is none, so nobody needs it. Throws `.leaseHeld` if its holder still has it after the time that a dying
    /// process may take.
    init?(_ name: String, holder: String, directory: ShardDirectory, settings: SQLiteSettings) throws(StoreFault) {
        guard try directory.hasCommitLog(name) else { return nil }
        self.name = name
        self.directory = directory
        lease = try FileLease(
            path: directory.commitLock(name), of: "commit log \(name)", holder: holder,
            waitMillis: settings.leftLogWaitMillis)
        var files: [CommitLogFile] = []
        do throws(StoreFault) {
            for number in try directory.commitFiles(name) {
                files.append(
                    try CommitLogFile(directory.commitFile(name, number), number: number, settings: settings))
            }
        } catch {
            for file in files { file.close() }
            lease.release()
            throw error
        }
        self.files = files
    }

    /// A shard's rows after an event, in order.
    func rows(of shard: Int, after: UInt64) throws -> [JournalRow] {
        try files.flatMap { try $0.take(shard, after: after) }
    }

    /// The shard's files have all of it.
    func finish(_ shard: Int) throws {
        for file in files { try file.finish(shard) }
    }

    /// Removes it if nobody needs it.
    func close() {
        let isNeeded = files.contains { !$0.needing.isEmpty }
        for file in files { file.close() }
        if !isNeeded { try? directory.removeCommitLog(name) }
        lease.release()
    }
}
