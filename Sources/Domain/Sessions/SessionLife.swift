// DIV-13: when a session ends; DIV-12: when its agent is reminded. Each session has one timer that looks at it; a look
// that comes too early sets it again.

extension Desk {
    /// When a session will end if nothing more happens.
    /// Something is owed while a message of the buyer waits for a human; a bot owes nothing once it has had its say.
    @inline(__always)
    func endDue(_ slot: Int) -> (at: Timestamp, end: SessionEnd) {
        if let since = sessions[slot].waitingSince {
            let botHadItsSay = sessions[slot].holder == .bot && !sessions[slot].lastFromBuyer
            if !botHadItsSay { return (since + .hours(roster.settings.diversion.abandonHours), .abandoned) }
        }
        return (sessions[slot].lastAt + .minutes(roster.settings.diversion.idleMinutes), .idle)
    }

    /// DIV-12: when the session's agent is to be reminded of the buyer who waits; nil if there is nothing to remind of.
    @inline(__always)
    func reminderDue(_ slot: Int) -> Timestamp? {
        guard let since = sessions[slot].waitingSince, !sessions[slot].reminded, case .agent = sessions[slot].holder
        else { return nil }
        // RR-4: whoever was given a waiting buyer has a turn of one's own.
        return max(since, sessions[slot].handlerSince) + .seconds(roster.settings.scoring.reminderSeconds)
    }

    /// Sets the session's timer, unless one looks at it early enough.
    mutating func watch(_ slot: Int) {
        var due = endDue(slot).at
        if let reminder = reminderDue(slot) { due = min(due, reminder) }
        guard due < sessions[slot].timerAt else { return }
        sessions[slot].timerAt = due
        timers.insert(DeskTimer(due: due, work: .session(sessions[slot].number)))
    }

    /// Shorter times of new settings reach sessions and lost streams that are being watched already.
    mutating func watchAnew() {
        for slot in sessions.sorted() { watch(slot) }
        for slot in roster.agents.indices { watchStream(slot) }
    }

    mutating func watchStream(_ slot: Int) {
        let agent = roster.agents[slot]
        guard let lostAt = agent.streamLostAt, agent.presence != .offline, !agent.removed else { return }
        let due = lostAt + .seconds(roster.settings.diversion.streamLostSeconds)
        timers.insert(DeskTimer(due: due, work: .streamLost(slot)))
    }

    mutating func fire(_ timer: DeskTimer, _ turn: inout Turn) {
        switch timer.work {
        case .session(let number):
            guard let slot = sessions.find(number), sessions[slot].timerAt == timer.due else { return }
            let (due, end) = endDue(slot)
            if due <= now {
                self.end(slot, end, &turn)
                return
            }
            if let due = reminderDue(slot), due <= now { remind(slot, &turn) }
            sessions[slot].timerAt = .distantFuture
            watch(slot)
        case .streamLost(let slot): streamStaysLost(slot, &turn)
        case .drainPool:
            guard drainAt == timer.due else { return }
            drainAt = .distantFuture
            drainPool(&turn)
        }
    }

    private mutating func remind(_ slot: Int, _ turn: inout Turn) {
        let session = sessions[slot]
        guard case .agent(let holder) = session.holder, let since = session.waitingSince else { return }
        let agent = roster.agents[Int(holder)].id
        emit(
            .slowResponseReminded(
                SlowResponseReminded(
                    buyer: buyers[Int(session.buyer)].id, session: SessionID(session.number), agent: agent,
                    message: session.waitingMessage, since: max(since, session.handlerSince))),
            EventPlaces(buyer: Int(session.buyer), session: slot), &turn)
    }

    mutating func end(_ slot: Int, _ end: SessionEnd, _ turn: inout Turn) {
        let place = Int(sessions[slot].buyer)
        emit(
            .sessionEnded(
                SessionEnded(
                    buyer: buyers[place].id, session: SessionID(sessions[slot].number), handler: handler(slot),
                    wasPending: sessions[slot].waitingSince != nil, end: end)),
            EventPlaces(buyer: place, session: slot, from: holderSlot(slot)), &turn)
    }

    /// `POST …/close`.
    mutating func closeSession(_ body: CloseSession, _ turn: inout Turn) throws(Refusal) {
        let slot = try openSession(body.session, of: body.by)
        end(slot, .closed, &turn)
    }

    // MARK: Finding

    /// The slot of a session on which somebody known acts who may; nil is the shop itself.
    @inline(__always)
    mutating func openSession(_ id: SessionID, of who: Sender?) throws(Refusal) -> Int {
        // Its own agent needs no look-up by name.
        if let slot = sessions.find(id.number) {
            guard let who else { return slot }
            if case .agent(let agent) = who, case .agent(let holder) = sessions[slot].holder,
                roster.slots.names[Int(holder)] == agent, !roster.loads[Int(holder)].removed
            {
                return slot
            }
        }
        try checkKnown(who)
        let slot = try openSession(id)
        try checkHandler(slot, who)
        return slot
    }

    func openSession(_ id: SessionID) throws(Refusal) -> Int {
        if let slot = sessions.find(id.number) { return slot }
        if id.number >= 1, id.number <= lastSession { throw .sessionEnded(id) }
        throw .unknownSession(id)
    }

    /// Only the handler may act on a session; the shop itself (nil) always may.
    func checkHandler(_ slot: Int, _ who: Sender?) throws(Refusal) {
        switch (who, sessions[slot].holder) {
        case (nil, _): return
        case (.agent(let agent), .agent(let holder)): if agent != roster.slots.names[Int(holder)] { throw .notHandler }
        case (.bot, .bot): return
        case (.agent, _), (.bot, _): throw .notHandler
        }
    }

    func checkKnown(_ who: Sender?) throws(Refusal) {
        if case .agent(let agent) = who, roster.slot(of: agent) == nil { throw .unknownAgent(agent) }
    }
}
