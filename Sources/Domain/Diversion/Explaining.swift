// DIV-10: every decision can be explained later, exactly. The roster at the decision is rebuilt from the last noted one
// and the events after it; then DIV-1 is asked again and must come to the same.

extension Explanation {
    /// Explains the last of `history`. It begins with a `RosterNoted` or with the shop's first event and holds every
    /// event of the shop from there on. Nil if the last is no decision.
    public init?(history: [EventRecord]) {
        guard let record = history.last else { return nil }
        var roster = Roster()
        for earlier in history.dropLast() {
            if case .rosterNoted(let noted) = earlier.event {
                roster = noted.roster
            } else {
                roster.apply(earlier.event, at: earlier.at)
            }
        }
        switch record.event {
        case .messageReceived(let body):
            if let decision = body.decision {
                self.init(
                    record, roster, body.buyer, body.session, decision, reason: nil)
            } else {
                self.init(continued: body, record, roster)
            }
        case .handlerChanged(let body):
            self.init(record, roster, body.buyer, body.session, body.decision, reason: body.reason)
        default: return nil
        }
    }

    private init(continued body: MessageReceived, _ record: EventRecord, _ roster: Roster) {
        let question = roster.question(Inquiry(), .continued, priorityMember: false, at: record.at)
        self.init(
            id: DecisionID(record.sequence), at: record.at, buyer: body.buyer, session: body.session,
            rule: .continued, cause: .continued, handler: body.handler, settingsVersion: roster.settings.version,
            priorityMember: false, inquiry: nil, lane: nil, agents: roster.candidates(question, lane: nil),
            steps: [
                StepView(step: 0, finding: "continues session \(body.session), which its handler holds", decided: true)
            ],
            reason: nil, reproduced: true)
    }

    private init(
        _ record: EventRecord, _ roster: Roster, _ buyer: BuyerID, _ session: SessionID, _ decision: Decision,
        reason: String?
    ) {
        var roster = roster
        let question = roster.question(
            decision.inquiry, decision.cause, priorityMember: decision.priorityMember, at: record.at)
        self.init(
            id: DecisionID(record.sequence), at: record.at, buyer: buyer, session: session, rule: decision.rule,
            cause: decision.cause, handler: decision.handler, settingsVersion: decision.settingsVersion,
            priorityMember: decision.priorityMember, inquiry: decision.inquiry, lane: decision.lane,
            agents: roster.candidates(question, lane: decision.lane),
            steps: roster.steps(question, decision), reason: reason,
            reproduced: roster.reproduces(question, decision))
    }
}

extension Roster {
    fileprivate mutating func reproduces(_ question: Question, _ decision: Decision) -> Bool {
        if decision.rule == .transferred, decision.inquiry.onlyGroup == nil { return true }
        switch divert(question) {
        case .wait: return false
        case .given(let given):
            guard hybrid(given) == decision.hybrid else { return false }
            // A full queue sends to the pool (DIV-6); how long it was is not in the roster.
            if given.taker == .queue, decision.handler == .pool { return decision.rule == .pooled }
            let lane = given.lane < 0 ? nil : lanes[given.lane].key
            return handler(given) == decision.handler && given.rule == decision.rule && lane == decision.lane
        }
    }

    /// Every agent as it stands, with why it is no candidate.
    func candidates(_ question: Question, lane key: LaneKey?) -> [CandidateView] {
        let members = key.flatMap(lane).map { lanes[$0].members }
        return agents.indices.filter { !agents[$0].removed }.sorted { agents[$0].id < agents[$1].id }.map { slot in
            let agent = agents[slot]
            return CandidateView(
                agent: agent.id, presence: agent.presence, weight: agent.weight, open: loads[slot].open,
                pending: loads[slot].pending, capacity: agent.capacity,
                effectiveWeight: effectiveWeight(slot).fraction,
                excluded: exclusion(slot, question, members: members))
        }
    }

    private func exclusion(_ slot: Int, _ question: Question, members: [Int]?) -> Exclusion? {
        let agent = agents[slot]
        if agent.presence == .offline { return .offline }
        if agent.presence == .suspended { return .suspended }
        if agent.weight == 0 { return .weightZero }
        if let members, !members.contains(slot) { return agent.groups.isEmpty ? .noGroup : .otherGroup }
        if members == nil, agent.groups.isEmpty, !groups.isEmpty { return .noGroup }
        if isFull(slot) { return .full }
        if question.cause == .poolDrain, poolShareUsed(slot, at: question.at) { return .poolShareUsed }
        if question.notAgent == slot { return .handedOver }
        return nil
    }

    /// The steps of DIV-1 up to the one that decided.
    fileprivate mutating func steps(_ question: Question, _ decision: Decision) -> [StepView] {
        if decision.rule == .transferred {
            let target: String
            if let group = decision.inquiry.onlyGroup {
                target = "to group \(group)"
            } else {
                target = "to agent \(decision.inquiry.named?.rawValue ?? "")"
            }
            return [StepView(step: 0, finding: "transferred \(target)", decided: true)]
        }
        var steps: [StepView] = []
        func add(_ step: Int, _ finding: String, _ decided: Bool) -> Bool {
            steps.append(StepView(step: step, finding: finding, decided: decided))
            return decided
        }
        let inquiry = decision.inquiry
        let rule = decision.rule
        if add(1, finding(inquiry.named, "names"), rule == .named) { return steps }
        let contact = contactFinding(inquiry, at: question.at)
        if add(2, contact, rule == .recentContact24h) { return steps }
        if add(3, contact, rule == .recentContact72h) { return steps }
        if add(4, finding(inquiry.exclusive, "exclusive agent is"), rule == .exclusiveAgent) { return steps }
        let nobody = online == 0
        if nobody {
            let bot = decision.handler == .pool ? "" : "; a bot is there"
            _ = add(5, "no agent is online\(bot)", true)
            return steps
        }
        _ = add(5, "\(online) online", false)
        let shopBot = decision.handler == .bot(nil)
        if add(6, botFinding(question), shopBot) { return steps }
        let binding = bind(question)
        var place: String
        switch lanes[binding.lane].key {
        case .groups(let bound):
            place = "order state \(inquiry.orderState) goes to groups \(bound.map(\.rawValue).joined(separator: ", "))"
        default: place = "order state \(inquiry.orderState) is bound to no group: all groups"
        }
        if let item = inquiry.items.first(where: { laneOfItem[$0] != nil }),
            case .groups(let bound) = lanes[binding.lane].key
        {
            place = "product \(item) goes to groups \(bound.map(\.rawValue).joined(separator: ", "))"
        } else if binding.rule == .unboundState, case .groups(let turn) = lanes[binding.lane].key {
            place = "order state \(inquiry.orderState) is bound to no group: the turn of group \(turn[0])"
        }
        if case .bot(.some(let group)) = decision.handler {
            let empty = lanes[binding.lane].able == 0 ? "nobody there is online" : "it goes first"
            _ = add(7, "\(place); the bot of group \(group): \(empty)", true)
            return steps
        }
        _ = add(7, place, false)
        let last: String
        switch rule {
        case .queued: last = "every candidate is full"
        case .pooled:
            let full = lanes[binding.lane].able > 0
            last = full ? "every candidate is full, and so is the queue" : "nobody can take it"
        case .fallbackAnyone: last = "nobody online there; shared among the others by weight"
        default: last = "shared by weight and busyness"
        }
        _ = add(8, last, true)
        return steps
    }

    private func finding(_ id: AgentID?, _ what: String) -> String {
        guard let id else { return "\(what) nobody" }
        guard let slot = slot(of: id) else { return "\(what) \(id), who is no agent any more" }
        let full = isFull(slot) ? ", full" : ""
        return "\(what) \(id), \(agents[slot].presence)\(full)"
    }

    private func contactFinding(_ inquiry: Inquiry, at: Timestamp) -> String {
        guard let contact = inquiry.contact, let since = inquiry.contactAt else { return "no recent contact" }
        let minutes = (at - since).millis / 60_000
        return "\(finding(contact, "recent contact")), \(minutes / 60) h \(minutes % 60) min ago"
    }

    private func botFinding(_ question: Question) -> String {
        if settings.bot.mode == .off { return "the shop has no bot" }
        if question.withoutBot { return "the bot is left out: \(question.cause)" }
        if question.priorityMember { return "a priority member skips the bot" }
        return "the shop's bot is \(settings.bot.mode)"
    }
}
