// DIV-10: why does this agent get nothing?

extension Desk {
    /// Nil for an unknown agent.
    public func diagnosis(_ id: AgentID) -> Diagnosis? {
        guard let slot = roster.slot(of: id) else { return nil }
        let agent = roster.agents[slot]
        var reasons: [DiagnosisReason] = []
        func add(_ code: String, _ detail: String) { reasons.append(DiagnosisReason(code: code, detail: detail)) }
        switch agent.presence {
        case .offline: add("offline", "is offline; only an online agent gets new buyers")
        case .suspended:
            add(
                "suspended",
                agent.autoSuspended
                    ? "is suspended by the desk at \(roster.loads[slot].open) open sessions"
                    : "is suspended; only recent contacts and those who name the agent arrive")
        case .online: break
        }
        if agent.weight == 0 { add("weightZero", "has weight 0; only stickiness and transfers reach it") }
        if agent.groups.isEmpty, !roster.groups.isEmpty {
            add("noGroup", "is in no group; gets buyers only when nobody else is online")
        }
        if roster.settings.bot.mode == .botFirst {
            add("botFirst", "the shop's bot goes first; only members with priority and handovers reach a human")
        } else if !agent.groups.isEmpty, agent.groups.allSatisfy({ roster.group($0)?.bot?.mode == .botFirst }) {
            add("botFirst", "the bots of its groups go first where the groups are bound")
        }
        if roster.isFull(slot) {
            add("full", "holds \(roster.loads[slot].open) sessions, its capacity")
        }
        let weight = roster.effectiveWeight(slot)
        if weight.divisor > 1 {
            add(
                "busy",
                "\(roster.loads[slot].pending) buyers wait; the effective weight is \(weight.weight)/\(weight.divisor)")
        }
        return Diagnosis(agent: agentView(slot), reasons: reasons, lanes: shares(slot))
    }

    private func shares(_ slot: Int) -> [LaneShare] {
        roster.lanes.indices.compactMap { index in
            let lane = roster.lanes[index]
            guard lane.place(of: slot) != nil else { return nil }
            let states = OrderState.allCases.filter { state in
                let bound = roster.laneOfState[state.rawValue]
                return bound == index || (bound < 0 && lane.key == .all)
            }
            let bindsProduct = roster.laneOfItem.values.contains(index)
            guard !states.isEmpty || bindsProduct else { return nil }
            let candidates = lane.members.filter { roster.loads[$0].takes }
            let shares = candidates.reduce(0) { $0 + roster.loads[$1].share }
            let share = roster.loads[slot].takes ? Int(roster.loads[slot].share * 1_000_000 / shares) : 0
            return LaneShare(
                lane: lane.key, orderStates: states, candidates: candidates.count, sharePerMillion: share)
        }
    }
}
