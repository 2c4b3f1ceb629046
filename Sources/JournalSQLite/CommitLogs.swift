// Where an engine's batches go: one shard's to its own files, those of several to the commit log, which is made when it is
// first needed. A shard's first batch of those goes to its own files too, and names the log there.

import Foundation
import Journal
import Synchronization

final class CommitLogs: Sendable {
    private struct State {
        var log: CommitLog?
        var isMaking = false
        /// Stores of the engine.
        var open = 0
        /// Not again before.
        var retryAt = DispatchTime(uptimeNanoseconds: 0)
    }

    private static let holder = ProcessInfo.processInfo.processName
    private let directory: ShardDirectory
    private let settings: SQLiteSettings
    private let state = Mutex(State())
    private let beside = SideQueue("fenliu.commits")
    private let ahead = SideQueue("fenliu.commits.ahead", givesWay: false)

    init(directory: ShardDirectory, settings: SQLiteSettings) {
        self.directory = directory
        self.settings = settings
    }

    func opened() { state.withLock { $0.open += 1 } }

    /// With the last store a log goes that none of them has named.
    func closed() {
        let log = state.withLock { state in
            state.open -= 1
            return state.open == 0 ? state.log : nil
        }
        log?.endIfUnused()
    }

    func write(_ batches: [ShardBatch]) -> [StoreFault?] {
        var faults = [StoreFault?](repeating: nil, count: batches.count)
        var together: [(place: Int, store: SQLiteShardStore)] = []
        let log = log(isNeeded: batches.count > 1)
        for (place, batch) in batches.enumerated() {
            guard !batch.rows.isEmpty, let log, let store = batch.store as? SQLiteShardStore,
                batches.count > 1 || store.isSettling
            else {
                faults[place] = batch.write()
                continue
            }
            do throws(StoreFault) {
                if store.isAttached(to: log) {
                    try store.check(batch.rows)
                    together.append((place, store))
                } else {
                    try store.write(rows: batch.rows, naming: log)
                }
            } catch {
                faults[place] = error
            }
        }
        guard let log, !together.isEmpty else { return faults }
        log.keepUp(with: together.lazy.flatMap { batches[$0.place].rows })
        do {
            try log.append(together.map { ($0.store, batches[$0.place].rows) })
        } catch let fault as StoreFault where fault.code == .closed {
            // It was given up before anything was written.
            for part in together { faults[part.place] = batches[part.place].write() }
        } catch {
            for part in together { faults[part.place] = part.store.logFailed(error) }
            log.giveUp()
        }
        return faults
    }

    /// The log if there is one with room; else one is made beside the commits, if it is needed.
    private func log(isNeeded: Bool) -> CommitLog? {
        let (log, isDue) = state.withLock { state -> (CommitLog?, Bool) in
            if let log = state.log, !log.isOver { return (log, false) }
            state.log = nil
            guard isNeeded, !state.isMaking, DispatchTime.now() >= state.retryAt else { return (nil, false) }
            state.isMaking = true
            return (nil, true)
        }
        if isDue { beside.async { [self] in make() } }
        guard let log, !log.hasRoom else { return log }
        log.goOn()
        return nil
    }

    private func make() {
        sweep()
        let log = try? CommitLog(
            directory: directory, settings: settings, holder: Self.holder, beside: beside, ahead: ahead)
        let isLate = state.withLock { state in
            state.log = log
            state.isMaking = false
            if log == nil { state.retryAt = .now() + .milliseconds(settings.commitLogRetryMillis) }
            return state.open == 0
        }
        if isLate { log?.endIfUnused() }
    }

    /// Removes logs that were left behind and that nobody needs.
    func sweep() {
        var quick = settings
        quick.leftLogWaitMillis = 0
        for name in (try? directory.commitLogs()) ?? [] {
            // One that is in use is passed over.
            do {
                let left = try LeftLog(name, holder: Self.holder, directory: directory, settings: quick)
                // Its lock is taken first and goes last, so what is there without it and without a file is a remnant.
                if let left { left.close() } else { try directory.removeCommitLog(name) }
            } catch {}
        }
    }

    /// Seams for tests: the log in use; and what is under way beside the commits has ended.
    var log: CommitLog? { state.withLock { $0.log } }
    func settle() {
        settleAhead()
        beside.settle()
        settleAhead()
    }
    func settleAhead() { ahead.settle() }
    func whileSuspended<Value>(_ body: () throws -> Value) rethrows -> Value { try beside.whileSuspended(body) }
}
