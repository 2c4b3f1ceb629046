import Foundation
import GRDB
import Journal
import Testing

@testable import JournalSQLite

@Suite struct SQLiteEngineTests {
    @Test func commitsAreFullySynchronousOnTheConnectionThatWrites() throws {
        let store = try SQLiteRig().open()
        defer { store.close() }
        func pragma(_ name: String) throws -> String? {
            try store.inspect { try String.fetchOne($0, sql: "PRAGMA \(name)") }
        }
        #expect(try pragma("journal_mode") == "wal")
        #expect(try pragma("synchronous") == "2")
        #expect(try pragma("wal_autocheckpoint") == "0")
        #expect(try pragma("foreign_keys") == "1")
        #expect(try pragma("busy_timeout") == "2000")
        #expect(try pragma("user_version") == "\(Migrations.steps.count)")
    }

    @Test func theLogStaysBoundedWhenTended() throws {
        let rig = try SQLiteRig()
        let store = try rig.open()
        defer { store.close() }
        let reader = try store.reader()
        var most = 0
        for number in UInt64(1)...400 {
            try store.write(rows: [row(number, store, bytes: 16_000)])
            try store.tend(walPages: 64)
            most = max(most, store.walPages)
            _ = try reader.row(containing: number)
        }
        #expect(most <= 64)
        let size = try FileManager.default.attributesOfItem(atPath: rig.scratch.path + "/data/shards/shard-00.db-wal")
        #expect((size[.size] as? Int ?? .max) < 100 * 4_200)
    }

    @Test func theLogGrowsBeyondTheBoundWithoutTending() throws {
        let store = try SQLiteRig().open()
        defer { store.close() }
        for number in UInt64(1)...100 { try store.write(rows: [row(number, store, bytes: 16_000)]) }
        #expect(store.walPages > 64)
    }

    @Test func anOrderlyCloseLeavesNoLog() throws {
        let rig = try SQLiteRig()
        let store = try rig.open()
        _ = try store.reader()
        try store.write(rows: [row(1, store)])
        store.close()
        #expect(!FileManager.default.fileExists(atPath: rig.scratch.path + "/data/shards/shard-00.db-wal"))
    }

    @Test func aFullDiskIsAnUnknownOutcomeAndLeavesNothingI3() throws {
        let rig = try SQLiteRig()
        let store = try rig.open()
        try store.write(rows: [row(1, store)])
        try store.inspect { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(pages + 4)")
        }
        #expect(code { try store.write(rows: [row(2, store, bytes: 500_000)]) } == .unknownOutcome)
        #expect(code { try store.write(rows: [row(2, store)]) } == .closed)
        store.close()
        let again = try rig.open()
        #expect(again.durable == 1)
        again.close()
    }

    @Test func aLogCutAnywhereShowsWholeBatchesOnly() throws {
        let rig = try SQLiteRig()
        let store = try rig.open()
        // Each batch has three rows and a shop that says which batch it was.
        for batch in UInt64(1)...6 {
            let rows = (0..<3).map { row(batch * 3 - 2 + $0, store, bytes: 1_500) }
            try store.write(
                rows: rows, changes: [.shop(.init(rawValue: "s"), reflects: batch * 3, body: [UInt8(batch)])])
        }
        let source = try rig.copyOfFiles()
        store.close()
        let log = source + "/shards/shard-00.db-wal"
        let whole = try Data(contentsOf: URL(fileURLWithPath: log))
        let table = try Data(contentsOf: URL(fileURLWithPath: source + "/shards/shard-00.db"))
        var last: UInt64 = 0
        var seen: Set<UInt64> = []
        for cut in stride(from: 32, through: whole.count, by: 1_733) {
            let target = rig.scratch.path + "/cut-\(cut)"
            try FileManager.default.createDirectory(atPath: target + "/shards", withIntermediateDirectories: true)
            try Data("4\n".utf8).write(to: URL(fileURLWithPath: target + "/shards/count"))
            try table.write(to: URL(fileURLWithPath: target + "/shards/shard-00.db"))
            try whole.prefix(cut).write(to: URL(fileURLWithPath: target + "/shards/shard-00.db-wal"))
            let opened = try SQLiteEngine(directory: target, shards: nil).openShard(0, holder: "test")
            #expect(opened.durable % 3 == 0)
            #expect(opened.durable >= last)
            last = opened.durable
            seen.insert(last)
            #expect(try opened.reader().shops().first?.reflects ?? 0 == last)
            #expect(try opened.reader().rows(after: 0, limitBytes: .max).count == Int(last))
            opened.close()
        }
        #expect(seen.count > 3)
    }

    @Test func theNumberOfShardsIsFixedWhenTheDirectoryIsMade() throws {
        let scratch = try Scratch()
        #expect(code { _ = try SQLiteEngine(directory: scratch.path + "/d", shards: nil) } == .io)
        #expect(try SQLiteEngine(directory: scratch.path + "/d", shards: 8).shardCount == 8)
        #expect(try SQLiteEngine(directory: scratch.path + "/d", shards: nil).shardCount == 8)
        #expect(try SQLiteEngine(directory: scratch.path + "/d", shards: 8).shardCount == 8)
        #expect(code { _ = try SQLiteEngine(directory: scratch.path + "/d", shards: 9) } == .mismatch)
    }

    @Test func aFileThatIsNoDatabaseIsCorruptAndFreesItsLease() throws {
        let rig = try SQLiteRig()
        let path = rig.scratch.path + "/data/shards/shard-00.db"
        try Data(repeating: 7, count: 10_000).write(to: URL(fileURLWithPath: path))
        #expect(code { _ = try rig.open() } == .corrupt)
        try FileManager.default.removeItem(atPath: path)
        try rig.open().close()
    }

    @Test func aFileOfAnotherShardIsRefused() throws {
        let rig = try SQLiteRig()
        try rig.open(1).close()
        let folder = rig.scratch.path + "/data/shards/"
        try FileManager.default.moveItem(atPath: folder + "shard-01.db", toPath: folder + "shard-02.db")
        #expect(code { _ = try rig.open(2) } == .mismatch)
    }

    @Test func aNewerFormatIsRefused() throws {
        let rig = try SQLiteRig()
        let store = try rig.open()
        try store.inspect { try $0.execute(sql: "PRAGMA user_version = 1000") }
        store.close()
        #expect(code { _ = try rig.open() } == .mismatch)
    }

    private func row(_ number: UInt64, _ store: SQLiteShardStore, bytes: Int = 10) -> JournalRow {
        JournalRow(first: number, last: number, term: store.term, body: [UInt8](repeating: 5, count: bytes))
    }
}

/// The code of the fault that a call throws; nil if it throws none.
func code(_ body: () throws -> Void) -> StoreFault.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? StoreFault)?.code
    }
}
