// DIV-13: when a session ends; DIV-12: when its agent is reminded. Each session has one timer that looks at it; a look
// that comes too early sets it again.

extension Desk {
    /// When a session will end if nothing more happens.
    /// Something is owed while a message of the buyer waits for a human; a bot owes nothing once it has had its say.
    func endDue(_ session: OpenSession) -> (at: Timestamp, end: SessionEnd) {
        let diversion = roster.settings.diversion
        if let since = session.waitingSince {
            let botHadItsSay: Bool
            if case .bot = session.handler { botHadItsSay = !session.lastFromBuyer } else { botHadItsSay = false }
            if !botHadItsSay { return (since + .hours(diversion.abandonHours), .abandoned) }
        }
        return (session.lastAt + .minutes(diversion.idleMinutes), .idle)
    }

    /// DIV-12: when the session's agent is to be reminded of the buyer who waits; nil if there is nothing to remind of.
    func reminderDue(_ session: OpenSession) -> Timestamp? {
        guard let since = session.waitingSince, !session.reminded, session.handler.agent != nil else { return nil }
        // RR-4: whoever was given a waiting buyer has a turn of one's own.
        return max(since, session.handlerSince) + .seconds(roster.settings.scoring.reminderSeconds)
    }

    /// Sets the session's timer, unless one looks at it early enough.
    mutating func watch(_ slot: Int) {
        var due = endDue(sessions[slot]).at
        if let reminder = reminderDue(sessions[slot]) { due = min(due, reminder) }
        guard due < sessions[slot].timerAt else { return }
        sessions.change(slot) { $0.timerAt = due }
        timers.insert(DeskTimer(due: due, work: .session(sessions[slot].number)))
    }

    /// Shorter times of new settings reach sessions and lost streams that are being watched already.
    mutating func watchAnew() {
        for slot in sessions.sorted() { watch(slot) }
        for agent in roster.agents { watchStream(agent) }
    }

    mutating func watchStream(_ agent: Agent) {
        guard let lostAt = agent.streamLostAt, agent.presence != .offline, !agent.removed else { return }
        let due = lostAt + .seconds(roster.settings.diversion.streamLostSeconds)
        timers.insert(DeskTimer(due: due, work: .streamLost(agent.id)))
    }

    mutating func fire(_ timer: DeskTimer, _ turn: inout Turn) {
        switch timer.work {
        case .session(let number):
            guard let slot = sessions.find(number), sessions[slot].timerAt == timer.due else { return }
            let (due, end) = endDue(sessions[slot])
            if due <= now {
                self.end(slot, end, &turn)
                return
            }
            if let due = reminderDue(sessions[slot]), due <= now { remind(slot, &turn) }
            sessions.change(slot) { $0.timerAt = .distantFuture }
            watch(slot)
        case .streamLost(let agent): streamStaysLost(agent, &turn)
        case .drainPool:
            guard drainAt == timer.due else { return }
            drainAt = .distantFuture
            drainPool(&turn)
        }
    }

    private mutating func remind(_ slot: Int, _ turn: inout Turn) {
        let session = sessions[slot]
        guard let agent = session.handler.agent, let since = session.waitingSince else { return }
        emit(
            .slowResponseReminded(
                SlowResponseReminded(
                    buyer: buyers[session.buyer].id, session: SessionID(session.number), agent: agent,
                    message: session.waitingMessage, since: max(since, session.handlerSince))), &turn)
    }

    mutating func end(_ slot: Int, _ end: SessionEnd, _ turn: inout Turn) {
        let session = sessions[slot]
        emit(
            .sessionEnded(
                SessionEnded(
                    buyer: buyers[session.buyer].id, session: SessionID(session.number), handler: session.handler,
                    wasPending: session.waitingSince != nil, end: end)), &turn)
    }

    /// `POST …/close`.
    mutating func closeSession(_ body: CloseSession, _ turn: inout Turn) throws(Refusal) {
        try checkKnown(body.by)
        let slot = try openSession(body.session)
        try checkHandler(slot, body.by)
        end(slot, .closed, &turn)
    }

    // MARK: Finding

    func openSession(_ id: SessionID) throws(Refusal) -> Int {
        if let slot = sessions.find(id.number) { return slot }
        if id.number >= 1, id.number <= lastSession { throw .sessionEnded(id) }
        throw .unknownSession(id)
    }

    /// Only the handler may act on a session; the shop itself (nil) always may.
    func checkHandler(_ slot: Int, _ who: Sender?) throws(Refusal) {
        switch (who, sessions[slot].handler) {
        case (nil, _): return
        case (.agent(let agent), .agent(let holder)): if agent != holder { throw .notHandler }
        case (.bot, .bot): return
        case (.agent, _), (.bot, _): throw .notHandler
        }
    }

    func checkKnown(_ who: Sender?) throws(Refusal) {
        if case .agent(let agent) = who, roster.slot(of: agent) == nil { throw .unknownAgent(agent) }
    }
}
