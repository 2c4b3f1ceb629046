// DIV-9: a session goes to an agent or a group, with a reason.

extension Desk {
    /// Refused: a target that is offline, has it already or is full; more than `transferLimit` transfers within the
    /// window, unless forced. A forced one still never exceeds a capacity (DIV-1's invariant).
    mutating func transferSession(_ body: TransferSession, _ turn: inout Turn) throws(Refusal) {
        try checkKnown(body.by)
        switch body.target {
        case .agent(let id): if roster.slot(of: id) == nil { throw .unknownAgent(id) }
        case .group(let id): if roster.group(id) == nil { throw .unknownGroup(id) }
        case .human: break
        }
        let slot = try openSession(body.session)
        try checkHandler(slot, body.by)
        if case .human = body.target {
            guard sessions[slot].holder == .bot else { throw .sameHandler }
            handOver(slot, .botHandover, reason: body.reason, &turn)
            return
        }
        let choice = try transferChoice(body, slot)
        let diversion = roster.settings.diversion
        let recent = sessions.extra(slot).transfers.count { now - $0 < .minutes(diversion.transferWindowMinutes) }
        if recent >= diversion.transferLimit, !body.forced { throw .tooManyTransfers }
        give(slot, choice, reason: body.reason, forced: body.forced, &turn)
    }

    private func transferChoice(_ body: TransferSession, _ slot: Int) throws(Refusal) -> Choice {
        let place = Int(sessions[slot].buyer)
        func question(named: AgentID? = nil, onlyGroup: GroupID? = nil) -> Question {
            self.question(
                place, .transfer, named: named, items: sessions.extra(slot).items, withoutBot: true,
                onlyGroup: onlyGroup, notAgent: handler(slot).agent)
        }
        func decision(_ handler: Handler, _ question: Question, lane: LaneKey? = nil) -> Decision {
            Decision(
                handler: handler, rule: .transferred, cause: .transfer, settingsVersion: roster.settings.version,
                priorityMember: question.priorityMember, inquiry: question.inquiry, lane: lane)
        }
        switch body.target {
        case .agent(let id):
            guard let target = roster.slot(of: id) else { throw .unknownAgent(id) }
            if roster.agents[target].presence == .offline { throw .targetOffline }
            if handler(slot) == .agent(id) { throw .sameHandler }
            if roster.isFull(target) { throw .targetFull }
            return Choice(decision: decision(.agent(id), question(named: id)), slot: target)
        case .group(let id):
            let question = question(onlyGroup: id)
            guard case .given(let given) = roster.divert(question) else { throw .targetOffline }
            switch given.handler {
            case .agent: break
            case .queue: throw .targetFull
            case .pool, .bot: throw .targetOffline
            }
            let lane = given.lane < 0 ? nil : roster.lanes[given.lane].key
            return Choice(
                decision: decision(given.handler, question, lane: lane), slot: given.slot, lane: given.lane)
        case .human:
            throw .sameHandler
        }
    }
}
