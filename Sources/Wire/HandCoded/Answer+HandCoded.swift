import Domain

extension Answer: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, varint: sequence)
        w.field(2, flag: changed)
        if let session { w.field(3, varint: session.number) }
        if let message { w.field(4, text: message.rawValue) }
        if let handler { w.field(5, hand: handler) }
        if let rule { w.field(6, signed: rule.rawValue) }
        w.field(7, flag: priorityMember)
        if let position { w.field(8, signed: position) }
        if let estimatedWaitSeconds { w.field(9, signed: estimatedWaitSeconds) }
        if let version { w.field(10, signed: version) }
        w.field(11, flag: noHumanOnline)
    }

    public init(reading r: inout ByteReader) throws {
        var sequence: UInt64?
        var changed: Bool?
        var session: SessionID?
        var message: MessageID?
        var handler: Handler?
        var rule: Rule?
        var priorityMember: Bool?
        var position: Int?
        var estimatedWaitSeconds: Int?
        var version: Int?
        var noHumanOnline: Bool?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where sequence == nil: sequence = try r.varint()
            case 2 where changed == nil: changed = try r.flag()
            case 3 where session == nil: session = SessionID(try r.varint())
            case 4 where message == nil: message = MessageID(rawValue: try r.text())
            case 5 where handler == nil: handler = try r.hand()
            case 6 where rule == nil: rule = try r.raw()
            case 7 where priorityMember == nil: priorityMember = try r.flag()
            case 8 where position == nil: position = try r.int()
            case 9 where estimatedWaitSeconds == nil: estimatedWaitSeconds = try r.int()
            case 10 where version == nil: version = try r.int()
            case 11 where noHumanOnline == nil: noHumanOnline = try r.flag()
            default: try r.skip()
            }
        }
        self.init(
            sequence: try required(sequence, 1), changed: try required(changed, 2), session: session,
            message: message, handler: handler, rule: rule, priorityMember: try required(priorityMember, 7),
            position: position, estimatedWaitSeconds: estimatedWaitSeconds, version: version,
            noHumanOnline: try required(noHumanOnline, 11))
    }
}
