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

    private struct AgentRow: Codable {
        var agent: Agent
        var load: Load

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

        init(agent: Agent, load: Load) {
            self.agent = agent
            self.load = load
        }

        init(from decoder: any Decoder) throws {
            let c = try decoder.container(keyedBy: CodingKeys.self)
            agent = Agent(
                SetAgent(
                    agent: try c.decode(AgentID.self, forKey: .id), name: try c.decode(String.self, forKey: .name),
                    weight: try c.decode(Int.self, forKey: .weight),
                    groups: try c.decode([GroupID].self, forKey: .groups),
                    capacity: try c.decodeIfPresent(Int.self, forKey: .capacity)))
            agent.presence = try c.decode(Presence.self, forKey: .presence)
            agent.autoSuspended = try c.decode(Bool.self, forKey: .autoSuspended)
            agent.streaming = try c.decode(Bool.self, forKey: .streaming)
            agent.streamLostAt = try c.decodeIfPresent(Timestamp.self, forKey: .streamLostAt)
            agent.poolTimes = try c.decode([Timestamp].self, forKey: .poolTimes)
            agent.removed = try c.decode(Bool.self, forKey: .removed)
            load = Load()
            load.open = try c.decode(Int.self, forKey: .open)
            load.pending = try c.decode(Int.self, forKey: .pending)
            load.idleSince = try c.decode(Timestamp.self, forKey: .idleSince)
        }

        func encode(to encoder: any Encoder) throws {
            var c = encoder.container(keyedBy: CodingKeys.self)
            try c.encode(agent.id, forKey: .id)
            try c.encode(agent.name, forKey: .name)
            try c.encode(agent.weight, forKey: .weight)
            try c.encode(agent.groups, forKey: .groups)
            try c.encodeIfPresent(agent.capacity, forKey: .capacity)
            try c.encode(agent.presence, forKey: .presence)
            try c.encode(agent.autoSuspended, forKey: .autoSuspended)
            try c.encode(agent.streaming, forKey: .streaming)
            try c.encodeIfPresent(agent.streamLostAt, forKey: .streamLostAt)
            try c.encode(agent.poolTimes, forKey: .poolTimes)
            try c.encode(agent.removed, forKey: .removed)
            try c.encode(load.open, forKey: .open)
            try c.encode(load.pending, forKey: .pending)
            try c.encode(load.idleSince, forKey: .idleSince)
        }
    }

    /// 128-bit numbers travel as two halves.
    private struct LaneRow: Codable {
        var key: LaneKey
        var time: [UInt64]
        var members: [Int]
        var starts: [UInt64]

        enum CodingKeys: Int, CodingKey {
            case key = 1
            case time = 2
            case members = 3
            case starts = 4
        }

        init(_ lane: Lane) {
            key = lane.key
            time = Self.halves(lane.time)
            members = lane.members
            starts = lane.starts.flatMap(Self.halves)
        }

        func lane() -> Lane {
            var lane = Lane(key: key)
            lane.time = time.count == 2 ? Self.whole(time[0], time[1]) : 0
            lane.members = members
            lane.starts = members.indices.map { place in
                2 * place + 1 < starts.count ? Self.whole(starts[2 * place], starts[2 * place + 1]) : lane.time
            }
            return lane
        }

        static func halves(_ value: Int128) -> [UInt64] {
            let bits = UInt128(bitPattern: value)
            return [UInt64(truncatingIfNeeded: bits >> 64), UInt64(truncatingIfNeeded: bits)]
        }

        static func whole(_ high: UInt64, _ low: UInt64) -> Int128 {
            Int128(bitPattern: UInt128(high) << 64 | UInt128(low))
        }
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        shop = try c.decodeIfPresent(SetShop.self, forKey: .shop)
        settings = try c.decode(ShopSettings.self, forKey: .settings)
        let rows = try c.decode([AgentRow].self, forKey: .agents)
        agents = rows.map(\.agent)
        loads = rows.map(\.load)
        groups = try c.decode([SetGroup].self, forKey: .groups)
        lanes = try c.decode([LaneRow].self, forKey: .lanes).map { $0.lane() }
        hybrids = try c.decode([HybridCounter].self, forKey: .hybrids)
        lastTurn = try c.decodeIfPresent(GroupID.self, forKey: .lastTurn)
        pulls = try c.decode([Timestamp].self, forKey: .pulls)
        restrictions = try c.decodeIfPresent([ShopRestriction].self, forKey: .restrictions) ?? []
        restrictionsAt = try c.decodeIfPresent(RestrictionPlace.self, forKey: .restrictionsAt)
        // Whoever took part when this was written still does: it must not enter its lanes anew.
        for slot in agents.indices {
            loads[slot].able = isAble(slot)
            loads[slot].takes = loads[slot].able && !isFull(slot)
            loads[slot].weigh(effectiveWeight(slot))
        }
        reshape()
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        try c.encodeIfPresent(shop, forKey: .shop)
        try c.encode(settings, forKey: .settings)
        try c.encode(zip(agents, loads).map { AgentRow(agent: $0, load: $1) }, forKey: .agents)
        try c.encode(groups, forKey: .groups)
        try c.encode(lanes.map { LaneRow($0) }, forKey: .lanes)
        try c.encode(hybrids, forKey: .hybrids)
        try c.encodeIfPresent(lastTurn, forKey: .lastTurn)
        try c.encode(pulls, forKey: .pulls)
        if !restrictions.isEmpty { try c.encode(restrictions, forKey: .restrictions) }
        try c.encodeIfPresent(restrictionsAt, forKey: .restrictionsAt)
    }
}
