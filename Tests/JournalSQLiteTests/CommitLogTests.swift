import Foundation
import GRDB
import Journal
import Testing

@testable import JournalSQLite

@Suite struct CommitLogTests {
    func next(_ store: any ShardStore, bytes: Int = 40) -> JournalRow {
        let number = store.durable + 1
        return JournalRow(
            first: number, last: number, term: store.term,
            body: (0..<bytes).map { UInt8(truncatingIfNeeded: UInt64($0) &* 31 &+ number &* 7 &+ UInt64(store.shard)) })
    }

    @discardableResult
    func write(_ rig: SQLiteRig, _ stores: [SQLiteShardStore], bytes: Int = 40) -> [StoreFault.Code?] {
        let batches = stores.map { ShardBatch(store: $0, rows: [next($0, bytes: bytes)]) }
        return rig.engine.write(batches).map { $0?.code }
    }

    /// Shards that have a log in use: the first batch asks for it, the second names it.
    func logging(_ rig: SQLiteRig, shards: Range<Int> = 0..<3) throws -> ([SQLiteShardStore], CommitLog) {
        let stores = try shards.map { try rig.open($0) }
        write(rig, stores)
        rig.engine.commits.settle()
        write(rig, stores)
        let log = try #require(rig.engine.commits.log)
        #expect(stores.allSatisfy { $0.isAttached(to: log) })
        return (stores, log)
    }

    func commitFiles(_ rig: SQLiteRig) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: rig.scratch.path + "/data/shards")
            .filter { $0.hasPrefix("commits-") }.sorted()
    }

    func events(in store: SQLiteShardStore) throws -> Int {
        try store.inspect { try Int.fetchOne($0, sql: "SELECT coalesce(max(last), 0) FROM events") ?? 0 }
    }

    func bodies(_ store: any ShardStore) throws -> [UInt8] {
        let reader = try store.reader()
        defer { reader.close() }
        return try reader.rows(after: 0, limitBytes: .max).reduce(into: []) { $0 += $1.body }
    }

    @Test func severalShardsCommitInTheLogAndOneInItsOwnFiles() throws {
        let rig = try SQLiteRig()
        let (stores, _) = try logging(rig)
        #expect(try stores.map(events) == [2, 2, 2])
        #expect(write(rig, stores) == [nil, nil, nil])
        #expect(stores.map(\.durable) == [3, 3, 3])
        // Only the log has them.
        #expect(try stores.map(events) == [2, 2, 2])
        // A write of its own brings what the log has first.
        #expect(write(rig, [stores[1]]) == [nil])
        #expect(try stores.map(events) == [2, 4, 2])
        try stores[2].settle()
        #expect(try stores.map(events) == [2, 4, 3])
        for store in stores { store.close() }
        #expect(try commitFiles(rig).isEmpty)
        for shard in 0..<3 {
            let again = try rig.open(shard)
            #expect(try events(in: again) == [3, 4, 3][shard])
            #expect(try again.inspect { try String.fetchOne($0, sql: "SELECT log FROM shard") } == nil)
            again.close()
        }
    }

    @Test func aCommitOfSeveralShardsIsOneSyncOfOneFile() throws {
        let rig = try SQLiteRig()
        let (stores, log) = try logging(rig)
        let before = stores.map(\.walPages)
        for _ in 1...10 { write(rig, stores) }
        #expect(stores.map(\.walPages) == before)
        #expect(log.files == [0])
        for store in stores { store.close() }
    }

    @Test func whoLeavesInOrderIsOpenedByAnotherWhileTheLogLives() throws {
        let rig = try SQLiteRig()
        let (stores, log) = try logging(rig)
        for _ in 1...3 { write(rig, stores) }
        stores[0].close()
        #expect(!log.isOver)
        let other = try SQLiteEngine(directory: rig.scratch.path + "/data", shards: nil, settings: rig.engine.settings)
        let moved = try other.openShard(0, holder: "other")
        #expect(moved.durable == 5)
        #expect(write(rig, Array(stores[1...])) == [nil, nil])
        #expect(stores[1].durable == 6)
        moved.close()
        for store in stores { store.close() }
        #expect(try commitFiles(rig).isEmpty)
    }

    @Test func aShardThatFailedIsOpenedByAnotherAtOnceAndTheRestGoOnI5() throws {
        let rig = try SQLiteRig()
        let (stores, log) = try logging(rig)
        for _ in 1...3 { write(rig, stores) }
        stores[0].failCommits { _ in throw PlannedFailure() }
        #expect(write(rig, [stores[0]]) == [.unknownOutcome])
        stores[0].close()
        #expect(log.isOver)
        let other = try SQLiteEngine(directory: rig.scratch.path + "/data", shards: nil, settings: rig.engine.settings)
        let moved = try other.openShard(0, holder: "other")
        #expect(moved.durable == 5)
        moved.close()
        // The others bring their rows home and begin another log.
        rig.engine.commits.settle()
        #expect(try stores[1...].map(events) == [5, 5])
        for _ in 1...3 {
            #expect(write(rig, Array(stores[1...])) == [nil, nil])
            rig.engine.commits.settle()
        }
        let fresh = try #require(rig.engine.commits.log)
        #expect(fresh !== log)
        #expect(stores[1].isAttached(to: fresh))
        #expect(stores[1].durable == 8)
        for store in stores { store.close() }
        #expect(try commitFiles(rig).isEmpty)
    }

    @Test(arguments: [SQLiteShardStore.CommitMoment.before, .after])
    func aLogThatFailedLeavesItsBatchWholeOrNotAtAllAndEverythingBeforeItI3(
        moment: SQLiteShardStore.CommitMoment
    ) throws {
        let rig = try SQLiteRig()
        let (stores, log) = try logging(rig)
        write(rig, stores)
        log.failCommits { if $0 == moment { throw PlannedFailure() } }
        #expect(write(rig, Array(stores[..<2])) == [.unknownOutcome, .unknownOutcome])
        #expect(write(rig, Array(stores[..<2])) == [.closed, .closed])
        // The third was not part of it.
        #expect(write(rig, [stores[2]]) == [nil])
        rig.engine.commits.settle()
        stores[0].close()
        stores[1].close()
        for shard in 0..<2 {
            let again = try rig.open(shard)
            #expect(again.durable == (moment == .after ? 4 : 3))
            try again.write(rows: [next(again)])
            again.close()
        }
        stores[2].close()
        #expect(try commitFiles(rig).isEmpty)
        let third = try rig.open(2)
        #expect(third.durable == 4)
        third.close()
    }

    @Test func whoLostTheLogWritesNothingI4() throws {
        let rig = try SQLiteRig()
        let (stores, log) = try logging(rig)
        write(rig, stores)
        // As an operator would who takes locks for leftovers.
        for name in ["shard-00.lock", "commits-\(log.name).lock"] {
            try FileManager.default.removeItem(atPath: rig.scratch.path + "/data/shards/" + name)
        }
        let other = try SQLiteEngine(directory: rig.scratch.path + "/data", shards: nil, settings: rig.engine.settings)
        let taken = try other.openShard(0, holder: "other")
        #expect(taken.durable == 3)
        #expect(write(rig, stores) == [.staleTerm, .staleTerm, .staleTerm])
        #expect(write(rig, [stores[0]]) == [.staleTerm])
        #expect(taken.durable == 3)
        taken.close()
        for store in stores { store.close() }
    }

    @Test(arguments: [true, false])
    func whoLostTheLogWritesNothingToAFileWithoutTheShardThatWasOpenedI4(isLater: Bool) throws {
        let rig = try SQLiteRig {
            $0.commitPages = 16
            $0.movePauseMicros = 0
        }
        let (stores, log) = try logging(rig)
        // Either the shard has nothing in the file in use, or it has nothing anywhere and no other shard has.
        if isLater {
            rig.engine.commits.whileSuspended {
                while log.files.count < 2 {
                    #expect(write(rig, stores, bytes: 9_000) == [nil, nil, nil])
                    rig.engine.commits.settleAhead()
                }
            }
        }
        let durable = stores[0].durable
        for name in ["shard-00.lock", "commits-\(log.name).lock"] {
            try FileManager.default.removeItem(atPath: rig.scratch.path + "/data/shards/" + name)
        }
        let other = try SQLiteEngine(directory: rig.scratch.path + "/data", shards: nil, settings: rig.engine.settings)
        let taken = try other.openShard(0, holder: "other")
        #expect(taken.durable == durable)
        #expect(write(rig, Array(stores[1...])) == [.staleTerm, .staleTerm])
        rig.engine.commits.settle()
        // The others go on in their own files.
        #expect(write(rig, stores) == [.staleTerm, nil, nil])
        taken.close()
        for store in stores { store.close() }
        for shard in 1..<3 {
            let again = try rig.open(shard)
            #expect(again.durable == durable + 1)
            again.close()
        }
    }

    @Test func aShardThatNamesALogWhoseHolderLivesIsNotOpened() throws {
        let rig = try SQLiteRig { $0.leftLogWaitMillis = 20 }
        let (stores, _) = try logging(rig)
        write(rig, stores)
        try FileManager.default.removeItem(atPath: rig.scratch.path + "/data/shards/shard-00.lock")
        do {
            _ = try rig.engine.openShard(0, holder: "other")
            Issue.record("opened without its rows")
        } catch {
            #expect(error.code == .leaseHeld)
            #expect(error.message.hasPrefix("commit log "))
        }
        for store in stores { store.close() }
    }

    @Test func aFullFileIsRemovedOnceEveryShardHasItsRows() throws {
        let rig = try SQLiteRig {
            $0.commitPages = 16
            $0.movePauseMicros = 0
        }
        let (stores, log) = try logging(rig)
        var seen: Set<Int> = []
        for _ in 1...60 {
            #expect(write(rig, stores, bytes: 3_000) == [nil, nil, nil])
            rig.engine.commits.settle()
            seen.formUnion(log.files)
            #expect(log.files.count == 1)
        }
        #expect(seen.count > 3)
        #expect(log.files == [seen.max() ?? 0])
        #expect(stores.map(\.durable) == [62, 62, 62])
        for store in stores { #expect(try bodies(store).count == 2 * 40 + 60 * 3_000) }
        for store in stores { store.close() }
        #expect(try commitFiles(rig).isEmpty)
    }

    @Test func aLogWithoutRoomLeavesShardsToTheirOwnFiles() throws {
        let rig = try SQLiteRig {
            $0.commitPages = 8
            $0.mostCommitFiles = 2
        }
        let (stores, log) = try logging(rig)
        write(rig, stores)
        // Its rows cannot come home, and it does not close: former files stay.
        stores[0].failCommits { _ in throw PlannedFailure() }
        write(rig, [stores[0]])
        for _ in 1...40 {
            #expect(write(rig, Array(stores[1...]), bytes: 9_000) == [nil, nil])
            rig.engine.commits.settle()
        }
        #expect(log.files == [0, 1])
        #expect(!log.hasRoom)
        #expect(stores[1].durable == 43)
        #expect(try events(in: stores[1]) == 43)
        for store in stores { store.close() }
        for shard in 0..<3 {
            let again = try rig.open(shard)
            #expect(again.durable == [3, 43, 43][shard])
            again.close()
        }
        #expect(try commitFiles(rig).isEmpty)
    }

    @Test func theNextFileOfAJournalNamesTheLogToo() throws {
        let rig = try SQLiteRig {
            $0.segmentPages = 8
            $0.movePauseMicros = 0
        }
        let (stores, log) = try logging(rig)
        for _ in 1...30 {
            write(rig, stores, bytes: 5_000)
            try stores[0].settle()
            stores[0].files.settle()
            write(rig, stores)
            let copy = try SQLiteEngine(directory: try rig.copyOfFiles(), shards: nil, settings: rig.engine.settings)
            let opened = try copy.openShard(0, holder: "after the crash")
            #expect(opened.durable == stores[0].durable)
            opened.close()
        }
        #expect(stores[0].files.segments(from: .max).first?.number ?? 0 > 2)
        #expect(stores[0].isAttached(to: log))
        for store in stores { store.close() }
    }

    @Test func aLogThatNobodyNeedsIsRemovedByTheNext() throws {
        let rig = try SQLiteRig()
        let (stores, log) = try logging(rig)
        write(rig, stores)
        let copy = try SQLiteEngine(directory: try rig.copyOfFiles(), shards: nil, settings: rig.engine.settings)
        // Left behind before anybody named it.
        let lone = copy.directory.commitLock("aaaa")
        try Data().write(to: URL(fileURLWithPath: lone))
        let opened = try (0..<3).map { try copy.openShard($0, holder: "after the crash") }
        #expect(!FileManager.default.fileExists(atPath: copy.directory.commitLock(log.name)))
        _ = copy.write(opened.map { ShardBatch(store: $0, rows: [next($0)]) })
        copy.commits.settle()
        #expect(!FileManager.default.fileExists(atPath: lone))
        #expect(try copy.directory.commitLogs().count == 1)
        for store in opened + stores { store.close() }
        #expect(try copy.directory.commitLogs().isEmpty)
    }

    @Test(
        "I5: whatever is written together or alone, settled, moved or lost, each shard has its rows",
        arguments: 1...3 as ClosedRange<UInt64>)
    func anyMixLosesNothing(seed: UInt64) throws {
        var random = SystemRandom(seed: seed)
        let rig = try SQLiteRig {
            $0.commitPages = 12
            $0.segmentPages = 16
            $0.movePauseMicros = 0
        }
        var stores = try (0..<4).map { try rig.open($0) }
        var expected: [[UInt8]] = [[], [], [], []]
        for step in 1...120 {
            switch random.next() % 12 {
            case 0:
                let shard = Int(random.next() % 4)
                stores[shard].close()
                stores[shard] = try rig.open(shard)
            case 1:
                let shard = Int(random.next() % 4)
                stores[shard].failCommits { _ in throw PlannedFailure() }
                #expect(throws: StoreFault.self) { try stores[shard].write(rows: [next(stores[shard])]) }
                stores[shard].close()
                stores[shard] = try rig.open(shard)
            case 2: try stores[Int(random.next() % 4)].settle()
            case 3: rig.engine.commits.settle()
            default:
                let chosen = stores.filter { _ in random.next() % 3 > 0 }
                let batches = chosen.map { ShardBatch(store: $0, rows: [next($0, bytes: Int(random.next() % 6_000))]) }
                #expect(rig.engine.write(batches) == batches.map { _ in nil })
                for batch in batches { expected[batch.store.shard] += batch.rows[0].body }
            }
            for store in stores where step % 8 == 0 || random.next() % 8 == 0 {
                // A commit that failed before it took effect is as if it had not been.
                #expect(try bodies(store) == expected[store.shard], "step \(step), shard \(store.shard)")
            }
            guard step % 20 == 0 else { continue }
            rig.engine.commits.settle()
            for store in stores { store.files.settle() }
            let copy = try SQLiteEngine(directory: try rig.copyOfFiles(), shards: nil, settings: rig.engine.settings)
            for shard in 0..<4 {
                let opened = try copy.openShard(shard, holder: "after the crash")
                #expect(try bodies(opened) == expected[shard], "crash at step \(step), shard \(shard)")
                opened.close()
            }
            // One that was made and not named yet goes before the next is made.
            copy.commits.sweep()
            #expect(try copy.directory.commitLogs().isEmpty)
        }
        for store in stores { store.close() }
        #expect(try commitFiles(rig).isEmpty)
    }
}

private struct PlannedFailure: Error {}

/// The same numbers for the same seed.
private struct SystemRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state >> 8
    }
}
