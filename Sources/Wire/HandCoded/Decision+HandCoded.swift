import Domain

extension Decision: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, hand: handler)
        w.field(2, signed: rule.rawValue)
        w.field(3, signed: cause.rawValue)
        w.field(4, signed: settingsVersion)
        w.field(5, flag: priorityMember)
        w.nested(6) { words.inquiry.write(into: &$0, contactAt: contactAt) }
        if let lane { w.field(7, hand: lane) }
        if let hybrid { w.field(8, hand: hybrid) }
    }

    public init(reading r: inout ByteReader) throws {
        var handler: Handler?
        var rule: Rule?
        var cause: DecisionCause?
        var settingsVersion: Int?
        var priorityMember: Bool?
        var inquiry: Inquiry?
        var lane: LaneKey?
        var hybrid: BotOwner?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where handler == nil: handler = try r.hand()
            case 2 where rule == nil: rule = try r.raw()
            case 3 where cause == nil: cause = try r.raw()
            case 4 where settingsVersion == nil: settingsVersion = try r.int()
            case 5 where priorityMember == nil: priorityMember = try r.flag()
            case 6 where inquiry == nil: inquiry = try r.hand()
            case 7 where lane == nil: lane = try r.hand()
            case 8 where hybrid == nil: hybrid = try r.hand()
            default: try r.skip()
            }
        }
        self.init(
            handler: try required(handler, 1), rule: try required(rule, 2), cause: try required(cause, 3),
            settingsVersion: try required(settingsVersion, 4), priorityMember: try required(priorityMember, 5),
            inquiry: try required(inquiry, 6), lane: lane, hybrid: hybrid)
    }
}

extension BotOwner: HandCoded {
    public func write(into w: inout ByteWriter) {
        switch self {
        case .shop: w.field(1, flag: true)
        case .group(let group): w.field(2, text: group.rawValue)
        }
    }

    public init(reading r: inout ByteReader) throws {
        var group: GroupID?
        while let field = try r.nextField() {
            switch field.number {
            case 2 where group == nil: group = GroupID(rawValue: try r.text())
            default: try r.skip()
            }
        }
        self = group.map { .group($0) } ?? .shop
    }
}
