import Dispatch
import Foundation
import GRDB
import Journal
import Synchronization
import Testing

@testable import JournalSQLite

@Suite struct JournalFilesTests {
    /// The log of a file is short: about five rows of 16,000 bytes.
    private func rig() throws -> SQLiteRig { try SQLiteRig(settings: { $0.segmentPages = 20 }) }

    private func row(_ number: UInt64, _ store: SQLiteShardStore, bytes: Int = 16_000) -> JournalRow {
        JournalRow(
            first: number, last: number, term: store.term, body: [UInt8](repeating: UInt8(number % 251), count: bytes))
    }

    /// Rows until the chain has so many files; gives the last event.
    private func fill(_ store: SQLiteShardStore, files: Int) throws -> UInt64 {
        while store.files.segments(from: 1).count < files {
            try store.write(rows: [row(store.durable + 1, store)])
            store.files.settle()
        }
        return store.durable
    }

    private func names(_ rig: SQLiteRig) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: rig.scratch.path + "/data/shards")
            .filter { $0.hasPrefix("shard-00") && $0.hasSuffix(".db") }.sorted()
    }

    /// What a copy of the files shows.
    private func opened(_ copy: String, _ check: (SQLiteShardStore) throws -> Void) throws {
        let store = try SQLiteEngine(directory: copy, shards: nil).openShard(0, holder: "after the crash")
        defer { store.close() }
        let rows = try store.reader().rows(after: 0, limitBytes: .max)
        #expect(rows.map(\.first) == Array(1...store.durable))
        try check(store)
        // It can be written, and read again.
        let next = store.durable + 1
        try store.write(rows: [row(next, store)])
        #expect(try store.reader().row(containing: next)?.first == next)
    }

    @Test func theJournalGoesOnInNewFilesAndIsReadAsOne() throws {
        let rig = try rig()
        var store = try rig.open()
        let last = try fill(store, files: 4)
        #expect(last > 4)
        let logs = try FileManager.default.contentsOfDirectory(atPath: rig.scratch.path + "/data/shards")
            .filter { $0.hasSuffix(".db-wal") }
        #expect(logs == ["shard-00.3.db-wal"])
        for _ in 1...2 {
            let reader = try store.reader()
            #expect(try reader.rows(after: 0, limitBytes: .max).map(\.first) == Array(1...last))
            for number in 1...last {
                #expect(try reader.row(containing: number)?.body.first == UInt8(number))
                // Across the files' borders.
                let two = try reader.rows(after: number - 1, limitBytes: 20_000).map(\.first)
                #expect(two == Array(number...min(number + 1, last)))
            }
            #expect(try reader.row(containing: last + 1) == nil)
            #expect(try reader.rows(after: last, limitBytes: .max).isEmpty)
            reader.close()
            store.close()
            store = try rig.open()
            #expect(store.durable == last)
        }
        try store.write(rows: [row(last + 1, store)])
        #expect(code { try store.write(rows: [row(last + 1, store)]) } == .sequenceGap)
        store.close()
        #expect(try names(rig) == ["shard-00.1.db", "shard-00.2.db", "shard-00.3.db", "shard-00.db"])
    }

    @Test func aFileThatWasMadeAndNotUsedIsNoPartOfTheJournal() throws {
        let rig = try rig()
        let store = try rig.open()
        let copies = Mutex<[String]>([])
        store.files.atMoments { moment in
            guard moment == .made, let copy = try? rig.copyOfFiles() else { return }
            copies.withLock { $0.append(copy) }
        }
        while copies.withLock({ $0.isEmpty }) {
            try store.write(rows: [row(store.durable + 1, store)])
            store.files.settle()
        }
        let durable = store.durable
        #expect(try names(rig) == ["shard-00.1.db", "shard-00.db"])
        let copy = try #require(copies.withLock { $0.first })
        try opened(copy) { #expect($0.durable == durable) }
        // Neither is it when the shard is closed before it is used.
        store.close()
        #expect(try names(rig) == ["shard-00.db"])
        let again = try rig.open()
        #expect(again.durable == durable)
        again.close()
    }

    @Test func aFileMadeUnderLoadHasRoomInItsLogForWhatComes() throws {
        let rig = try SQLiteRig(settings: { $0.segmentPages = 80 })
        let store = try rig.open()
        let log = rig.scratch.path + "/data/shards/shard-00.1.db-wal"
        let room = Mutex(0)
        store.files.atMoments { moment in
            guard moment == .made, let found = try? FileManager.default.attributesOfItem(atPath: log)[.size] else {
                return
            }
            room.withLock { if $0 == 0 { $0 = (found as? Int) ?? 0 } }
        }
        _ = try fill(store, files: 2)
        #expect(room.withLock { $0 } > 80 * 4_120)
        // Nothing of what is written there makes it grow, nor is any of it lost with the rest of the zeros.
        for _ in 1...3 { try store.write(rows: [row(store.durable + 1, store)]) }
        #expect(try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int == room.withLock { $0 })
        let durable = store.durable
        // A further file may be under way, whose own files come and go.
        store.files.settle()
        try opened(try rig.copyOfFiles()) { #expect($0.durable == durable) }
        store.close()
    }

    @Test func aCrashAfterTheSealGoesOnInTheNextFile() throws {
        let rig = try rig()
        let store = try rig.open()
        let copies = Mutex<[String]>([])
        store.files.atMoments { moment in
            guard moment == .sealed, let copy = try? rig.copyOfFiles() else { return }
            copies.withLock { $0.append(copy) }
        }
        let last = try fill(store, files: 3)
        store.close()
        for copy in copies.withLock({ $0 }) {
            try opened(copy) { opened in
                #expect(opened.durable <= last)
                #expect(opened.files.segments(from: opened.durable + 1).first?.first == opened.durable + 1)
            }
        }
        #expect(copies.withLock { $0.count } == 2)
    }

    @Test func aCrashBeforeTheFormerLogWasMovedLosesNothing() throws {
        let rig = try rig()
        let store = try rig.open()
        // Made, and not used yet.
        let made = Mutex(false)
        store.files.atMoments { if $0 == .made { made.withLock { $0 = true } } }
        while !made.withLock({ $0 }) {
            try store.write(rows: [row(store.durable + 1, store)])
            store.files.settle()
        }
        let hold = DispatchSemaphore(value: 0)
        store.files.besideCommits { hold.wait() }
        for _ in 1...4 { try store.write(rows: [row(store.durable + 1, store)]) }
        let durable = store.durable
        #expect(store.files.segments(from: 1).count == 2)
        let copy = try rig.copyOfFiles()
        let logs = try FileManager.default.contentsOfDirectory(atPath: copy + "/shards")
            .filter { $0.hasSuffix(".db-wal") }.sorted()
        #expect(logs == ["shard-00.1.db-wal", "shard-00.db-wal"])
        // Readers see both.
        #expect(try store.reader().rows(after: 0, limitBytes: .max).map(\.first) == Array(1...durable))
        try opened(copy) { #expect($0.durable == durable) }
        hold.signal()
        store.close()
    }

    @Test func aCrashWhileTheFormerLogIsMovedLosesNothing() throws {
        let rig = try rig()
        let store = try rig.open()
        let copies = Mutex<[String]>([])
        store.files.atMoments { moment in
            guard moment == .copied else { return }
            let copy = try rig.copyOfFiles()
            copies.withLock { $0.append(copy) }
        }
        let last = try fill(store, files: 3)
        store.close()
        for (copy, name) in zip(copies.withLock { $0 }, ["shard-00.db", "shard-00.1.db"]) {
            // What was copied into the tables may not have come to the disk.
            let tables = try FileHandle(forUpdating: URL(fileURLWithPath: "\(copy)/shards/\(name)"))
            try tables.truncate(atOffset: 4_096)
            try tables.close()
            try opened(copy) { #expect($0.durable <= last) }
        }
        #expect(copies.withLock { $0.count } == 2)
    }

    @Test func aLogThatIsReadForTooLongStopsNobody() throws {
        let rig = try SQLiteRig(settings: {
            $0.segmentPages = 20
            $0.busyTimeoutMillis = 50
        })
        let store = try rig.open()
        try store.write(rows: [row(1, store)])
        // A snapshot of the first file from before most of its rows.
        var configuration = Configuration()
        configuration.readonly = true
        configuration.allowsUnsafeTransactions = true
        let reader = try DatabaseQueue(
            path: rig.scratch.path + "/data/shards/shard-00.db", configuration: configuration)
        try reader.inDatabase { db in
            try db.execute(sql: "BEGIN")
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM events") == 1)
        }
        let last = try fill(store, files: 3)
        #expect(try store.reader().rows(after: 0, limitBytes: .max).map(\.first) == Array(1...last))
        try opened(rig.copyOfFiles()) { #expect($0.durable == last) }
        try reader.inDatabase { try $0.execute(sql: "COMMIT") }
        try reader.close()
        store.close()
        let again = try rig.open()
        #expect(again.durable == last)
        #expect(try again.reader().rows(after: 0, limitBytes: .max).map(\.first) == Array(1...last))
        again.close()
    }

    @Test func aLogThatCannotBeMovedIsKeptAndReadByTheNextOpeningI3() throws {
        let rig = try rig()
        var store = try rig.open()
        struct Failure: Error {}
        store.files.atMoments { if $0 == .copied { throw Failure() } }
        let last = try fill(store, files: 2)
        #expect(code { try store.write(rows: [row(last + 1, store)]) } == .unknownOutcome)
        #expect(code { try store.write(rows: [row(last + 1, store)]) } == .closed)
        store.close()
        let log = rig.scratch.path + "/data/shards/shard-00.db-wal"
        func bytes() throws -> Int {
            (try FileManager.default.attributesOfItem(atPath: log))[.size] as? Int ?? 0
        }
        #expect(try bytes() > 16_000)
        // As if it were further back in the chain.
        let copy = try rig.copyOfFiles()
        store = try rig.open()
        #expect(store.durable == last)
        #expect(try store.reader().rows(after: 0, limitBytes: .max).map(\.first) == Array(1...last))
        _ = try fill(store, files: 4)
        let whole = store.durable
        store.close()
        let shards = rig.scratch.path + "/data/shards"
        for ending in ["", "-wal"] {
            try? FileManager.default.removeItem(atPath: "\(shards)/shard-00.db\(ending)")
            try FileManager.default.copyItem(
                atPath: "\(copy)/shards/shard-00.db\(ending)", toPath: "\(shards)/shard-00.db\(ending)")
        }
        store = try rig.open()
        #expect(store.durable == whole)
        #expect(!FileManager.default.fileExists(atPath: log))
        #expect(try store.reader().rows(after: 0, limitBytes: .max).map(\.first) == Array(1...whole))
        store.close()
    }

    @Test func whoLostTheTermCannotSealI4() throws {
        let rig = try rig()
        let store = try rig.open()
        let made = Mutex(false)
        store.files.atMoments { if $0 == .made { made.withLock { $0 = true } } }
        while !made.withLock({ $0 }) {
            try store.write(rows: [row(store.durable + 1, store)])
            store.files.settle()
        }
        let durable = store.durable
        try rig.storeRig.raiseTerm(store)
        #expect(code { try store.write(rows: [row(durable + 1, store)]) } == .staleTerm)
        #expect(store.files.segments(from: 1).count == 1)
        try opened(rig.copyOfFiles()) { #expect($0.durable == durable) }
        store.close()
    }

    @Test func whoLostTheTermAfterTheSealCannotWriteTheNextFileI4() throws {
        let rig = try rig()
        let store = try rig.open()
        let last = try fill(store, files: 2)
        try rig.storeRig.raiseTerm(store)
        #expect(code { try store.write(rows: [row(last + 1, store)]) } == .staleTerm)
        store.close()
        let again = try rig.open()
        #expect(again.durable == last)
        #expect(again.term == store.term + 2)
        again.close()
    }

    @Test func aFileThatCannotBeMadeStopsNobody() throws {
        let rig = try rig()
        let store = try rig.open()
        let next = rig.scratch.path + "/data/shards/shard-00.1.db"
        try Data().write(to: URL(fileURLWithPath: next))
        for _ in 1...40 {
            try store.write(rows: [row(store.durable + 1, store)])
            store.files.settle()
        }
        #expect(store.files.segments(from: 1).count == 1)
        #expect(store.walPages > 100)
        try FileManager.default.removeItem(atPath: next)
        _ = try fill(store, files: 2)
        store.close()
    }

    @Test func aChainWithoutItsLastFileIsRefused() throws {
        let rig = try rig()
        let store = try rig.open()
        _ = try fill(store, files: 2)
        store.close()
        try FileManager.default.removeItem(atPath: rig.scratch.path + "/data/shards/shard-00.1.db")
        #expect(code { _ = try rig.open() } == .corrupt)
    }

    @Test func aLongLogIsLeftToAChangeOfFilesAndAShortOneIsMovedInALull() throws {
        let rig = try SQLiteRig()
        let store = try rig.open()
        defer { store.close() }
        func write(_ rows: Int) throws {
            for _ in 0..<rows { try store.write(rows: [row(store.durable + 1, store)]) }
        }
        // Grows fast: no lull.
        try write(11)
        try store.tend(walPages: 60)
        #expect(store.walPages > 60)
        // Has not grown since.
        try store.tend(walPages: 60)
        #expect(store.walPages == 0)
        try write(60)
        let pages = store.walPages
        try store.tend(walPages: 60)
        try store.tend(walPages: 60)
        #expect(store.walPages >= pages)
        store.files.settle()
        try write(1)
        store.files.settle()
        #expect(store.files.segments(from: 1).count == 2)
        #expect(store.walPages < 60)
    }
}
