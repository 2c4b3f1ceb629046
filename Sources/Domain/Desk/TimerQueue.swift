// What a desk has to look at later (DIV-6, DIV-8, DIV-13), in order of time, then of name; the same order everywhere.

import HeapModule

struct DeskTimer: Comparable, Sendable {
    enum Work: Hashable, Sendable {
        /// A session may have to end.
        case session(UInt64)
        /// A lost stream takes the agent offline.
        case streamLost(AgentID)
        /// A minute's allowance of the pool came back.
        case drainPool

        fileprivate var order: (Int, UInt64, String) {
            switch self {
            case .session(let number): (0, number, "")
            case .streamLost(let agent): (1, 0, agent.rawValue)
            case .drainPool: (2, 0, "")
            }
        }
    }

    var due: Timestamp
    var work: Work

    static func < (a: Self, b: Self) -> Bool {
        if a.due != b.due { return a.due < b.due }
        return a.work.order < b.work.order
    }
}

struct TimerQueue: Sendable {
    private var heap = Heap<DeskTimer>()

    var first: DeskTimer? { heap.min }
    mutating func insert(_ timer: DeskTimer) { heap.insert(timer) }
    mutating func removeFirst() { _ = heap.popMin() }
}
