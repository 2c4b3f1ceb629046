// The log in which a router commits what several of its shards write at once: one transaction and one sync for all of
// them. Each shard's own files get its rows later, many at a time, beside the commits; then the log's file is removed.
// It has a lease of its own, which dies with its process; a shard's file names the log while it may have rows that the
// shard's files do not, and whoever opens the shard takes the log's lease to read them.

import Foundation
import Journal
import Synchronization

final class CommitLog: Sendable {
    private struct Attached {
        weak var store: SQLiteShardStore?
    }

    private struct State {
        /// The last one is in use.
        var files: [CommitLogFile]
        /// The next file, ready to be written.
        var ready: CommitLogFile?
        var isMaking = false
        /// One is on its way to the disk.
        var isFilling = false
        /// Its files are closed. The lease goes then, or once no file is on its way.
        var isEnded = false
        /// Given up while one is on its way: those that bring their rows home once the lease is free.
        var leavers: [(shard: Int, Attached)] = []
        /// After a file could not be made or the log was full, not again before.
        var retryAt = DispatchTime(uptimeNanoseconds: 0)
        var made = 1
        var stores: [Int: Attached] = [:]
        /// Which these are, by shard. Not in `Attached`: Swift 6.3 copies an optional of a struct with a weak field and
        /// another wrongly in debug builds.
        var attached: [Int: ObjectIdentifier] = [:]
        /// Closed, or given up: nothing goes here any more.
        var isOver = false
        var fault: (@Sendable (SQLiteShardStore.CommitMoment) throws -> Void)?

        func has(_ store: SQLiteShardStore) -> Bool { attached[store.shard] == ObjectIdentifier(store) }

        mutating func forget(_ store: SQLiteShardStore) {
            stores[store.shard] = nil
            attached[store.shard] = nil
        }
    }

    let name: String
    private let directory: ShardDirectory
    private let settings: SQLiteSettings
    private let holder: String
    private let lease: FileLease
    private let state: Mutex<State>
    /// Held while former files go, and while the log or a shard's part of it ends; not by commits. Taken before `turn`.
    private let leaving = Mutex(())
    /// Held by a transaction to its end.
    private let turn = Mutex(())
    /// Brings rows to the shards' own files, beside the commits.
    private let beside: SideQueue
    /// Makes files and removes them, one at a time: commits would soon have no room without.
    private let ahead: SideQueue

    init(
        directory: ShardDirectory, settings: SQLiteSettings, holder: String, beside: SideQueue, ahead: SideQueue
    ) throws(StoreFault) {
        let name = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        let lease = try FileLease(path: directory.commitLock(name), of: "commit log \(name)", holder: holder)
        let file: CommitLogFile
        do throws(StoreFault) {
            file = try Self.make(0, name, directory, settings) { settings.movePauseMicros }
        } catch {
            try? directory.removeCommitLog(name)
            lease.release()
            throw error
        }
        self.name = name
        self.lease = lease
        self.directory = directory
        self.settings = settings
        self.holder = holder
        state = Mutex(State(files: [file]))
        self.beside = beside
        self.ahead = ahead
    }

    private static func make(
        _ number: Int, _ name: String, _ directory: ShardDirectory, _ settings: SQLiteSettings, pause: () -> UInt32
    ) throws(StoreFault) -> CommitLogFile {
        let path = directory.commitFile(name, number)
        do {
            let file = try CommitLogFile.make(
                path, number: number, settings: settings, spare: spare(name, directory, settings), pause: pause)
            do {
                try Disk.sync(folder: directory.folder)
                return file
            } catch {
                file.keepLog()
                throw error
            }
        } catch {
            try? directory.removeCommitFile(name, number)
            throw ShardFile.openingFault(error, path)
        }
    }

    private static func spare(_ name: String, _ directory: ShardDirectory, _ settings: SQLiteSettings) -> SpareLog {
        SpareLog(path: directory.spareCommitLog(name), mostBytes: 2 * CommitLogFile.room(settings))
    }

    // MARK: Writing

    var isOver: Bool { state.withLock { $0.isOver } }

    /// False: it is so full that shards write to their own files until some of it has been removed.
    var hasRoom: Bool {
        state.withLock { state in
            guard !state.isOver, let file = state.files.last else { return false }
            return file.walPages < settings.commitPages
                || (state.files.count < settings.mostCommitFiles && file.walPages < 4 * settings.commitPages)
        }
    }

    /// From now on the store may name the log. False: it is over.
    func attach(_ store: SQLiteShardStore) -> Bool {
        state.withLock { state in
            if state.isOver { return false }
            state.stores[store.shard] = Attached(store: store)
            state.attached[store.shard] = ObjectIdentifier(store)
            return true
        }
    }

    /// It was closed before it named the log.
    func detach(_ store: SQLiteShardStore) {
        state.withLock { if $0.has(store) { $0.forget(store) } }
    }

    /// One durable transaction, after which each store knows of its rows. If it throws, it is unknown whether they are there
    /// (I3). `.closed`: nothing was written, since the log is over or a store has left it.
    func append(_ batches: [(store: SQLiteShardStore, rows: [JournalRow])]) throws {
        try turn.withLock { _ in
            let (file, fault) = state.withLock { state in
                let isWhole = batches.allSatisfy { state.has($0.store) }
                return (isWhole && !state.isOver ? state.files.last : nil, state.fault)
            }
            guard let file else { throw StoreFault(.closed, "commit log \(name) is over, or left") }
            try file.append(batches.map { ($0.store.shard, $0.rows) }) { try fault?(.before) }
            try fault?(.after)
            // Before another file is used: the stores then bring everything of this one to their own.
            for batch in batches { batch.store.logged(batch.rows) }
            goOnIfFull()
        }
    }

    /// In another file, once there is one: the last is full.
    func goOn() { turn.withLock { _ in goOnIfFull() } }

    /// The turn is held, so the stores know of whatever a former file has.
    private func goOnIfFull() {
        let (isFormer, number) = state.withLock { state -> (Bool, Int?) in
            guard !state.isOver, let pages = state.files.last?.walPages, pages >= settings.commitPages / 2
            else { return (false, nil) }
            if pages >= settings.commitPages, let ready = state.ready {
                state.files.append(ready)
                state.ready = nil
                return (true, nil)
            }
            guard state.ready == nil, !state.isMaking, DispatchTime.now() >= state.retryAt else { return (false, nil) }
            if state.files.count >= settings.mostCommitFiles {
                // One of them may be there since it could not be removed.
                let isFull = pages >= settings.commitPages
                if isFull { state.retryAt = retryTime }
                return (isFull, nil)
            }
            state.isMaking = true
            defer { state.made += 1 }
            return (false, state.made)
        }
        if isFormer { beside.async { [self] in settle() } }
        if let number { ahead.async { [self] in makeReady(number) } }
    }

    private var retryTime: DispatchTime { .now() + .milliseconds(settings.commitLogRetryMillis) }

    private func makeReady(_ number: Int) {
        let isWanted = state.withLock { state in
            state.isFilling = !state.isOver
            return state.isFilling
        }
        if !isWanted { return }
        let made = try? Self.make(number, name, directory, settings) { [self] in isOver ? 0 : settings.movePauseMicros }
        let isLate = state.withLock { state in
            if state.isOver { return true }
            (state.isMaking, state.isFilling) = (false, false)
            state.ready = made
            if made == nil { state.retryAt = retryTime }
            return false
        }
        if !isLate { return }
        // Nobody else opens it before the lease is free.
        if let made {
            try? directory.removeCommitFile(name, number)
            made.keepLog()
        }
        let (isEnded, leavers) = state.withLock { state in
            defer { state.leavers = [] }
            state.isFilling = false
            return (state.isEnded, state.leavers)
        }
        if isEnded { lease.release() }
        bringHome(leavers)
    }

    /// Brings to the shards' own files what the former files have, and removes them.
    private func settle() {
        for former in state.withLock({ $0.isOver ? [] : $0.files.dropLast() }) { settle(former) }
    }

    /// A shard at a time, since commits share the disk. A shard that fails does so at its next commit, and gives the log up
    /// when it closes; one that leaves is seen to once it has.
    private func settle(_ former: CommitLogFile) {
        for (shard, last) in former.needing {
            guard let store = store(shard), (try? store.settle(upTo: last)) != nil else { continue }
            former.settled(shard)
            usleep(settings.movePauseMicros)
        }
        removeSoon(former)
    }

    private func store(_ shard: Int) -> SQLiteShardStore? {
        state.withLock { $0.isOver ? nil : $0.stores[shard]?.store }
    }

    /// Before a commit of these rows. If half of the files that may be are former ones, what brings rows to the shards' own
    /// does not keep up beside the commits: then each commit first brings there, from the former files, so many pieces
    /// that twice its bytes have room in them. A shard to whose files somebody writes is passed over.
    func keepUp(with rows: some Sequence<JournalRow>) {
        let formers = state.withLock { state in
            state.isOver || state.files.count <= settings.mostCommitFiles / 2 ? [] : state.files.dropLast()
        }
        if formers.isEmpty { return }
        var pieces = 1 + 2 * rows.reduce(0) { $0 + $1.body.count } / settings.moveBytes
        for former in formers {
            for (shard, last) in former.needing {
                guard let store = store(shard) else { continue }
                while pieces > 0, let isMore = try? store.settleSome(upTo: last) {
                    if isMore {
                        pieces -= 1
                    } else {
                        former.settled(shard)
                        removeSoon(former)
                        break
                    }
                }
                if pieces == 0 { return }
            }
        }
    }

    private func removeSoon(_ former: CommitLogFile) {
        if former.needing.isEmpty { ahead.async { [self] in remove(former) } }
    }

    /// Not while a file is made: its log may become that one's.
    private func remove(_ former: CommitLogFile) {
        // A shard that leaves is taken out of it before or not at all: a file that is there lists none that does not name
        // the log.
        let spare = Self.spare(name, directory, settings)
        let room = HeldRoom([former.logPath])
        // Commits do not wait for it.
        leaving.withLock { _ in
            guard state.withLock({ state in state.files.contains { $0 === former } }) else { return }
            let isKept = spare.keep(former.logPath)
            do {
                try directory.removeCommitFile(name, former.number)
                try Disk.sync(folder: directory.folder)
            } catch {
                // The former may still be written.
                if isKept { unlink(spare.path) }
                return
            }
            state.withLock { state in state.files.removeAll { $0 === former } }
            former.keepLog()
            if !isKept { room.giveBack(settings) }
        }
    }

    // MARK: End

    /// No commit is under way and no former file goes meanwhile.
    private func withoutCommits<Value>(_ body: () throws -> Value) rethrows -> Value {
        try leaving.withLock { _ in try turn.withLock { _ in try body() } }
    }

    /// A shard has everything in its own files and leaves. False: it has not, or the log is over, and whoever opens the shard
    /// next looks at what is left of it. The last shard removes it.
    func finish(_ store: SQLiteShardStore) throws -> Bool {
        try withoutCommits {
            guard !store.hasLogged, let files = state.withLock({ $0.isOver ? nil : $0.files }) else { return false }
            for file in files { try file.finish(store.shard) }
            let isLast = state.withLock { state in
                state.forget(store)
                state.isOver = state.stores.isEmpty
                return state.isOver
            }
            if isLast { end(removing: true) } else if files.count > 1 { beside.async { [self] in settle() } }
            return true
        }
    }

    /// A commit failed, or a shard leaves without having its rows in its own files. The log's lease is free when this
    /// returns, or a moment later if a file is being made; then the shards that have it named bring their rows to their own
    /// files, beside the commits.
    func giveUp() {
        let stores: [(Int, Attached)]? = withoutCommits {
            let stores = state.withLock { state -> [(Int, Attached)]? in
                if state.isOver { return nil }
                state.isOver = true
                defer { (state.stores, state.attached) = ([:], [:]) }
                return state.stores.sorted { $0.key < $1.key }
            }
            if stores != nil { end(removing: false) }
            return stores
        }
        guard let stores else { return }
        let isFree = state.withLock { state in
            if state.isFilling { state.leavers = stores }
            return !state.isFilling
        }
        if isFree { bringHome(stores) }
    }

    /// The lease is free.
    private func bringHome(_ stores: [(shard: Int, Attached)]) {
        if stores.isEmpty { return }
        var patient = settings
        patient.leftLogWaitMillis = settings.commitLogRetryMillis
        beside.async { [self, patient] in
            for (shard, attached) in stores {
                // What fails here the shard's next opening does.
                guard let store = attached.store, (try? store.settle()) != nil else { continue }
                do {
                    let left = try LeftLog(name, holder: holder, directory: directory, settings: patient)
                    defer { left?.close() }
                    try left?.finish(shard)
                    store.isDone(self)
                } catch {}
            }
        }
    }

    /// Removes it unless a shard may name it.
    func endIfUnused() {
        withoutCommits {
            let isUnused = state.withLock { state in
                defer { state.isOver = state.isOver || state.stores.isEmpty }
                return !state.isOver && state.stores.isEmpty
            }
            if isUnused { end(removing: true) }
        }
    }

    private func end(removing: Bool) {
        let (files, ready) = state.withLock { state in
            defer { (state.files, state.ready) = ([], nil) }
            return (state.files, state.ready)
        }
        let all = files + (ready.map { [$0] } ?? [])
        let room = HeldRoom(removing ? all.map(\.logPath) + [directory.spareCommitLog(name)] : [])
        if removing { try? directory.removeCommitLog(name) }
        for file in all { file.keepLog() }
        room.giveBack(settings)
        let isFilling = state.withLock { state in
            state.isEnded = true
            return state.isFilling
        }
        if !isFilling { lease.release() }
    }

    /// Seams for tests: called in each append before its commit and after it; the numbers of the files; who may name it.
    func failCommits(_ fault: (@Sendable (SQLiteShardStore.CommitMoment) throws -> Void)?) {
        state.withLock { $0.fault = fault }
    }
    var files: [Int] { state.withLock { $0.files.map(\.number) } }
    var shards: [Int] { state.withLock { $0.attached.keys.sorted() } }
}
