import Domain

extension Inquiry: HandCoded {
    public func write(into w: inout ByteWriter) { write(into: &w, contactAt: contactAt) }

    /// With another time of the contact.
    func write(into w: inout ByteWriter, contactAt: Timestamp?) {
        if let named { w.field(1, text: named.rawValue) }
        if let contact { w.field(2, text: contact.rawValue) }
        if let contactAt { w.field(3, signed: contactAt.millis) }
        if let exclusive { w.field(4, text: exclusive.rawValue) }
        w.field(5, signed: orderState.rawValue)
        w.array(6, count: items.count) { w in
            for item in items { w.text(item.rawValue) }
        }
        w.field(7, flag: withoutBot)
        if let onlyGroup { w.field(8, text: onlyGroup.rawValue) }
        if let notAgent { w.field(9, text: notAgent.rawValue) }
    }

    public init(reading r: inout ByteReader) throws {
        var named: AgentID?
        var contact: AgentID?
        var contactAt: Timestamp?
        var exclusive: AgentID?
        var orderState: OrderState?
        var items: [ItemID]?
        var withoutBot: Bool?
        var onlyGroup: GroupID?
        var notAgent: AgentID?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where named == nil: named = AgentID(rawValue: try r.text())
            case 2 where contact == nil: contact = AgentID(rawValue: try r.text())
            case 3 where contactAt == nil: contactAt = Timestamp(millis: try r.signed())
            case 4 where exclusive == nil: exclusive = AgentID(rawValue: try r.text())
            case 5 where orderState == nil: orderState = try r.raw()
            case 6 where items == nil: items = try r.array { ItemID(rawValue: try $0.rawText()) }
            case 7 where withoutBot == nil: withoutBot = try r.flag()
            case 8 where onlyGroup == nil: onlyGroup = GroupID(rawValue: try r.text())
            case 9 where notAgent == nil: notAgent = AgentID(rawValue: try r.text())
            default: try r.skip()
            }
        }
        self.init(
            named: named, contact: contact, contactAt: contactAt, exclusive: exclusive,
            orderState: try required(orderState, 5), items: try required(items, 6),
            withoutBot: try required(withoutBot, 7), onlyGroup: onlyGroup, notAgent: notAgent)
    }
}
