// DIV-8: the pool is assigned oldest first through DIV-1, at most `poolPerAgentMinute` per agent and minute.

extension Desk {
    mutating func drainPool(_ turn: inout Turn) {
        var place = 0
        while place < lines.pool.count, roster.online > 0 {
            guard roster.agents.indices.contains(where: { mayTakeFromPool($0) }) else { break }
            let entry = lines.pool[place]
            guard let slot = sessions.find(entry.session),
                let choice = decideAnew(slot, .poolDrain, withoutBot: true), choice.decision.handler != .pool
            else {
                place += 1
                continue
            }
            give(slot, choice, reason: nil, &turn)
            _ = autoSuspend(&turn)
        }
        scheduleDrain()
    }

    private func mayTakeFromPool(_ slot: Int) -> Bool {
        let agent = roster.agents[slot]
        return agent.presence == .online && !agent.removed && !roster.poolShareUsed(slot, at: now)
    }

    /// Looks again when the first minute's allowance comes back, while somebody waits and somebody is there.
    mutating func scheduleDrain() {
        guard !lines.pool.isEmpty, roster.online > 0 else { return }
        let allowed = roster.settings.diversion.poolPerAgentMinute
        var due = Timestamp.distantFuture
        for agent in roster.agents where agent.presence == .online && !agent.removed {
            guard agent.poolTimes.count >= allowed else { continue }
            due = min(due, agent.poolTimes[agent.poolTimes.count - allowed] + .minutes(1))
        }
        guard due > now, due < drainAt else { return }
        drainAt = due
        timers.insert(DeskTimer(due: due, work: .drainPool))
    }
}
