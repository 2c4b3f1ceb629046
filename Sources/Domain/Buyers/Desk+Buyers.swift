// How events change a buyer's record, its session and the waiting lines. Like all applying, it cannot fail.

extension Desk {
    mutating func applyToBuyer(_ event: Event, _ sequence: UInt64, at: Timestamp, _ places: EventPlaces) {
        let place = places.buyer
        switch buyers.note(place, sequence) {
        case .known: return
        case .firstChange: dirtyBuyers.append(Int32(place))
        case .change: break
        }
        switch event {
        case .buyerSet(let body):
            buyers[place].memberLevel = UInt8(clamping: body.buyer.memberLevel)
            buyers[place].exclusive = body.buyer.exclusiveAgent.map { Int32(roster.anySlot($0)) } ?? -1
            buyers.change(place) {
                $0.updatedAt = body.buyer.updatedAt ?? at
                $0.segments = body.buyer.segments
                $0.relationSince = body.buyer.relationSince
            }
        case .orderSet(let body): buyers.change(place) { $0.keep(body.order) }
        case .interestRecorded(let body): buyers.change(place) { $0.keep(body.interest) }
        case .messageImported(let body):
            buyers.change(place) { $0.keep(ImportedMark(body.message)) }
            if let agent = body.message.agent { touch(place, agent, -1, at: body.message.at) }
        case .messageReceived(let body): applyReceived(body, places, at: at)
        case .messageSent(let body): applySent(body, places, at: at)
        case .handlerChanged(let body): applyHandler(body, places, sequence, at: at)
        case .sessionEnded(let body): applyEnded(body, places, sequence, at: at)
        case .slowResponseReminded:
            if places.session >= 0 { sessions[places.session].reminded = true }
        default: break
        }
    }

    /// DIV-2: set on allocation to a human and on every human message either way; the latest counts.
    private mutating func touch(_ place: Int, _ agent: AgentID, _ slot: Int, at: Timestamp) {
        buyers[place].touch(Int32(slot >= 0 ? slot : roster.anySlot(agent)), at)
    }

    private mutating func applyReceived(_ body: MessageReceived, _ places: EventPlaces, at: Timestamp) {
        let place = places.buyer
        let slot: Int
        if body.opened {
            slot = begin(body.session, body.handler, places, at: at, waiting: body.message)
        } else {
            slot = places.session
            guard slot >= 0 else { return }
            sessions.update(slot) { session in
                if session.waitingSince == nil {
                    session.waitingSince = at
                    session.waitingMessage = body.message
                }
                session.lastFromBuyer = true
                session.lastAt = at
            }
            if body.decision != nil { move(slot, to: body.handler, places, at: at) }
        }
        let named = body.decision?.words.inquiry.named
        if named != nil || body.item != nil || body.order != nil {
            let order = body.order.flatMap { order in buyers.details(place)?.orders.first { $0.order == order } }
            let items = (body.item.map { [$0] } ?? []) + (order?.items ?? [])
            sessions.change(slot) { extra in
                if !items.isEmpty { extra.items = items }
                if let named { extra.named = named }
            }
        }
        if case .agent(let agent) = body.handler { touch(place, agent, places.agent, at: at) }
        watch(slot)
    }

    private mutating func applySent(_ body: MessageSent, _ places: EventPlaces, at: Timestamp) {
        let slot = places.session
        guard slot >= 0 else { return }
        sessions.update(slot) { session in
            if body.answered {
                session.waitingSince = nil
                session.waitingMessage = nil
                session.reminded = false
            }
            session.lastFromBuyer = false
            session.lastAt = at
            if body.sender == .bot { session.botMisses = body.noAnswer ? session.botMisses + 1 : 0 }
        }
        if case .agent(let agent) = body.sender, !body.automatic { touch(places.buyer, agent, places.agent, at: at) }
        watch(slot)
    }

    private mutating func applyHandler(
        _ body: HandlerChanged, _ places: EventPlaces, _ sequence: UInt64, at: Timestamp
    ) {
        // Who calls for a human waits for one from then on.
        let call = body.pending ? MessageID(rawValue: "call-\(sequence)") : nil
        let slot: Int
        if body.opened {
            slot = begin(body.session, body.to, places, at: at, waiting: call)
        } else {
            slot = places.session
            guard slot >= 0 else { return }
            if body.decision.cause == .transfer {
                let kept = roster.settings.diversion.transferLimit + 1
                sessions.change(slot) { extra in
                    extra.transfers.append(at)
                    if extra.transfers.count > kept { extra.transfers.removeFirst(extra.transfers.count - kept) }
                }
            }
            sessions.update(slot) { session in
                guard let call, session.waitingSince == nil else { return }
                session.waitingSince = at
                session.waitingMessage = call
                session.lastFromBuyer = true
                session.lastAt = at
            }
            move(slot, to: body.to, places, at: at)
        }
        if case .agent(let agent) = body.to { touch(places.buyer, agent, places.agent, at: at) }
        watch(slot)
    }

    private mutating func applyEnded(
        _ body: SessionEnded, _ places: EventPlaces, _ sequence: UInt64, at: Timestamp
    ) {
        let slot = places.session
        guard slot >= 0 else { return }
        leaveLines(slot)
        let (session, botGroup) = sessions.remove(slot)
        endedSessions.append(
            EndedEntry(
                session: session, buyer: buyers[places.buyer].id, botGroup: botGroup, endedAt: at, end: body.end,
                lastSequence: sequence))
        buyers[places.buyer].session = -1
    }

    // MARK: Sessions

    private mutating func begin(
        _ id: SessionID, _ handler: Handler, _ places: EventPlaces, at: Timestamp, waiting: MessageID?
    ) -> Int {
        lastSession = max(lastSession, id.number)
        var session = OpenSession(
            number: id.number, openedAt: at, lastAt: at, handlerSince: at, waitingSince: waiting == nil ? nil : at,
            waitingMessage: waiting, holder: holder(handler, slot: places.agent), buyer: Int32(places.buyer))
        if case .agent(let agent) = session.holder { session.lastAgent = agent }
        if handler == .queue {
            session.queueKey = queueKey(at: at, memberLevel: buyers[places.buyer].memberLevel)
        }
        let slot = sessions.insert(consume session)
        noteBot(slot, handler)
        buyers[places.buyer].session = Int32(slot)
        joinLines(slot)
        return slot
    }

    private mutating func move(_ slot: Int, to handler: Handler, _ places: EventPlaces, at: Timestamp) {
        leaveLines(slot)
        let holder = holder(handler, slot: places.agent)
        let memberLevel = buyers[places.buyer].memberLevel
        // Who comes from the pool has waited there (DIV-6).
        let since = sessions[slot].holder == .pool ? sessions[slot].handlerSince : at
        let key = handler == .queue ? queueKey(at: since, memberLevel: memberLevel) : nil
        sessions.update(slot) { session in
            session.holder = holder
            if case .agent(let agent) = holder { session.lastAgent = agent }
            session.handlerSince = at
            session.reminded = false
            session.botMisses = 0
            if let key { session.queueKey = key }
        }
        noteBot(slot, handler)
        joinLines(slot)
    }

    private mutating func leaveLines(_ slot: Int) {
        switch sessions[slot].holder {
        case .queue:
            lines.leave(queue: QueueEntry(key: sessions[slot].queueKey, session: sessions[slot].number))
        case .pool:
            lines.leave(pool: QueueEntry(key: sessions[slot].handlerSince.millis, session: sessions[slot].number))
        case .agent, .bot: break
        }
    }

    private mutating func joinLines(_ slot: Int) {
        switch sessions[slot].holder {
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

    /// `isResident` for whoever has the desk for changing: asking it copies no desk.
    public mutating func isResidentHere(_ id: BuyerID) -> Bool { buyers.find(id) != nil }

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
        var session = OpenSession(
            number: held.session.number, openedAt: held.openedAt, lastAt: held.lastAt,
            handlerSince: held.handlerSince, waitingSince: held.waitingSince, waitingMessage: held.waitingMessage,
            queueKey: held.queueKey ?? 0, holder: holder(held.handler, slot: -1), buyer: Int32(place),
            botMisses: Int32(clamping: held.botMisses), reminded: held.reminded == true,
            lastFromBuyer: held.lastFromBuyer)
        if case .agent(let agent) = session.holder {
            session.lastAgent = agent
        } else if let last = held.lastAgent {
            session.lastAgent = Int32(roster.anySlot(last))
        }
        let slot = sessions.insert(session)
        sessions.change(slot) { extra in
            extra.transfers = held.transfers
            extra.items = held.items
            extra.named = held.named
        }
        noteBot(slot, held.handler)
        buyers[place].session = Int32(slot)
        joinLines(slot)
        watch(slot)
    }

    // MARK: Checkpoints

    public var dirtyBuyerCount: Int { dirtyBuyers.count - dirtyStart }
    /// Sessions that ended and were not taken yet.
    public var endedCount: Int { endedSessions.count - endedTaken }

    /// Rows of up to `limit` buyers that changed since they were last written, those first that changed first; they
    /// count as written.
    public mutating func takeDirtyBuyers(_ limit: Int) -> TakenBuyers {
        let end = dirtyStart + min(max(0, limit), dirtyBuyerCount)
        var taken = TakenBuyers(names: roster.slots.names)
        taken.reserve(end - dirtyStart)
        for index in dirtyStart..<end {
            let place = Int(dirtyBuyers[index])
            buyers[place].dirty = false
            taken.add(buyers[place], buyers, sessions)
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
    public mutating func takeEndedSessions(_ limit: Int) -> TakenSessions {
        let end = min(endedTaken + max(0, limit), endedSessions.count)
        let taken = TakenSessions(names: roster.slots.names, entries: Array(endedSessions[endedTaken..<end]))
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
