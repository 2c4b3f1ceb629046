// Read-only connections beside the writer's, in the same process, opened when first needed. Each call
// is one statement, reset before it returns: an idle snapshot would stop checkpoints of the log.

import Domain
import GRDB
import Journal
import Synchronization

final class SQLiteShardReader: ShardReader {
    private enum File {
        case journal(JournalFiles.Segment)
        case rows
    }

    private struct OpenRun {
        var run: BuyerRun
        /// Opened when it is first read.
        var file: RunFile?
    }

    private struct State {
        var closed = false
        /// Oldest first, as of a version.
        var runs: [OpenRun] = []
        var version = -1
        /// The journal's files that were read last.
        var journal: [(number: Int, queue: DatabaseQueue)] = []
        var rows: DatabaseQueue?
    }

    /// Files of the journal that stay open.
    private static let journalsOpen = 3

    private let journal: JournalFiles
    private let rows: String
    private let runs: BuyerRuns
    private let state = Mutex(State())

    init(journal: JournalFiles, rows: String, runs: BuyerRuns) {
        self.journal = journal
        self.rows = rows
        self.runs = runs
    }

    deinit { close() }

    var isClosed: Bool { state.withLock { $0.closed } }

    func close() {
        state.withLock { state in
            for file in state.journal { try? file.queue.close() }
            try? state.rows?.close()
            for open in state.runs { open.file?.close() }
            state = State(closed: true, version: state.version)
        }
    }

    func rows(after: UInt64, limitBytes: Int) throws(StoreFault) -> [JournalRow] {
        var rows: [JournalRow] = []
        var bytes = 0
        let logged = journal.logged.rows
        for segment in journal.segments(from: after == .max ? after : after + 1) {
            rows += try read(.journal(segment)) { db in
                let select = try db.raw(
                    """
                    SELECT first, last, term, body FROM events
                    WHERE first >= coalesce((SELECT first FROM events WHERE first <= ?1 ORDER BY first DESC LIMIT 1), 0)
                    ORDER BY first
                    """)
                select.bind(1, after == .max ? after : after + 1)
                var rows: [JournalRow] = []
                try select.each {
                    let row = select.journalRow
                    guard row.last > after else { return true }
                    bytes += row.body.count
                    rows.append(row)
                    return bytes < limitBytes
                }
                return rows
            }
            if bytes >= limitBytes { return rows }
        }
        let last = rows.last?.last ?? after
        for row in logged where row.last > last {
            bytes += row.body.count
            rows.append(row)
            if bytes >= limitBytes { break }
        }
        return rows
    }

    func row(containing sequence: UInt64) throws(StoreFault) -> JournalRow? {
        if let logged = journal.logged.row(containing: sequence) { return logged }
        guard let segment = journal.segments(from: sequence).first else { return nil }
        return try read(.journal(segment)) { db in
            let select = try db.raw(
                "SELECT first, last, term, body FROM events WHERE first <= ?1 ORDER BY first DESC LIMIT 1")
            select.bind(1, sequence)
            return try Self.first(select) { select.journalRow }.flatMap { $0.last >= sequence ? $0 : nil }
        }
    }

    func shops() throws(StoreFault) -> [StoredShop] {
        try read(.rows) { db in
            let select = try db.raw("SELECT shop, reflects, body FROM shops ORDER BY shop")
            return try Self.all(select) {
                StoredShop(shop: ShopID(rawValue: select.text(0)), reflects: select.number(1), body: select.body(2))
            }
        }
    }

    func mayHold(_ shop: ShopID, _ buyer: BuyerID) -> Bool {
        state.withLock { state in
            // Whoever looks is told that it is closed.
            if state.closed { return true }
            take(&state)
            if state.runs.isEmpty { return false }
            let key = BuyerKey.of(shop, buyer)
            return state.runs.contains { $0.run.mayHold(key) }
        }
    }

    func refresh() { state.withLock { if !$0.closed { take(&$0) } } }

    func buyer(_ shop: ShopID, _ buyer: BuyerID) throws(StoreFault) -> StoredBuyer? {
        let wanted = PackedBuyers.named(shop, buyer)
        return try whileOpen { state in
            take(&state)
            return try wanted.row(at: 0) { wanted in
                let key = wanted.key
                for place in state.runs.indices.reversed() where state.runs[place].run.mayHold(key) {
                    if let found = try file(of: place, &state).find(wanted) { return found }
                }
                return nil
            }
        }
    }

    func openBuyers(after: BuyerPlace?, limit: Int) throws(StoreFault) -> [StoredBuyer] {
        guard limit > 0 else { return [] }
        return try whileOpen { state in
            take(&state)
            let files = try state.runs.indices.map { (state.runs[$0].run, try file(of: $0, &state)) }
            var open = OpenEntries(files, after: after)
            return try open.next(limit)
        }
    }

    func session(_ shop: ShopID, _ number: UInt64) throws(StoreFault) -> EndedSessionRow? {
        try read(.rows) { db in
            let select = try db.raw(Self.sessionColumns + "WHERE shop = ?1 AND number = ?2")
            select.bind(1, shop.rawValue)
            select.bind(2, number)
            return try Self.first(select) { Self.sessionRow(select) }
        }
    }

    func sessions(
        _ shop: ShopID, agent: AgentID?, buyer: BuyerID?, after number: UInt64, limit: Int
    ) throws(StoreFault) -> [EndedSessionRow] {
        try read(.rows) { db in
            var sql = Self.sessionColumns + "WHERE shop = ?1 AND number > ?2"
            if buyer != nil { sql += " AND buyer = ?4" }
            if agent != nil { sql += " AND agent = ?5" }
            let select = try db.raw(sql + " ORDER BY number LIMIT ?3")
            select.bind(1, shop.rawValue)
            select.bind(2, number)
            select.bind(3, Int64(max(0, limit)))
            if let buyer { select.bind(4, buyer.rawValue) }
            if let agent { select.bind(5, agent.rawValue) }
            return try Self.all(select) { Self.sessionRow(select) }
        }
    }

    func answers(after: UInt64) throws(StoreFault) -> [AnswerRow] {
        try read(.rows) { db in
            let select = try db.raw("SELECT first, last, body FROM answers WHERE last > ?1 ORDER BY first")
            select.bind(1, after)
            return try Self.all(select) {
                AnswerRow(first: select.number(0), last: select.number(1), body: select.body(2))
            }
        }
    }

    /// The runs as they are now.
    private func take(_ state: inout State) {
        if state.version == runs.version { return }
        state.version = runs.version
        var held = state.runs
        state.runs = runs.all.map { run in
            guard let place = held.firstIndex(where: { $0.run === run }) else { return OpenRun(run: run) }
            return held.remove(at: place)
        }
        for open in held { open.file?.close() }
    }

    private func file(of place: Int, _ state: inout State) throws -> RunFile {
        if let file = state.runs[place].file { return file }
        let file = try RunFile(state.runs[place].run.path, journal.settings)
        state.runs[place].file = file
        return file
    }

    private func read<Value: Sendable>(
        _ file: File, _ body: (Database) throws -> Value
    ) throws(StoreFault) -> Value {
        try whileOpen { try connection(file, &$0).unsafeRead(body) }
    }

    private func whileOpen<Value: Sendable>(_ body: (inout State) throws -> Value) throws(StoreFault) -> Value {
        let result: Result<Value, StoreFault> = state.withLock { state in
            if state.closed { return .failure(StoreFault(.closed, "the reader is closed")) }
            do {
                return .success(try body(&state))
            } catch let fault as StoreFault {
                return .failure(fault)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                return .failure(StoreFault(.corrupt, "a row cannot be read", cause: "\(error)"))
            } catch {
                return .failure(StoreFault(.io, "reading failed", cause: "\(error)"))
            }
        }
        return try result.get()
    }

    private func connection(_ file: File, _ state: inout State) throws -> DatabaseQueue {
        let configuration = ShardFile.configuration(journal.settings, cacheKiB: nil)
        switch file {
        case .journal(let segment):
            if let held = state.journal.first(where: { $0.number == segment.number }) { return held.queue }
            // GRDB reads the schema when it opens one.
            let fresh = try journal.reader(of: segment) { try DatabaseQueue(path: $0, configuration: configuration) }
            if state.journal.count >= Self.journalsOpen { try? state.journal.removeFirst().queue.close() }
            state.journal.append((segment.number, fresh))
            return fresh
        case .rows:
            if let held = state.rows { return held }
            let fresh = try DatabaseQueue(path: rows, configuration: configuration)
            state.rows = fresh
            return fresh
        }
    }

    private static let sessionColumns =
        "SELECT shop, number, buyer, agent, ended_at, last_sequence, body FROM sessions "

    private static func all<Value>(_ select: RawStatement, _ value: () -> Value) throws -> [Value] {
        var values: [Value] = []
        try select.each {
            values.append(value())
            return true
        }
        return values
    }

    private static func first<Value>(_ select: RawStatement, _ value: () throws -> Value) throws -> Value? {
        var found: Value?
        try select.each {
            found = try value()
            return false
        }
        return found
    }

    private static func sessionRow(_ select: RawStatement) -> EndedSessionRow {
        EndedSessionRow(
            shop: ShopID(rawValue: select.text(0)), number: select.number(1),
            buyer: BuyerID(rawValue: select.text(2)), agent: select.optionalText(3).map(AgentID.init(rawValue:)),
            endedAt: Timestamp(millis: select.signed(4)), lastSequence: select.number(5), body: select.body(6))
    }
}
