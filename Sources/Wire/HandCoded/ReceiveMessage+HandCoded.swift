import Domain

extension ReceiveMessage: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, text: buyer.rawValue)
        w.field(2, text: message.rawValue)
        w.field(3, signed: kind.rawValue)
        w.field(4, text: text)
        if let order { w.field(5, text: order.rawValue) }
        if let item { w.field(6, text: item.rawValue) }
        if let toAgent { w.field(7, text: toAgent.rawValue) }
        if let intent { w.field(8, text: intent) }
    }

    public convenience init(reading r: inout ByteReader) throws {
        var buyer: BuyerID?
        var message: MessageID?
        var kind: MessageKind?
        var text: String?
        var order: OrderID?
        var item: ItemID?
        var toAgent: AgentID?
        var intent: String?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where buyer == nil: buyer = BuyerID(rawValue: try r.text())
            case 2 where message == nil: message = MessageID(rawValue: try r.text())
            case 3 where kind == nil: kind = try r.raw()
            case 4 where text == nil: text = try r.text()
            case 5 where order == nil: order = OrderID(rawValue: try r.text())
            case 6 where item == nil: item = ItemID(rawValue: try r.text())
            case 7 where toAgent == nil: toAgent = AgentID(rawValue: try r.text())
            case 8 where intent == nil: intent = try r.text()
            default: try r.skip()
            }
        }
        self.init(
            buyer: try required(buyer, 1), message: try required(message, 2), kind: try required(kind, 3),
            text: try required(text, 4), order: order, item: item, toAgent: toAgent, intent: intent)
    }
}
