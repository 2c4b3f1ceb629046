// From a buyer's record to a decision of DIV-1, and from a decision to the session.

extension Desk {
    /// MEM-1. Mutating like `question`.
    @inline(__always)
    mutating func isPriority(_ place: Int?) -> Bool {
        guard roster.settings.memberPriority.enabled, let place else { return false }
        return roster.settings.memberPriority.includes(
            level: Int(buyers[place].memberLevel), segments: buyers.details(place)?.segments ?? [])
    }

    /// What DIV-1 reads of a buyer, nil for one who is not known. `notAgent`: a slot.
    /// Mutating, though it changes nothing, so that no desk is copied.
    mutating func question(
        _ place: Int?, _ cause: DecisionCause, named: AgentID? = nil, items: [ItemID] = [], withoutBot: Bool = false,
        onlyGroup: GroupID? = nil, notAgent: Int = -1
    ) -> Question {
        var question = Question(
            cause: cause, priorityMember: isPriority(place), at: now, named: named.flatMap { roster.slots[$0] } ?? -1,
            items: items, withoutBot: withoutBot, onlyGroup: onlyGroup, notAgent: notAgent)
        if let place {
            question.contact = Int(buyers[place].contact)
            if question.contact >= 0 { question.contactAt = buyers[place].contactAt }
            question.exclusive = Int(buyers[place].exclusive)
            question.orderState = orderState(place)
        }
        return question
    }

    /// DIV-4: the state of the most recently updated order that is not completed; of equally recent ones the later ID.
    @inline(__always)
    func orderState(_ place: Int) -> OrderState {
        buyers[place].details < 0 ? .noActiveOrder : orderStateByDetails(place)
    }

    private func orderStateByDetails(_ place: Int) -> OrderState {
        guard let details = buyers.details(place) else { return .noActiveOrder }
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

    /// What was last said, and of what question.
    struct HeldWords {
        var words: DecisionWords?
        /// Slot of the recent contact, −1 for none.
        var contact: Int32 = -1
        var lane: Int32 = -1
        var rule = Rule.continued
        var cause = DecisionCause.continued
        var orderState = OrderState.noActiveOrder
        var priorityMember = false
    }

    /// A decision with the places that it came to.
    struct Choice {
        var decision: Decision
        /// The agent's slot and the lane's place, −1 for none.
        var slot = -1
        var lane = -1
    }

    /// DIV-1 for one buyer. A full queue sends to the pool (DIV-6).
    mutating func decide(_ question: Question) -> Choice {
        decideOrWait(question) ?? choice(of: question, Given(taker: .pool, rule: .pooled))
    }

    /// Nil while the pool's share of this minute is used up (DIV-8).
    mutating func decideOrWait(_ question: Question) -> Choice? {
        guard case .given(let given) = roster.divert(question) else { return nil }
        if given.taker == .queue, lines.queue.count >= roster.settings.diversion.queueLimit {
            return choice(of: question, Given(taker: .pool, rule: .pooled, hybrid: given.hybrid))
        }
        return choice(of: question, given)
    }

    mutating func choice(of question: Question, _ given: Given) -> Choice {
        Choice(
            decision: Decision(words(question, given), contactAt: question.contactAt), slot: given.slot,
            lane: given.lane)
    }

    /// Buyers who differ in nothing but when their contact was are decided on in the same words.
    private mutating func words(_ question: Question, _ given: Given) -> DecisionWords {
        guard given.slot >= 0, given.hybrid == nil, question.isPlain else { return newWords(question, given) }
        let place = 2 * given.slot + (question.contact < 0 ? 0 : 1)
        while heldWords.count <= place { heldWords.append(HeldWords()) }
        let held = heldWords[place]
        if let words = held.words, held.contact == question.contact, held.lane == given.lane, held.rule == given.rule,
            held.cause == question.cause, held.orderState == question.orderState,
            held.priorityMember == question.priorityMember
        {
            return words
        }
        let words = newWords(question, given)
        heldWords[place] = HeldWords(
            words: words, contact: Int32(question.contact), lane: Int32(given.lane), rule: given.rule,
            cause: question.cause, orderState: question.orderState, priorityMember: question.priorityMember)
        return words
    }

    private func newWords(_ question: Question, _ given: Given) -> DecisionWords {
        DecisionWords(
            handler: roster.handler(given), rule: given.rule, cause: question.cause,
            settingsVersion: roster.settings.version, priorityMember: question.priorityMember,
            inquiry: roster.inquiry(question), lane: given.lane < 0 ? nil : roster.lanes[given.lane].key,
            hybrid: roster.hybrid(given))
    }

    /// Decides a session's handler anew without a message of the buyer; nil if it has to wait.
    mutating func decideAnew(_ slot: Int, _ cause: DecisionCause, withoutBot: Bool) -> Choice? {
        let extra = sessions.extra(slot)
        return decideOrWait(
            question(
                Int(sessions[slot].buyer), cause, named: extra.named, items: extra.items, withoutBot: withoutBot))
    }

    /// `called`: the buyer called for a human, and waits if that was not so before.
    mutating func give(
        _ slot: Int, _ choice: Choice, reason: String?, forced: Bool = false, called: Bool = false,
        _ turn: inout Turn
    ) {
        let place = Int(sessions[slot].buyer)
        let known = EventPlaces(
            buyer: place, session: slot, agent: choice.slot, from: holderSlot(slot), lane: choice.lane)
        emit(
            .handlerChanged(
                HandlerChanged(
                    buyer: buyers[place].id, session: SessionID(sessions[slot].number), from: handler(slot),
                    to: choice.decision.handler, decision: choice.decision,
                    pending: called || sessions[slot].waitingSince != nil, reason: reason, forced: forced)), known,
            &turn)
    }

    /// The slot of the agent who has a session, −1 if none has.
    @inline(__always)
    func holderSlot(_ slot: Int) -> Int {
        if case .agent(let agent) = sessions[slot].holder { Int(agent) } else { -1 }
    }

    // MARK: DIV-7

    /// The bot lets go of a session: DIV-1 without the bot.
    mutating func handOver(_ slot: Int, _ cause: DecisionCause, reason: String?, _ turn: inout Turn) {
        guard let choice = decideAnew(slot, cause, withoutBot: true) else { return }
        give(slot, choice, reason: reason, &turn)
    }

    /// A call for a human moves a session that a bot has, or an agent who is gone; nil if it changes nothing.
    private mutating func decideCall(_ slot: Int) -> Choice? {
        switch sessions[slot].holder {
        case .bot: return decideAnew(slot, .humanAsked, withoutBot: true)
        case .agent(let holder):
            if isThere(Int(holder)) { return nil }
            return decideAnew(slot, .humanAsked, withoutBot: true)
        case .queue, .pool: return nil
        }
    }

    /// The agent is one still and not offline.
    @inline(__always)
    func isThere(_ slot: Int) -> Bool {
        !roster.loads[slot].removed && roster.loads[slot].presence != .offline
    }

    /// `POST …/buyers/{buyer}/human`.
    mutating func askForHuman(_ body: AskForHuman, _ turn: inout Turn) throws(Refusal) {
        let place = buyers.find(body.buyer)
        if let place, buyers[place].session >= 0 {
            let slot = Int(buyers[place].session)
            if let choice = decideCall(slot) {
                // What an agent left unanswered is in that agent's load; a call adds nothing to it.
                give(slot, choice, reason: nil, called: holderSlot(slot) < 0, &turn)
                return
            }
            let position: Int? =
                sessions[slot].holder == .queue
                ? lines.position(QueueEntry(key: sessions[slot].queueKey, session: sessions[slot].number)) : nil
            let answer = Answer(
                sequence: 0, changed: false, session: SessionID(sessions[slot].number), handler: handler(slot),
                rule: .continued, position: position,
                estimatedWaitSeconds: position.flatMap { estimatedWait(position: $0) })
            emit(.commandNoted(CommandNoted(answer: answer)), &turn)
            return
        }
        guard sessions.count < limits.openSessions else { throw .limitReached(what: "openSessions") }
        let choice = decide(question(place, .humanAsked, withoutBot: true))
        emit(
            .handlerChanged(
                HandlerChanged(
                    buyer: body.buyer, session: SessionID(lastSession + 1), from: choice.decision.handler,
                    to: choice.decision.handler, decision: choice.decision, pending: true, opened: true)),
            EventPlaces(
                buyer: place ?? buyers.findOrInsert(body.buyer), agent: choice.slot, from: choice.slot,
                lane: choice.lane), &turn)
    }
}
