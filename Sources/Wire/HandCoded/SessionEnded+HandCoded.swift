import Domain

extension SessionEnded: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, text: buyer.rawValue)
        w.field(2, varint: session.number)
        w.field(3, hand: handler)
        w.field(4, flag: wasPending)
        w.field(5, signed: end.rawValue)
    }

    public convenience init(reading r: inout ByteReader) throws {
        var buyer: BuyerID?
        var session: SessionID?
        var handler: Handler?
        var wasPending: Bool?
        var end: SessionEnd?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where buyer == nil: buyer = BuyerID(rawValue: try r.text())
            case 2 where session == nil: session = SessionID(try r.varint())
            case 3 where handler == nil: handler = try r.hand()
            case 4 where wasPending == nil: wasPending = try r.flag()
            case 5 where end == nil: end = try r.raw()
            default: try r.skip()
            }
        }
        self.init(
            buyer: try required(buyer, 1), session: try required(session, 2), handler: try required(handler, 3),
            wasPending: try required(wasPending, 4), end: try required(end, 5))
    }
}

extension CloseSession: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, varint: session.number)
        if let by { w.field(2, hand: by) }
    }

    public init(reading r: inout ByteReader) throws {
        var session: SessionID?
        var by: Sender?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where session == nil: session = SessionID(try r.varint())
            case 2 where by == nil: by = try r.hand()
            default: try r.skip()
            }
        }
        self.init(session: try required(session, 1), by: by)
    }
}
