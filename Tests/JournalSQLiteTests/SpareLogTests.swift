import Foundation
import GRDB
import Journal
import Synchronization
import Testing

@testable import JournalSQLite

/// Logs that are written over by later files.
@Suite struct SpareLogTests {
    private let scratch: Scratch
    private let spare: SpareLog

    init() throws {
        scratch = try Scratch()
        spare = SpareLog(path: scratch.path + "/spare", mostBytes: 20_000)
    }

    private func make(_ name: String, bytes: Int) throws -> String {
        let path = "\(scratch.path)/\(name)"
        try Data(repeating: 7, count: bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func number(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
    }

    private func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    // MARK: Alone

    private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

    @Test func aKeptLogLosesItsHeaderAndNothingElse() throws {
        let log = try make("a-wal", bytes: 10_000)
        let own = try number(log)
        #expect(spare.keep(log))
        #expect(!isThere(log))
        let kept = Data(repeating: 0, count: 32) + Data(repeating: 7, count: 10_000 - 32)
        #expect(try bytes(spare.path) == kept)
        let next = scratch.path + "/b-wal"
        #expect(try spare.use(as: next))
        #expect(try number(next) == own)
        #expect(!spare.isThere)
        #expect(try bytes(next) == kept)
    }

    /// A process of before, or a crash, may have left it with one.
    @Test func aHeaderThatIsStillThereGoesWhenTheLogIsUsed() throws {
        let log = try make("a-wal", bytes: 10_000)
        try FileManager.default.moveItem(atPath: log, toPath: spare.path)
        let next = scratch.path + "/b-wal"
        #expect(try spare.use(as: next))
        #expect(try bytes(next) == Data(repeating: 0, count: 32) + Data(repeating: 7, count: 10_000 - 32))
    }

    /// A reader that found the log by its old name, and looks into it when it has another and nobody has the database open:
    /// the old name is put back for it.
    @Test func whoeverLooksIntoAKeptLogLateReadsTheTables() throws {
        let path = scratch.path + "/a.db"
        let queue = try DatabaseQueue(path: path)
        try queue.inDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; CREATE TABLE rows (body TEXT)")
            try db.execute(sql: "INSERT INTO rows VALUES ('in the tables')")
            try db.checkpoint(.restart)
        }
        #expect(spare.keep(path + "-wal"))
        try queue.close()
        try FileManager.default.moveItem(atPath: spare.path, toPath: path + "-wal")
        var configuration = Configuration()
        configuration.readonly = true
        let late = try DatabaseQueue(path: path, configuration: configuration)
        #expect(try late.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") } == 1)
        // The file that the log is now writes over it.
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path + "-wal"))
        try file.seek(toOffset: 32)
        try file.write(contentsOf: Data(repeating: 9, count: 20_000))
        try file.close()
        #expect(try late.read { try String.fetchAll($0, sql: "SELECT body FROM rows") } == ["in the tables"])
        try late.close()
    }

    @Test func oneIsKeptAndNoneThatIsTooLong() throws {
        let long = try make("long-wal", bytes: 20_001)
        #expect(!spare.keep(long))
        #expect(isThere(long))
        #expect(!spare.keep(scratch.path + "/none"))
        #expect(spare.keep(try make("a-wal", bytes: 20_000)))
        let second = try make("b-wal", bytes: 10)
        #expect(!spare.keep(second))
        #expect(isThere(second))
    }

    @Test func aLogThatIsThereIsNeverReplaced() throws {
        let log = try make("b-wal", bytes: 100)
        #expect(try !spare.use(as: log))
        #expect(spare.keep(try make("a-wal", bytes: 10_000)))
        #expect(try !spare.use(as: log))
        #expect(try bytes(log) == Data(repeating: 7, count: 100))
        #expect(spare.isThere)
    }

    @Test func oneThatCannotBeUsedIsGone() throws {
        #expect(spare.keep(try make("a-wal", bytes: 10_000)))
        #expect(throws: StoreFault.self) { try spare.use(as: scratch.path + "/nowhere/b-wal") }
        #expect(!spare.isThere)
    }

    // MARK: In the journal

    private func row(_ store: SQLiteShardStore, bytes: Int = 16_000) -> JournalRow {
        let number = store.durable + 1
        return JournalRow(
            first: number, last: number, term: store.term, body: [UInt8](repeating: UInt8(number % 251), count: bytes))
    }

    private func check(_ store: SQLiteShardStore, upTo last: UInt64, bytes: Int = 16_000) throws {
        let reader = try store.reader()
        defer { reader.close() }
        try check(reader, upTo: last, bytes: bytes)
    }

    /// Rows of a commit log come home joined.
    private func check(_ reader: any ShardReader, upTo last: UInt64, bytes: Int = 16_000) throws {
        let rows = try reader.rows(after: 0, limitBytes: .max)
        #expect(rows.last?.last == last)
        let whole = rows.flatMap(\.body)
        #expect(whole == (1...last).flatMap { [UInt8](repeating: UInt8($0 % 251), count: bytes) })
    }

    @Test func filesOfTheJournalWriteOverTheLogsOfFormerOnes() throws {
        let rig = try SQLiteRig(settings: { $0.segmentPages = 20 })
        let store = try rig.open()
        let shards = rig.scratch.path + "/data/shards"
        let logs = Mutex<[Int]>([])
        let copies = Mutex<[(String, UInt64)]>([])
        store.files.atMoments { moment in
            if moment == .made {
                let made = store.files.segments(from: 1).count
                let log = try number("\(shards)/shard-00.\(made).db-wal")
                logs.withLock { $0.append(log) }
            }
            // Whatever the moment, a crash loses nothing and shows nothing of what a log had before.
            let copy = try rig.copyOfFiles()
            copies.withLock { $0.append((copy, store.durable)) }
        }
        // Holds its connections to the files that it has read, whose logs are written over.
        let reader = try store.reader()
        defer { reader.close() }
        while store.files.segments(from: 1).count < 7 {
            try store.write(rows: [row(store)])
            store.files.settle()
            try check(reader, upTo: store.durable)
        }
        let made = logs.withLock { $0 }
        #expect(made.count >= 6)
        // The first file's log is too short for a second to be there then: from the third on, two take turns.
        #expect(Set(made).count <= 3)
        try check(store, upTo: store.durable)
        let last = store.durable
        store.close()
        #expect(!isThere(rig.engine.directory.spareLog(0)))
        for (copy, durable) in copies.withLock({ $0 }) {
            let opened = try SQLiteEngine(directory: copy, shards: nil).openShard(0, holder: "after the crash")
            defer { opened.close() }
            #expect(opened.durable >= durable)
            try check(opened, upTo: opened.durable)
        }
        let again = try rig.open()
        defer { again.close() }
        #expect(again.durable == last)
        try check(again, upTo: last)
    }

    /// Whoever reads the newest state reads the log until it ends. It is copied and synced meanwhile, and not written over.
    @Test func aLogThatIsReadIsNotWrittenOver() throws {
        let rig = try SQLiteRig(settings: {
            $0.segmentPages = 20
            $0.busyTimeoutMillis = 50
        })
        let store = try rig.open()
        defer { store.close() }
        let path = store.files.path(store.files.segments(from: 1)[0])
        let seen = Mutex<[Bool]>([])
        let readers = Mutex<[DatabaseQueue]>([])
        store.files.atMoments { moment in
            switch moment {
            case .sealed:
                // A statement that goes on: it has begun after the last commit of the file.
                let queue = try DatabaseQueue(
                    path: path, configuration: ShardFile.configuration(rig.engine.settings, cacheKiB: nil))
                try queue.inDatabase { db in
                    try db.execute(sql: "BEGIN")
                    _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM events")
                }
                readers.withLock { $0.append(queue) }
            case .moved: seen.withLock { $0.append(isThere(rig.engine.directory.spareLog(0))) }
            case .made, .copied: break
            }
        }
        while seen.withLock({ $0.isEmpty }) {
            try store.write(rows: [row(store)])
            store.files.settle()
        }
        #expect(seen.withLock { $0 } == [false])
        #expect(isThere(path + "-wal"))
        let last = try #require(store.files.segments(from: 1).last).first - 1
        for queue in readers.withLock({ $0 }) {
            #expect(try queue.inDatabase { try Int.fetchOne($0, sql: "SELECT max(last) FROM events") } == Int(last))
            try queue.inDatabase { try $0.execute(sql: "COMMIT") }
            try queue.close()
        }
        // It is no failure.
        try store.write(rows: [row(store)])
        try check(store, upTo: store.durable)
    }

    /// Else a reader could find the log by its old name and look into it when it is another's.
    @Test func noLogIsKeptWhileAReaderOpensItsFile() throws {
        let rig = try SQLiteRig(settings: { $0.segmentPages = 20 })
        let store = try rig.open()
        defer { store.close() }
        let first = store.files.segments(from: 1)[0]
        let copied = Mutex(false)
        // `moved` comes in any case.
        store.files.atMoments { if $0 == .copied || $0 == .moved { copied.withLock { $0 = true } } }
        let spare = rig.engine.directory.spareLog(0)
        let log = store.files.path(first) + "-wal"
        while store.files.segments(from: 1).count < 2 {
            try store.files.reader(of: first) { _ in
                try store.write(rows: [row(store)])
                guard store.files.segments(from: 1).count == 2 else { return }
                while !copied.withLock({ $0 }) { sched_yield() }
                // All is copied, and the log would be gone in a moment.
                #expect((0..<50_000).allSatisfy { _ in isThere(log) && !isThere(spare) })
            }
            store.files.settle()
        }
        #expect(!isThere(log) && isThere(spare))
        try check(store, upTo: store.durable)
    }

    /// A spare log of a process that was killed, with the header that it had.
    @Test func theSpareLogOfAKilledHolderIsUsedAndNothingOfItIsRead() throws {
        let rig = try SQLiteRig(settings: { $0.segmentPages = 20 })
        let store = try rig.open()
        while store.walPages < 10 { try store.write(rows: [row(store)]) }
        let shards = rig.scratch.path + "/data/shards"
        let copy = try rig.copyOfFiles()
        store.close()
        try FileManager.default.moveItem(
            atPath: "\(copy)/shards/shard-00.db-wal", toPath: rig.engine.directory.spareLog(0))
        let old = try number(rig.engine.directory.spareLog(0))
        let again = try rig.open()
        let used = Mutex(false)
        again.files.atMoments { moment in
            guard moment == .made, try number("\(shards)/shard-00.1.db-wal") == old else { return }
            used.withLock { $0 = true }
        }
        while again.files.segments(from: 1).count < 2 {
            try again.write(rows: [row(again)])
            again.files.settle()
        }
        #expect(used.withLock { $0 })
        try check(again, upTo: again.durable)
        let last = again.durable
        let crashed = try SQLiteEngine(directory: try rig.copyOfFiles(), shards: nil)
        let opened = try crashed.openShard(0, holder: "after the crash")
        #expect(opened.durable == last)
        try check(opened, upTo: last)
        opened.close()
        again.close()
    }

    // MARK: In a commit log

    @Test func filesOfACommitLogWriteOverTheLogsOfFormerOnes() throws {
        let rig = try SQLiteRig {
            $0.commitPages = 16
            $0.movePauseMicros = 0
        }
        let stores = try (0..<2).map { try rig.open($0) }
        func write() throws {
            let batches = stores.map { ShardBatch(store: $0, rows: [row($0, bytes: 3_000)]) }
            #expect(rig.engine.write(batches).allSatisfy { $0 == nil })
            rig.engine.commits.settle()
        }
        while rig.engine.commits.log == nil { try write() }
        let log = try #require(rig.engine.commits.log)
        var numbers: [Int: Int] = [:]
        for _ in 1...80 {
            try write()
            for file in log.files {
                numbers[file] = try number(rig.engine.directory.commitFile(log.name, file) + "-wal")
            }
        }
        #expect(numbers.count > 4)
        #expect(Set(numbers.values).count <= 3)
        let copy = try rig.copyOfFiles()
        let crashed = try SQLiteEngine(directory: copy, shards: nil)
        for store in stores {
            let opened = try crashed.openShard(store.shard, holder: "after the crash")
            #expect(opened.durable == store.durable)
            try check(opened, upTo: store.durable, bytes: 3_000)
            opened.close()
        }
        for store in stores { store.close() }
        #expect(!isThere(rig.engine.directory.spareCommitLog(log.name)))
    }
}
