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
        let session = sessions[slot]
        if case .human = body.target {
            guard case .bot = session.handler else { throw .sameHandler }
            handOver(slot, .botHandover, reason: body.reason, &turn)
            return
        }
        let decision = try transferDecision(body, session)
        let diversion = roster.settings.diversion
        let recent = session.transfers.count { now - $0 < .minutes(diversion.transferWindowMinutes) }
        if recent >= diversion.transferLimit, !body.forced { throw .tooManyTransfers }
        give(slot, decision, reason: body.reason, forced: body.forced, &turn)
    }

    private func transferDecision(_ body: TransferSession, _ session: OpenSession) throws(Refusal) -> Decision {
        func inquiry(named: AgentID? = nil, onlyGroup: GroupID? = nil) -> Inquiry {
            self.inquiry(
                session.buyer, named: named, items: session.items, withoutBot: true, onlyGroup: onlyGroup,
                notAgent: session.handler.agent)
        }
        switch body.target {
        case .agent(let id):
            guard let target = roster.slot(of: id) else { throw .unknownAgent(id) }
            if roster.agents[target].presence == .offline { throw .targetOffline }
            if session.handler == .agent(id) { throw .sameHandler }
            if roster.isFull(target) { throw .targetFull }
            return Decision(
                handler: .agent(id), rule: .transferred, cause: .transfer,
                settingsVersion: roster.settings.version, priorityMember: isPriority(session.buyer),
                inquiry: inquiry(named: id))
        case .group(let id):
            let inquiry = inquiry(onlyGroup: id)
            let question = Question(
                inquiry: inquiry, cause: .transfer, priorityMember: isPriority(session.buyer), at: now)
            guard case .given(let handler, _, let lane, _) = roster.divert(question) else { throw .targetOffline }
            switch handler {
            case .agent: break
            case .queue: throw .targetFull
            case .pool, .bot: throw .targetOffline
            }
            return Decision(
                handler: handler, rule: .transferred, cause: .transfer, settingsVersion: roster.settings.version,
                priorityMember: question.priorityMember, inquiry: inquiry, lane: lane)
        case .human:
            throw .sameHandler
        }
    }
}
