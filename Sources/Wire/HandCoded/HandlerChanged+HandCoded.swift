import Domain

extension HandlerChanged: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, text: buyer.rawValue)
        w.field(2, varint: session.number)
        w.field(3, hand: from)
        w.field(4, hand: to)
        w.field(5, hand: decision)
        w.field(6, flag: pending)
        if let reason { w.field(7, text: reason) }
        w.field(8, flag: opened)
        w.field(9, flag: forced)
    }

    public convenience init(reading r: inout ByteReader) throws {
        var buyer: BuyerID?
        var session: SessionID?
        var from: Handler?
        var to: Handler?
        var decision: Decision?
        var pending: Bool?
        var reason: String?
        var opened: Bool?
        var forced: Bool?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where buyer == nil: buyer = BuyerID(rawValue: try r.text())
            case 2 where session == nil: session = SessionID(try r.varint())
            case 3 where from == nil: from = try r.hand()
            case 4 where to == nil: to = try r.hand()
            case 5 where decision == nil: decision = try r.hand()
            case 6 where pending == nil: pending = try r.flag()
            case 7 where reason == nil: reason = try r.text()
            case 8 where opened == nil: opened = try r.flag()
            case 9 where forced == nil: forced = try r.flag()
            default: try r.skip()
            }
        }
        self.init(
            buyer: try required(buyer, 1), session: try required(session, 2), from: try required(from, 3),
            to: try required(to, 4), decision: try required(decision, 5), pending: try required(pending, 6),
            reason: reason, opened: try required(opened, 8), forced: try required(forced, 9))
    }
}
