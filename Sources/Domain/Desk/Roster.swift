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

/// What the spread reads of an agent, packed for scans.
struct Load: Hashable, Sendable {
    var open = 0
    var pending = 0
    /// When it was last given a buyer, or came online.
    var idleSince = Timestamp(millis: 0)
    /// Online with a weight above 0.
    var able = false
    /// Able and below its capacity.
    var takes = false
    var share: Int64 = 0
    var cost: Int128 = 0
}

/// DIV-7 hybrid: a counter in percent.
struct HybridCounter: Hashable, Codable, Sendable {
    var owner: BotOwner
    var credit: Int

    enum CodingKeys: Int, CodingKey {
        case owner = 1
        case credit = 2
    }
}

public struct Roster: Hashable, Sendable {
    /// Nil until the shop is set.
    public internal(set) var shop: SetShop?
    public internal(set) var settings = ShopSettings()
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

    // Derived from the above by `reshape`.
    var slots: [AgentID: Int] = [:]
    var online = 0
    var autoSuspended = 0
    var laneOfState: [Int] = []
    var laneOfItem: [ItemID: Int] = [:]

    static let pullsKept = 9

    public init() { reshape() }

    public func slot(of id: AgentID) -> Int? {
        guard let slot = slots[id], !agents[slot].removed else { return nil }
        return slot
    }

    public func group(_ id: GroupID) -> SetGroup? {
        groups.first { $0.group == id }
    }

    /// Open sessions and waiting buyers of an agent (I6).
    public func load(of slot: Int) -> (open: Int, pending: Int) { (loads[slot].open, loads[slot].pending) }

    func effectiveWeight(_ slot: Int) -> EffectiveWeight {
        EffectiveWeight(
            weight: agents[slot].weight, pending: loads[slot].pending,
            busyThreshold: settings.diversion.busyThreshold)
    }

    /// DIV-6: an agent with a capacity of L holds L sessions.
    func isFull(_ slot: Int) -> Bool {
        guard let capacity = agents[slot].capacity else { return false }
        return loads[slot].open >= capacity
    }

    /// DIV-8: it had its share of the pool within the minute before `at`.
    func poolShareUsed(_ slot: Int, at: Timestamp) -> Bool {
        let times = agents[slot].poolTimes
        let allowed = settings.diversion.poolPerAgentMinute
        guard times.count >= allowed else { return false }
        return at - times[times.count - allowed] < .minutes(1)
    }

    /// The slot of an agent, also of a removed one; one that is not there yet gets a place, so that rows which are newer
    /// than the roster can name it.
    mutating func anySlot(_ id: AgentID) -> Int {
        if let slot = slots[id] { return slot }
        var agent = Agent(SetAgent(agent: id))
        agent.removed = true
        agents.append(agent)
        loads.append(Load())
        slots[id] = agents.count - 1
        return agents.count - 1
    }

    func lane(_ key: LaneKey) -> Int? { lanes.firstIndex { $0.key == key } }

    // MARK: Change

    mutating func changeLoad(_ slot: Int, open: Int, pending: Int) {
        loads[slot].open += open
        let before = loads[slot].pending
        loads[slot].pending += pending
        let threshold = settings.diversion.busyThreshold
        if before > threshold || loads[slot].pending > threshold { reweigh(slot) }
        if agents[slot].capacity != nil { retake(slot) }
    }

    /// Puts share and cost right after a change of weight, pending or threshold.
    mutating func reweigh(_ slot: Int) {
        let weight = effectiveWeight(slot)
        loads[slot].share = weight.share
        loads[slot].cost = weight.weight == 0 ? 0 : weight.cost
    }

    /// Puts `able` and `takes` right; an agent that takes part again enters its lanes.
    mutating func retake(_ slot: Int) {
        let able = agents[slot].presence == .online && agents[slot].weight > 0 && !agents[slot].removed
        let takes = able && !isFull(slot)
        let entered = takes && !loads[slot].takes
        loads[slot].able = able
        loads[slot].takes = takes
        if entered {
            for index in lanes.indices { lanes[index].enter(slot) }
        }
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
        retake(slot)
    }

    /// Rebuilds what is derived, keeping the counters of lanes that still are.
    mutating func reshape() {
        slots = [:]
        for (slot, agent) in agents.enumerated() { slots[agent.id] = slot }
        online = agents.count { $0.presence == .online && !$0.removed }
        autoSuspended = agents.count { $0.autoSuspended }
        let unboundGroups = groups.filter { $0.orderStates.isEmpty && $0.products.isEmpty }.map(\.group)
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
        let old = lanes
        lanes = keys.map { key in
            let before = old.first { $0.key == key }
            var lane = Lane(key: key)
            lane.time = before?.time ?? 0
            for (slot, agent) in agents.enumerated() where !agent.removed {
                let belongs =
                    switch key {
                    case .all: !agent.groups.isEmpty
                    case .groups(let wanted): agent.groups.contains { wanted.contains($0) }
                    case .unbound: agent.groups.contains { unboundGroups.contains($0) }
                    case .anyone: true
                    }
                guard belongs else { continue }
                lane.members.append(slot)
                let kept = before.flatMap { lane in lane.place(of: slot).map { lane.starts[$0] } }
                lane.starts.append(kept ?? lane.time)
            }
            return lane
        }
        for slot in agents.indices {
            reweigh(slot)
            retake(slot)
        }
    }
}
