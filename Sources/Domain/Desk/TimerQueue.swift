// What a desk has to look at later (DIV-6, DIV-8, DIV-13), in order of time, then of number; the same order everywhere.

import HeapModule

struct DeskTimer: Comparable, Sendable {
    enum Work: Hashable, Sendable {
        /// A session may have to end.
        case session(UInt64)
        /// A lost stream takes the agent of that slot offline.
        case streamLost(Int)
        /// A minute's allowance of the pool came back.
        case drainPool

        fileprivate static func comesBefore(_ a: Work, _ b: Work) -> Bool {
            switch (a, b) {
            case (.session(let a), .session(let b)): a < b
            case (.streamLost(let a), .streamLost(let b)): a < b
            case (.session, _): true
            case (_, .session): false
            case (.streamLost, .drainPool): true
            case (.drainPool, _): false
            }
        }
    }

    var due: Timestamp
    var work: Work

    static func < (a: Self, b: Self) -> Bool {
        if a.due != b.due { return a.due < b.due }
        return Work.comesBefore(a.work, b.work)
    }
}

/// Most timers are set so long ahead, each later than the one before: those stand in a line, the others in a heap.
struct TimerQueue: Sendable {
    private var line = Line<DeskTimer>()
    private var heap = Heap<DeskTimer>()
    /// When the first is due, `.distantFuture` without any.
    private(set) var nextDue = Timestamp.distantFuture
    /// When the last of the line is due.
    private var lastOfLine = Timestamp.distantPast

    var count: Int { line.count + heap.count }

    var first: DeskTimer? {
        guard let next = line.first else { return heap.min }
        guard let other = heap.min, other < next else { return next }
        return other
    }

    /// For `Desk.lookAhead`.
    var seen: Int { line.seenEnd &+ heap.count }

    mutating func insert(_ timer: DeskTimer) {
        if timer.due > lastOfLine || (line.last.map { $0 < timer } ?? true) {
            lastOfLine = timer.due
            line.append(timer)
        } else {
            heap.insert(timer)
        }
        nextDue = min(nextDue, timer.due)
    }

    mutating func removeFirst() {
        if let other = heap.min, line.first.map({ other < $0 }) ?? true {
            heap.removeMin()
        } else {
            line.removeFirst()
        }
        nextDue = first?.due ?? .distantFuture
    }
}
