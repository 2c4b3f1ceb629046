// From a buyer's record to a decision of DIV-1, and from a decision to the session.

extension Desk {
    /// MEM-1.
    func isPriority(_ place: Int?) -> Bool {
        guard let place, roster.settings.memberPriority.enabled else { return false }
        return roster.settings.memberPriority.includes(
            level: Int(buyers[place].memberLevel), segments: buyers.details(place)?.segments ?? [])
    }

    /// What DIV-1 reads of a buyer.
    func inquiry(
        _ place: Int?, named: AgentID?, items: [ItemID], withoutBot: Bool = false, onlyGroup: GroupID? = nil,
        notAgent: AgentID? = nil
    ) -> Inquiry {
        guard let place else {
            return Inquiry(
                named: named, items: items, withoutBot: withoutBot, onlyGroup: onlyGroup, notAgent: notAgent)
        }
        let (contact, exclusive) = (Int(buyers[place].contact), Int(buyers[place].exclusive))
        return Inquiry(
            named: named, contact: contact < 0 ? nil : roster.agents[contact].id,
            contactAt: contact < 0 ? nil : buyers[place].contactAt,
            exclusive: exclusive < 0 ? nil : roster.agents[exclusive].id, orderState: orderState(place), items: items,
            withoutBot: withoutBot, onlyGroup: onlyGroup, notAgent: notAgent)
    }

    /// DIV-4: the state of the most recently updated order that is not completed; of equally recent ones the later ID.
    func orderState(_ place: Int) -> OrderState {
        guard buyers[place].details >= 0, let details = buyers.details(place) else { return .noActiveOrder }
        var latest: SetOrder?
        var completedAt: Timestamp?
        for order in details.orders {
            if order.state == .completed {
                completedAt = max(completedAt ?? .distantPast, order.updatedAt)
            } else if let held = latest {
                if order.updatedAt >= held.updatedAt { latest = order }
            } else {
                latest = order
            }
        }
        if let latest { return latest.state }
        if let completedAt, now - completedAt <= .days(roster.settings.diversion.completedOrderDays) {
            return .completed
        }
        return .noActiveOrder
    }

    /// DIV-1 for one buyer. A full queue sends to the pool (DIV-6).
    func decide(_ question: Question) -> Decision {
        decideOrWait(question) ?? decision(question, .pool, .pooled, lane: nil, hybrid: nil)
    }

    /// Nil while the pool's share of this minute is used up (DIV-8).
    func decideOrWait(_ question: Question) -> Decision? {
        switch roster.divert(question) {
        case .wait: return nil
        case .given(.queue, _, _, let hybrid)
        where lines.queue.count >= roster.settings.diversion.queueLimit:
            return decision(question, .pool, .pooled, lane: nil, hybrid: hybrid)
        case .given(let handler, let rule, let lane, let hybrid):
            return decision(question, handler, rule, lane: lane, hybrid: hybrid)
        }
    }

    private func decision(
        _ question: Question, _ handler: Handler, _ rule: Rule, lane: LaneKey?, hybrid: BotOwner?
    ) -> Decision {
        Decision(
            handler: handler, rule: rule, cause: question.cause, settingsVersion: roster.settings.version,
            priorityMember: question.priorityMember, inquiry: question.inquiry, lane: lane, hybrid: hybrid)
    }

    /// Decides a session's handler anew without a message of the buyer; nil if it has to wait.
    func decideAnew(_ slot: Int, _ cause: DecisionCause, withoutBot: Bool) -> Decision? {
        let session = sessions[slot]
        let inquiry = inquiry(
            session.buyer, named: session.named, items: session.items, withoutBot: withoutBot)
        return decideOrWait(
            Question(inquiry: inquiry, cause: cause, priorityMember: isPriority(session.buyer), at: now))
    }

    /// `called`: the buyer called for a human, and waits if that was not so before.
    mutating func give(
        _ slot: Int, _ decision: Decision, reason: String?, forced: Bool = false, called: Bool = false,
        _ turn: inout Turn
    ) {
        let session = sessions[slot]
        emit(
            .handlerChanged(
                HandlerChanged(
                    buyer: buyers[session.buyer].id, session: SessionID(session.number), from: session.handler,
                    to: decision.handler, decision: decision, pending: called || session.waitingSince != nil,
                    reason: reason,
                    forced: forced)), &turn)
    }

    // MARK: DIV-7

    /// The bot lets go of a session: DIV-1 without the bot.
    mutating func handOver(_ slot: Int, _ cause: DecisionCause, reason: String?, _ turn: inout Turn) {
        guard let decision = decideAnew(slot, cause, withoutBot: true) else { return }
        give(slot, decision, reason: reason, &turn)
    }

    /// A call for a human moves a session that a bot has, or an agent who is gone; nil if it changes nothing.
    private func decideCall(_ slot: Int) -> Decision? {
        switch sessions[slot].handler {
        case .bot: return decideAnew(slot, .humanAsked, withoutBot: true)
        case .agent(let agent):
            if let holder = roster.slot(of: agent), roster.agents[holder].presence != .offline { return nil }
            return decideAnew(slot, .humanAsked, withoutBot: true)
        case .queue, .pool: return nil
        }
    }

    /// `POST …/buyers/{buyer}/human`.
    mutating func askForHuman(_ body: AskForHuman, _ turn: inout Turn) throws(Refusal) {
        let place = buyers.find(body.buyer)
        if let place, buyers[place].session >= 0 {
            let slot = Int(buyers[place].session)
            let session = sessions[slot]
            if let decision = decideCall(slot) {
                // What an agent left unanswered is in that agent's load; a call adds nothing to it.
                give(slot, decision, reason: nil, called: session.handler.agent == nil, &turn)
                return
            }
            let position: Int? =
                session.handler == .queue
                ? lines.position(QueueEntry(key: session.queueKey, session: session.number)) : nil
            let answer = Answer(
                sequence: 0, changed: false, session: SessionID(session.number), handler: session.handler,
                rule: .continued, position: position, estimatedWaitSeconds: position.flatMap(estimatedWait))
            emit(.commandNoted(CommandNoted(answer: answer)), &turn)
            return
        }
        guard sessions.count < limits.openSessions else { throw .limitReached(what: "openSessions") }
        let inquiry = inquiry(place, named: nil, items: [], withoutBot: true)
        let decision = decide(
            Question(inquiry: inquiry, cause: .humanAsked, priorityMember: isPriority(place), at: now))
        emit(
            .handlerChanged(
                HandlerChanged(
                    buyer: body.buyer, session: SessionID(lastSession + 1), from: decision.handler,
                    to: decision.handler, decision: decision, pending: true, opened: true)), &turn)
    }
}
