// What a desk gives for a checkpoint: packed as it stands in memory, so that taking it costs a copy. Whoever writes the
// rows makes them from it, away from the desk.

/// Buyers who changed, in the order of their first change.
public struct TakenBuyers: Sendable {
    // What `BuyerRow` holds; whoever writes the rows reads it here.

    /// Agents' IDs by slot.
    package private(set) var names: [AgentID]
    /// Their sessions and details are places in the following; −1 for none.
    package private(set) var entries: [BuyerEntry] = []
    /// `extra` is a place in `extras`, −1 for none.
    package private(set) var sessions: [(session: OpenSession, extra: Int32)] = []
    package private(set) var extras: [SessionExtra] = []
    package private(set) var details: [BuyerDetails] = []

    init(names: [AgentID]) { self.names = names }

    public var count: Int { entries.count }
    public var isEmpty: Bool { entries.isEmpty }

    mutating func reserve(_ count: Int) { entries.reserveCapacity(count) }

    /// The entry's session and details are places in the tables.
    @inline(__always)
    mutating func add(_ entry: BuyerEntry, _ buyers: borrowing BuyerTable, _ table: borrowing SessionTable) {
        let place = entries.count
        entries.append(entry)
        if entry.session >= 0 {
            let slot = Int(entry.session)
            entries[place].session = Int32(sessions.count)
            if table.hasExtra(slot) {
                sessions.append((table[slot], Int32(extras.count)))
                extras.append(table.extra(slot))
            } else {
                sessions.append((table[slot], -1))
            }
        }
        if entry.details >= 0, let held = buyers.details(entry) {
            entries[place].details = Int32(details.count)
            details.append(held)
        }
    }
}

/// A session that ended, until its row is written.
struct EndedEntry: Sendable {
    var session: OpenSession
    var buyer: BuyerID
    var botGroup: GroupID?
    var endedAt: Timestamp
    var end: SessionEnd
    var lastSequence: UInt64

    /// `names`: agents' IDs by slot.
    func row(_ names: [AgentID]) -> EndedSession {
        EndedSession(
            session: SessionView(
                session: SessionID(session.number), buyer: buyer, state: .ended,
                handler: session.holder.handler(names, bot: botGroup), openedAt: session.openedAt,
                lastAt: session.lastAt, handlerSince: session.handlerSince, waitingMessage: session.waitingMessage,
                waitingSince: session.waitingSince, endedAt: endedAt, end: end),
            agent: session.lastAgent < 0 ? nil : names[Int(session.lastAgent)], lastSequence: lastSequence)
    }
}

/// Sessions that ended, in the order of their ends; each element is made when it is asked for.
public struct TakenSessions: RandomAccessCollection, Sendable {
    let names: [AgentID]
    let entries: [EndedEntry]

    public var startIndex: Int { entries.startIndex }
    public var endIndex: Int { entries.endIndex }
    public subscript(index: Int) -> EndedSession { entries[index].row(names) }
}
