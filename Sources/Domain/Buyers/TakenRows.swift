// What a desk gives for a checkpoint: packed as it stands in memory, so that taking it costs a copy. Whoever writes the
// rows makes them from it, away from the desk.

/// Buyers who changed, in the order of their first change; each element is made when it is asked for.
public struct TakenBuyers: RandomAccessCollection, Sendable {
    /// Agents' IDs by slot.
    fileprivate var names: [AgentID]
    /// Their sessions and details are places in the following.
    fileprivate var entries: [BuyerEntry] = []
    fileprivate var sessions: [(session: OpenSession, extra: Int32)] = []
    fileprivate var extras: [SessionExtra] = []
    fileprivate var details: [BuyerDetails] = []

    init(names: [AgentID]) { self.names = names }

    public var startIndex: Int { 0 }
    public var endIndex: Int { entries.count }

    /// Without making the row.
    public func id(_ index: Int) -> BuyerID { entries[index].id }

    public subscript(index: Int) -> BuyerRow {
        let entry = entries[index]
        let details = entry.details < 0 ? nil : details[Int(entry.details)]
        let imported = details?.imported ?? []
        return BuyerRow(
            buyer: entry.profile(details, names), contact: entry.contact < 0 ? nil : names[Int(entry.contact)],
            contactAt: entry.contact < 0 ? nil : entry.contactAt, orders: details?.orders ?? [],
            interests: details?.interests ?? [], imported: imported.map(\.id),
            session: entry.session < 0 ? nil : sessionRow(Int(entry.session)), head: entry.head,
            importedContents: imported.isEmpty ? nil : imported.map(\.content))
    }

    private func sessionRow(_ place: Int) -> SessionRow {
        let (session, extraPlace) = sessions[place]
        let extra = extraPlace < 0 ? .none : extras[Int(extraPlace)]
        let last = session.lastAgent
        return SessionRow(
            session: SessionID(session.number), handler: session.holder.handler(names, bot: extra.botGroup),
            openedAt: session.openedAt, lastAt: session.lastAt, handlerSince: session.handlerSince,
            waitingSince: session.waitingSince, waitingMessage: session.waitingMessage,
            lastFromBuyer: session.lastFromBuyer, botMisses: Int(session.botMisses), transfers: extra.transfers,
            items: extra.items, named: extra.named, queueKey: session.holder == .queue ? session.queueKey : nil,
            lastAgent: last < 0 ? nil : names[Int(last)], reminded: session.reminded ? true : nil)
    }

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
