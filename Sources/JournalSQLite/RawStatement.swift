// Binding and reading without GRDB's value conversions: the hot path of writes and look-ups. A statement belongs to
// one connection, is reset after each use, and binds nothing beyond the call.

import Domain
import GRDB
import GRDBSQLite

extension Database {
    /// A statement that the connection keeps.
    public func raw(_ sql: String) throws -> RawStatement { RawStatement(try cachedStatement(sql: sql), self) }
}

public struct RawStatement {
    let statement: Statement
    let handle: SQLiteStatement
    let connection: SQLiteConnection?

    init(_ statement: Statement, _ db: Database) {
        self.statement = statement
        handle = statement.sqliteStatement
        connection = db.sqliteConnection
    }

    /// The bytes need not stay: SQLite copies them.
    public func bind(_ index: Int32, _ text: String) {
        var text = text
        text.withUTF8 { bytes in
            guard let start = bytes.baseAddress else {
                sqlite3_bind_text(handle, index, "", 0, Self.copied)
                return
            }
            start.withMemoryRebound(to: CChar.self, capacity: bytes.count) { chars in
                _ = sqlite3_bind_text(handle, index, chars, Int32(bytes.count), Self.copied)
            }
        }
    }

    public func bind(_ index: Int32, _ text: String?) {
        if let text { bind(index, text) } else { sqlite3_bind_null(handle, index) }
    }

    public func bind(_ index: Int32, _ number: UInt64) {
        sqlite3_bind_int64(handle, index, Int64(clamping: number))
    }

    public func bind(_ index: Int32, _ number: Int64) {
        sqlite3_bind_int64(handle, index, number)
    }

    /// Runs to its end with a body bound at `index`, which is not copied; gives the number of rows changed.
    @discardableResult
    public func run(body: [UInt8], at index: Int32) throws -> Int { try run(body: body[...], at: index) }

    @discardableResult
    func run(body: ArraySlice<UInt8>, at index: Int32) throws -> Int {
        try body.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress {
                sqlite3_bind_blob64(handle, index, start, UInt64(bytes.count), nil)
            } else {
                sqlite3_bind_zeroblob(handle, index, 0)
            }
            defer { sqlite3_bind_null(handle, index) }
            return try run()
        }
    }

    @discardableResult
    public func run() throws -> Int {
        defer { sqlite3_reset(handle) }
        guard sqlite3_step(handle) == SQLITE_DONE else { throw failure }
        return Int(sqlite3_changes(connection))
    }

    /// Calls `row` for each row until it answers false; always resets, so that no snapshot stays open.
    public func each(_ row: () throws -> Bool) throws {
        defer { sqlite3_reset(handle) }
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: if try !row() { return }
            case SQLITE_DONE: return
            default: throw failure
            }
        }
    }

    public func number(_ column: Int32) -> UInt64 { UInt64(clamping: sqlite3_column_int64(handle, column)) }
    public func signed(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    public func optionalSigned(_ column: Int32) -> Int64? {
        sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : signed(column)
    }

    public func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    public func optionalText(_ column: Int32) -> String? {
        sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : text(column)
    }

    public func body(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    /// A body where it stands, until the statement goes on.
    func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: sqlite3_column_blob(handle, column), count: Int(sqlite3_column_bytes(handle, column)))
    }

    private var failure: DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
            message: connection.map { String(cString: sqlite3_errmsg($0)) })
    }

    /// SQLITE_TRANSIENT.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
