// DIV-3: the smooth, deterministic spread by weight over the agents of one lane, in virtual time.
// Each agent's next turn starts at `start` and is due one cost (1/e) later. The present is the mean of the candidates'
// starts, weighted by e. Of the turns that have started, the one due first is given out, which keeps every prefix
// within one of its share. Whoever joins starts at the present, whoever leaves takes nothing along: no debt, no credit.

/// One counter of DIV-3. It rests until somebody asks for its turn: no turn was given out, so all members stand at the
/// beginning, whatever their loads, and it has no claims to keep.
public struct Lane: Hashable, Sendable {
    public let key: LaneKey
    /// The present in virtual time, over `EffectiveWeight.costScale`: the mean of the candidates' starts, weighted by e
    /// and rounded down. Stands still while there is no candidate.
    private(set) var time: Int128
    /// Slots of the agents that belong to the lane, ascending, whether they take part now or not.
    private(set) var members: [Int] = []
    /// Parallel to `members`; none while the lane rests.
    private(set) var claims: [Claim] = []

    private(set) var rests: Bool

    // Kept with each change.

    /// Members that are online with a weight above 0.
    var able = 0
    /// Of those, the ones with room: the candidates.
    private(set) var candidates = 0
    /// Σe over the candidates, over `EffectiveWeight.shareScale`.
    private(set) var shares: Int64 = 0
    /// Σe·(start − time) over the candidates: less than `shares`, and not negative.
    private var moment: Int128 = 0
    /// Members whose claims have changed since the trees below were put right, each once.
    private var unsorted: [Int32] = []
    /// Turns that have started; and those that start later than the present.
    private var started = Tournament<DueFirst>()
    private var ahead = Tournament<StartsFirst>()

    /// One that rests, without members.
    init(key: LaneKey) {
        self.key = key
        time = 0
        rests = true
    }

    init(key: LaneKey, time: Int128, members: [Int] = [], starts: [Int128] = []) {
        self.key = key
        self.time = time
        self.members = members
        claims = starts.map { Claim(start: $0) }
        rests = false
    }

    /// Where a member's next turn starts.
    func start(of place: Int) -> Int128 { rests ? 0 : claims[place].start }

    /// No turn was given out, or none is left that counts.
    var isAtStart: Bool { time == 0 && claims.allSatisfy { $0.start == 0 } }

    /// Before somebody asks for the turn of a lane that rests.
    mutating func wake(_ loads: [Load]) {
        rests = false
        claims = members.map { Claim(start: 0, rank: loads[$0].rank) }
        for place in members.indices where loads[members[place]].takes { count(place, loads[members[place]]) }
        settle()
    }

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

    /// For `Desk.lookAhead`: the parts, then the first of what is in them.
    var seenParts: Int { members.count &+ claims.count &+ unsorted.count &+ started.size &+ ahead.size }
    var seenClaims: Int {
        claims.withUnsafeBufferPointer { claims in
            var seen = 0
            for place in 0..<min(claims.count, Desk.lookedAt) { seen &+= Int(claims[place].rank) }
            return seen
        }
    }

    /// The agent whose turn it is; nil without candidates. Mutating, as claims are put in order when somebody asks.
    mutating func next() -> Int? {
        sort()
        return started.first.map { members[$0] }
    }

    static func floor(_ moment: Int128, _ shares: Int64) -> Int128 {
        let quotient = moment / Int128(shares)
        return moment < 0 && quotient * Int128(shares) != moment ? quotient - 1 : quotient
    }

    /// What is derived is left out: a turn that has started and starts later again may be in either tree.
    public static func == (a: Lane, b: Lane) -> Bool {
        a.key == b.key && a.time == b.time && a.members == b.members
            && a.members.indices.allSatisfy { a.start(of: $0) == b.start(of: $0) }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(key)
        hasher.combine(time)
    }

    // MARK: Members

    /// Adds a member with the highest slot so far to a lane that rests.
    mutating func append(_ slot: Int, _ load: Load) {
        members.append(slot)
        if load.able { able += 1 }
    }

    /// The same for one that does not. `start` is that of a turn the member had before; nil if it is new here, and has
    /// yet to enter. `settle` has to follow once all are there.
    mutating func append(_ slot: Int, _ load: Load, start: Int128?) {
        append(slot, load)
        claims.append(Claim(start: start ?? 0, rank: load.rank))
        if start != nil, load.takes { count(members.count - 1, load) }
    }

    mutating func settle() {
        started = Tournament(room: claims.count)
        ahead = Tournament(room: claims.count)
        unsorted = []
        moveTime()
        for place in claims.indices {
            claims[place].unsorted = false
            guard claims[place].state != .out else { continue }
            claims[place].state = .ahead
            unsorted.append(Int32(place))
            claims[place].unsorted = true
        }
    }

    /// A member takes part (again): its turn starts now, unless it still has one ahead.
    mutating func enter(_ place: Int, _ load: Load) {
        claims[place].start = max(claims[place].start, time)
        count(place, load)
        moveTime()
        moved(place)
    }

    /// Adds a member's part to the sums.
    private mutating func count(_ place: Int, _ load: Load) {
        candidates += 1
        shares += load.share
        moment += VirtualTime.product(load.share, claims[place].start - time)
        claims[place].finish = claims[place].start + load.cost
        claims[place].idleSince = load.idleSince
        claims[place].state = .ahead
    }

    mutating func leave(_ place: Int, _ load: Load) {
        candidates -= 1
        shares -= load.share
        moment -= VirtualTime.product(load.share, claims[place].start - time)
        if candidates == 0 { moment = 0 }
        claims.withUnsafeBufferPointer { claims in
            if claims[place].state == .started {
                started.set(place, false, claims)
            } else {
                ahead.set(place, false, claims)
            }
        }
        claims[place].leave()
        moveTime()
    }

    /// A member was given a buyer, as its turn or otherwise; its weight may have changed with that.
    mutating func serve(_ place: Int, turn: Bool, from old: Load, to new: Load) {
        if turn { move(place, by: old.cost, old) }
        if old.weight != new.weight || old.divisor != new.divisor { scale(place, from: old, to: new) }
        guard old.takes else { return }
        claims[place].idleSince = new.idleSince
        moved(place)
    }

    /// A member's weight changes from `old` to `new`.
    mutating func reweigh(_ place: Int, from old: Load, to new: Load) {
        scale(place, from: old, to: new)
        if old.takes { moved(place) }
    }

    /// What is left of a member's turn, or due to it, stays the same part of a turn, so nobody else's claim changes.
    private mutating func scale(_ place: Int, from old: Load, to new: Load) {
        let before = claims[place].start - time
        var after = before
        if old.weight > 0, new.weight > 0, old.takes || before > 0 {
            // Mostly the weight is the same, and a turn's part fits in a word.
            let isReweighed = old.weight != new.weight
            after = VirtualTime.part(
                before, isReweighed ? new.divisor * old.weight : new.divisor,
                of: isReweighed ? old.divisor * new.weight : old.divisor)
            claims[place].start = time + after
        }
        guard old.takes else { return }
        shares += new.share - old.share
        moment += VirtualTime.product(new.share, after) - VirtualTime.product(old.share, before)
        claims[place].finish = claims[place].start + new.cost
        moveTime()
    }

    /// Moves a member's start, and with a candidate's the present.
    mutating func advance(_ place: Int, by step: Int128, _ load: Load) {
        move(place, by: step, load)
        if load.takes { moved(place) }
    }

    private mutating func move(_ place: Int, by step: Int128, _ load: Load) {
        claims[place].start += step
        guard load.takes else { return }
        claims[place].finish += step
        moment += VirtualTime.product(load.share, step)
        moveTime()
    }

    // MARK: Order

    private mutating func moveTime() {
        guard shares > 0, moment < 0 || moment >= Int128(shares) else { return }
        let passed = Self.floor(moment, shares)
        time += passed
        moment -= passed * Int128(shares)
    }

    /// A candidate's claim has changed: it is put in order when somebody asks, so that a lane whose turns nobody takes
    /// costs next to nothing.
    private mutating func moved(_ place: Int) {
        if claims[place].unsorted { return }
        claims[place].unsorted = true
        unsorted.append(Int32(place))
    }

    /// Puts changed claims in order, then the turns that start by now among those that have started. One that has, and
    /// starts later again because the present moved back, goes when it comes first.
    private mutating func sort() {
        Self.sort(&claims, &unsorted, &started, &ahead, time)
    }

    private static func sort(
        _ claims: inout [Claim], _ unsorted: inout [Int32], _ started: inout Tournament<DueFirst>,
        _ ahead: inout Tournament<StartsFirst>, _ time: Int128
    ) {
        claims.withUnsafeMutableBufferPointer { sort($0, &unsorted, &started, &ahead, time) }
    }

    @inline(__always)
    private static func sort(
        _ claims: UnsafeMutableBufferPointer<Claim>, _ unsorted: inout [Int32],
        _ started: inout Tournament<DueFirst>, _ ahead: inout Tournament<StartsFirst>, _ time: Int128
    ) {
        let seen = UnsafeBufferPointer(claims)
        func start(_ place: Int) {
            ahead.set(place, false, seen)
            claims[place].state = .started
            started.set(place, true, seen)
        }
        func wait(_ place: Int) {
            started.set(place, false, seen)
            claims[place].state = .ahead
            ahead.set(place, true, seen)
        }
        while let place = unsorted.popLast().map(Int.init) {
            claims[place].unsorted = false
            switch claims[place].state {
            case .out: break
            case .ahead: ahead.set(place, true, seen)
            case .started: if claims[place].start <= time { started.set(place, true, seen) } else { wait(place) }
            }
        }
        while let place = ahead.first, claims[place].start <= time { start(place) }
        while let place = started.first, claims[place].start > time { wait(place) }
    }
}

/// A member's part in a lane.
struct Claim: Sendable {
    enum State: UInt8, Sendable {
        /// Takes no part.
        case out
        case ahead
        case started
    }

    /// When its next turn starts, 0 for who had none yet.
    var start: Int128
    /// When that turn is due, and since when the agent is idle; 0 while it takes no part.
    var finish: Int128 = 0
    var idleSince = Timestamp(millis: 0)
    /// Its ID's place among those of the shop.
    var rank: Int32 = 0
    var state = State.out
    /// Its place in the trees may be wrong.
    var unsorted = false

    mutating func leave() {
        finish = 0
        idleSince = Timestamp(millis: 0)
        state = .out
    }
}

protocol ClaimOrder: Sendable {
    /// What orders claims most: of two with other keys the one with the smaller key comes first.
    static func key(_ claim: Claim) -> Int128
    /// No two claims of a lane are alike.
    static func comesFirst(_ a: Claim, _ b: Claim) -> Bool
}

/// The turn that is due first. DIV-5, equal claims: the one idle longest, then the lower ID.
enum DueFirst: ClaimOrder {
    @inline(__always)
    static func key(_ claim: Claim) -> Int128 { claim.finish }

    @inline(__always)
    static func comesFirst(_ a: Claim, _ b: Claim) -> Bool {
        if a.finish != b.finish { return a.finish < b.finish }
        if a.idleSince != b.idleSince { return a.idleSince < b.idleSince }
        return a.rank < b.rank
    }
}

enum StartsFirst: ClaimOrder {
    @inline(__always)
    static func key(_ claim: Claim) -> Int128 { claim.start }

    @inline(__always)
    static func comesFirst(_ a: Claim, _ b: Claim) -> Bool {
        a.start != b.start ? a.start < b.start : a.rank < b.rank
    }
}

/// Who comes first of those that take part, as a tree of winners: a change costs the tree's height. Rounded keys stand in the
/// tree, so that a level is decided without a guess of the processor; where they are alike the claims decide.
struct Tournament<Order: ClaimOrder>: Sendable {
    /// What won at each node, `out` for nothing: a rounded key, and in the low bits the place that it is of. The leaves are
    /// the last half.
    private var nodes: [Int64]

    private static var placeBits: Int64 { 20 }
    private static var placeMask: Int64 { 1 << placeBits - 1 }
    /// Bits that are rounded off a key: few claims are alike then.
    private static var rounded: Int128 { 36 }
    /// The rest is less than this, either way: beyond it, a million turns shared by two agents of weight 1, all are alike.
    private static var mostKey: Int128 { 1 << 41 }
    private static var out: Int64 { 1 << 61 | placeMask }

    init(room: Int = 0) {
        var leaves = 1
        while leaves < room { leaves *= 2 }
        precondition(leaves < 1 << Self.placeBits, "too many members")
        nodes = Array(repeating: Self.out, count: 2 * leaves)
    }

    var size: Int { nodes.count }
    var first: Int? { nodes[1] == Self.out ? nil : Self.place(nodes[1]) }

    @inline(__always)
    private static func place(_ node: Int64) -> Int { Int(node & placeMask) }

    /// Puts in a place, whose claim may have changed, or takes it out. Whom it meets on its way up is known from its place,
    /// so that no level waits for the one below but for a subtraction.
    mutating func set(_ place: Int, _ takesPart: Bool, _ claims: UnsafeBufferPointer<Claim>) {
        var winner = Self.out
        if takesPart {
            let key = max(1 - Self.mostKey, min(Order.key(claims[place]) >> Self.rounded, Self.mostKey - 1))
            winner = Int64(truncatingIfNeeded: key) << Self.placeBits | Int64(truncatingIfNeeded: place)
        }
        nodes.withUnsafeMutableBufferPointer { nodes in
            var at = nodes.count >> 1 &+ place
            nodes[at] = winner
            while at > 1 {
                let other = nodes[at ^ 1]
                var loses = (other &- winner) >> 63
                if UInt64(bitPattern: winner ^ other) &- 1 < UInt64(bitPattern: Self.placeMask) {
                    loses = Order.comesFirst(claims[Self.place(other)], claims[Self.place(winner)]) ? -1 : 0
                }
                winner ^= (winner ^ other) & loses
                at >>= 1
                nodes[at] = winner
            }
        }
    }
}

/// What a look at a lane found.
struct LaneLook: Equatable {
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
    mutating func look(_ index: Int, _ restriction: Restriction) -> LaneLook {
        if lanes[index].rests { wake(index) }
        if !restriction.isNone { return restrictedLook(index, restriction) }
        return LaneLook(
            slot: lanes[index].next(), able: lanes[index].able, candidates: lanes[index].candidates,
            shares: lanes[index].shares)
    }

    /// The same by a walk over all members: transfers and the pool's draining are rare.
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
                moment += Int128(loads[slot].share) * (lane.claims[place].start - lane.time)
            }
        }
        guard look.candidates > 0 else { return look }
        let present = lane.time + Lane.floor(moment, look.shares)
        var first: Int?
        for place in lane.members.indices {
            let slot = lane.members[place]
            guard loads[slot].takes, lane.claims[place].start <= present, !isHeld(slot, restriction) else { continue }
            if let held = first, !DueFirst.comesFirst(lane.claims[place], lane.claims[held]) { continue }
            first = place
        }
        look.slot = first.map { lane.members[$0] }
        return look
    }

    private func isHeld(_ slot: Int, _ restriction: Restriction) -> Bool {
        if restriction.notSlot == slot { return true }
        guard let at = restriction.poolAt else { return false }
        return poolShareUsed(slot, at: at)
    }

    /// Before a lane's turn is given out under a restriction: whoever may not be chosen gains nothing by it, time stands
    /// still for them. False if nobody may be chosen.
    @inline(__always)
    mutating func holdBack(lane index: Int, _ restriction: Restriction) -> Bool {
        if lanes[index].rests { wake(index) }
        if !restriction.isNone {
            let shares = restrictedLook(index, restriction).shares
            guard shares > 0 else { return false }
            let whole = EffectiveWeight.costScale * Int128(EffectiveWeight.shareScale)
            let passed = (whole + Int128(shares) - 1) / Int128(shares)
            for other in lanes[index].members.indices {
                let member = lanes[index].members[other]
                if loads[member].takes, isHeld(member, restriction) {
                    lanes[index].advance(other, by: passed, loads[member])
                }
            }
        }
        return true
    }
}
