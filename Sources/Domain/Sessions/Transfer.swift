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

    private mutating func transferChoice(_ body: TransferSession, _ slot: Int) throws(Refusal) -> Choice {
        let place = Int(sessions[slot].buyer)
        let (items, holder) = (sessions.extra(slot).items, holderSlot(slot))
        switch body.target {
        case .agent(let id):
            guard let target = roster.slot(of: id) else { throw .unknownAgent(id) }
            if roster.agents[target].presence == .offline { throw .targetOffline }
            if handler(slot) == .agent(id) { throw .sameHandler }
            if roster.isFull(target) { throw .targetFull }
            let question = question(
                place, .transfer, named: id, items: items, withoutBot: true, notAgent: holder)
            return choice(of: question, Given(taker: .agent, rule: .transferred, slot: target))
        case .group(let id):
            let question = question(
                place, .transfer, items: items, withoutBot: true, onlyGroup: id, notAgent: holder)
            guard case .given(var given) = roster.divert(question) else { throw .targetOffline }
            switch given.taker {
            case .agent: break
            case .queue: throw .targetFull
            case .pool, .bot: throw .targetOffline
            }
            given.rule = .transferred
            return choice(of: question, given)
        case .human:
            throw .sameHandler
        }
    }
}
