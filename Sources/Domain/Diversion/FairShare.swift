// DIV-3: the smooth, deterministic spread by weight over the agents of one lane, in virtual time.
// Each agent's next turn starts at `start` and is due one cost (1/e) later. The present is the mean of the candidates'
// starts, weighted by e. Of the turns that have started, the one due first is given out, which keeps every prefix
// within one of its share. Whoever joins starts at the present, whoever leaves takes nothing along: no debt, no credit.

/// One counter of DIV-3.
public struct Lane: Hashable, Sendable {
    public let key: LaneKey
    /// Virtual time from which `moment` is measured, over `EffectiveWeight.costScale`; the present, rounded down, while
    /// there is no candidate.
    var time: Int128 = 0
    /// Slots of the agents that belong to the lane, ascending, whether they take part now or not.
    var members: [Int] = []
    /// When each member's next turn starts, 0 for who had none yet; parallel to `members`.
    var starts: [Int128] = []

    // Sums over the members, kept with each change.

    /// Members that are online with a weight above 0.
    var able = 0
    /// Of those, the ones with room: the candidates.
    var candidates = 0
    /// Σe over the candidates, over `EffectiveWeight.shareScale`.
    var shares: Int64 = 0
    /// Σe·(start − time) over the candidates.
    var moment: Int128 = 0

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

    /// The weighted mean of the candidates' starts, rounded down.
    var present: Int128 { shares == 0 ? time : time + Self.floor(moment, shares) }

    static func floor(_ moment: Int128, _ shares: Int64) -> Int128 {
        let parts = moment.quotientAndRemainder(dividingBy: Int128(shares))
        return parts.remainder < 0 ? parts.quotient - 1 : parts.quotient
    }

    /// A member takes part (again): its turn starts now, unless it still has one ahead.
    mutating func enter(_ place: Int, _ load: Load) {
        starts[place] = max(starts[place], present)
        count(place, load)
    }

    /// Adds a member's part to the sums.
    mutating func count(_ place: Int, _ load: Load) {
        candidates += 1
        shares += load.share
        moment += Int128(load.share) * (starts[place] - time)
    }

    mutating func leave(_ place: Int, _ load: Load) {
        let last = present
        candidates -= 1
        shares -= load.share
        moment -= Int128(load.share) * (starts[place] - time)
        if candidates == 0 {
            time = last
            moment = 0
        }
    }

    /// A member's weight changes from `old` to `new`: what is left of its turn, or due to it, stays the same part of
    /// a turn, so nobody else's claim changes.
    mutating func reweigh(_ place: Int, from old: Load, to new: Load) {
        let now = present
        if old.takes {
            shares -= old.share
            moment -= Int128(old.share) * (starts[place] - time)
        }
        if old.weight > 0, new.weight > 0, old.takes || starts[place] > now {
            let parts = Int128(new.divisor) * Int128(old.weight)
            let whole = Int128(old.divisor) * Int128(new.weight)
            starts[place] = now + (starts[place] - now) * parts / whole
        }
        if old.takes {
            shares += new.share
            moment += Int128(new.share) * (starts[place] - time)
        }
    }

    /// Moves a candidate's start, and `time` up to the present.
    mutating func advance(_ place: Int, by step: Int128, _ load: Load) {
        starts[place] += step
        guard load.takes, shares > 0 else { return }
        moment += Int128(load.share) * step
        let passed = Self.floor(moment, shares)
        time += passed
        moment -= passed * Int128(shares)
    }
}

/// What a look at a lane found.
struct LaneLook {
    /// The agent whose turn it is; nil if no candidate.
    var slot: Int?
    var able = 0
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
    func look(_ index: Int, _ restriction: Restriction) -> LaneLook {
        if !restriction.isNone { return restrictedLook(index, restriction) }
        let lane = lanes[index]
        var look = LaneLook(able: lane.able, candidates: lane.candidates, shares: lane.shares)
        guard lane.candidates > 0 else { return look }
        let present = lane.present
        var bestFinish: Int128 = 0
        for place in lane.members.indices {
            let slot = lane.members[place]
            guard loads[slot].takes, lane.starts[place] <= present else { continue }
            consider(slot, lane.starts[place] + loads[slot].cost, &look.slot, &bestFinish)
        }
        return look
    }

    private func restrictedLook(_ index: Int, _ restriction: Restriction) -> LaneLook {
        let lane = lanes[index]
        var look = LaneLook()
        var moment: Int128 = 0
        for place in lane.members.indices {
            let slot = lane.members[place]
            guard loads[slot].able, restriction.notSlot != slot else { continue }
            look.able += 1
            guard loads[slot].takes else { continue }
            if isHeld(slot, restriction) {
                look.heldBack += 1
            } else {
                look.candidates += 1
                look.shares += loads[slot].share
                moment += Int128(loads[slot].share) * (lane.starts[place] - lane.time)
            }
        }
        guard look.candidates > 0 else { return look }
        let present = lane.time + Lane.floor(moment, look.shares)
        var bestFinish: Int128 = 0
        for place in lane.members.indices {
            let slot = lane.members[place]
            guard loads[slot].takes, lane.starts[place] <= present, !isHeld(slot, restriction) else { continue }
            consider(slot, lane.starts[place] + loads[slot].cost, &look.slot, &bestFinish)
        }
        return look
    }

    private func isHeld(_ slot: Int, _ restriction: Restriction) -> Bool {
        if restriction.notSlot == slot { return true }
        guard let at = restriction.poolAt else { return false }
        return poolShareUsed(slot, at: at)
    }

    /// Keeps the turn that is due first. DIV-5, equal claims: the one idle longest, then the lower ID.
    private func consider(_ slot: Int, _ finish: Int128, _ best: inout Int?, _ bestFinish: inout Int128) {
        guard let held = best else {
            best = slot
            bestFinish = finish
            return
        }
        if finish != bestFinish {
            guard finish < bestFinish else { return }
        } else if loads[slot].idleSince != loads[held].idleSince {
            guard loads[slot].idleSince < loads[held].idleSince else { return }
        } else {
            guard agents[slot].id < agents[held].id else { return }
        }
        best = slot
        bestFinish = finish
    }

    /// Gives the lane's turn to an agent, as `look` named it under the same restriction.
    mutating func give(lane index: Int, to slot: Int, _ restriction: Restriction) {
        guard let place = lanes[index].place(of: slot) else { return }
        if !restriction.isNone {
            // Whoever may not be chosen gains nothing by it: time stands still for them.
            let shares = restrictedLook(index, restriction).shares
            guard shares > 0 else { return }
            let whole = EffectiveWeight.costScale * Int128(EffectiveWeight.shareScale)
            let passed = (whole + Int128(shares) - 1) / Int128(shares)
            for other in lanes[index].members.indices {
                let member = lanes[index].members[other]
                if member != slot, loads[member].takes, isHeld(member, restriction) {
                    lanes[index].advance(other, by: passed, loads[member])
                }
            }
        }
        lanes[index].advance(place, by: loads[slot].cost, loads[slot])
    }
}
