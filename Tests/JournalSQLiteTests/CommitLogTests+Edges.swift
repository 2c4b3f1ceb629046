import Foundation
import GRDB
import Journal
import Synchronization
import Testing

@testable import JournalSQLite

/// What may come between two steps of a log.
extension CommitLogTests {
    private struct Failure: Error {}

    private func closeAll(_ stores: [SQLiteShardStore]) { for store in stores { store.close() } }

    /// Descriptors of this process that are of the file.
    private func openings(of path: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { descriptor in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + descriptor)) == path
        }
    }

    private func length(_ path: String) -> Int {
        var about = stat()
        return stat(path, &about) == 0 ? Int(about.st_size) : 0
    }

    private func isClosed(_ store: SQLiteShardStore) -> Bool {
        do {
            try store.reader().close()
            return false
        } catch {
            return true
        }
    }

    @Test func aLogWhoseLockWasRemovedIsReadAllTheSameI5() throws {
        let rig = try SQLiteRig()
        let (stores, log) = try logging(rig)
        for _ in 1...3 { write(rig, stores) }
        let copy = try SQLiteEngine(directory: try rig.copyOfFiles(), shards: nil, settings: rig.engine.settings)
        // As an operator would who takes locks for leftovers.
        for lock in (0..<3).map(copy.directory.lockFile) + [copy.directory.commitLock(log.name)] {
            try FileManager.default.removeItem(atPath: lock)
        }
        for shard in 0..<3 {
            let opened = try copy.openShard(shard, holder: "after the crash")
            #expect(opened.durable == 5)
            #expect(try bodies(opened) == bodies(stores[shard]))
            opened.close()
        }
        #expect(try copy.directory.commitLogs().isEmpty)
        closeAll(stores)
    }

    @Test func remnantsWithoutALockAreRemovedByTheNext() throws {
        let rig = try SQLiteRig()
        let folder = rig.engine.directory.folder
        for name in ["commits-aaaa.0.db", "commits-aaaa.0.db-wal", "commits-bbbb.1.db-wal"] {
            try Data().write(to: URL(fileURLWithPath: folder + "/" + name))
        }
        let (stores, _) = try logging(rig)
        #expect(try rig.engine.directory.commitLogs().count == 1)
        closeAll(stores)
        #expect(try commitFiles(rig).isEmpty)
    }

    @Test func aLockThatItsHolderRemovedIsNotHeld() throws {
        let scratch = try Scratch()
        let path = scratch.path + "/some.lock"
        let first = try FileLease(path: path, of: "it", holder: "first")
        let began = DispatchSemaphore(value: 0)
        let ended = DispatchSemaphore(value: 0)
        let second = Mutex<FileLease?>(nil)
        Thread.detachNewThread {
            began.signal()
            let lease = try? FileLease(path: path, of: "it", holder: "second", waitMillis: 20_000)
            second.withLock { $0 = lease }
            ended.signal()
        }
        began.wait()
        // Until it has opened the file, whose lock it waits for.
        while try openings(of: path) < 2 { sched_yield() }
        unlink(path)
        first.release()
        ended.wait()
        #expect(second.withLock { $0 != nil })
        // Whoever looks for it finds it held.
        #expect(throws: StoreFault.self) { try FileLease(path: path, of: "it", holder: "third") }
        second.withLock { $0 = nil }
    }

    @Test func whoLeftTheLogWritesNothingToItI5() throws {
        let rig = try SQLiteRig()
        let (stores, log) = try logging(rig)
        write(rig, stores)
        // Events of which the next opening will write others.
        var row = next(stores[0])
        row.last += 2
        stores[0].close()
        #expect(throws: StoreFault.self) { try log.append([(stores[0], [row]), (stores[1], [next(stores[1])])]) }
        #expect(!log.isOver)
        let again = try rig.open(0)
        for _ in 1...2 { #expect(write(rig, [again, stores[1]]) == [nil, nil]) }
        #expect(again.isAttached(to: log))
        let copy = try SQLiteEngine(directory: try rig.copyOfFiles(), shards: nil, settings: rig.engine.settings)
        let opened = try copy.openShard(0, holder: "after the crash")
        #expect(opened.durable == 5)
        opened.close()
        closeAll(stores + [again])
    }

    @Test func whatWasWrittenWhileItsShardLeftIsThereI2() throws {
        let rig = try SQLiteRig()
        let (stores, log) = try logging(rig)
        let left = DispatchSemaphore(value: 0)
        let pending = Mutex(true)
        log.failCommits { moment in
            guard moment == .before,
                pending.withLock({ value in
                    defer { value = false }; return value
                })
            else { return }
            Thread.detachNewThread {
                stores[0].close()
                left.signal()
            }
            while !isClosed(stores[0]) { sched_yield() }
        }
        #expect(write(rig, stores) == [nil, nil, nil])
        left.wait()
        let again = try rig.open(0)
        #expect(again.durable == 3)
        closeAll(stores + [again])
    }

    @Test func aShardThatNamesAnotherLogKeepsItWhenTheFormerIsDone() throws {
        let rig = try SQLiteRig()
        let stores = try (0..<3).map { try rig.open($0) }
        let beside = SideQueue("test")
        let former = try CommitLog(
            directory: rig.engine.directory, settings: rig.engine.settings, holder: "test", beside: beside,
            ahead: beside)
        for store in stores { try store.write(rows: [next(store)], naming: former) }
        try former.append([(stores[0], [next(stores[0])])])
        let later = try beside.whileSuspended {
            former.giveUp()
            // Beside the commits nothing has come of it yet.
            stores[2].isDone(former)
            let later = try CommitLog(
                directory: rig.engine.directory, settings: rig.engine.settings, holder: "test",
                beside: SideQueue("test again"), ahead: beside)
            try stores[2].write(rows: [next(stores[2])], naming: later)
            try later.append([(stores[2], [next(stores[2])])])
            return later
        }
        beside.settle()
        #expect(stores[2].isAttached(to: later))
        #expect(try stores[2].inspect { try String.fetchOne($0, sql: "SELECT log FROM shard") } == later.name)
        closeAll(stores)
        #expect(try commitFiles(rig).isEmpty)
    }

    @Test func nothingIsWrittenOnceAShardHasTakenTheNameOut() throws {
        let rig = try SQLiteRig()
        let store = try rig.open()
        try store.files.end("aaaa")
        #expect(throws: StoreFault.self) { try store.files.transaction(naming: "aaaa") { _, _ in } }
        store.close()
        let again = try rig.open()
        #expect(try again.inspect { try String.fetchOne($0, sql: "SELECT log FROM shard") } == nil)
        again.close()
    }

    @Test func aLogThatOneBatchFilledGoesOnInAnotherFile() throws {
        let rig = try SQLiteRig {
            $0.commitPages = 8
            $0.movePauseMicros = 0
        }
        let (stores, log) = try logging(rig)
        write(rig, stores, bytes: 300_000)
        for _ in 1...4 {
            rig.engine.commits.settle()
            #expect(write(rig, stores) == [nil, nil, nil])
        }
        rig.engine.commits.settle()
        #expect(log.hasRoom)
        #expect(!log.files.contains(0))
        #expect(try !rig.engine.directory.commitFiles(log.name).contains(0))
        #expect(stores.map(\.durable) == [7, 7, 7])
        closeAll(stores)
        #expect(try commitFiles(rig).isEmpty)
    }

    @Test func aFullFileIsRemovedThoughAShardLeavesWhileTheOthersAreSeenTo() throws {
        let rig = try SQLiteRig {
            $0.commitPages = 16
            $0.movePauseMicros = 0
        }
        let (stores, log) = try logging(rig)
        // The next file is ready.
        write(rig, stores, bytes: 25_000)
        rig.engine.commits.settle()
        let (writing, goOn, left) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchGroup())
        stores[0].failCommits { moment in
            guard moment == .before else { return }
            writing.signal()
            goOn.wait()
        }
        let row = next(stores[0])
        left.enter()
        Thread.detachNewThread {
            try? stores[0].write(rows: [row])
            left.leave()
        }
        writing.wait()
        left.enter()
        Thread.detachNewThread {
            // It waits for the write.
            stores[0].close()
            left.leave()
        }
        while !isClosed(stores[0]) { sched_yield() }
        #expect(write(rig, Array(stores[1...]), bytes: 60_000) == [nil, nil])
        rig.engine.commits.settle()
        #expect(log.files == [0, 1])
        goOn.signal()
        left.wait()
        rig.engine.commits.settle()
        #expect(log.files == [1])
        #expect(!log.isOver)
        closeAll(stores)
        #expect(try commitFiles(rig).isEmpty)
    }

    @Test func commitsThatOutrunWhatIsBesideThemBringRowsHomeThemselves() throws {
        let rig = try SQLiteRig {
            $0.commitPages = 32
            $0.moveBytes = 16_384
            $0.movePauseMicros = 0
        }
        let (stores, log) = try logging(rig)
        let commits = rig.engine.commits
        var most = 0
        commits.whileSuspended {
            for _ in 1...200 {
                #expect(write(rig, stores, bytes: 9_000) == [nil, nil, nil])
                commits.settleAhead()
                #expect(log.hasRoom)
                #expect(log.files.count <= 3)
                most = max(most, stores.reduce(0) { $0 + $1.files.loggedBytes })
            }
        }
        // Two former files and the one in use.
        #expect(most < 4 * rig.engine.settings.commitPages * 8_192)
        #expect(log.files.last ?? 0 > 10)
        #expect(try rig.engine.directory.commitFiles(log.name).count <= 4)
        commits.settle()
        #expect(log.files.count == 1)
        #expect(stores.map(\.durable) == [202, 202, 202])
        for store in stores { #expect(try bodies(store).count == 2 * 40 + 200 * 9_000) }
        closeAll(stores)
        #expect(try commitFiles(rig).isEmpty)
    }

    @Test func commitsDoNotWaitToBringHomeTheRowsOfAShardThatIsWriting() throws {
        let rig = try SQLiteRig {
            $0.commitPages = 16
            $0.moveBytes = 16_384
            $0.movePauseMicros = 0
        }
        let (stores, log) = try logging(rig)
        let commits = rig.engine.commits
        let (writing, goOn, left) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchGroup())
        try commits.whileSuspended {
            write(rig, stores, bytes: 9_000)
            stores[0].failCommits { moment in
                guard moment == .before else { return }
                writing.signal()
                goOn.wait()
            }
            let row = next(stores[0])
            left.enter()
            Thread.detachNewThread {
                try? stores[0].write(rows: [row])
                left.leave()
            }
            writing.wait()
            for _ in 1...60 {
                #expect(write(rig, Array(stores[1...]), bytes: 9_000) == [nil, nil])
                commits.settleAhead()
            }
            // The first file stays for the one that writes.
            #expect(log.files.first == 0)
            let home = try stores[1...].map(events)
            #expect(home.allSatisfy { $0 > 30 })
            goOn.signal()
            left.wait()
        }
        commits.settle()
        #expect(log.files.count == 1)
        #expect(stores.map(\.durable) == [4, 63, 63])
        closeAll(stores)
        #expect(try commitFiles(rig).isEmpty)
    }

    @Test func aFileThatIsMadeTooLateIsNotLeftBehind() throws {
        let rig = try SQLiteRig {
            $0.commitPages = 16
            $0.movePauseMicros = 0
        }
        let beside = SideQueue("test")
        let log = try CommitLog(
            directory: rig.engine.directory, settings: rig.engine.settings, holder: "test", beside: beside,
            ahead: beside)
        let store = try rig.open()
        try store.write(rows: [next(store)], naming: log)
        try beside.whileSuspended {
            try log.append([(store, [next(store, bytes: 100_000)])])
            store.close()
            #expect(log.isOver)
        }
        beside.settle()
        #expect(try commitFiles(rig).isEmpty)
    }

    @Test func aLogThatIsGivenUpIsNotOpenedWhileAFileOfItIsMade() throws {
        let rig = try SQLiteRig {
            $0.commitPages = 64
            $0.moveBytes = 16_384
            $0.movePauseMicros = 2_000
            $0.segmentPages = 1 << 20
        }
        for round in 0..<10 {
            let (stores, log) = try logging(rig)
            write(rig, stores, bytes: 100_000)
            let files = rig.engine.directory
            while try files.commitFiles(log.name).count < 2 { sched_yield() }
            // More of it is there in each round.
            while length(files.commitFile(log.name, 1) + "-wal") < round * 50_000 { sched_yield() }
            log.giveUp()
            let durable = stores.map(\.durable)
            for store in stores { store.close() }
            for (shard, last) in durable.enumerated() {
                let again = try rig.open(shard)
                #expect(again.durable == last)
                again.close()
            }
            rig.engine.commits.settle()
            #expect(try commitFiles(rig).isEmpty)
        }
    }

    @Test func aLogThatIsGivenUpWhileAFileOfItIsMadeIsLeftByAllOfItsShards() throws {
        let rig = try SQLiteRig {
            $0.commitPages = 64
            $0.commitLogRetryMillis = 1
            $0.moveBytes = 16_384
            $0.movePauseMicros = 200_000
            $0.segmentPages = 1 << 20
        }
        let (stores, log) = try logging(rig)
        write(rig, stores, bytes: 100_000)
        // All of them have their rows in their own files.
        for store in stores { write(rig, [store]) }
        let files = rig.engine.directory
        while length(files.commitFile(log.name, 1) + "-wal") < 16_384 { sched_yield() }
        log.giveUp()
        rig.engine.commits.settle()
        #expect(try commitFiles(rig).isEmpty)
        #expect(try stores.map(events) == [4, 4, 4])
        #expect(stores.map(\.files.mayName) == [true, true, true])
        closeAll(stores)
    }

    @Test func aStoreThatClosesDuringTheWriteThatNamesALogLeavesNoNameBehind() throws {
        let rig = try SQLiteRig { $0.leftLogWaitMillis = 20 }
        let stores = try (0..<2).map { try rig.open($0) }
        let beside = SideQueue("test")
        let log = try CommitLog(
            directory: rig.engine.directory, settings: rig.engine.settings, holder: "test", beside: beside,
            ahead: beside)
        try stores[1].write(rows: [next(stores[1])], naming: log)
        let (writing, goOn, left) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchGroup())
        stores[0].failCommits { moment in
            guard moment == .before else { return }
            writing.signal()
            goOn.wait()
        }
        let row = next(stores[0])
        left.enter()
        Thread.detachNewThread {
            try? stores[0].write(rows: [row], naming: log)
            left.leave()
        }
        writing.wait()
        left.enter()
        Thread.detachNewThread {
            stores[0].close()
            left.leave()
        }
        while log.shards != [1] { sched_yield() }
        goOn.signal()
        left.wait()
        // The other has the log still.
        let again = try rig.open(0)
        #expect(again.durable == 1)
        closeAll(stores + [again])
        beside.settle()
        #expect(try commitFiles(rig).isEmpty)
    }

    @Test func aRefusedWriteLeavesNoNameOfALogInTheNextFile() throws {
        let rig = try SQLiteRig {
            $0.segmentPages = 8
            $0.movePauseMicros = 0
        }
        let store = try rig.open()
        let beside = SideQueue("test")
        let log = try CommitLog(
            directory: rig.engine.directory, settings: rig.engine.settings, holder: "test", beside: beside,
            ahead: beside)
        // The next file is ready, and due.
        try store.write(rows: [next(store, bytes: 50_000)])
        store.files.settle()
        var late = next(store)
        (late.first, late.last) = (late.first + 1, late.last + 1)
        #expect(throws: StoreFault.self) { try store.write(rows: [late], naming: log) }
        try store.write(rows: [next(store)])
        #expect(store.files.segments(from: .max).first?.number == 1)
        #expect(try store.inspect { try String.fetchOne($0, sql: "SELECT log FROM shard") } == nil)
        store.close()
        #expect(try commitFiles(rig).isEmpty)
    }

    @Test func aFormerFileThatCouldNotBeRemovedIsWhenTheLogIsFull() throws {
        let rig = try SQLiteRig {
            $0.commitPages = 8
            $0.commitLogRetryMillis = 0
            $0.mostCommitFiles = 2
            $0.movePauseMicros = 0
        }
        let (stores, log) = try logging(rig)
        let blocked = rig.engine.directory.commitFile(log.name, 0) + "-shm"
        try FileManager.default.removeItem(atPath: blocked)
        try FileManager.default.createDirectory(atPath: blocked, withIntermediateDirectories: false)
        for _ in 1...12 {
            #expect(write(rig, stores, bytes: 9_000) == [nil, nil, nil])
            rig.engine.commits.settle()
        }
        #expect(log.files == [0, 1])
        #expect(!log.hasRoom)
        try FileManager.default.removeItem(atPath: blocked)
        for _ in 1...4 {
            #expect(write(rig, stores) == [nil, nil, nil])
            rig.engine.commits.settle()
        }
        #expect(log.hasRoom)
        #expect(!log.files.contains(0))
        closeAll(stores)
        #expect(try commitFiles(rig).isEmpty)
    }

    @Test func aFileThatCannotBeMadeIsNotTriedAtEachCommit() throws {
        let rig = try SQLiteRig {
            $0.commitPages = 16
            $0.commitLogRetryMillis = 600_000
            $0.movePauseMicros = 0
        }
        let (stores, log) = try logging(rig)
        let blocked = rig.engine.directory.commitFile(log.name, 1)
        try FileManager.default.createDirectory(atPath: blocked, withIntermediateDirectories: false)
        for _ in 1...6 {
            #expect(write(rig, stores, bytes: 20_000) == [nil, nil, nil])
            rig.engine.commits.settle()
        }
        #expect(try rig.engine.directory.commitFiles(log.name) == [0, 1])
        try FileManager.default.removeItem(atPath: blocked)
        #expect(stores.map(\.durable) == [8, 8, 8])
        closeAll(stores)
        #expect(try commitFiles(rig).isEmpty)
    }
}

/// A shard with much in the log neither commits nor comes home all at once.
extension CommitLogTests {
    @Test func aShardWithMuchInTheLogStaysThereAndComesHomeInPieces() throws {
        let rig = try SQLiteRig {
            $0.directBytes = 20_000
            $0.moveBytes = 10_000
            $0.movePauseMicros = 0
        }
        let (stores, _) = try logging(rig)
        for _ in 1...2 { write(rig, stores, bytes: 4_000) }
        // Little: alone it goes to its own files, with what the log has.
        #expect(write(rig, [stores[0]], bytes: 4_000) == [nil])
        #expect(try events(in: stores[0]) == 5)
        for _ in 1...10 { write(rig, stores, bytes: 4_000) }
        #expect(write(rig, [stores[0]], bytes: 4_000) == [nil])
        #expect(try events(in: stores[0]) == 5)
        #expect(stores[0].durable == 16)
        try stores[0].settle()
        #expect(try events(in: stores[0]) == 16)
        // Eleven rows of 4,000 bytes, two in a piece, each piece a row.
        #expect(try stores[0].inspect { try Int.fetchOne($0, sql: "SELECT count(*) FROM events WHERE first > 5") } == 6)
        for store in stores { store.close() }
    }
}
