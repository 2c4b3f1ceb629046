// Reads a shop's or a buyer's events back through the journal, from one to the one before it. Runs on a reading thread.
// Chains: Protocols/Journal.md.

import Domain
import Journal

struct ChainReader {
    let reader: any ShardReader
    private var row: JournalRow?

    init(_ reader: any ShardReader) { self.reader = reader }

    /// The record of that number; nil if there is none or it was set aside (I12).
    mutating func record(_ sequence: UInt64) throws(StoreFault) -> EventRecord? {
        if let row, row.first <= sequence, sequence <= row.last {
            return try RecordCoding.decodeOne(sequence, in: row.body)?.record
        }
        row = try reader.row(containing: sequence)
        guard let row else { return nil }
        return try RecordCoding.decodeOne(sequence, in: row.body)?.record
    }

    /// The buyer's events from `sequence` back, newest first, until `take` says no or `limit` were read.
    mutating func buyer(
        from sequence: UInt64, limit: Int, take: (EventRecord) -> Bool
    ) throws(StoreFault) {
        var next = sequence
        var left = limit
        while next > 0, left > 0, let record = try record(next) {
            guard take(record) else { return }
            next = record.previousOfBuyer
            left -= 1
        }
    }

    /// The shop's events from `sequence` back, newest first, until `take` says no or `limit` were read.
    mutating func shop(
        from sequence: UInt64, limit: Int, take: (EventRecord) -> Bool
    ) throws(StoreFault) {
        var next = sequence
        var left = limit
        while next > 0, left > 0, let record = try record(next) {
            guard take(record) else { return }
            next = record.previousOfShop
            left -= 1
        }
    }
}
