// A roster in the journal (`RosterNoted`) and in a checkpoint's rows. What is derived is left out.

extension Roster: Codable {
    enum CodingKeys: Int, CodingKey {
        case shop = 1
        case settings = 2
        case agents = 3
        case groups = 4
        case lanes = 5
        case hybrids = 6
        case lastTurn = 7
        case pulls = 8
        case restrictions = 9
        case restrictionsAt = 10
    }

    /// What a roster is made of, for coders.
    public struct Parts: Codable, Sendable {
        public var shop: SetShop?
        public var settings: ShopSettings
        public var agents: [AgentRow]
        public var groups: [SetGroup]
        public var lanes: [LaneRow]
        public var hybrids: [HybridCounter]
        public var lastTurn: GroupID?
        public var pulls: [Timestamp]
        /// RR-6; nil where there are none.
        public var restrictions: [ShopRestriction]?
        public var restrictionsAt: RestrictionPlace?

        typealias CodingKeys = Roster.CodingKeys

        public init(
            shop: SetShop?, settings: ShopSettings, agents: [AgentRow], groups: [SetGroup], lanes: [LaneRow],
            hybrids: [HybridCounter], lastTurn: GroupID?, pulls: [Timestamp],
            restrictions: [ShopRestriction]? = nil, restrictionsAt: RestrictionPlace? = nil
        ) {
            self.shop = shop
            self.settings = settings
            self.agents = agents
            self.groups = groups
            self.lanes = lanes
            self.hybrids = hybrids
            self.lastTurn = lastTurn
            self.pulls = pulls
            self.restrictions = restrictions
            self.restrictionsAt = restrictionsAt
        }
    }

    public struct AgentRow: Hashable, Codable, Sendable {
        public var id: AgentID
        public var name: String
        public var weight: Int
        public var groups: [GroupID]
        public var capacity: Int?
        public var presence: Presence
        public var autoSuspended: Bool
        public var streaming: Bool
        public var streamLostAt: Timestamp?
        public var poolTimes: [Timestamp]
        public var removed: Bool
        public var open: Int
        public var pending: Int
        public var idleSince: Timestamp

        enum CodingKeys: Int, CodingKey {
            case id = 1
            case name = 2
            case weight = 3
            case groups = 4
            case capacity = 5
            case presence = 6
            case autoSuspended = 7
            case streaming = 8
            case streamLostAt = 9
            case poolTimes = 10
            case removed = 11
            case open = 12
            case pending = 13
            case idleSince = 14
        }

        public init(
            id: AgentID, name: String, weight: Int, groups: [GroupID], capacity: Int?, presence: Presence,
            autoSuspended: Bool, streaming: Bool, streamLostAt: Timestamp?, poolTimes: [Timestamp], removed: Bool,
            open: Int, pending: Int, idleSince: Timestamp
        ) {
            self.id = id
            self.name = name
            self.weight = weight
            self.groups = groups
            self.capacity = capacity
            self.presence = presence
            self.autoSuspended = autoSuspended
            self.streaming = streaming
            self.streamLostAt = streamLostAt
            self.poolTimes = poolTimes
            self.removed = removed
            self.open = open
            self.pending = pending
            self.idleSince = idleSince
        }

        init(_ agent: Agent, _ load: Load) {
            self.init(
                id: agent.id, name: agent.name, weight: agent.weight, groups: agent.groups,
                capacity: agent.capacity, presence: agent.presence, autoSuspended: agent.autoSuspended,
                streaming: agent.streaming, streamLostAt: agent.streamLostAt, poolTimes: agent.poolTimes,
                removed: agent.removed, open: load.open, pending: load.pending, idleSince: load.idleSince)
        }

        var agent: Agent {
            var agent = Agent(SetAgent(agent: id, name: name, weight: weight, groups: groups, capacity: capacity))
            agent.presence = presence
            agent.autoSuspended = autoSuspended
            agent.streaming = streaming
            agent.streamLostAt = streamLostAt
            agent.poolTimes = poolTimes
            agent.removed = removed
            return agent
        }

        var load: Load {
            var load = Load()
            load.open = open
            load.pending = pending
            load.idleSince = idleSince
            return load
        }
    }

    /// 128-bit numbers travel as two halves, the higher first.
    public struct LaneRow: Hashable, Codable, Sendable {
        public var key: LaneKey
        public var time: [UInt64]
        public var members: [Int]
        public var starts: [UInt64]

        enum CodingKeys: Int, CodingKey {
            case key = 1
            case time = 2
            case members = 3
            case starts = 4
        }

        public init(key: LaneKey, time: [UInt64], members: [Int], starts: [UInt64]) {
            self.key = key
            self.time = time
            self.members = members
            self.starts = starts
        }

        init(_ lane: Lane) {
            var starts: [UInt64] = []
            starts.reserveCapacity(2 * lane.members.count)
            for place in lane.members.indices { Self.append(lane.start(of: place), to: &starts) }
            var time: [UInt64] = []
            Self.append(lane.time, to: &time)
            self.init(key: lane.key, time: time, members: lane.members, starts: starts)
        }

        var lane: Lane {
            let time = time.count == 2 ? Self.whole(time[0], time[1]) : 0
            return Lane(
                key: key, time: time, members: members,
                starts: members.indices.map { place in
                    2 * place + 1 < starts.count ? Self.whole(starts[2 * place], starts[2 * place + 1]) : time
                })
        }

        private static func append(_ value: Int128, to halves: inout [UInt64]) {
            let bits = UInt128(bitPattern: value)
            halves.append(UInt64(truncatingIfNeeded: bits >> 64))
            halves.append(UInt64(truncatingIfNeeded: bits))
        }

        private static func whole(_ high: UInt64, _ low: UInt64) -> Int128 {
            Int128(bitPattern: UInt128(high) << 64 | UInt128(low))
        }
    }

    public var parts: Parts {
        Parts(
            shop: shop, settings: settings, agents: zip(agents, loads).map { AgentRow($0, $1) }, groups: groups,
            lanes: lanes.map { LaneRow($0) }, hybrids: hybrids, lastTurn: lastTurn, pulls: pulls,
            restrictions: restrictions.isEmpty ? nil : restrictions, restrictionsAt: restrictionsAt)
    }

    public init(_ parts: Parts) {
        self.init()
        shop = parts.shop
        settings = parts.settings
        agents = parts.agents.map(\.agent)
        loads = parts.agents.map(\.load)
        groups = parts.groups
        lanes = parts.lanes.map(\.lane)
        hybrids = parts.hybrids
        lastTurn = parts.lastTurn
        pulls = parts.pulls
        restrictions = parts.restrictions ?? []
        restrictionsAt = parts.restrictionsAt
        // Whoever took part when this was written still does: it must not enter its lanes anew.
        for slot in agents.indices {
            note(slot)
            loads[slot].able = isAble(slot)
            loads[slot].takes = loads[slot].able && !isFull(slot)
            loads[slot].weigh(effectiveWeight(slot))
        }
        reshape()
    }

    public init(from decoder: any Decoder) throws { self.init(try Parts(from: decoder)) }

    public func encode(to encoder: any Encoder) throws { try parts.encode(to: encoder) }
}
