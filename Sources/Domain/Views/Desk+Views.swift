// What a desk shows of itself. Histories (messages, explanations) are put together from the journal's records.

extension Desk {
    public func agentView(_ slot: Int) -> AgentView {
        let agent = roster.agents[slot]
        let (open, pending) = roster.load(of: slot)
        return AgentView(
            agent: agent.id, name: agent.name, groups: agent.groups, weight: agent.weight, capacity: agent.capacity,
            presence: agent.presence, autoSuspended: agent.autoSuspended, open: open, pending: pending,
            effectiveWeight: roster.effectiveWeight(slot).fraction,
            busy: pending > roster.settings.diversion.busyThreshold, streaming: agent.streaming)
    }

    /// In order of their IDs.
    public var agentViews: [AgentView] {
        roster.agents.indices.filter { !roster.agents[$0].removed }
            .sorted { roster.agents[$0].id < roster.agents[$1].id }
            .map(agentView)
    }

    public var shopView: ShopView? {
        roster.shop.map { ShopView(id: id, shop: $0, settingsVersion: roster.settings.version) }
    }

    /// Nil for a buyer who is not in memory or of whom nothing is known.
    public func buyerView(_ buyer: BuyerID) -> BuyerView? {
        guard let place = buyers.find(buyer), buyers[place].head > 0 else { return nil }
        let entry = buyers[place]
        return BuyerView(
            buyer: profile(place), orderState: orderState(place), orders: buyers.details(place)?.orders ?? [],
            contact: entry.contact < 0 ? nil : roster.agents[Int(entry.contact)].id,
            contactAt: entry.contact < 0 ? nil : entry.contactAt,
            session: entry.session < 0 ? nil : SessionID(sessions[Int(entry.session)].number))
    }

    /// Number of the last event about a buyer in memory, from which the conversation is followed back.
    public func conversationHead(_ buyer: BuyerID) -> UInt64? {
        buyers.find(buyer).map { buyers[$0].head }.flatMap { $0 == 0 ? nil : $0 }
    }

    public var board: BoardView {
        var waiting: [WaitingView] = []
        var withBot = 0
        for slot in sessions.sorted() {
            let session = sessions[slot]
            if session.holder == .bot { withBot += 1 }
            guard let since = session.waitingSince, let message = session.waitingMessage else { continue }
            waiting.append(
                WaitingView(
                    session: SessionID(session.number), buyer: buyers[Int(session.buyer)].id, handler: handler(slot),
                    message: message, since: since,
                    // RR-4: whoever was given a waiting buyer has a turn of one's own.
                    deadlineAt: max(since, session.handlerSince) + roster.settings.scoring.limit))
        }
        waiting.sort { ($0.since, $0.session) < ($1.since, $1.session) }
        return BoardView(
            at: now, agents: agentViews, queued: lines.queue.count, pooled: lines.pool.count, withBot: withBot,
            open: sessions.count, waiting: Array(waiting.prefix(BoardView.waitingLimit)),
            waitingTotal: waiting.count)
    }

    func view(_ slot: Int) -> SessionView {
        let session = sessions[slot]
        return SessionView(
            session: SessionID(session.number), buyer: buyers[Int(session.buyer)].id, state: .open,
            handler: handler(slot), openedAt: session.openedAt, lastAt: session.lastAt,
            handlerSince: session.handlerSince, waitingMessage: session.waitingMessage,
            waitingSince: session.waitingSince,
            position: session.holder == .queue
                ? lines.position(QueueEntry(key: session.queueKey, session: session.number)) : nil)
    }

    /// One session that is open, with the number of its buyer's last event; nil if it is not open.
    public func openSessionView(_ id: SessionID) -> (view: SessionView, head: UInt64)? {
        sessions.find(id.number).map { (view($0), buyers[Int(sessions[$0].buyer)].head) }
    }

    /// Sessions that ended and are not yet rows, by number.
    public func recentlyEnded(_ id: SessionID) -> EndedSession? {
        endedSessions.first { $0.session.number == id.number }?.row(roster.slots.names)
    }

    /// The shop has opened a session of that number.
    public func hasHad(_ id: SessionID) -> Bool { id.number >= 1 && id.number <= lastSession }

    /// Open sessions that fit, by number, and the cursor of the next page.
    public func openSessions(_ filter: SessionFilter) -> (list: [SessionView], next: UInt64?) {
        var list: [SessionView] = []
        for slot in sessions.sorted() {
            let session = sessions[slot]
            if let cursor = filter.page.cursor, session.number <= cursor { continue }
            if let agent = filter.agent, handler(slot) != .agent(agent) { continue }
            if let buyer = filter.buyer, buyers[Int(session.buyer)].id != buyer { continue }
            if list.count == filter.page.limit { return (list, list.last?.session.number) }
            list.append(view(slot))
        }
        return (list, nil)
    }

    /// Ended sessions that are not yet rows and fit, by number.
    public func recentlyEnded(_ filter: SessionFilter) -> [EndedSession] {
        endedSessions.lazy.map { $0.row(roster.slots.names) }.filter { ended in
            if let cursor = filter.page.cursor, ended.session.session.number <= cursor { return false }
            if let agent = filter.agent, ended.agent != agent { return false }
            if let buyer = filter.buyer, ended.session.buyer != buyer { return false }
            return true
        }.sorted { $0.session.session < $1.session.session }
    }

    /// I6, for checks at opening: every agent's load is the sum over its open sessions.
    public func loadsAgree() -> Bool {
        var open = [Int](repeating: 0, count: roster.agents.count)
        var pending = open
        for slot in sessions.sorted() {
            let session = sessions[slot]
            guard case .agent(let holder) = session.holder else { continue }
            open[Int(holder)] += 1
            if session.waitingSince != nil { pending[Int(holder)] += 1 }
        }
        return roster.loads.indices.allSatisfy {
            roster.loads[$0].open == open[$0] && roster.loads[$0].pending == pending[$0]
        }
    }
}

extension MessageView {
    /// The message that a record tells of; nil if it is none.
    public init?(_ record: EventRecord) {
        switch record.event {
        case .messageReceived(let body):
            self.init(
                sequence: record.sequence, message: body.message, session: body.session, at: record.at,
                author: .buyer, kind: body.kind, text: body.text, order: body.order)
        case .messageSent(let body):
            let author: Author =
                switch body.sender {
                case .agent(let agent): .agent(agent)
                case .bot: .bot
                }
            self.init(
                sequence: record.sequence, message: body.message, session: body.session, at: record.at,
                author: author, text: body.text, messageClass: body.messageClass, automatic: body.automatic)
        case .messageImported(let body):
            self.init(
                sequence: record.sequence, message: body.message.message, session: nil, at: body.message.at,
                author: body.message.agent.map { .agent($0) } ?? .buyer, text: body.message.text)
        default: return nil
        }
    }
}

extension HandlerStep {
    /// The change of handler that a record tells of; nil if it is none.
    public init?(_ record: EventRecord) {
        switch record.event {
        case .messageReceived(let body):
            guard let decision = body.decision else { return nil }
            self.init(
                at: record.at, handler: body.handler, decision: DecisionID(record.sequence), rule: decision.rule,
                cause: decision.cause, reason: nil)
        case .handlerChanged(let body):
            self.init(
                at: record.at, handler: body.to, decision: DecisionID(record.sequence), rule: body.decision.rule,
                cause: body.decision.cause, reason: body.reason)
        default: return nil
        }
    }
}

extension Event {
    /// The session that the event is about, nil if it is about none.
    public var session: SessionID? {
        switch self {
        case .messageReceived(let body): body.session
        case .messageSent(let body): body.session
        case .handlerChanged(let body): body.session
        case .sessionEnded(let body): body.session
        default: nil
        }
    }
}
