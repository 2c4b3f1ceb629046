// The open sessions of a shop (DIV-13), found by number or by slot.

struct OpenSession: Sendable {
    var number: UInt64
    /// Place in the buyers' table.
    var buyer: Int
    var handler: Handler
    var openedAt: Timestamp
    var lastAt: Timestamp
    var handlerSince: Timestamp
    /// The buyer's first message that neither a human nor a bot has answered.
    var waitingSince: Timestamp?
    var waitingMessage: MessageID?
    /// DIV-12: the present handler was reminded of it.
    var reminded = false
    var lastFromBuyer = true
    /// DIV-7: messages in a row for which the bot had no answer.
    var botMisses = 0
    /// DIV-9: times of the last transfers, at most `transferLimit` + 1.
    var transfers: [Timestamp] = []
    /// DIV-4: the products that it is about.
    var items: [ItemID] = []
    var named: AgentID?
    /// Of a queued session: the lane it waits for and its place in the order (`QueueEntry.key`).
    var lane: LaneKey?
    var queueKey: Int64 = 0
    var lastAgent: AgentID?
    /// When its timer is set to look at it.
    var timerAt = Timestamp.distantFuture

    /// It waits in the queue or in the pool.
    var isInLine: Bool { handler == .queue || handler == .pool }
}

struct SessionTable: Sendable {
    private var slots: [OpenSession] = []
    private var free: [Int32] = []
    private var index = NumberIndex()

    var count: Int { index.count }

    func find(_ number: UInt64) -> Int? { index.find(number) }

    /// The session at a slot that `find` or `insert` gave.
    subscript(slot: Int) -> OpenSession {
        _read { yield slots[slot] }
        _modify { yield &slots[slot] }
    }

    /// Changes a session in place.
    mutating func change(_ slot: Int, _ body: (inout OpenSession) -> Void) { body(&slots[slot]) }

    mutating func insert(_ session: OpenSession) -> Int {
        let slot: Int32
        if let reused = free.popLast() {
            slot = reused
            slots[Int(slot)] = session
        } else {
            slot = Int32(slots.count)
            slots.append(session)
        }
        index.insert(session.number, slot)
        return Int(slot)
    }

    mutating func remove(_ slot: Int) {
        index.remove(slots[slot].number)
        free.append(Int32(slot))
    }

    /// Slots of all open sessions, by number.
    func sorted() -> [Int] { index.sorted }
}
