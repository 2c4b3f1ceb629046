// How events change a buyer's record, its session and the waiting lines. Like all applying, it cannot fail.

extension Desk {
    mutating func applyToBuyer(_ record: EventRecord, _ place: Int) {
        guard buyers[place].note(record.sequence) else { return }
        if buyers[place].becomeDirty() { dirtyBuyers.append(Int32(place)) }
        switch record.event {
        case .buyerSet(let body):
            buyers[place].memberLevel = UInt8(clamping: body.buyer.memberLevel)
            buyers[place].exclusive = body.buyer.exclusiveAgent.map { Int32(roster.anySlot($0)) } ?? -1
            buyers.change(place) {
                $0.updatedAt = body.buyer.updatedAt ?? record.at
                $0.segments = body.buyer.segments
                $0.relationSince = body.buyer.relationSince
            }
        case .orderSet(let body): buyers.change(place) { $0.keep(body.order) }
        case .interestRecorded(let body): buyers.change(place) { $0.keep(body.interest) }
        case .messageImported(let body):
            buyers.change(place) { $0.keep(ImportedMark(body.message)) }
            if let agent = body.message.agent { touch(place, agent, at: body.message.at) }
        case .messageReceived(let body): applyReceived(body, place, record)
        case .messageSent(let body): applySent(body, place, record)
        case .handlerChanged(let body): applyHandler(body, place, record)
        case .sessionEnded(let body): applyEnded(body, place, record)
        case .slowResponseReminded(let body):
            if let slot = sessions.find(body.session.number) { sessions.change(slot) { $0.reminded = true } }
        default: break
        }
    }

    /// DIV-2: set on allocation to a human and on every human message either way; the latest counts.
    private mutating func touch(_ place: Int, _ agent: AgentID, at: Timestamp) {
        buyers[place].touch(Int32(roster.anySlot(agent)), at)
    }

    private mutating func applyReceived(_ body: MessageReceived, _ place: Int, _ record: EventRecord) {
        let slot: Int
        if body.opened {
            slot = begin(body.session, body.handler, place, at: record.at)
        } else {
            guard let found = sessions.find(body.session.number) else { return }
            slot = found
        }
        let items: [ItemID]
        if body.item == nil, body.order == nil {
            items = []
        } else {
            let order = body.order.flatMap { order in buyers.details(place)?.orders.first { $0.order == order } }
            items = (body.item.map { [$0] } ?? []) + (order?.items ?? [])
        }
        sessions.change(slot) { session in
            if session.waitingSince == nil {
                session.waitingSince = record.at
                session.waitingMessage = body.message
            }
            session.lastFromBuyer = true
            session.lastAt = record.at
            if !items.isEmpty { session.items = items }
            if let named = body.decision?.inquiry.named { session.named = named }
        }
        if let decision = body.decision { move(slot, to: body.handler, decision, at: record.at) }
        if let agent = body.handler.agent { touch(place, agent, at: record.at) }
        watch(slot)
    }

    private mutating func applySent(_ body: MessageSent, _ place: Int, _ record: EventRecord) {
        guard let slot = sessions.find(body.session.number) else { return }
        sessions.change(slot) { session in
            if body.answered {
                session.waitingSince = nil
                session.waitingMessage = nil
                session.reminded = false
            }
            session.lastFromBuyer = false
            session.lastAt = record.at
            if body.sender == .bot { session.botMisses = body.noAnswer ? session.botMisses + 1 : 0 }
        }
        if case .agent(let agent) = body.sender, !body.automatic { touch(place, agent, at: record.at) }
        watch(slot)
    }

    private mutating func applyHandler(_ body: HandlerChanged, _ place: Int, _ record: EventRecord) {
        let slot: Int
        if body.opened {
            slot = begin(body.session, body.to, place, at: record.at)
        } else {
            guard let found = sessions.find(body.session.number) else { return }
            slot = found
        }
        if body.decision.cause == .transfer {
            let kept = roster.settings.diversion.transferLimit + 1
            sessions.change(slot) { session in
                session.transfers.append(record.at)
                if session.transfers.count > kept { session.transfers.removeFirst(session.transfers.count - kept) }
            }
        }
        if body.pending {
            // Who calls for a human waits for one from then on.
            sessions.change(slot) { session in
                guard session.waitingSince == nil else { return }
                session.waitingSince = record.at
                session.waitingMessage = MessageID(rawValue: "call-\(record.sequence)")
                session.lastFromBuyer = true
                session.lastAt = record.at
            }
        }
        move(slot, to: body.to, body.decision, at: record.at)
        if let agent = body.to.agent { touch(place, agent, at: record.at) }
        watch(slot)
    }

    private mutating func applyEnded(_ body: SessionEnded, _ place: Int, _ record: EventRecord) {
        guard let slot = sessions.find(body.session.number) else { return }
        leaveLines(slot)
        var view = self.view(slot)
        view.state = .ended
        view.position = nil
        view.endedAt = record.at
        view.end = body.end
        endedSessions.append(
            EndedSession(session: view, agent: sessions[slot].lastAgent, lastSequence: record.sequence))
        sessions.remove(slot)
        buyers[place].session = -1
    }

    // MARK: Sessions

    private mutating func begin(_ id: SessionID, _ handler: Handler, _ place: Int, at: Timestamp) -> Int {
        lastSession = max(lastSession, id.number)
        let slot = sessions.insert(
            OpenSession(
                number: id.number, buyer: place, handler: handler, openedAt: at, lastAt: at, handlerSince: at))
        buyers[place].session = Int32(slot)
        return slot
    }

    private mutating func move(_ slot: Int, to handler: Handler, _ decision: Decision, at: Timestamp) {
        leaveLines(slot)
        let memberLevel = buyers[sessions[slot].buyer].memberLevel
        // Who comes from the pool has waited there (DIV-6).
        let since = sessions[slot].handler == .pool ? sessions[slot].handlerSince : at
        let key = queueKey(at: since, memberLevel: memberLevel)
        sessions.change(slot) { session in
            session.handler = handler
            session.handlerSince = at
            session.reminded = false
            session.botMisses = 0
            session.lane = decision.lane
            if let agent = handler.agent { session.lastAgent = agent }
            if handler == .queue { session.queueKey = key }
        }
        joinLines(slot)
    }

    private mutating func leaveLines(_ slot: Int) {
        switch sessions[slot].handler {
        case .queue:
            lines.leave(queue: QueueEntry(key: sessions[slot].queueKey, session: sessions[slot].number))
        case .pool:
            lines.leave(pool: QueueEntry(key: sessions[slot].handlerSince.millis, session: sessions[slot].number))
        case .agent, .bot: break
        }
    }

    private mutating func joinLines(_ slot: Int) {
        switch sessions[slot].handler {
        case .queue:
            lines.join(queue: QueueEntry(key: sessions[slot].queueKey, session: sessions[slot].number))
        case .pool:
            lines.join(pool: QueueEntry(key: sessions[slot].handlerSince.millis, session: sessions[slot].number))
        case .agent, .bot: break
        }
    }

    // MARK: Rows

    /// The buyer is in memory.
    public func isResident(_ id: BuyerID) -> Bool { buyers.find(id) != nil }

    /// Takes a buyer in from its row, with its open session. Does nothing if the buyer is in memory.
    public mutating func admit(_ row: BuyerRow) {
        guard buyers.find(row.buyer.buyer) == nil else { return }
        let place = buyers.findOrInsert(row.buyer.buyer)
        buyers[place].head = row.head
        buyers[place].recent = true
        buyers[place].memberLevel = UInt8(clamping: row.buyer.memberLevel)
        buyers[place].exclusive = row.buyer.exclusiveAgent.map { Int32(roster.anySlot($0)) } ?? -1
        buyers[place].contact = row.contact.map { Int32(roster.anySlot($0)) } ?? -1
        buyers[place].contactAt = row.contactAt ?? Timestamp(millis: 0)
        buyers.change(place) { details in
            details.updatedAt = row.buyer.updatedAt
            details.segments = row.buyer.segments
            details.relationSince = row.buyer.relationSince
            details.orders = row.orders
            details.interests = row.interests
            let contents = row.importedContents ?? []
            details.imported = row.imported.enumerated().map { index, id in
                ImportedMark(id: id, content: index < contents.count ? contents[index] : 0)
            }
        }
        guard let held = row.session else { return }
        lastSession = max(lastSession, held.session.number)
        let slot = sessions.insert(
            OpenSession(
                number: held.session.number, buyer: place, handler: held.handler, openedAt: held.openedAt,
                lastAt: held.lastAt, handlerSince: held.handlerSince, waitingSince: held.waitingSince,
                waitingMessage: held.waitingMessage, reminded: held.reminded == true, lastFromBuyer: held.lastFromBuyer,
                botMisses: held.botMisses,
                transfers: held.transfers, items: held.items, named: held.named, lane: held.lane,
                queueKey: held.queueKey ?? 0, lastAgent: held.lastAgent))
        buyers[place].session = Int32(slot)
        joinLines(slot)
        watch(slot)
    }

    private func row(_ place: Int) -> BuyerRow {
        let entry = buyers[place]
        let details = buyers.details(place)
        let imported = details?.imported ?? []
        return BuyerRow(
            buyer: profile(place), contact: entry.contact < 0 ? nil : roster.agents[Int(entry.contact)].id,
            contactAt: entry.contact < 0 ? nil : entry.contactAt, orders: details?.orders ?? [],
            interests: details?.interests ?? [], imported: imported.map(\.id),
            session: entry.session < 0 ? nil : sessionRow(Int(entry.session)), head: entry.head,
            importedContents: imported.isEmpty ? nil : imported.map(\.content))
    }

    private func sessionRow(_ slot: Int) -> SessionRow {
        let session = sessions[slot]
        return SessionRow(
            session: SessionID(session.number), handler: session.handler, openedAt: session.openedAt,
            lastAt: session.lastAt, handlerSince: session.handlerSince, waitingSince: session.waitingSince,
            waitingMessage: session.waitingMessage, lastFromBuyer: session.lastFromBuyer,
            botMisses: session.botMisses, transfers: session.transfers, items: session.items, named: session.named,
            lane: session.lane, queueKey: session.handler == .queue ? session.queueKey : nil,
            lastAgent: session.lastAgent, reminded: session.reminded ? true : nil)
    }

    // MARK: Checkpoints

    public var dirtyBuyerCount: Int { dirtyBuyers.count - dirtyStart }
    /// Sessions that ended and were not taken yet.
    public var endedCount: Int { endedSessions.count - endedTaken }

    /// Rows of up to `limit` buyers that changed since they were last written, those first that changed first; they
    /// count as written.
    public mutating func takeDirtyBuyers(_ limit: Int) -> [BuyerRow] {
        let end = dirtyStart + min(max(0, limit), dirtyBuyerCount)
        let taken = dirtyBuyers[dirtyStart..<end].map { place in
            buyers[Int(place)].dirty = false
            return row(Int(place))
        }
        dirtyStart = end
        if dirtyStart * 2 >= dirtyBuyers.count {
            dirtyBuyers.removeFirst(dirtyStart)
            dirtyStart = 0
        }
        return taken
    }

    /// Up to `limit` sessions that ended and were not taken yet, in the order of their ends. They stay in memory until
    /// `dropEndedSessions`.
    public mutating func takeEndedSessions(_ limit: Int) -> [EndedSession] {
        let end = min(endedTaken + max(0, limit), endedSessions.count)
        let taken = Array(endedSessions[endedTaken..<end])
        endedTaken = end
        return taken
    }

    /// The first so many of those that were taken are rows now.
    public mutating func dropEndedSessions(_ count: Int) {
        let gone = min(max(0, count), endedTaken)
        endedSessions.removeFirst(gone)
        endedTaken -= gone
    }

    public mutating func takeShopRow() -> ShopRow {
        rosterDirty = false
        return ShopRow(roster: roster, lastSession: lastSession, head: head, now: now, sinceNoted: sinceNoted)
    }

    /// A desk as its row left it; buyers with open sessions and the events after the row come next.
    public init(id: ShopID, limits: DeskLimits, row: ShopRow) {
        self.init(id: id, limits: limits)
        roster = row.roster
        lastSession = row.lastSession
        head = row.head
        now = row.now
        sinceNoted = row.sinceNoted
    }

    /// To be called once after the last event was applied at opening: sets the timers that no event set.
    public mutating func resume() {
        roomMade = false
        cameOnline = false
        for slot in roster.agents.indices { watchStream(slot) }
        scheduleDrain()
    }

    /// Keeps at most `most` buyers in memory, as far as the others are clean and have no session.
    public mutating func trimBuyers(to most: Int) {
        if buyers.count > most { buyers.evict(buyers.count - most) }
    }
}
