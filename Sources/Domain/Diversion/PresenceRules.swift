// DIV-6: who is there. A suspension by hand is never undone by the desk; a lost stream takes an agent offline after a
// while, unless the shop's backend set the presence without a stream.

extension Desk {
    mutating func setPresence(_ body: SetPresence, _ turn: inout Turn) throws(Refusal) {
        guard let slot = roster.slot(of: body.agent) else { throw .unknownAgent(body.agent) }
        let agent = roster.agents[slot]
        guard agent.presence != body.state || agent.autoSuspended else { return }
        emit(
            .presenceChanged(
                PresenceChanged(agent: body.agent, from: agent.presence, to: body.state, cause: .manual)), &turn)
    }

    mutating func noteStream(_ body: NoteStream, _ turn: inout Turn) throws(Refusal) {
        guard let slot = roster.slot(of: body.agent) else { throw .unknownAgent(body.agent) }
        let agent = roster.agents[slot]
        if body.attached {
            guard !agent.streaming else { return }
        } else {
            guard agent.streaming else { return }
        }
        emit(.streamNoted(StreamNoted(agent: body.agent, attached: body.attached)), &turn)
    }

    /// The time is over for which an agent's stream may be lost.
    mutating func streamStaysLost(_ slot: Int, _ turn: inout Turn) {
        guard !roster.agents[slot].removed, let lostAt = roster.agents[slot].streamLostAt,
            roster.agents[slot].presence != .offline
        else { return }
        let due = lostAt + .seconds(roster.settings.diversion.streamLostSeconds)
        if due > now {
            timers.insert(DeskTimer(due: due, work: .streamLost(slot)))
            return
        }
        emit(
            .presenceChanged(
                PresenceChanged(
                    agent: roster.agents[slot].id, from: roster.agents[slot].presence, to: .offline, cause: .streamLost)
            ), &turn)
    }

    @inline(__always)
    var mayAutoSuspend: Bool {
        roster.autoSuspended > 0 || roster.settings.diversion.autoSuspendAt != nil
    }

    /// Suspends an agent at `autoSuspendAt` open sessions and resumes it below. True if it did anything.
    mutating func autoSuspend(_ turn: inout Turn) -> Bool {
        let limit = roster.settings.diversion.autoSuspendAt
        guard mayAutoSuspend else { return false }
        for slot in roster.agents.indices {
            let agent = roster.agents[slot]
            if agent.autoSuspended, agent.presence == .suspended {
                if let limit, roster.loads[slot].open >= limit { continue }
                emit(
                    .presenceChanged(
                        PresenceChanged(agent: agent.id, from: .suspended, to: .online, cause: .autoResumed)), &turn)
                return true
            }
            if let limit, agent.presence == .online, roster.loads[slot].open >= limit {
                emit(
                    .presenceChanged(
                        PresenceChanged(agent: agent.id, from: .online, to: .suspended, cause: .autoSuspended)),
                    &turn)
                return true
            }
        }
        return false
    }
}
