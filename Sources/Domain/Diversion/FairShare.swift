// DIV-3: the smooth, deterministic spread by weight over the agents of one lane, in virtual time.
// Each agent's next turn starts at `start` and is due one cost (1/e) later. Of the turns that have started, the one due
// first is given out; that is the earliest-deadline order of the chairman's problem, which keeps every prefix within
// one of its share. Time moves by 1/Σe with each pick. Whoever joins starts at the present: no debt, no credit.

/// One counter of DIV-3.
public struct Lane: Hashable, Sendable {
    public let key: LaneKey
    /// Virtual time, over `EffectiveWeight.costScale`.
    var time: Int128 = 0
    /// Slots of the agents that belong to the lane, ascending, whether they take part now or not.
    var members: [Int] = []
    /// When each member's next turn starts; parallel to `members`.
    var starts: [Int128] = []

    init(key: LaneKey) { self.key = key }

    /// The place of a slot in `members`, nil if it does not belong to the lane.
    func place(of slot: Int) -> Int? {
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            if members[middle] < slot { low = middle + 1 } else { high = middle }
        }
        return low < members.count && members[low] == slot ? low : nil
    }

    /// An agent takes part again: its turn starts now, unless it still has one ahead.
    mutating func enter(_ slot: Int) {
        guard let place = place(of: slot) else { return }
        starts[place] = max(starts[place], time)
    }
}

/// What a look at a lane found.
struct LaneLook {
    /// The agent whose turn it is; nil if no candidate.
    var slot: Int?
    /// Members that are online with a weight above 0.
    var able = 0
    /// Of those, the ones with room.
    var candidates = 0
    /// Candidates that only their share of the pool holds back (DIV-8).
    var heldBack = 0
    /// Σe over the candidates, over `EffectiveWeight.shareScale`.
    var shares: Int64 = 0
}

/// Which of a lane's agents may not be chosen now, though they take part.
struct Restriction {
    /// DIV-9, DIV-12: not this agent.
    var notSlot: Int?
    /// DIV-8: whoever had its share of the pool within the minute before this time.
    var poolAt: Timestamp?

    static let none = Restriction()
    var isNone: Bool { notSlot == nil && poolAt == nil }
}

extension Roster {
    /// Whose turn it is in a lane.
    func look(_ lane: Lane, _ restriction: Restriction) -> LaneLook {
        var look = LaneLook()
        var bestFinish: Int128 = 0
        var earliest: Int128 = 0
        var earliestSlot: Int?
        var earliestFinish: Int128 = 0
        for place in lane.members.indices {
            let slot = lane.members[place]
            let load = loads[slot]
            guard load.able else { continue }
            if restriction.notSlot == slot { continue }
            look.able += 1
            guard load.takes else { continue }
            if let at = restriction.poolAt, poolShareUsed(slot, at: at) {
                look.heldBack += 1
                continue
            }
            look.candidates += 1
            look.shares += load.share
            let start = lane.starts[place]
            let finish = start + load.cost
            if start <= lane.time {
                if let best = look.slot {
                    if finish < bestFinish || (finish == bestFinish && goesBefore(slot, best)) {
                        look.slot = slot
                        bestFinish = finish
                    }
                } else {
                    look.slot = slot
                    bestFinish = finish
                }
            } else if look.slot == nil {
                let better: Bool
                if let held = earliestSlot {
                    better =
                        start < earliest || (start == earliest && finish < earliestFinish)
                        || (start == earliest && finish == earliestFinish && goesBefore(slot, held))
                } else {
                    better = true
                }
                if better {
                    earliest = start
                    earliestSlot = slot
                    earliestFinish = finish
                }
            }
        }
        // Nobody's turn has started: time jumps to the first that does.
        if look.slot == nil { look.slot = earliestSlot }
        return look
    }

    /// DIV-5, equal claims: the one idle longest, then the lower ID.
    private func goesBefore(_ a: Int, _ b: Int) -> Bool {
        if loads[a].idleSince != loads[b].idleSince { return loads[a].idleSince < loads[b].idleSince }
        return agents[a].id < agents[b].id
    }

    /// Gives the lane's turn to an agent, as `look` named it under the same restriction.
    mutating func give(lane index: Int, to slot: Int, _ restriction: Restriction) {
        let shares = look(lanes[index], restriction).shares
        guard shares > 0, let place = lanes[index].place(of: slot) else { return }
        lanes[index].time = max(lanes[index].time, lanes[index].starts[place])
        let whole = EffectiveWeight.costScale * Int128(EffectiveWeight.shareScale)
        lanes[index].time += (whole + Int128(shares) - 1) / Int128(shares)
        lanes[index].starts[place] += loads[slot].cost
        if !restriction.isNone {
            // Whoever could not be chosen gains no credit by it.
            for other in lanes[index].members.indices where lanes[index].members[other] != slot {
                let member = lanes[index].members[other]
                let held =
                    restriction.notSlot == member
                    || (restriction.poolAt.map { poolShareUsed(member, at: $0) } ?? false)
                if held { lanes[index].starts[other] = max(lanes[index].starts[other], lanes[index].time) }
            }
        }
    }
}
