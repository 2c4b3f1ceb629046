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
    private let lease: ShardLease
    private let state: Mutex<State>

    private enum Phase { case open, poisoned, closed }

    private struct State {
        var phase = Phase.open
        var durable: UInt64
        var checkpoint: UInt64
        var readers: [SQLiteShardReader] = []
        var fault: (@Sendable (CommitMoment) throws -> Void)?
    }

    /// Where a test may make a commit fail.
    enum CommitMoment: Sendable { case before, after }

    init(
        shard: Int, shards: Int, holder: String, directory: ShardDirectory, lease: ShardLease, settings: SQLiteSettings
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
    }

    deinit { close() }

    var durable: UInt64 { state.withLock { $0.durable } }
    var checkpoint: UInt64 { state.withLock { $0.checkpoint } }

    func write(rows: [JournalRow]) throws(StoreFault) {
        let fault = try whileOpen { $0.fault }
        if rows.isEmpty { return }
        var place = Place(last: 0)
        try attempt("write") {
            place = try journal.transaction { db, place in
                try place.append(rows, term: term, to: db)
                try fault?(.before)
            }
            try fault?(.after)
        }
        state.withLock { $0.durable = place.last }
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
        let readers: [SQLiteShardReader]? = state.withLock { state in
            if state.phase == .closed { return nil }
            state.phase = .closed
            defer { state.readers = [] }
            return state.readers
        }
        guard let readers else { return }
        for reader in readers { reader.close() }
        // Each waits for what is under way on its connection.
        kept.close()
        journal.close()
        BuyerRun.settle()
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

    private func whileOpen<Value: Sendable>(_ body: (State) -> Value) throws(StoreFault) -> Value {
        let value: Value? = state.withLock { $0.phase == .open ? body($0) : nil }
        guard let value else { throw closedFault }
        return value
    }

    private func poison(_ what: String, _ error: any Error) -> StoreFault {
        state.withLock { if $0.phase == .open { $0.phase = .poisoned } }
        return StoreFault(.unknownOutcome, "shard \(shard): \(what) failed", cause: "\(error)")
    }
}
