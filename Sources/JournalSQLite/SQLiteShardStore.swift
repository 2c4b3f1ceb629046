// One open shard. Driven by one thread at a time; its numbers may be read from any. A commit that failed leaves the
// store poisoned (I3): the caller closes it, opens the shard again, and reads what is there.

import Domain
import GRDB
import Journal
import Synchronization

final class SQLiteShardStore: ShardStore {
    let shard: Int
    let term: UInt64
    private let journal: JournalFiles
    private let kept: RowFile
    private let lease: FileLease
    private let commits: CommitLogs
    private let state: Mutex<State>

    private enum Phase { case open, poisoned, closed }

    private struct State {
        var phase = Phase.open
        var durable: UInt64
        var checkpoint: UInt64
        var readers: [SQLiteShardReader] = []
        var fault: (@Sendable (CommitMoment) throws -> Void)?
        /// The log that may have rows of the shard.
        var log: CommitLog?
        /// Rows go from there to the shard's own files.
        var isSettling = false
    }

    /// Where a test may make a commit fail.
    enum CommitMoment: Sendable { case before, after }

    init(
        shard: Int, shards: Int, holder: String, directory: ShardDirectory, lease: FileLease, commits: CommitLogs,
        settings: SQLiteSettings
    ) throws(StoreFault) {
        let journal = try JournalFiles(
            shard: shard, shards: shards, holder: holder, directory: directory, settings: settings)
        do throws(StoreFault) {
            kept = try RowFile(
                shard: shard, shards: shards, directory: directory, term: journal.term, durable: journal.durable,
                settings: settings)
        } catch {
            journal.close()
            throw error
        }
        term = journal.term
        state = Mutex(State(durable: journal.durable, checkpoint: kept.checkpoint))
        self.shard = shard
        self.journal = journal
        self.lease = lease
        self.commits = commits
        commits.opened()
    }

    deinit { close() }

    var durable: UInt64 { state.withLock { $0.durable } }
    var checkpoint: UInt64 { state.withLock { $0.checkpoint } }

    func write(rows: [JournalRow]) throws(StoreFault) { try write(rows: rows, naming: nil) }

    /// `log`: where the shard's rows may go from then on.
    func write(rows: [JournalRow], naming log: CommitLog?) throws(StoreFault) {
        let fault = try whileOpen { $0.fault }
        if rows.isEmpty { return }
        var named: CommitLog?
        if let log, journal.mayName, log.attach(self) {
            named = log
            do throws(StoreFault) {
                try whileOpen { $0.log = log }
            } catch {
                log.detach(self)
                throw error
            }
        }
        var place = Place(last: 0)
        try attempt("write") {
            place = try journal.transaction(naming: named?.name) { db, place in
                try place.append(rows, term: term, to: db)
                try fault?(.before)
            }
            try fault?(.after)
        }
        state.withLock { $0.durable = place.last }
        // It was given up meanwhile, before it had anything.
        if let named, named.isOver { isDone(named) }
    }

    // MARK: The commit log

    /// Whether rows may go to the log.
    func isAttached(to log: CommitLog) -> Bool { journal.isNamed(log.name) }

    /// Whether a write to the shard's own files would wait for much else.
    var isSettling: Bool { state.withLock { $0.isSettling } || journal.loggedBytes > journal.settings.directBytes }

    /// Refuses what `write(rows:)` would.
    func check(_ rows: [JournalRow]) throws(StoreFault) {
        var last = try whileOpen { $0.durable }
        for row in rows {
            guard row.first == last + 1, row.last >= row.first else {
                throw StoreFault(.sequenceGap, "\(row.first)…\(row.last) does not follow \(last)")
            }
            guard row.term == term else {
                throw StoreFault(.staleTerm, "term \(row.term) is not the shard's \(term)")
            }
            last = row.last
        }
    }

    /// The rows are durable in the log.
    func logged(_ rows: [JournalRow]) {
        guard let last = rows.last?.last else { return }
        journal.log(rows)
        state.withLock { $0.durable = last }
    }

    /// The log failed: it is unknown whether the shard's rows are there (I3), unless it was taken from this process.
    func logFailed(_ error: any Error) -> StoreFault {
        if let refusal = error as? StoreFault, refusal.code == .staleTerm { return refusal }
        return poison("write", error)
    }

    /// Brings what the log has, up to an event, to the shard's own files, durably.
    func settle(upTo last: UInt64 = .max) throws(StoreFault) {
        try whileOpen { $0.isSettling = true }
        defer { state.withLock { $0.isSettling = false } }
        try attempt(Self.settling) {
            try journal.takeLogged(upTo: last, pauseMicros: journal.settings.movePauseMicros)
        }
    }

    /// The next `moveBytes` of it; false if there is nothing. Nil, and nothing was done, if somebody writes there.
    func settleSome(upTo last: UInt64) throws(StoreFault) -> Bool? {
        _ = try whileOpen { $0.phase }
        var isMore: Bool?
        try attempt(Self.settling) { isMore = try journal.takeLoggedIfFree(upTo: last) }
        return isMore
    }

    private static let settling = "write of logged rows"

    /// The shard's files have all that the log had, and the log does not show it to the next opening.
    func isDone(_ log: CommitLog) {
        journal.isDone(log.name)
        state.withLock { if $0.log === log { $0.log = nil } }
    }

    /// Whether a log has what the shard's own files have not.
    var hasLogged: Bool { journal.hasLogged }

    /// Before the lease goes: the next holder must find everything in the shard's own files, or be free to read the log.
    private func leave(_ log: CommitLog, inOrder: Bool) {
        if inOrder {
            do {
                try journal.takeLogged()
                if try log.finish(self) { return try journal.end(log.name) }
            } catch {}
        }
        log.giveUp()
    }

    func write(changes: [RowChange]) throws(StoreFault) {
        let (fault, durable) = try whileOpen { ($0.fault, $0.durable) }
        if changes.isEmpty { return }
        var checkpoint: UInt64 = 0
        try attempt("write of rows") {
            checkpoint = try kept.write(changes, durable: durable) { try fault?(.before) }
            try fault?(.after)
        }
        state.withLock { $0.checkpoint = checkpoint }
    }

    func mergeRows() throws(StoreFault) -> Bool {
        _ = try whileOpen { $0.phase }
        var isMore = false
        try attempt("merge of rows") { isMore = try kept.mergeRuns() }
        return isMore
    }

    func tend(walPages: Int) throws(StoreFault) {
        _ = try whileOpen { $0.phase }
        do { try journal.tend(walPages: walPages) } catch { throw poison("checkpoint of the log", error) }
    }

    /// A refusal leaves the store as it is; any other failure poisons it.
    private func attempt(_ what: String, _ body: () throws -> Void) throws(StoreFault) {
        do {
            try body()
        } catch let refusal as StoreFault where refusal.code == .staleTerm || refusal.code == .sequenceGap {
            throw refusal
        } catch {
            throw poison(what, error)
        }
    }

    func reader() throws(StoreFault) -> any ShardReader {
        let reader = SQLiteShardReader(journal: journal, rows: kept.file.path, runs: kept.runs)
        let kept = state.withLock { state in
            guard state.phase == .open else { return false }
            state.readers.removeAll { $0.isClosed }
            state.readers.append(reader)
            return true
        }
        guard kept else {
            reader.close()
            throw closedFault
        }
        return reader
    }

    func close() {
        let left: (readers: [SQLiteShardReader], log: CommitLog?, isOpen: Bool)? = state.withLock { state in
            if state.phase == .closed { return nil }
            defer { (state.phase, state.readers, state.log) = (.closed, [], nil) }
            return (state.readers, state.log, state.phase == .open)
        }
        guard let left else { return }
        for reader in left.readers { reader.close() }
        if let log = left.log { leave(log, inOrder: left.isOpen) }
        // Each waits for what is under way on its connection.
        kept.close()
        journal.close()
        BuyerRun.settle()
        commits.closed()
        lease.release()
    }

    /// A seam for tests: called in each write before its commit and after it; what it throws is the commit's failure.
    func failCommits(_ fault: (@Sendable (CommitMoment) throws -> Void)?) {
        state.withLock { $0.fault = fault }
    }

    /// Seams for tests: the writing connections as they are.
    func inspect<Value>(_ body: (Database) throws -> Value) throws -> Value { try journal.inspect(body) }
    func inspectRows<Value>(_ body: (Database) throws -> Value) throws -> Value { try kept.file.access(body) }

    var files: JournalFiles { journal }
    var runs: [BuyerRun] { kept.runs.all }

    var walPages: Int { journal.walPages }

    private var closedFault: StoreFault { StoreFault(.closed, "shard \(shard) is not open here") }

    private func whileOpen<Value: Sendable>(_ body: (inout State) -> Value) throws(StoreFault) -> Value {
        let value: Value? = state.withLock { $0.phase == .open ? body(&$0) : nil }
        guard let value else { throw closedFault }
        return value
    }

    private func poison(_ what: String, _ error: any Error) -> StoreFault {
        state.withLock { if $0.phase == .open { $0.phase = .poisoned } }
        return StoreFault(.unknownOutcome, "shard \(shard): \(what) failed", cause: "\(error)")
    }
}
