// DIV-6: the queue of those for whom every candidate is full.

extension Desk {
    /// The moment of joining, less a member's bonus, in milliseconds.
    func queueKey(at time: Timestamp, memberLevel: UInt8) -> Int64 {
        let bonus = memberLevel >= 1 ? roster.settings.diversion.memberBonusSeconds : 0
        return (time - .seconds(bonus)).millis
    }

    /// Place times the mean gap between the last pulls, rounded up; nil until there were two.
    func estimatedWait(position: Int) -> Int? {
        let pulls = roster.pulls
        guard pulls.count >= 2, let first = pulls.first, let last = pulls.last else { return nil }
        let span = (last - first).millis
        let gaps = Int64(pulls.count - 1)
        return Int((Int64(position) * span + gaps * 1_000 - 1) / (gaps * 1_000))
    }

    /// Gives out free places in the order of the queue. Each place goes to the first who may have it.
    mutating func pullQueue(_ turn: inout Turn) {
        var place = 0
        // Who just came may be named by somebody, though it takes no new buyers.
        while place < lines.queue.count, cameOnline || roster.loads.contains(where: \.takes) {
            let entry = lines.queue[place]
            guard let slot = sessions.find(entry.session),
                let choice = decideAnew(slot, .queuePull, withoutBot: true), choice.decision.handler.agent != nil
            else {
                place += 1
                continue
            }
            give(slot, choice, reason: nil, &turn)
            _ = autoSuspend(&turn)
        }
    }
}
