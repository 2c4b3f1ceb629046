// What a shop's desk knows of its agents: settings, groups, presence, load, and the counters of the spread.
// It changes by events alone, without the sessions, so that any moment of it can be rebuilt from the journal (DIV-10).

/// An agent as the shop set it. Its place in `Roster.agents` (the slot) is for ever.
public struct Agent: Hashable, Sendable {
    public var id: AgentID
    public var name: String
    public var weight: Int
    public var groups: [GroupID]
    public var capacity: Int?
    public var presence = Presence.offline
    /// DIV-6: the desk suspended it, not the agent.
    public var autoSuspended = false
    /// DIV-6: presence follows a stream; and since when that is lost.
    public var streaming = false
    public var streamLostAt: Timestamp?
    /// DIV-8: the last times at which it was given a buyer from the pool, at most `poolPerAgentMinute` of them.
    public var poolTimes: [Timestamp] = []
    public var removed = false

    init(_ set: SetAgent) {
        id = set.agent
        name = set.name
        weight = set.weight
        groups = set.groups.sorted()
        capacity = set.capacity
    }
}

/// What decisions read of an agent, packed.
struct Load: Hashable, Sendable {
    var open = 0
    var pending = 0
    /// When it was last given a buyer, or came online.
    var idleSince = Timestamp(millis: 0)
    /// Its ID's place among those of the shop; set by `reshape`.
    var rank: Int32 = 0
    /// Online with a weight above 0.
    var able = false
    /// Able and below its capacity.
    var takes = false
    /// Of the agent; set by `note`.
    var presence = Presence.offline
    var removed = true
    /// −1 for none.
    var capacity = -1
    var ownWeight = 0
    /// What `share` and `cost` were made from (DIV-5).
    var weight = 0
    var divisor = 1
    /// Effective weight, and its inverse in virtual time (`EffectiveWeight`).
    var share: Int64 = 0
    var cost: Int128 = 0
}

/// DIV-7 hybrid: a counter in percent.
public struct HybridCounter: Hashable, Codable, Sendable {
    public var owner: BotOwner
    public var credit: Int

    public init(owner: BotOwner, credit: Int) {
        self.owner = owner
        self.credit = credit
    }

    enum CodingKeys: Int, CodingKey {
        case owner = 1
        case credit = 2
    }
}

/// A value that many hold and nobody changes.
final class Shared<Value: Hashable & Sendable>: Hashable, Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }

    static func == (a: Shared, b: Shared) -> Bool { a === b || a.value == b.value }
    func hash(into hasher: inout Hasher) { hasher.combine(value) }
}

/// A slot's place in a lane.
struct Seat: Sendable {
    var lane: Int
    var place: Int
}

/// Where agents sit in the lanes that they belong to and that do not rest. Derived: any two are alike.
struct Seats: Hashable, Sendable {
    /// Slot by slot.
    private var all: [Seat] = []
    /// Of each slot, its part of `all`.
    private var parts: [Range<Int>] = []

    init() {}

    init(_ lanes: [Lane], agents: Int) {
        var own: [[Seat]] = Array(repeating: [], count: agents)
        for (number, lane) in lanes.enumerated() where !lane.rests {
            for (place, slot) in lane.members.enumerated() { own[slot].append(Seat(lane: number, place: place)) }
        }
        for seats in own {
            parts.append(all.count..<all.count + seats.count)
            all += seats
        }
    }

    /// A further agent that is in no lane.
    mutating func append() { parts.append(0..<0) }

    /// For `Desk.lookAhead`.
    var size: Int { all.count &+ parts.count }

    subscript(slot: Int) -> Range<Int> { parts[slot] }
    subscript(seat seat: Int) -> Seat { all[seat] }

    static func == (a: Seats, b: Seats) -> Bool { true }
    func hash(into hasher: inout Hasher) {}
}

public struct Roster: Hashable, Sendable {
    /// Nil until the shop is set.
    public internal(set) var shop: SetShop?
    public internal(set) var settings: ShopSettings {
        @inline(__always) _read { yield settingsInForce.value }
        set { settingsInForce = Shared(newValue) }
    }
    /// Apart, so that handing a roster on does not copy them.
    private var settingsInForce = Shared(ShopSettings())
    public internal(set) var agents: [Agent] = []
    var loads: [Load] = []
    /// In order of their IDs.
    public internal(set) var groups: [SetGroup] = []
    var lanes: [Lane] = []
    var hybrids: [HybridCounter] = []
    /// DIV-4 `unboundPick: groups`: the group that had the last turn.
    var lastTurn: GroupID?
    /// DIV-6: when the last buyers were pulled from the queue, at most `pullsKept`.
    var pulls: [Timestamp] = []
    /// RR-6: what the shop may not do, in order, and the last place in its history that was noted.
    public internal(set) var restrictions: [ShopRestriction] = []
    var restrictionsAt: RestrictionPlace?

    // Derived from the above by `reshape`.
    var slots = SlotIndex()
    var online = 0
    var autoSuspended = 0
    /// Agents with a capacity.
    var capped = 0
    private var seats = Seats()
    var laneOfState: [Int] = []
    var laneOfItem: [ItemID: Int] = [:]

    static let pullsKept = 9

    // Places in `lanes`; those of groups come after them.
    static let laneOfAll = 0
    static let laneOfUnbound = 1
    static let laneOfAnyone = 2

    public init() { reshape() }

    public func slot(of id: AgentID) -> Int? {
        guard let slot = slots[id], !loads[slot].removed else { return nil }
        return slot
    }

    public func group(_ id: GroupID) -> SetGroup? {
        groups.first { $0.group == id }
    }

    /// Open sessions and waiting buyers of an agent (I6).
    public func load(of slot: Int) -> (open: Int, pending: Int) { (loads[slot].open, loads[slot].pending) }

    @inline(__always)
    func effectiveWeight(_ slot: Int) -> EffectiveWeight {
        EffectiveWeight(
            weight: loads[slot].ownWeight, pending: loads[slot].pending,
            busyThreshold: settings.diversion.busyThreshold)
    }

    /// DIV-6: an agent with a capacity of L holds L sessions.
    func isFull(_ slot: Int) -> Bool {
        loads[slot].capacity >= 0 && loads[slot].open >= loads[slot].capacity
    }

    /// DIV-8: it had its share of the pool within the minute before `at`.
    func poolShareUsed(_ slot: Int, at: Timestamp) -> Bool {
        let times = agents[slot].poolTimes
        let allowed = settings.diversion.poolPerAgentMinute
        guard times.count >= allowed else { return false }
        return at - times[times.count - allowed] < .minutes(1)
    }

    /// For `Desk.lookAhead`: the parts, then what is in them.
    var seenParts: Int {
        settings.version &+ settings.diversion.busyThreshold &+ settings.diversion.queueLimit &+ loads.count
            &+ lanes.count &+ seats.size &+ slots.names.count &+ laneOfState.count
    }
    var seenLanes: Int {
        var seen = 0
        for lane in lanes.indices where !lanes[lane].rests { seen &+= lanes[lane].seenParts }
        loads.withUnsafeBufferPointer { loads in
            for slot in 0..<min(loads.count, Desk.lookedAt) { seen &+= loads[slot].open &+ loads[slot].divisor }
        }
        return seen
    }
    var seenClaims: Int {
        var seen = 0
        for lane in lanes.indices where !lanes[lane].rests { seen &+= lanes[lane].seenClaims }
        return seen
    }

    /// The slot of an agent, also of a removed one; one that is not there yet gets a place, so that rows which are newer
    /// than the roster can name it.
    mutating func anySlot(_ id: AgentID) -> Int {
        if let slot = slots[id] { return slot }
        var agent = Agent(SetAgent(agent: id))
        agent.removed = true
        agents.append(agent)
        loads.append(Load())
        seats.append()
        slots.append(id)
        return agents.count - 1
    }

    func lane(_ key: LaneKey) -> Int? {
        switch key {
        case .all: Self.laneOfAll
        case .unbound: Self.laneOfUnbound
        case .anyone: Self.laneOfAnyone
        case .groups(let wanted):
            lanes.firstIndex { if case .groups(let groups) = $0.key { groups == wanted } else { false } }
        }
    }

    // MARK: Change

    mutating func changeLoad(_ slot: Int, open: Int, pending: Int) {
        if count(slot, open: open, pending: pending) { reweigh(slot) }
        if loads[slot].capacity >= 0 { retake(slot) }
    }

    /// True if the effective weight may have changed (DIV-5).
    private mutating func count(_ slot: Int, open: Int, pending: Int) -> Bool {
        let threshold = settings.diversion.busyThreshold
        return loads.withUnsafeMutableBufferPointer { loads in
            let before = loads[slot].pending
            loads[slot].open += open
            loads[slot].pending += pending
            return pending != 0 && (before > threshold || before + pending > threshold)
        }
    }

    /// An agent was given a buyer, as the turn of the lane at that place, −1 for none.
    mutating func serve(_ slot: Int, turnOf turn: Int, pending: Int, at: Timestamp) {
        let old = loads[slot]
        loads[slot].idleSince = at
        if count(slot, open: 1, pending: pending) { loads[slot].weigh(effectiveWeight(slot)) }
        let new = loads[slot]
        for number in seats[slot] {
            let seat = seats[seat: number]
            lanes[seat.lane].serve(seat.place, turn: seat.lane == turn, from: old, to: new)
        }
        if loads[slot].capacity >= 0 { retake(slot) }
    }

    /// Puts share and cost right after a change of weight, pending or threshold.
    mutating func reweigh(_ slot: Int) {
        let weight = effectiveWeight(slot)
        guard weight.weight != loads[slot].weight || weight.divisor != loads[slot].divisor else { return }
        let old = loads[slot]
        loads[slot].weigh(weight)
        for number in seats[slot] {
            let seat = seats[seat: number]
            lanes[seat.lane].reweigh(seat.place, from: old, to: loads[slot])
        }
    }

    /// Puts `able` and `takes` right, and with them the lanes.
    mutating func retake(_ slot: Int) {
        let able = isAble(slot)
        if able != loads[slot].able {
            loads[slot].able = able
            for lane in lanes.indices where lanes[lane].place(of: slot) != nil { lanes[lane].able += able ? 1 : -1 }
        }
        let takes = able && !isFull(slot)
        guard takes != loads[slot].takes else { return }
        loads[slot].takes = takes
        for number in seats[slot] {
            let seat = seats[seat: number]
            if takes {
                lanes[seat.lane].enter(seat.place, loads[slot])
            } else {
                lanes[seat.lane].leave(seat.place, loads[slot])
            }
        }
    }

    func isAble(_ slot: Int) -> Bool {
        loads[slot].presence == .online && loads[slot].ownWeight > 0 && !loads[slot].removed
    }

    /// Has to follow each change of an agent.
    mutating func note(_ slot: Int) {
        loads[slot].presence = agents[slot].presence
        loads[slot].removed = agents[slot].removed
        loads[slot].capacity = agents[slot].capacity ?? -1
        loads[slot].ownWeight = agents[slot].weight
    }

    mutating func setPresence(_ slot: Int, _ presence: Presence, _ cause: PresenceCause, at: Timestamp) {
        if agents[slot].presence == .online { online -= 1 }
        if presence == .online {
            online += 1
            if agents[slot].presence != .online { loads[slot].idleSince = at }
        }
        if agents[slot].autoSuspended { autoSuspended -= 1 }
        agents[slot].presence = presence
        agents[slot].autoSuspended = cause == .autoSuspended
        if agents[slot].autoSuspended { autoSuspended += 1 }
        // Whoever sets a presence by hand answers for it: an earlier loss of the stream no longer counts.
        if cause == .manual { agents[slot].streamLostAt = nil }
        note(slot)
        retake(slot)
    }

    /// Rebuilds what is derived, keeping the counters of lanes that still are.
    mutating func reshape() {
        slots = SlotIndex()
        for slot in agents.indices {
            slots.append(agents[slot].id)
            note(slot)
        }
        online = agents.count { $0.presence == .online && !$0.removed }
        autoSuspended = agents.count { $0.autoSuspended }
        capped = agents.count { $0.capacity != nil && !$0.removed }
        let unboundGroups = groups.filter { $0.orderStates.isEmpty && $0.products.isEmpty }.map(\.group)
        // As `laneOfAll` and its like say.
        var keys: [LaneKey] = [.all, .unbound, .anyone]
        for group in groups { keys.append(.groups([group.group])) }
        func need(_ key: LaneKey) -> Int {
            if let index = keys.firstIndex(of: key) { return index }
            keys.append(key)
            return keys.count - 1
        }
        laneOfState = OrderState.allCases.map { state in
            let bound = groups.filter { $0.orderStates.contains(state) }.map(\.group)
            return bound.isEmpty ? -1 : need(.groups(bound))
        }
        var boundTo: [ItemID: [GroupID]] = [:]
        var items: [ItemID] = []
        for group in groups {
            for item in group.products {
                if boundTo[item] == nil { items.append(item) }
                boundTo[item, default: []].append(group.group)
            }
        }
        laneOfItem = [:]
        for item in items { laneOfItem[item] = need(.groups(boundTo[item] ?? [])) }
        let order = slots.names.indices.sorted { slots.names[$0] < slots.names[$1] }
        for (rank, slot) in order.enumerated() { loads[slot].rank = Int32(rank) }
        let old = lanes
        lanes = keys.map { key in lane(key, unboundGroups, from: old.first { $0.key == key }) }
        seats = Seats(lanes, agents: agents.count)
        for slot in agents.indices {
            reweigh(slot)
            retake(slot)
        }
    }

    /// A lane with its members and sums. Who was in it keeps its turn; who is new starts at the present. One that has given
    /// out no turn rests.
    private func lane(_ key: LaneKey, _ unboundGroups: [GroupID], from before: Lane?) -> Lane {
        let before = before.flatMap { $0.isAtStart ? nil : $0 }
        var lane = before.map { Lane(key: key, time: $0.time) } ?? Lane(key: key)
        var new: [Int] = []
        for (slot, agent) in agents.enumerated() where !agent.removed {
            let belongs =
                switch key {
                case .all: groups.isEmpty || !agent.groups.isEmpty
                case .groups(let wanted): agent.groups.contains { wanted.contains($0) }
                case .unbound: agent.groups.contains { unboundGroups.contains($0) }
                case .anyone: true
                }
            guard belongs else { continue }
            guard let before else {
                lane.append(slot, loads[slot])
                continue
            }
            let start = before.place(of: slot).map { before.start(of: $0) }
            let place = lane.members.count
            lane.append(slot, loads[slot], start: start)
            if start == nil, loads[slot].takes { new.append(place) }
        }
        guard !lane.rests else { return lane }
        lane.settle()
        for place in new { lane.enter(place, loads[lane.members[place]]) }
        return lane
    }

    /// Before somebody asks for a lane's turn.
    mutating func wake(_ index: Int) {
        lanes[index].wake(loads)
        seats = Seats(lanes, agents: agents.count)
    }
}

extension Load {
    mutating func weigh(_ effective: EffectiveWeight) {
        weight = effective.weight
        divisor = effective.divisor
        share = effective.share
        cost = effective.weight == 0 ? 0 : effective.cost
    }
}
