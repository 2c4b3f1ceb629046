// Cuts a run of records into journal rows.

import Domain
import Wire

public struct RowPacker: Sendable {
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
        if writer.bytes.isEmpty { first = record.sequence }
        let before = writer.bytes.count
        RecordCoding.append(record, to: &writer)
        if before > 0, writer.bytes.count > bodyLimit {
            let overhang = Array(writer.bytes[before...])
            writer.bytes.removeSubrange(before...)
            cut()
            writer.bytes.append(contentsOf: overhang)
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
        if writer.bytes.isEmpty { return }
        rows.append(JournalRow(first: first, last: last, term: term, body: writer.bytes))
        writer.bytes.removeAll(keepingCapacity: true)
    }
}
