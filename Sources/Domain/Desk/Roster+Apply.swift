// How events change a roster. It cannot fail: an event that names an unknown agent changes nothing.

extension Roster {
    public mutating func apply(_ event: Event, at: Timestamp) {
        apply(event, at: at, places(of: event))
    }

    /// Slots and the lane that an event names, by name.
    func places(of event: Event) -> EventPlaces {
        func slot(_ handler: Handler?) -> Int { handler?.agent.flatMap { slots[$0] } ?? -1 }
        func lane(_ decision: Decision?) -> Int { decision?.lane.flatMap { self.lane($0) } ?? -1 }
        var places = EventPlaces()
        switch event {
        case .messageReceived(let body):
            places.agent = slot(body.handler)
            places.from = slot(body.from)
            places.lane = lane(body.decision)
        case .messageSent(let body):
            if case .agent(let agent) = body.sender { places.agent = slots[agent] ?? -1 }
        case .handlerChanged(let body):
            places.agent = slot(body.to)
            places.from = slot(body.from)
            places.lane = lane(body.decision)
        case .sessionEnded(let body): places.from = slot(body.handler)
        default: break
        }
        return places
    }

    mutating func apply(_ event: Event, at: Timestamp, _ places: EventPlaces) {
        switch event {
        case .shopSet(let body): shop = body.shop
        case .settingsChanged(let body):
            settings = body.settings
            for slot in agents.indices { reweigh(slot) }
        case .agentSet(let body): setAgent(body.agent)
        case .agentRemoved(let body): removeAgent(body.agent, at: at)
        case .groupSet(let body): setGroup(body.group)
        case .groupRemoved(let body): removeGroup(body.group)
        case .presenceChanged(let body):
            if let slot = slots[body.agent] { setPresence(slot, body.to, body.cause, at: at) }
        case .streamNoted(let body):
            guard let slot = slots[body.agent] else { return }
            agents[slot].streaming = body.attached
            agents[slot].streamLostAt = body.attached ? nil : at
        case .messageReceived(let body): applyReceived(body, at: at, places)
        case .messageSent(let body):
            if body.answered, places.agent >= 0, body.sender != .bot { changeLoad(places.agent, open: 0, pending: -1) }
        case .handlerChanged(let body):
            let turn = applyDecision(body.decision, at: at, places, atOnce: !body.opened)
            if !body.opened { release(places.from, pending: body.pending) }
            if body.from == .queue, body.to.agent != nil { notePull(at) }
            if places.agent >= 0 { serve(places.agent, turnOf: turn, pending: body.pending ? 1 : 0, at: at) }
        case .sessionEnded(let body): release(places.from, pending: body.wasPending)
        case .restrictionsChanged(let body):
            restrictions = body.to
            restrictionsAt = body.at
        case .escalationRaised(let body): restrictionsAt = body.at
        case .buyerSet, .orderSet, .interestRecorded, .messageImported, .rosterNoted, .commandNoted,
            .violationRecorded, .escalationDecided, .slowResponseReminded:
            break
        }
    }

    private mutating func applyReceived(_ body: MessageReceived, at: Timestamp, _ places: EventPlaces) {
        if let decision = body.decision {
            let turn = applyDecision(decision, at: at, places, atOnce: !body.opened)
            release(places.from, pending: body.wasPending)
            if places.agent >= 0 { serve(places.agent, turnOf: turn, pending: 1, at: at) }
        } else if !body.wasPending, places.agent >= 0 {
            changeLoad(places.agent, open: 0, pending: 1)
        }
    }

    private mutating func release(_ slot: Int, pending: Bool) {
        if slot >= 0 { changeLoad(slot, open: -1, pending: pending ? -1 : 0) }
    }

    /// Moves the counters that a decision used: the hybrid bot's, the group's turn, the pool's minute, and at once the
    /// lane's; else gives the place of the lane whose turn goes to the agent, −1 for none, for `serve`.
    private mutating func applyDecision(
        _ decision: Decision, at: Timestamp, _ places: EventPlaces, atOnce: Bool
    ) -> Int {
        if let owner = decision.hybrid { countHybrid(owner) }
        let slot = places.agent
        guard slot >= 0 else { return -1 }
        var turn = places.lane
        if turn >= 0 {
            let notSlot = decision.words.inquiry.notAgent.flatMap { slots[$0] } ?? -1
            let restriction = restriction(not: notSlot, decision.cause, at: at)
            if !holdBack(lane: turn, restriction) { turn = -1 }
            if atOnce, turn >= 0 {
                if let place = lanes[turn].place(of: slot) {
                    lanes[turn].advance(place, by: loads[slot].cost, loads[slot])
                }
                turn = -1
            }
            if decision.rule == .unboundState, case .groups(let groups) = decision.lane { lastTurn = groups.first }
        }
        if decision.cause == .poolDrain {
            agents[slot].poolTimes.append(at)
            let extra = agents[slot].poolTimes.count - settings.diversion.poolPerAgentMinute
            if extra > 0 { agents[slot].poolTimes.removeFirst(extra) }
        }
        return turn
    }

    private mutating func notePull(_ at: Timestamp) {
        pulls.append(at)
        if pulls.count > Self.pullsKept { pulls.removeFirst() }
    }

    private mutating func setAgent(_ set: SetAgent) {
        if let slot = slots[set.agent] {
            agents[slot].name = set.name
            agents[slot].weight = set.weight
            agents[slot].groups = set.groups.sorted()
            agents[slot].capacity = set.capacity
            agents[slot].removed = false
        } else {
            agents.append(Agent(set))
            loads.append(Load())
        }
        reshape()
    }

    private mutating func removeAgent(_ id: AgentID, at: Timestamp) {
        guard let slot = slots[id] else { return }
        setPresence(slot, .offline, .removed, at: at)
        agents[slot].removed = true
        agents[slot].streaming = false
        agents[slot].streamLostAt = nil
        reshape()
    }

    private mutating func setGroup(_ set: SetGroup) {
        if let index = groups.firstIndex(where: { $0.group == set.group }) {
            groups[index] = set
        } else {
            groups.append(set)
            groups.sort { $0.group < $1.group }
        }
        reshape()
    }

    private mutating func removeGroup(_ id: GroupID) {
        groups.removeAll { $0.group == id }
        for slot in agents.indices { agents[slot].groups.removeAll { $0 == id } }
        hybrids.removeAll { $0.owner == .group(id) }
        reshape()
    }

    #if PLANTED_BUGS
        /// The session is over, and its agent's load does not hear of it.
        mutating func forgetEnd(_ event: Event) {
            guard case .sessionEnded(let body) = event, let slot = body.handler.agent.flatMap({ slots[$0] }) else {
                return
            }
            loads[slot].open += 1
        }
    #endif
}
