// The whole roster goes into the journal from time to time, in the way of whatever comes next: it has to be quick.

import Domain

extension RosterNoted: HandCoded {
    public func write(into w: inout ByteWriter) { w.field(1, hand: roster) }

    public init(reading r: inout ByteReader) throws {
        var roster: Roster?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where roster == nil: roster = try r.hand()
            default: try r.skip()
            }
        }
        self.init(roster: try required(roster, 1))
    }
}

extension Roster: HandCoded {
    public func write(into w: inout ByteWriter) {
        let parts = parts
        if let shop = parts.shop { w.field(1, message: shop) }
        w.field(2, message: parts.settings)
        w.array(3, count: parts.agents.count) { w in
            for agent in parts.agents { w.nested { agent.write(into: &$0) } }
        }
        w.array(4, count: parts.groups.count) { w in
            for group in parts.groups { w.element(group) }
        }
        w.array(5, count: parts.lanes.count) { w in
            for lane in parts.lanes { w.nested { lane.write(into: &$0) } }
        }
        w.array(6, count: parts.hybrids.count) { w in
            for hybrid in parts.hybrids { w.element(hybrid) }
        }
        if let turn = parts.lastTurn { w.field(7, text: turn.rawValue) }
        w.array(8, count: parts.pulls.count) { w in
            for time in parts.pulls { w.zigzag(time.millis) }
        }
        if let restrictions = parts.restrictions {
            w.array(9, count: restrictions.count) { w in
                for restriction in restrictions { w.zigzag(Int64(restriction.rawValue)) }
            }
        }
        if let place = parts.restrictionsAt { w.field(10, message: place) }
    }

    public init(reading r: inout ByteReader) throws {
        var shop: SetShop?
        var settings: ShopSettings?
        var agents: [AgentRow]?
        var groups: [SetGroup]?
        var lanes: [LaneRow]?
        var hybrids: [HybridCounter]?
        var lastTurn: GroupID?
        var pulls: [Timestamp]?
        var restrictions: [ShopRestriction]?
        var restrictionsAt: RestrictionPlace?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where shop == nil: shop = try r.message()
            case 2 where settings == nil: settings = try r.message()
            case 3 where agents == nil: agents = try r.array { try $0.handElement() }
            case 4 where groups == nil: groups = try r.array { try $0.element() }
            case 5 where lanes == nil: lanes = try r.array { try $0.handElement() }
            case 6 where hybrids == nil: hybrids = try r.array { try $0.element() }
            case 7 where lastTurn == nil: lastTurn = GroupID(rawValue: try r.text())
            case 8 where pulls == nil: pulls = try r.array { Timestamp(millis: try $0.rawSigned()) }
            case 9 where restrictions == nil: restrictions = try r.array { try $0.rawCase() }
            case 10 where restrictionsAt == nil: restrictionsAt = try r.message()
            default: try r.skip()
            }
        }
        self.init(
            Parts(
                shop: shop, settings: try required(settings, 2), agents: try required(agents, 3),
                groups: try required(groups, 4), lanes: try required(lanes, 5), hybrids: try required(hybrids, 6),
                lastTurn: lastTurn, pulls: try required(pulls, 8), restrictions: restrictions,
                restrictionsAt: restrictionsAt))
    }
}

extension Roster.AgentRow: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, text: id.rawValue)
        w.field(2, text: name)
        w.field(3, signed: weight)
        w.array(4, count: groups.count) { w in
            for group in groups { w.text(group.rawValue) }
        }
        if let capacity { w.field(5, signed: capacity) }
        w.field(6, signed: presence.rawValue)
        w.field(7, flag: autoSuspended)
        w.field(8, flag: streaming)
        if let streamLostAt { w.field(9, signed: streamLostAt.millis) }
        w.array(10, count: poolTimes.count) { w in
            for time in poolTimes { w.zigzag(time.millis) }
        }
        w.field(11, flag: removed)
        w.field(12, signed: open)
        w.field(13, signed: pending)
        w.field(14, signed: idleSince.millis)
    }

    public init(reading r: inout ByteReader) throws {
        var id: AgentID?
        var name: String?
        var weight: Int?
        var groups: [GroupID]?
        var capacity: Int?
        var presence: Presence?
        var autoSuspended: Bool?
        var streaming: Bool?
        var streamLostAt: Timestamp?
        var poolTimes: [Timestamp]?
        var removed: Bool?
        var open: Int?
        var pending: Int?
        var idleSince: Timestamp?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where id == nil: id = AgentID(rawValue: try r.text())
            case 2 where name == nil: name = try r.text()
            case 3 where weight == nil: weight = try r.int()
            case 4 where groups == nil: groups = try r.array { GroupID(rawValue: try $0.rawText()) }
            case 5 where capacity == nil: capacity = try r.int()
            case 6 where presence == nil: presence = try r.raw()
            case 7 where autoSuspended == nil: autoSuspended = try r.flag()
            case 8 where streaming == nil: streaming = try r.flag()
            case 9 where streamLostAt == nil: streamLostAt = Timestamp(millis: try r.signed())
            case 10 where poolTimes == nil: poolTimes = try r.array { Timestamp(millis: try $0.rawSigned()) }
            case 11 where removed == nil: removed = try r.flag()
            case 12 where open == nil: open = try r.int()
            case 13 where pending == nil: pending = try r.int()
            case 14 where idleSince == nil: idleSince = Timestamp(millis: try r.signed())
            default: try r.skip()
            }
        }
        self.init(
            id: try required(id, 1), name: try required(name, 2), weight: try required(weight, 3),
            groups: try required(groups, 4), capacity: capacity, presence: try required(presence, 6),
            autoSuspended: try required(autoSuspended, 7), streaming: try required(streaming, 8),
            streamLostAt: streamLostAt, poolTimes: try required(poolTimes, 10), removed: try required(removed, 11),
            open: try required(open, 12), pending: try required(pending, 13), idleSince: try required(idleSince, 14))
    }
}

extension Roster.LaneRow: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, hand: key)
        w.array(2, count: time.count) { w in
            for half in time { w.varint(half) }
        }
        w.array(3, count: members.count) { w in
            for member in members { w.zigzag(Int64(member)) }
        }
        w.array(4, count: starts.count) { w in
            for half in starts { w.varint(half) }
        }
    }

    public init(reading r: inout ByteReader) throws {
        var key: LaneKey?
        var time: [UInt64]?
        var members: [Int]?
        var starts: [UInt64]?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where key == nil: key = try r.hand()
            case 2 where time == nil: time = try r.array { try $0.rawVarint() }
            case 3 where members == nil: members = try r.array { Int(try $0.rawSigned()) }
            case 4 where starts == nil: starts = try r.array { try $0.rawVarint() }
            default: try r.skip()
            }
        }
        self.init(
            key: try required(key, 1), time: try required(time, 2), members: try required(members, 3),
            starts: try required(starts, 4))
    }
}
