// What of a shard's journal is durable in a commit log and not in the shard's own files yet, in order, and the log that
// these name. A log is named in the shard's file before it has any of its rows, so who opens the shard next finds them.

import Domain
import Journal

struct LoggedRows {
    private(set) var rows: [JournalRow] = []
    /// Of their bodies.
    private(set) var bytes = 0
    /// The log that the file names.
    private(set) var log: String?
    /// Nothing of the shard is in that log alone any more: the next transaction takes the name out.
    private(set) var isDone = false

    /// Whether a log may be named: a name is not given up before its log is done with.
    var mayName: Bool { log == nil || isDone }

    /// Whether rows may go to this log.
    func isNamed(_ log: String) -> Bool { self.log == log && !isDone }

    /// The name that the next transaction leaves in the file.
    func name(asked log: String?) -> String? {
        guard mayName else { return self.log }
        return log
    }

    /// The first of them, so many bytes or one; all if nil.
    func first(bytes most: Int?) -> ArraySlice<JournalRow> {
        guard let most else { return rows[...] }
        return rows[...].first(bytes: most) { $0.body.count }
    }

    mutating func took(count: Int, name: String?) {
        for row in rows[..<count] { bytes -= row.body.count }
        rows.removeFirst(count)
        if name != log { isDone = false }
        log = name
    }

    mutating func append(_ more: [JournalRow]) {
        rows += more
        for row in more { bytes += row.body.count }
    }

    /// Nothing is in this log alone any more; of no effect if another is named.
    mutating func finish(_ log: String) { if log == self.log { isDone = true } }

    /// The row with this event.
    func row(containing sequence: UInt64) -> JournalRow? {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].last < sequence { low = middle + 1 } else { high = middle }
        }
        return low < rows.count && rows[low].first <= sequence ? rows[low] : nil
    }

    /// As the file takes them: many small ones as few.
    static func joined(_ rows: some Sequence<JournalRow>) -> [JournalRow] {
        var all: [JournalRow] = []
        var held: JournalRow?
        for row in rows {
            guard var open = held else {
                held = row
                continue
            }
            if open.body.count + row.body.count <= JournalRow.bodyLimit {
                held = nil
                open.last = row.last
                open.body += row.body
                held = open
            } else {
                all.append(open)
                held = row
            }
        }
        if let held { all.append(held) }
        return all
    }
}

extension ArraySlice {
    /// The first of them, so many bytes or one.
    func first(bytes most: Int, _ size: (Element) -> Int) -> ArraySlice {
        var (end, bytes) = (startIndex, 0)
        while end < endIndex, end == startIndex || bytes + size(self[end]) <= most {
            bytes += size(self[end])
            end += 1
        }
        return self[..<end]
    }
}
