// DIV-6 and DIV-8: the queue, in order of the wait with a member's bonus, and the pool, oldest first.

/// One place in the queue. A member's key lies earlier by the bonus, so nobody is passed for ever.
struct QueueEntry: Comparable, Sendable {
    /// Milliseconds of the moment it joined, less the bonus.
    var key: Int64
    var session: UInt64

    static func < (a: Self, b: Self) -> Bool { (a.key, a.session) < (b.key, b.session) }
}

struct WaitingLines: Sendable {
    private(set) var queue: [QueueEntry] = []
    private(set) var pool: [QueueEntry] = []

    private static func place(_ entry: QueueEntry, in line: [QueueEntry]) -> Int {
        var low = 0
        var high = line.count
        while low < high {
            let middle = (low + high) / 2
            if line[middle] < entry { low = middle + 1 } else { high = middle }
        }
        return low
    }

    mutating func join(queue entry: QueueEntry) { queue.insert(entry, at: Self.place(entry, in: queue)) }
    mutating func join(pool entry: QueueEntry) { pool.insert(entry, at: Self.place(entry, in: pool)) }

    mutating func leave(queue entry: QueueEntry) {
        let place = Self.place(entry, in: queue)
        if place < queue.count, queue[place] == entry { queue.remove(at: place) }
    }

    mutating func leave(pool entry: QueueEntry) {
        let place = Self.place(entry, in: pool)
        if place < pool.count, pool[place] == entry { pool.remove(at: place) }
    }

    /// Place in the queue from 1, of an entry that is in it or that would join.
    func position(_ entry: QueueEntry) -> Int { Self.place(entry, in: queue) + 1 }
}
