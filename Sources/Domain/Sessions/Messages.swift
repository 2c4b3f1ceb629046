// Messages both ways: the buyer's, which DIV-1 decides on, and those of agents and bots.

extension Desk {
    // MARK: From the buyer

    mutating func receiveMessage(_ body: ReceiveMessage, _ turn: inout Turn) throws(Refusal) {
        if let agent = body.toAgent, roster.slot(of: agent) == nil { throw .unknownAgent(agent) }
        let place = buyers.find(body.buyer)
        var items: [ItemID] = []
        if let item = body.item { items.append(item) }
        if let order = body.order {
            guard let place, let known = buyers.details(place)?.orders.first(where: { $0.order == order }) else {
                throw .unknownOrder(order)
            }
            items += known.items
        }
        if let place, buyers[place].session >= 0 {
            continueSession(body, Int(buyers[place].session), items, &turn)
        } else {
            guard sessions.count < limits.openSessions else { throw .limitReached(what: "openSessions") }
            open(body, place, items, &turn)
        }
    }

    private mutating func open(_ body: ReceiveMessage, _ place: Int?, _ items: [ItemID], _ turn: inout Turn) {
        var question = Question(
            inquiry: inquiry(place, named: body.toAgent, items: items), cause: .arrival,
            priorityMember: isPriority(place), at: now)
        var verdict = decide(question)
        let reply = botReply(verdict.handler, body.text, misses: 0)
        if let cause = reply.handsOver {
            question.inquiry = question.inquiry.askingForHuman
            question.cause = cause
            verdict = decide(question)
        }
        received(
            body, at: place ?? buyers.findOrInsert(body.buyer), session: SessionID(lastSession + 1), opened: true,
            decision: verdict, from: nil, wasPending: false, &turn)
        if reply.handsOver == nil { say(reply, body.buyer, &turn) }
    }

    private mutating func continueSession(
        _ body: ReceiveMessage, _ slot: Int, _ items: [ItemID], _ turn: inout Turn
    ) {
        let place = sessions[slot].buyer
        var cause: DecisionCause?
        var withoutBot = false
        var reply = BotSaying.nothing
        switch sessions[slot].handler {
        case .agent(let agent):
            if let holder = roster.slot(of: agent), roster.agents[holder].presence != .offline { break }
            cause = .handlerOffline
        case .bot(let group):
            if roster.bot(of: group) == nil {
                cause = .botHandover
                withoutBot = true
                break
            }
            reply = botReply(sessions[slot].handler, body.text, misses: sessions[slot].botMisses)
            if let handsOver = reply.handsOver {
                cause = handsOver
                withoutBot = true
            }
        case .queue, .pool: break
        }
        var decision: Decision?
        if let cause {
            let inquiry = inquiry(
                place, named: body.toAgent, items: items.isEmpty ? sessions[slot].items : items,
                withoutBot: withoutBot)
            var question = Question(inquiry: inquiry, cause: cause, priorityMember: isPriority(place), at: now)
            var verdict = decide(question)
            if cause == .handlerOffline {
                reply = botReply(verdict.handler, body.text, misses: 0)
                if let handsOver = reply.handsOver {
                    question.inquiry = question.inquiry.askingForHuman
                    question.cause = handsOver
                    verdict = decide(question)
                    reply = .nothing
                }
            } else {
                reply = .nothing
            }
            decision = verdict
        }
        received(
            body, at: place, session: SessionID(sessions[slot].number), opened: false, decision: decision,
            from: decision == nil ? nil : sessions[slot].handler, wasPending: sessions[slot].waitingSince != nil,
            &turn)
        say(reply, body.buyer, &turn)
    }

    private mutating func received(
        _ body: ReceiveMessage, at place: Int, session: SessionID, opened: Bool, decision: Decision?,
        from: Handler?, wasPending: Bool, _ turn: inout Turn
    ) {
        let handler: Handler
        if let decision {
            handler = decision.handler
        } else if let slot = sessions.find(session.number) {
            handler = sessions[slot].handler
        } else {
            handler = .pool
        }
        var position: Int?
        if handler == .queue {
            let slot = decision == nil ? sessions.find(session.number) : nil
            let key = slot.map { sessions[$0].queueKey } ?? queueKey(at: now, memberLevel: buyers[place].memberLevel)
            position = lines.position(QueueEntry(key: key, session: session.number))
        }
        emit(
            .messageReceived(
                MessageReceived(
                    buyer: body.buyer, message: body.message, kind: body.kind, text: body.text, order: body.order,
                    item: body.item, intent: body.intent, session: session, opened: opened, handler: handler,
                    decision: decision, from: from, wasPending: wasPending, position: position,
                    estimatedWaitSeconds: position.flatMap(estimatedWait))), at: place, &turn)
    }

    // MARK: The built-in bot

    /// What the built-in bot will do with a message.
    enum BotSaying: Equatable {
        case nothing
        case answer(String)
        case fallback(String)
        case handOver(DecisionCause)

        var handsOver: DecisionCause? {
            if case .handOver(let cause) = self { cause } else { nil }
        }
    }

    private func botReply(_ handler: Handler, _ text: String, misses: Int) -> BotSaying {
        guard case .bot(let group) = handler, let bot = roster.bot(of: group) else { return .nothing }
        switch bot.reply(to: text) {
        case .asksForHuman: return .handOver(.humanAsked)
        case .answer(let answer): return bot.kind == .builtIn ? .answer(answer) : .nothing
        case .noAnswer:
            guard bot.kind == .builtIn else { return .nothing }
            return misses + 1 >= bot.noAnswerLimit ? .handOver(.botNoAnswer) : .fallback(bot.fallback)
        }
    }

    private mutating func say(_ saying: BotSaying, _ buyer: BuyerID, _ turn: inout Turn) {
        let text: String
        let noAnswer: Bool
        switch saying {
        case .answer(let answer): (text, noAnswer) = (answer, false)
        case .fallback(let fallback): (text, noAnswer) = (fallback, true)
        case .nothing, .handOver: return
        }
        guard let place = buyers.find(buyer), buyers[place].session >= 0 else { return }
        let session = sessions[Int(buyers[place].session)]
        emit(
            .messageSent(
                MessageSent(
                    buyer: buyer, message: MessageID(rawValue: "bot-\(turn.next)"),
                    session: SessionID(session.number), sender: .bot, text: text, answered: !noAnswer,
                    noAnswer: noAnswer)), &turn)
    }

    // MARK: To the buyer

    /// `POST …/sessions/{session}/messages`. A bot that has no answer twice in a row hands over (DIV-7).
    mutating func sendMessage(_ body: SendMessage, _ turn: inout Turn) throws(Refusal) {
        try checkKnown(body.sender)
        let slot = try openSession(body.session)
        try checkHandler(slot, body.sender)
        let place = sessions[slot].buyer
        let answers: Bool
        switch body.sender {
        case .agent:
            answers = !body.automatic && (body.messageClass == .chat || body.messageClass == .service)
        case .bot: answers = !body.noAnswer
        }
        emit(
            .messageSent(
                MessageSent(
                    buyer: buyers[place].id, message: body.message, session: body.session, sender: body.sender,
                    text: body.text, messageClass: body.messageClass, automatic: body.automatic,
                    answered: answers && sessions[slot].waitingSince != nil,
                    noAnswer: body.sender == .bot && body.noAnswer)), at: place, &turn)
        if body.noAnswer, case .bot(let group) = sessions[slot].handler, let bot = roster.bot(of: group),
            sessions[slot].botMisses >= bot.noAnswerLimit
        {
            handOver(slot, .botNoAnswer, reason: nil, &turn)
        }
    }
}
