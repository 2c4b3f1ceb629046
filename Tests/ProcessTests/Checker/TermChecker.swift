import Journal
import JournalSQLite

/// I4: one writer per shard and term. Terms never fall along a journal, and once a term has begun nothing is written
/// under a smaller one.
enum TermChecker {
    /// A term and the last event that was there when it began.
    struct Beginning {
        var term: UInt64
        var after: UInt64
    }

    static func violations(_ rows: [JournalRow], _ beginnings: [Beginning]) -> [String] {
        var violations: [String] = []
        var former: UInt64 = 0
        for row in rows {
            if row.term < former { violations.append("event \(row.first): term \(row.term) follows \(former)") }
            former = max(former, row.term)
            for begun in beginnings where row.first > begun.after && row.term < begun.term {
                violations.append("event \(row.first): written under term \(row.term), though \(begun.term) had begun")
            }
        }
        return violations
    }

    /// Every row of a shard of a stopped cluster.
    static func rows(of shard: Int, in data: String) throws -> [JournalRow] {
        let store = try SQLiteEngine(directory: data, shards: nil).open(shard: shard, holder: "checker")
        defer { store.close() }
        return try store.reader().rows(after: 0, limitBytes: .max)
    }
}
