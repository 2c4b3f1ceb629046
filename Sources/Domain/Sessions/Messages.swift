// Messages both ways: the buyer's, which DIV-1 decides on, and those of agents and bots.

extension Desk {
    // MARK: From the buyer

    mutating func receiveMessage(_ body: ReceiveMessage, _ turn: inout Turn) throws(Refusal) {
        if let agent = body.toAgent, roster.slot(of: agent) == nil { throw .unknownAgent(agent) }
        let hash = BuyerTable.hash(body.buyer)
        let place = buyers.find(body.buyer, hash)
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
            open(body, place, hash, items, &turn)
        }
    }

    private mutating func open(
        _ body: ReceiveMessage, _ place: Int?, _ hash: UInt64, _ items: [ItemID], _ turn: inout Turn
    ) {
        let question = question(place, .arrival, named: body.toAgent, items: items)
        var choice = decide(question)
        let reply = botReply(choice.decision.handler, body.text, misses: 0)
        if let cause = reply.handsOver { choice = decide(question.withoutBot(cause)) }
        let handler = choice.decision.handler
        let number = lastSession + 1
        let place = place ?? buyers.insert(body.buyer, hash)
        received(
            body, SessionID(number), opened: true, handler, choice.decision, from: nil, wasPending: false,
            position: handler == .queue ? position(of: number, place) : nil,
            EventPlaces(buyer: place, agent: choice.slot, lane: choice.lane), &turn)
        if reply.handsOver == nil { say(reply, place, &turn) }
    }

    /// The place that a session which is not in the queue would have there.
    private mutating func position(of number: UInt64, _ place: Int) -> Int {
        lines.position(
            QueueEntry(key: queueKey(at: now, memberLevel: buyers[place].memberLevel), session: number))
    }

    private mutating func continueSession(
        _ body: ReceiveMessage, _ slot: Int, _ items: [ItemID], _ turn: inout Turn
    ) {
        let place = Int(sessions[slot].buyer)
        let number = sessions[slot].number
        var cause: DecisionCause?
        var withoutBot = false
        var reply = BotSaying.nothing
        switch sessions[slot].holder {
        case .agent(let holder): if !isThere(Int(holder)) { cause = .handlerOffline }
        case .bot:
            let handler = handler(slot)
            if case .bot(let group) = handler, roster.bot(of: group) == nil {
                cause = .botHandover
                withoutBot = true
                break
            }
            reply = botReply(handler, body.text, misses: Int(sessions[slot].botMisses))
            if let handsOver = reply.handsOver {
                cause = handsOver
                withoutBot = true
            }
        case .queue, .pool: break
        }
        let wasPending = sessions[slot].waitingSince != nil
        guard let cause else {
            var position: Int?
            if sessions[slot].holder == .queue {
                position = lines.position(QueueEntry(key: sessions[slot].queueKey, session: number))
            }
            received(
                body, SessionID(number), opened: false, handler(slot), nil, from: nil, wasPending: wasPending,
                position: position, EventPlaces(buyer: place, session: slot, agent: holderSlot(slot)), &turn)
            say(reply, place, &turn)
            return
        }
        let question = question(
            place, cause, named: body.toAgent, items: items.isEmpty ? sessions.extra(slot).items : items,
            withoutBot: withoutBot)
        var choice = decide(question)
        reply = .nothing
        if cause == .handlerOffline {
            reply = botReply(choice.decision.handler, body.text, misses: 0)
            if let handsOver = reply.handsOver {
                choice = decide(question.withoutBot(handsOver))
                reply = .nothing
            }
        }
        let handler = choice.decision.handler
        received(
            body, SessionID(number), opened: false, handler, choice.decision, from: self.handler(slot),
            wasPending: wasPending, position: handler == .queue ? position(of: number, place) : nil,
            EventPlaces(
                buyer: place, session: slot, agent: choice.slot, from: holderSlot(slot), lane: choice.lane), &turn)
        say(reply, place, &turn)
    }

    private mutating func received(
        _ body: ReceiveMessage, _ session: SessionID, opened: Bool, _ handler: Handler, _ decision: Decision?,
        from: Handler?, wasPending: Bool, position: Int?, _ known: EventPlaces, _ turn: inout Turn
    ) {
        emit(
            .messageReceived(
                MessageReceived(
                    body, session: session, opened: opened, handler: handler, decision: decision, from: from,
                    wasPending: wasPending, position: position,
                    estimatedWaitSeconds: position.flatMap { estimatedWait(position: $0) })), known, &turn)
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

    @inline(__always)
    private mutating func botReply(_ handler: Handler, _ text: String, misses: Int) -> BotSaying {
        if case .bot(let group) = handler { botReply(group, text, misses: misses) } else { .nothing }
    }

    private mutating func botReply(_ group: GroupID?, _ text: String, misses: Int) -> BotSaying {
        guard let bot = roster.bot(of: group) else { return .nothing }
        switch bot.reply(to: text) {
        case .asksForHuman: return .handOver(.humanAsked)
        case .answer(let answer): return bot.kind == .builtIn ? .answer(answer) : .nothing
        case .noAnswer:
            guard bot.kind == .builtIn else { return .nothing }
            return misses + 1 >= bot.noAnswerLimit ? .handOver(.botNoAnswer) : .fallback(bot.fallback)
        }
    }

    @inline(__always)
    private mutating func say(_ saying: BotSaying, _ place: Int, _ turn: inout Turn) {
        if case .nothing = saying { return }
        sayIt(saying, place, &turn)
    }

    private mutating func sayIt(_ saying: BotSaying, _ place: Int, _ turn: inout Turn) {
        let text: String
        let noAnswer: Bool
        switch saying {
        case .answer(let answer): (text, noAnswer) = (answer, false)
        case .fallback(let fallback): (text, noAnswer) = (fallback, true)
        case .nothing, .handOver: return
        }
        let slot = Int(buyers[place].session)
        guard slot >= 0 else { return }
        emit(
            .messageSent(
                MessageSent(
                    buyer: buyers[place].id, message: MessageID(rawValue: "bot-\(turn.next)"),
                    session: SessionID(sessions[slot].number), sender: .bot, text: text, answered: !noAnswer,
                    noAnswer: noAnswer)), EventPlaces(buyer: place, session: slot), &turn)
    }

    // MARK: To the buyer

    /// `POST …/sessions/{session}/messages`. A bot that has no answer twice in a row hands over (DIV-7).
    mutating func sendMessage(_ body: SendMessage, _ turn: inout Turn) throws(Refusal) {
        let slot = try openSession(body.session, of: body.sender)
        let place = Int(sessions[slot].buyer)
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
                    noAnswer: body.sender == .bot && body.noAnswer)),
            EventPlaces(buyer: place, session: slot, agent: holderSlot(slot)), &turn)
        if body.noAnswer, case .bot(let group) = handler(slot), let bot = roster.bot(of: group),
            sessions[slot].botMisses >= bot.noAnswerLimit
        {
            handOver(slot, .botNoAnswer, reason: nil, &turn)
        }
    }
}
