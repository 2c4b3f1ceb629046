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
        var made = 1
        var stores: [Int: Attached] = [:]
        /// Closed, or given up: nothing goes here any more.
        var isOver = false
        var fault: (@Sendable (SQLiteShardStore.CommitMoment) throws -> Void)?
    }

    let name: String
    private let directory: ShardDirectory
    private let settings: SQLiteSettings
    private let holder: String
    private let lease: FileLease
    private let state: Mutex<State>
    /// Held by a transaction to its end.
    private let turn = Mutex(())
    /// Makes files, and brings rows to the shards' own, beside the commits.
    private let beside: DispatchQueue

    init(
        directory: ShardDirectory, settings: SQLiteSettings, holder: String, beside: DispatchQueue
    ) throws(StoreFault) {
        let name = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        let lease = try FileLease(path: directory.commitLock(name), of: "commit log \(name)", holder: holder)
        let file: CommitLogFile
        do throws(StoreFault) {
            file = try Self.make(0, name, directory, settings)
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
    }

    private static func make(
        _ number: Int, _ name: String, _ directory: ShardDirectory, _ settings: SQLiteSettings
    ) throws(StoreFault) -> CommitLogFile {
        let file = try CommitLogFile(directory.commitFile(name, number), number: number, settings: settings)
        do throws(StoreFault) {
            try file.makeRoom(pages: settings.commitPages, bytes: settings.moveBytes) { settings.movePauseMicros }
            try Disk.sync(folder: directory.folder)
            return file
        } catch {
            file.close()
            throw error
        }
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
            if !state.isOver { state.stores[store.shard] = Attached(store: store) }
            return !state.isOver
        }
    }

    /// One durable transaction, after which each store knows of its rows. If it throws, it is unknown whether they are there
    /// (I3).
    func append(_ batches: [(store: SQLiteShardStore, rows: [JournalRow])]) throws {
        try turn.withLock { _ in
            let (file, fault) = state.withLock { ($0.isOver ? nil : $0.files.last, $0.fault) }
            guard let file else { throw StoreFault(.closed, "commit log \(name) is over") }
            try file.append(batches.map { ($0.store.shard, $0.rows) }) { try fault?(.before) }
            try fault?(.after)
            // Before another file is used: the stores then bring everything of this one to their own.
            for batch in batches { batch.store.logged(batch.rows) }
            goOnIfFull(file)
        }
    }

    private func goOnIfFull(_ file: CommitLogFile) {
        let pages = file.walPages
        if pages < settings.commitPages / 2 { return }
        let (isFormer, number) = state.withLock { state -> (Bool, Int?) in
            if pages >= settings.commitPages, let ready = state.ready {
                state.files.append(ready)
                state.ready = nil
                return (true, nil)
            }
            guard state.ready == nil, !state.isMaking, !state.isOver, state.files.count < settings.mostCommitFiles
            else { return (false, nil) }
            state.isMaking = true
            defer { state.made += 1 }
            return (false, state.made)
        }
        if isFormer { beside.async { [self] in settle(file) } }
        guard let number else { return }
        beside.async { [self] in
            let made = try? Self.make(number, name, directory, settings)
            let isLate = state.withLock { state in
                state.isMaking = false
                if !state.isOver { state.ready = made }
                return state.isOver
            }
            if isLate { made?.close() }
        }
    }

    /// Brings to the shards' own files what a former file has, a shard at a time, since commits share the disk, and removes
    /// it. A shard that fails does so at its next commit, and gives the log up when it closes.
    private func settle(_ former: CommitLogFile) {
        for shard in former.needing {
            guard let store = state.withLock({ $0.isOver ? nil : $0.stores[shard]?.store }) else { continue }
            guard (try? store.settle()) != nil else { continue }
            former.settled(shard)
            usleep(settings.movePauseMicros)
        }
        guard former.needing.isEmpty else { return }
        let isMine = state.withLock { state in
            guard !state.isOver, let place = state.files.firstIndex(where: { $0 === former }) else { return false }
            state.files.remove(at: place)
            return true
        }
        guard isMine else { return }
        try? directory.removeCommitFile(name, former.number)
        former.closeRemoved()
    }

    // MARK: End

    /// A shard has everything in its own files and leaves. False: the log is over, and whoever opens the shard next looks at
    /// what is left of it. The last shard removes it.
    func finish(_ shard: Int) throws -> Bool {
        try turn.withLock { _ in
            guard let files = state.withLock({ $0.isOver ? nil : $0.files }) else { return false }
            for file in files { try file.finish(shard) }
            let isLast = state.withLock { state in
                state.stores[shard] = nil
                state.isOver = state.stores.isEmpty
                return state.isOver
            }
            if isLast { end(removing: true) }
            return true
        }
    }

    /// A commit failed, or a shard leaves without having its rows in its own files. The log's lease is free when this
    /// returns; the shards that have it named bring their rows to their own files, beside the commits.
    func giveUp() {
        let stores: [(Int, Attached)]? = turn.withLock { _ in
            let stores = state.withLock { state -> [(Int, Attached)]? in
                if state.isOver { return nil }
                state.isOver = true
                defer { state.stores = [:] }
                return state.stores.sorted { $0.key < $1.key }
            }
            if stores != nil { end(removing: false) }
            return stores
        }
        guard let stores else { return }
        beside.async { [self] in
            for (shard, attached) in stores {
                // What fails here the shard's next opening does.
                guard let store = attached.store, (try? store.settle()) != nil else { continue }
                do {
                    let left = try LeftLog(name, holder: holder, directory: directory, settings: settings)
                    defer { left?.close() }
                    try left?.finish(shard)
                    store.logIsDone()
                } catch {}
            }
        }
    }

    /// Removes it unless a shard may name it.
    func endIfUnused() {
        turn.withLock { _ in
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
        if removing { try? directory.removeCommitLog(name) }
        for file in files + (ready.map { [$0] } ?? []) {
            if removing { file.closeRemoved() } else { file.giveUp() }
        }
        lease.release()
    }

    /// Seams for tests: called in each append before its commit and after it; the numbers of the files.
    func failCommits(_ fault: (@Sendable (SQLiteShardStore.CommitMoment) throws -> Void)?) {
        state.withLock { $0.fault = fault }
    }
    var files: [Int] { state.withLock { $0.files.map(\.number) } }
}
