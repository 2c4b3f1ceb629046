// A read-only connection beside the writer's, in the same process. Each call is one statement, reset before it
// returns: an idle snapshot would stop checkpoints of the log.

import Domain
import GRDB
import Journal
import Synchronization

final class SQLiteShardReader: ShardReader {
    private let queue: Mutex<DatabaseQueue?>

    init(path: String, settings: SQLiteSettings) throws(StoreFault) {
        do {
            let opened = try DatabaseQueue(path: path, configuration: ShardFile.configuration(settings, readonly: true))
            queue = Mutex(opened)
        } catch {
            throw ShardFile.openingFault(error, path)
        }
    }

    deinit { close() }

    var isClosed: Bool { queue.withLock { $0 == nil } }

    func close() {
        queue.withLock { queue in
            try? queue?.close()
            queue = nil
        }
    }

    func rows(after: UInt64, limitBytes: Int) throws(StoreFault) -> [JournalRow] {
        try read { db in
            let select = try db.raw(
                """
                SELECT first, last, term, body FROM events
                WHERE first >= coalesce((SELECT first FROM events WHERE first <= ?1 ORDER BY first DESC LIMIT 1), 0)
                ORDER BY first
                """)
            select.bind(1, after == .max ? after : after + 1)
            var rows: [JournalRow] = []
            var bytes = 0
            try select.each {
                let row = Self.journalRow(select)
                guard row.last > after else { return true }
                bytes += row.body.count
                rows.append(row)
                return bytes < limitBytes
            }
            return rows
        }
    }

    func row(containing sequence: UInt64) throws(StoreFault) -> JournalRow? {
        try read { db in
            let select = try db.raw(
                "SELECT first, last, term, body FROM events WHERE first <= ?1 ORDER BY first DESC LIMIT 1")
            select.bind(1, sequence)
            return try Self.first(select) { Self.journalRow(select) }.flatMap { $0.last >= sequence ? $0 : nil }
        }
    }

    func shops() throws(StoreFault) -> [StoredShop] {
        try read { db in
            let select = try db.raw("SELECT shop, reflects, body FROM shops ORDER BY shop")
            return try Self.all(select) {
                StoredShop(shop: ShopID(rawValue: select.text(0)), reflects: select.number(1), body: select.body(2))
            }
        }
    }

    func buyer(_ shop: ShopID, _ buyer: BuyerID) throws(StoreFault) -> StoredBuyer? {
        try read { db in
            let select = try db.raw(
                "SELECT shop, buyer, reflects, open, body FROM buyers WHERE shop = ?1 AND buyer = ?2")
            select.bind(1, shop.rawValue)
            select.bind(2, buyer.rawValue)
            return try Self.first(select) { Self.buyerRow(select) }
        }
    }

    func openBuyers(after: BuyerPlace?, limit: Int) throws(StoreFault) -> [StoredBuyer] {
        try read { db in
            let select = try db.raw(
                """
                SELECT shop, buyer, reflects, open, body FROM buyers
                WHERE open = 1 AND (shop, buyer) > (?1, ?2) ORDER BY shop, buyer LIMIT ?3
                """)
            select.bind(1, after?.shop.rawValue ?? "")
            select.bind(2, after?.buyer.rawValue ?? "")
            select.bind(3, Int64(max(0, limit)))
            return try Self.all(select) { Self.buyerRow(select) }
        }
    }

    func buyerCount() throws(StoreFault) -> Int {
        try read { db in
            let select = try db.raw("SELECT buyers FROM shard")
            return try Self.first(select) { Int(select.signed(0)) } ?? 0
        }
    }

    func session(_ shop: ShopID, _ number: UInt64) throws(StoreFault) -> EndedSessionRow? {
        try read { db in
            let select = try db.raw(Self.sessionColumns + "WHERE shop = ?1 AND number = ?2")
            select.bind(1, shop.rawValue)
            select.bind(2, number)
            return try Self.first(select) { Self.sessionRow(select) }
        }
    }

    func sessions(
        _ shop: ShopID, agent: AgentID?, buyer: BuyerID?, after number: UInt64, limit: Int
    ) throws(StoreFault) -> [EndedSessionRow] {
        try read { db in
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
        try read { db in
            let select = try db.raw("SELECT first, last, body FROM answers WHERE last > ?1 ORDER BY first")
            select.bind(1, after)
            return try Self.all(select) {
                AnswerRow(first: select.number(0), last: select.number(1), body: select.body(2))
            }
        }
    }

    private func read<Value: Sendable>(_ body: (Database) throws -> Value) throws(StoreFault) -> Value {
        let result: Result<Value, StoreFault> = queue.withLock { queue in
            guard let queue else { return .failure(StoreFault(.closed, "the reader is closed")) }
            do {
                return .success(try queue.unsafeRead(body))
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

    private static func first<Value>(_ select: RawStatement, _ value: () -> Value) throws -> Value? {
        var found: Value?
        try select.each {
            found = value()
            return false
        }
        return found
    }

    private static func journalRow(_ select: RawStatement) -> JournalRow {
        JournalRow(first: select.number(0), last: select.number(1), term: select.number(2), body: select.body(3))
    }

    private static func buyerRow(_ select: RawStatement) -> StoredBuyer {
        StoredBuyer(
            shop: ShopID(rawValue: select.text(0)), buyer: BuyerID(rawValue: select.text(1)),
            reflects: select.number(2), open: select.signed(3) == 1, body: select.body(4))
    }

    private static func sessionRow(_ select: RawStatement) -> EndedSessionRow {
        EndedSessionRow(
            shop: ShopID(rawValue: select.text(0)), number: select.number(1),
            buyer: BuyerID(rawValue: select.text(2)), agent: select.optionalText(3).map(AgentID.init(rawValue:)),
            endedAt: Timestamp(millis: select.signed(4)), lastSequence: select.number(5), body: select.body(6))
    }
}
