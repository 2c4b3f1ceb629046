// The open sessions of a shop (DIV-13), found by number or by slot. What every session has is packed; what few have
// stands aside.

/// Who has a session, as the desk keeps it: an agent by its slot.
package enum Holder: Equatable, Sendable {
    case agent(Int32)
    case bot
    case queue
    case pool
}

extension Holder {
    /// `names`: agents' IDs by slot; `bot`: the group whose bot it is.
    @inline(__always)
    package func handler(_ names: [AgentID], bot: @autoclosure () -> GroupID?) -> Handler {
        switch self {
        case .agent(let slot): .agent(names[Int(slot)])
        case .bot: .bot(bot())
        case .queue: .queue
        case .pool: .pool
        }
    }
}

package struct OpenSession: Sendable {
    package var number: UInt64
    package var openedAt: Timestamp
    package var lastAt: Timestamp
    /// Since when the present holder has it.
    package var handlerSince: Timestamp
    /// The buyer's first message that neither a human nor a bot has answered; both nil while none waits.
    package var waitingSince: Timestamp?
    package var waitingMessage: MessageID?
    /// When its timer is set to look at it.
    var timerAt = Timestamp.distantFuture
    /// Of a queued session: its place in the order (`QueueEntry.key`).
    package var queueKey: Int64 = 0
    package var holder: Holder
    /// Place in the buyers' table.
    var buyer: Int32
    /// Slot of the last agent who had it, −1 if none did.
    package var lastAgent: Int32 = -1
    /// Place in `SessionTable.extras`, −1 for none.
    fileprivate(set) var extra: Int32 = -1
    /// DIV-7: messages in a row for which the bot had no answer.
    package var botMisses: Int32 = 0
    /// DIV-12: the present holder was reminded of it.
    package var reminded = false
    package var lastFromBuyer = true

    /// It waits in the queue or in the pool.
    var isInLine: Bool { holder == .queue || holder == .pool }
}

/// What only some sessions have.
package struct SessionExtra: Equatable, Sendable {
    /// DIV-9: times of the last transfers, at most `transferLimit` + 1.
    package var transfers: [Timestamp] = []
    /// DIV-4: the products that it is about.
    package var items: [ItemID] = []
    package var named: AgentID?
    /// The group whose bot has it; nil for the shop's own.
    package var botGroup: GroupID?

    static let none = SessionExtra()
}

struct SessionTable: Sendable {
    private var slots = Chunks<OpenSession>()
    private var free: [Int32] = []
    private var extras: [SessionExtra] = []
    private var freeExtras: [Int32] = []
    private var index = NumberIndex()

    var count: Int { index.count }

    func find(_ number: UInt64) -> Int? { index.find(number) }

    /// The session at a slot that `find` or `insert` gave.
    subscript(slot: Int) -> OpenSession {
        @inline(__always) _read { yield slots[slot] }
        @inline(__always) _modify { yield &slots[slot] }
    }

    /// For `Desk.lookAhead`: the parts, then what is in them for the next session, then its slot.
    var seenParts: Int { slots.count &+ index.seenParts &+ free.count }
    var seenLatest: Int { index.seenLatest &+ Int(free.last ?? 0) }
    var seenFree: Int { free.last.map { Int(slots[Int($0)].buyer) } ?? 0 }

    mutating func insert(_ session: consuming OpenSession) -> Int {
        let number = session.number
        let slot: Int
        if let reused = free.last {
            free.removeLast()
            slot = Int(reused)
            self[slot] = session
        } else {
            slot = slots.append(session)
        }
        index.insert(number, Int32(slot))
        return slot
    }

    /// Gives the session as it was, with the group whose bot had it.
    mutating func remove(_ slot: Int) -> (OpenSession, botGroup: GroupID?) {
        let gone = self[slot]
        var botGroup: GroupID?
        if gone.extra >= 0 {
            botGroup = extras[Int(gone.extra)].botGroup
            change(slot) { $0 = .none }
        }
        index.remove(gone.number)
        self[slot].waitingMessage = nil
        free.append(Int32(slot))
        return (gone, botGroup)
    }

    @inline(__always)
    func extra(_ slot: Int) -> SessionExtra {
        let place = self[slot].extra
        return place < 0 ? .none : extras[Int(place)]
    }

    /// Changes what stands aside; it comes into being and goes by that.
    mutating func change(_ slot: Int, _ body: (inout SessionExtra) -> Void) {
        let place = self[slot].extra
        if place >= 0 {
            body(&extras[Int(place)])
            guard extras[Int(place)] == .none else { return }
            freeExtras.append(place)
            self[slot].extra = -1
            return
        }
        var fresh = SessionExtra.none
        body(&fresh)
        guard fresh != .none else { return }
        if let reused = freeExtras.popLast() {
            extras[Int(reused)] = fresh
            self[slot].extra = reused
        } else {
            extras.append(fresh)
            self[slot].extra = Int32(extras.count - 1)
        }
    }

    func hasExtra(_ slot: Int) -> Bool { self[slot].extra >= 0 }

    /// Changes a session in place.
    @inline(__always)
    mutating func update(_ slot: Int, _ body: (inout OpenSession) -> Void) { body(&slots[slot]) }

    /// Slots of all open sessions, by number.
    func sorted() -> [Int] { index.sorted }
}

extension Desk {
    /// Who has the session at a slot.
    @inline(__always)
    func handler(_ slot: Int) -> Handler {
        sessions[slot].holder.handler(roster.slots.names, bot: sessions.extra(slot).botGroup)
    }

    /// The same as the desk keeps it; `slot` is the agent's, −1 if nobody has looked.
    mutating func holder(_ handler: Handler, slot: Int) -> Holder {
        switch handler {
        case .agent(let agent): .agent(Int32(slot >= 0 ? slot : roster.anySlot(agent)))
        case .bot: .bot
        case .queue: .queue
        case .pool: .pool
        }
    }

    /// Notes whose bot has a session.
    @inline(__always)
    mutating func noteBot(_ slot: Int, _ handler: Handler) {
        if case .bot = handler {} else if !sessions.hasExtra(slot) { return }
        changeBot(slot, handler)
    }

    private mutating func changeBot(_ slot: Int, _ handler: Handler) {
        var group: GroupID?
        if case .bot(let owner) = handler { group = owner }
        if group != nil || sessions.hasExtra(slot) { sessions.change(slot) { $0.botGroup = group } }
    }
}
