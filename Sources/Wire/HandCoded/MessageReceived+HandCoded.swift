import Domain

extension MessageReceived: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, text: buyer.rawValue)
        w.field(2, text: message.rawValue)
        w.field(3, signed: kind.rawValue)
        w.field(4, text: text)
        if let order { w.field(5, text: order.rawValue) }
        if let item { w.field(6, text: item.rawValue) }
        if let intent { w.field(7, text: intent) }
        w.field(8, varint: session.number)
        w.field(9, flag: opened)
        w.field(10, hand: handler)
        if let decision { w.field(11, hand: decision) }
        if let from { w.field(12, hand: from) }
        w.field(13, flag: wasPending)
        if let position { w.field(14, signed: position) }
        if let estimatedWaitSeconds { w.field(15, signed: estimatedWaitSeconds) }
    }

    public convenience init(reading r: inout ByteReader) throws {
        var buyer: BuyerID?
        var message: MessageID?
        var kind: MessageKind?
        var text: String?
        var order: OrderID?
        var item: ItemID?
        var intent: String?
        var session: SessionID?
        var opened: Bool?
        var handler: Handler?
        var decision: Decision?
        var from: Handler?
        var wasPending: Bool?
        var position: Int?
        var estimatedWaitSeconds: Int?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where buyer == nil: buyer = BuyerID(rawValue: try r.text())
            case 2 where message == nil: message = MessageID(rawValue: try r.text())
            case 3 where kind == nil: kind = try r.raw()
            case 4 where text == nil: text = try r.text()
            case 5 where order == nil: order = OrderID(rawValue: try r.text())
            case 6 where item == nil: item = ItemID(rawValue: try r.text())
            case 7 where intent == nil: intent = try r.text()
            case 8 where session == nil: session = SessionID(try r.varint())
            case 9 where opened == nil: opened = try r.flag()
            case 10 where handler == nil: handler = try r.hand()
            case 11 where decision == nil: decision = try r.hand()
            case 12 where from == nil: from = try r.hand()
            case 13 where wasPending == nil: wasPending = try r.flag()
            case 14 where position == nil: position = try r.int()
            case 15 where estimatedWaitSeconds == nil: estimatedWaitSeconds = try r.int()
            default: try r.skip()
            }
        }
        self.init(
            buyer: try required(buyer, 1), message: try required(message, 2), kind: try required(kind, 3),
            text: try required(text, 4), order: order, item: item, intent: intent,
            session: try required(session, 8), opened: try required(opened, 9), handler: try required(handler, 10),
            decision: decision, from: from, wasPending: try required(wasPending, 13), position: position,
            estimatedWaitSeconds: estimatedWaitSeconds)
    }
}
