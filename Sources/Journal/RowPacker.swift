// Cuts a run of records into journal rows.

import Domain
import Wire

public struct RowPacker: ~Copyable, Sendable {
    private let term: UInt64
    private let bodyLimit: Int
    private var rows: [JournalRow] = []
    private var writer: ByteWriter
    private var first: UInt64 = 0
    private var last: UInt64 = 0

    public init(term: UInt64, bodyLimit: Int = JournalRow.bodyLimit) {
        self.term = term
        self.bodyLimit = bodyLimit
        writer = ByteWriter(reserving: bodyLimit + 1_024)
    }

    /// Sequence numbers must follow each other.
    public mutating func append(_ record: EventRecord) {
        precondition(last == 0 || record.sequence == last + 1, "records without gaps")
        if writer.isEmpty { first = record.sequence }
        let before = writer.count
        RecordCoding.append(record, to: &writer)
        if before > 0, writer.count > bodyLimit {
            let overhang = writer.withUnsafeBytes { Array($0[before...]) }
            writer.truncate(to: before)
            cut()
            writer.append(overhang)
            first = record.sequence
        }
        last = record.sequence
    }

    /// The rows of everything appended since the last call.
    public mutating func finish() -> [JournalRow] {
        cut()
        defer { rows = [] }
        return rows
    }

    private mutating func cut() {
        if writer.isEmpty { return }
        rows.append(JournalRow(first: first, last: last, term: term, body: writer.bytes))
        writer.truncate()
    }
}
