// DIV-1 steps 1–4 and DIV-2: the agent to whom a buyer belongs before any share.

extension Roster {
    /// The first of steps 1–4 that applies: its agent's slot and its rule.
    @inline(__always)
    func stickyAgent(_ question: Question) -> (slot: Int, rule: Rule)? {
        if let slot = present(question.named, question), loads[slot].presence != .offline, mayStick(slot) {
            return (slot, .named)
        }
        if let slot = present(question.contact, question), let since = question.contactAt, mayStick(slot),
            let rule = contactRule(age: question.at - since, presence: loads[slot].presence)
        {
            return (slot, rule)
        }
        if let slot = present(question.exclusive, question), loads[slot].presence == .online, mayStick(slot) {
            return (slot, .exclusiveAgent)
        }
        return nil
    }

    /// DIV-2's table. Ages are closed at their upper bound: exactly 24 h still is "at most 24 h".
    func contactRule(age: Span, presence: Presence) -> Rule? {
        let diversion = settings.diversion
        if age <= .hours(diversion.suspendedContactHours), presence != .offline { return .recentContact24h }
        if age <= .hours(diversion.recentContactHours), presence == .online { return .recentContact72h }
        return nil
    }

    @inline(__always)
    private func present(_ slot: Int, _ question: Question) -> Int? {
        slot < 0 || slot == question.notAgent || loads[slot].removed ? nil : slot
    }

    /// DIV-1's invariant: steps 1–4 exceed a capacity only if the shop allows it.
    @inline(__always)
    private func mayStick(_ slot: Int) -> Bool {
        settings.diversion.stickyIgnoresCapacity || !isFull(slot)
    }
}
