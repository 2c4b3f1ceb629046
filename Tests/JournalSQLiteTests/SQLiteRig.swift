import Foundation
import GRDB
import Journal
import JournalConformance
import Synchronization

@testable import JournalSQLite

/// A folder of a test's own; gone with it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/fenliu-journal-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A data directory that can be broken.
struct SQLiteRig {
    let scratch: Scratch
    let engine: SQLiteEngine

    init(shards: Int = 4, settings change: (inout SQLiteSettings) -> Void = { _ in }) throws {
        scratch = try Scratch()
        var settings = SQLiteSettings()
        // Nobody tries again for the test.
        settings.leftLogWaitMillis = 5_000
        change(&settings)
        engine = try SQLiteEngine(directory: scratch.path + "/data", shards: shards, settings: settings)
    }

    func open(_ shard: Int = 0) throws -> SQLiteShardStore { try engine.openShard(shard, holder: "test") }

    /// Numbers of the buyers' runs that are there.
    func runFiles(_ shard: Int = 0) throws -> [Int] { try engine.directory.runs(shard) }

    /// Copies the files by another process: closing one of them here would drop SQLite's own locks.
    func copyOfFiles() throws -> String {
        BuyerRun.settle()
        engine.commits.settle()
        let target = scratch.path + "/copy-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        try run("/bin/cp", ["-r", scratch.path + "/data/shards", target])
        return target
    }

    var storeRig: StoreRig {
        StoreRig(
            engine: engine,
            duringNextWrite: { store, wanted, body in
                let pending = Mutex(true)
                (store as? SQLiteShardStore)?.failCommits { moment in
                    guard (moment == .before) == (wanted == .beforeCommit) else { return }
                    let first = pending.withLock { value in
                        defer { value = false }
                        return value
                    }
                    if first { try body() }
                }
            },
            crashedCopy: { try SQLiteEngine(directory: try copyOfFiles(), shards: nil) },
            raiseTerm: { store in
                let raise = "UPDATE shard SET term = term + 1"
                try (store as? SQLiteShardStore)?.inspect { try $0.execute(sql: raise) }
                try (store as? SQLiteShardStore)?.inspectRows { try $0.execute(sql: raise) }
            })
    }
}

struct ProcessFault: Error { var status: Int32 }

/// Runs a program to its end.
func run(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw ProcessFault(status: process.terminationStatus) }
}
