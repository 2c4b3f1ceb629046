// The rows last made durable, for followers that are nearly there. Bounded in bytes; older rows are read from disk.

import Journal

struct JournalTail {
    private let most: Int
    private var rows: [JournalRow] = []
    private var bytes = 0

    init(most: Int) { self.most = most }

    mutating func append(_ new: [JournalRow]) {
        for row in new { bytes += row.body.count }
        rows.append(contentsOf: new)
        var drop = 0
        while bytes > most, drop < rows.count {
            bytes -= rows[drop].body.count
            drop += 1
        }
        if drop > 0 { rows.removeFirst(drop) }
    }

    /// The first row that reaches beyond `sequence`, if everything after `sequence` is here.
    func row(after sequence: UInt64) -> JournalRow? {
        guard let first = rows.first, first.first <= sequence + 1 else { return nil }
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].last <= sequence { low = middle + 1 } else { high = middle }
        }
        return low < rows.count ? rows[low] : nil
    }
}
