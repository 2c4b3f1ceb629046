import Dispatch
import Domain
import Foundation
import GRDB
import Journal
import Synchronization
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
        #expect(try pragma("user_version") == "\(Migrations.journal.count)")
    }

    @Test func theLogStaysBoundedWhenTended() throws {
        let rig = try SQLiteRig()
        let store = try rig.open()
        defer { store.close() }
        let reader = try store.reader()
        var most = 0
        for number in UInt64(1)...400 {
            try store.write(rows: [row(number, store, bytes: 16_000)])
            // Twice: it has not grown since the first.
            try store.tend(walPages: 64)
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
        for batch in UInt64(1)...6 {
            try store.write(rows: (0..<3).map { row(batch * 3 - 2 + $0, store, bytes: 1_500) })
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
            #expect(try opened.reader().rows(after: 0, limitBytes: .max).count == Int(last))
            opened.close()
        }
        #expect(seen.count > 3)
    }

    @Test func rowsWhoseLogIsCutAnywhereAreWholeCheckpointsOnly() throws {
        let rig = try SQLiteRig()
        let store = try rig.open()
        try store.write(rows: (1...60).map { row($0, store) })
        // Each checkpoint has a shop and buyers that say which it was.
        for number in UInt64(1)...6 { try store.write(changes: checkpoint(number)) }
        let source = try rig.copyOfFiles()
        store.close()
        let log = source + "/shards/shard-00.rows-wal"
        let whole = try Data(contentsOf: URL(fileURLWithPath: log))
        var seen: Set<UInt64> = []
        for cut in stride(from: 32, through: whole.count, by: 3_733) {
            try whole.prefix(cut).write(to: URL(fileURLWithPath: log))
            let target = rig.scratch.path + "/cut-\(cut)"
            try run("/bin/cp", ["-r", source, target])
            let opened = try SQLiteEngine(directory: target, shards: nil).openShard(0, holder: "test")
            #expect(opened.durable == 60)
            let number = opened.checkpoint / 10
            #expect(opened.checkpoint % 10 == 0)
            seen.insert(number)
            let reader = try opened.reader()
            #expect(try reader.shops().map(\.body) == (number == 0 ? [] : [[UInt8(number)]]))
            #expect(try buyers(reader) == (number == 0 ? 0 : 40))
            let open = try reader.openBuyers(after: nil, limit: 100)
            #expect(open.allSatisfy { $0.body.first == UInt8(number) })
            opened.close()
        }
        #expect(seen.count > 3)
    }

    @Test func rowsThatAreGoneOrBehindLeaveTheJournalWholeAndAreWrittenAgain() throws {
        let rig = try SQLiteRig()
        var store = try rig.open()
        try store.write(rows: (1...60).map { row($0, store) })
        try store.write(changes: checkpoint(2))
        store.close()
        let file = rig.scratch.path + "/data/shards/shard-00.rows"
        try FileManager.default.copyItem(atPath: file, toPath: file + ".old")
        store = try rig.open()
        try store.write(changes: checkpoint(6))
        store.close()
        // As a crash leaves it that loses the last of what was not synced.
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.moveItem(atPath: file + ".old", toPath: file)
        store = try rig.open()
        #expect(store.durable == 60)
        #expect(store.checkpoint == 20)
        #expect(try store.reader().shops().map(\.reflects) == [20])
        store.close()
        try FileManager.default.removeItem(atPath: file)
        store = try rig.open()
        #expect(store.durable == 60)
        #expect(store.checkpoint == 0)
        let reader = try store.reader()
        #expect(try reader.shops().isEmpty)
        #expect(try buyers(reader) == 0)
        #expect(try reader.rows(after: 0, limitBytes: .max).count == 60)
        try store.write(changes: checkpoint(6))
        store.close()
        store = try rig.open()
        #expect(store.checkpoint == 60)
        store.close()
    }

    @Test func rowsThatAreAheadOfTheJournalAreRefusedWithWhatToDo() throws {
        let rig = try SQLiteRig()
        var store = try rig.open()
        try store.write(rows: (1...60).map { row($0, store) })
        let older = try rig.copyOfFiles()
        try store.write(rows: [row(61, store)])
        try store.write(changes: checkpoint(1))
        store.close()
        let folder = rig.scratch.path + "/data/shards/"
        for name in ["shard-00.db", "shard-00.db-wal"] {
            try? FileManager.default.removeItem(atPath: folder + name)
            try FileManager.default.copyItem(atPath: older + "/shards/" + name, toPath: folder + name)
        }
        do {
            _ = try rig.open()
            Issue.record("opened")
        } catch let fault as StoreFault {
            #expect(fault.code == .corrupt)
            #expect(fault.message.contains("shard-00.rows reflects 61 events and the journal has 60"))
        }
        try FileManager.default.removeItem(atPath: folder + "shard-00.rows")
        store = try rig.open()
        #expect(store.durable == 60)
        store.close()
    }

    @Test func aDirectoryOfTheFirstFormatIsOpenedAndItsRowsAreMadeAgain() throws {
        let rig = try SQLiteRig()
        let path = rig.scratch.path + "/data/shards/shard-00.db"
        let old = try DatabaseQueue(path: path)
        try old.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: Migrations.journal[0])
            try db.execute(sql: "PRAGMA user_version = 1")
            try db.execute(
                sql: """
                    INSERT INTO shard (id, shard, shards, term, holder, checkpoint) VALUES (1, 0, 4, 7, 'old', 3);
                    INSERT INTO events VALUES (1, 3, 7, x'010203');
                    INSERT INTO shops VALUES ('s', 3, x'01');
                    INSERT INTO buyers VALUES ('s', 'b', 3, 1, x'01');
                    """)
        }
        try old.close()
        for term in UInt64(8)...9 {
            let store = try rig.open()
            #expect(store.term == term)
            #expect(store.durable == 3)
            // Everything is read from the events once.
            #expect(store.checkpoint == 0)
            let reader = try store.reader()
            #expect(try reader.rows(after: 0, limitBytes: .max).map(\.body) == [[1, 2, 3]])
            #expect(try reader.shops().isEmpty)
            #expect(try buyers(reader) == 0)
            #expect(try store.inspect { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 3)
            #expect(try store.inspect { try $0.tableExists("buyers") } == false)
            store.close()
        }
    }

    @Test func rowsOfTheFirstFormatAreMadeAgain() throws {
        let rig = try SQLiteRig()
        var store = try rig.open()
        try store.write(rows: (1...3).map { row($0, store) })
        store.close()
        let path = rig.scratch.path + "/data/shards/shard-00.rows"
        try FileManager.default.removeItem(atPath: path)
        let old = try DatabaseQueue(path: path)
        try old.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: Migrations.rows[0])
            try db.execute(sql: "PRAGMA user_version = 1")
            try db.execute(
                sql: """
                    INSERT INTO shard VALUES (1, 0, 4, 1, 3, 3, 1);
                    INSERT INTO shops VALUES ('s', 3, x'01');
                    INSERT INTO buyers VALUES (0, 1, x'01');
                    """)
        }
        try old.close()
        store = try rig.open()
        #expect(store.durable == 3)
        #expect(store.checkpoint == 0)
        #expect(try store.reader().shops().isEmpty)
        #expect(try store.inspectRows { try $0.tableExists("buyers") } == false)
        store.close()
    }

    @Test func fullDiskUnderTheRowsPoisonsTheStoreAndLosesNoEvent() throws {
        let rig = try SQLiteRig()
        let store = try rig.open()
        try store.write(rows: (1...60).map { row($0, store) })
        try store.write(changes: checkpoint(1))
        try store.inspectRows { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(pages + 4)")
        }
        let large = RowChange.shop(.init(rawValue: "t"), reflects: 1, body: [UInt8](repeating: 1, count: 500_000))
        #expect(code { try store.write(changes: [large, .checkpoint(60)]) } == .unknownOutcome)
        #expect(code { try store.write(rows: [row(61, store)]) } == .closed)
        store.close()
        let again = try rig.open()
        #expect(again.durable == 60)
        #expect(again.checkpoint == 10)
        #expect(try again.reader().shops().map(\.shop.rawValue) == ["s"])
        again.close()
    }

    @Test func rowsAreWrittenInStepsAndTheCheckpointWithTheLast() throws {
        let rig = try SQLiteRig(settings: {
            $0.leavesPerStep = 1
            $0.rowsPerStep = 3
            $0.rowsWalPages = 4
        })
        var store = try rig.open()
        try store.write(rows: (1...60).map { row($0, store) })
        let sessions = (UInt64(1)...8).map { number in
            RowChange.session(
                EndedSessionRow(
                    shop: .init(rawValue: "s"), number: number, buyer: .init(rawValue: "b1"), agent: nil,
                    endedAt: Timestamp(millis: 1), lastSequence: 10, body: [UInt8(number)]))
        }
        let changes = (1...4).flatMap { shop in
            (0..<100).map { buyer in
                RowChange.buyer(
                    ShopID(rawValue: "s\(shop)"), BuyerID(rawValue: "b\(buyer)"), reflects: 10, open: false,
                    body: [UInt8](repeating: 7, count: 500))
            }
        }
        // Nothing of a refused write is there, whichever step it is that is refused.
        #expect(code { try store.write(changes: sessions + changes + [.checkpoint(61)]) } == .sequenceGap)
        #expect(store.runs.isEmpty)
        #expect(try ended(store).isEmpty)

        // The third transaction fails: two of sessions stand, and the run, which has no name yet, does not.
        let steps = Steps()
        store.failCommits { moment in
            if case .before = moment, steps.taken.add(1, ordering: .relaxed).newValue == 3 { throw Steps.Failure() }
        }
        #expect(code { try store.write(changes: sessions + changes + [.checkpoint(10)]) } == .unknownOutcome)
        #expect(try rig.runFiles() == [1])
        store.close()
        store = try rig.open()
        #expect(store.checkpoint == 0)
        #expect(try ended(store) == Array(1...6))
        #expect(store.runs.isEmpty)
        #expect(try rig.runFiles().isEmpty)

        try store.write(changes: sessions + changes + [.checkpoint(10)])
        #expect(store.checkpoint == 10)
        #expect(try ended(store) == Array(1...8))
        let reader = try store.reader()
        for case .buyers(let packed) in changes {
            let row = try packed.row(at: 0, \.stored)
            #expect(try reader.buyer(row.shop, row.buyer) == row)
        }
        store.close()
    }

    @Test func answersAreWrittenInSteps() throws {
        let rig = try SQLiteRig(settings: { $0.moveBytes = 1_000 })
        var store = try rig.open()
        try store.write(rows: (1...60).map { row($0, store) })
        // One is larger than a step.
        let rows = [400, 500, 1_200, 600, 600, 10].enumerated().map { number, size in
            AnswerRow(first: UInt64(number + 1), last: UInt64(number + 1), body: [UInt8](repeating: 3, count: size))
        }
        let changes = rows.map { RowChange.answers(first: $0.first, last: $0.last, body: $0.body) }
        let steps = Steps()
        store.failCommits { moment in
            if case .before = moment, steps.taken.add(1, ordering: .relaxed).newValue == 4 { throw Steps.Failure() }
        }
        #expect(code { try store.write(changes: changes + [.checkpoint(10)]) } == .unknownOutcome)
        store.close()
        store = try rig.open()
        #expect(store.checkpoint == 0)
        #expect(try store.reader().answers(after: 0) == Array(rows[..<4]))

        try store.write(changes: changes + [.checkpoint(10)])
        #expect(store.checkpoint == 10)
        #expect(try store.reader().answers(after: 0) == rows)
        store.close()
    }

    /// As a shard does whose commit failed meanwhile.
    @Test func aStoreThatIsClosedWhileRowsAreWrittenRefusesTheRest() throws {
        // Also while the log is moved between two steps, which takes most of the time: later each time.
        for round in 0..<60 {
            let rig = try SQLiteRig(settings: {
                $0.leavesPerStep = 1
                $0.rowsPerStep = 8
                $0.rowsWalPages = 0
            })
            let store = try rig.open()
            try store.write(rows: (1...60).map { row($0, store) })
            let sessions = (UInt64(1)...40).map { number in
                RowChange.session(
                    EndedSessionRow(
                        shop: .init(rawValue: "s"), number: number, buyer: .init(rawValue: "b1"), agent: nil,
                        endedAt: Timestamp(millis: 1), lastSequence: 10, body: [1]))
            }
            let (steps, closed) = (Steps(), DispatchGroup())
            store.failCommits { moment in
                guard case .before = moment, steps.taken.add(1, ordering: .relaxed).newValue == 2 else { return }
                let closing = DispatchSemaphore(value: 0)
                DispatchQueue.global().async(group: closed) {
                    closing.signal()
                    for _ in 0..<1_000 * round { _ = steps.taken.load(ordering: .relaxed) }
                    store.close()
                }
                closing.wait()
            }
            let changes = (0..<4_000).map { buyer in
                RowChange.buyer(
                    ShopID(rawValue: "s"), BuyerID(rawValue: "b\(buyer)"), reflects: 10, open: false,
                    body: [UInt8](repeating: 7, count: 500))
            }
            #expect(throws: StoreFault.self) { try store.write(changes: sessions + changes + [.checkpoint(10)]) }
            closed.wait()
            let again = try rig.open()
            #expect(again.durable == 60)
            #expect(again.checkpoint == 0)
            again.close()
        }
    }

    private final class Steps: Sendable {
        struct Failure: Error {}
        let taken = Atomic<Int>(0)
    }

    private func buyers(_ reader: any ShardReader) throws -> Int {
        try (0..<40).filter { try reader.buyer(.init(rawValue: "s"), .init(rawValue: "b\($0)")) != nil }.count
    }

    private func ended(_ store: any ShardStore) throws -> [UInt64] {
        try store.reader().sessions(.init(rawValue: "s"), agent: nil, buyer: nil, after: 0, limit: 100).map(\.number)
    }

    @Test func theLogOfTheRowsStaysBounded() throws {
        let rig = try SQLiteRig(settings: { $0.rowsWalPages = 50 })
        let store = try rig.open()
        defer { store.close() }
        try store.write(rows: (1...60).map { row($0, store) })
        for _ in 1...40 { try store.write(changes: checkpoint(6)) }
        let size = try FileManager.default.attributesOfItem(atPath: rig.scratch.path + "/data/shards/shard-00.rows-wal")
        #expect((size[.size] as? Int ?? .max) < 100 * 8_300)
    }

    @Test func aLeafThatIsNoRunOfEntriesIsCorrupt() throws {
        let rig = try SQLiteRig()
        let store = try rig.open()
        defer { store.close() }
        try store.write(rows: (1...60).map { row($0, store) })
        try store.write(changes: checkpoint(1))
        let file = try DatabaseQueue(path: rig.scratch.path + "/data/shards/shard-00.rows.1")
        try file.inDatabase { try $0.execute(sql: "UPDATE buyers SET body = substr(body, 1, length(body) - 1)") }
        try file.close()
        #expect(code { _ = try store.reader().openBuyers(after: nil, limit: 100) } == .corrupt)
        for number in UInt64(2)...4 { try store.write(changes: checkpoint(number)) }
        #expect(code { _ = try store.mergeRows() } == .unknownOutcome)
    }

    @Test func buyersOfOneKeyStayApartWhateverTheSizeOfTheirLeaf() throws {
        var packer = LeafPacker(most: 1_000)
        var entries: [UInt8] = []
        // Two keys that meet cannot be found at will: the same names with other keys stand for them.
        for number in 0..<40 {
            var packed = BuyerPacker()
            packed.begin(.init(rawValue: "s"))
            packed.add(.init(rawValue: "b\(number + 10)"), reflects: 1, open: number == 39) {
                $0.append([UInt8](repeating: 1, count: 100))
            }
            var entry = try packed.finish().row(at: 0) { Array($0.bytes) }
            withUnsafeBytes(of: UInt64(number / 10).littleEndian) { entry.replaceSubrange(0..<8, with: $0) }
            entries += entry
            try entry.withUnsafeBytes { packer.add(try PackedBuyer(at: 0, in: $0)) }
        }
        #expect(packer.leaves.count == 3)
        packer.cut()
        #expect(packer.leaves.map(\.first) == [0, 1, 2, 3])
        #expect(packer.leaves.map(\.open) == [false, false, false, true])
        #expect(packer.leaves.flatMap { packer.bytes[$0.range] } == entries)
        packer.drop()
        #expect(packer.bytes.isEmpty)
    }

    /// A shop and forty buyers of whom every fourth is open, up to event 10 × `number`.
    private func checkpoint(_ number: UInt64) -> [RowChange] {
        let shop = ShopID(rawValue: "s")
        let buyers = (0..<40).map { buyer in
            RowChange.buyer(
                shop, BuyerID(rawValue: "b\(buyer)"), reflects: number * 10, open: buyer % 4 == 0,
                body: [UInt8](repeating: UInt8(number), count: 500))
        }
        return [.shop(shop, reflects: number * 10, body: [UInt8(number)])] + buyers + [.checkpoint(number * 10)]
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
