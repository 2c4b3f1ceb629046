import Domain

extension BuyerRow: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, hand: buyer)
        if let contact { w.field(2, text: contact.rawValue) }
        if let contactAt { w.field(3, signed: contactAt.millis) }
        w.array(4, count: orders.count) { w in
            for order in orders { w.element(order) }
        }
        w.array(5, count: interests.count) { w in
            for interest in interests { w.element(interest) }
        }
        w.array(6, count: imported.count) { w in
            for mark in imported { w.varint(mark) }
        }
        if let session { w.field(7, hand: session) }
        w.field(8, varint: head)
        if let importedContents {
            w.array(9, count: importedContents.count) { w in
                for mark in importedContents { w.varint(mark) }
            }
        }
    }

    public init(reading r: inout ByteReader) throws {
        var buyer: SetBuyer?
        var contact: AgentID?
        var contactAt: Timestamp?
        var orders: [SetOrder]?
        var interests: [RecordInterest]?
        var imported: [UInt64]?
        var session: SessionRow?
        var head: UInt64?
        var importedContents: [UInt64]?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where buyer == nil: buyer = try r.hand()
            case 2 where contact == nil: contact = AgentID(rawValue: try r.text())
            case 3 where contactAt == nil: contactAt = Timestamp(millis: try r.signed())
            case 4 where orders == nil: orders = try r.array { try $0.element() }
            case 5 where interests == nil: interests = try r.array { try $0.element() }
            case 6 where imported == nil: imported = try r.array { try $0.rawVarint() }
            case 7 where session == nil: session = try r.hand()
            case 8 where head == nil: head = try r.varint()
            case 9 where importedContents == nil: importedContents = try r.array { try $0.rawVarint() }
            default: try r.skip()
            }
        }
        self.init(
            buyer: try required(buyer, 1), contact: contact, contactAt: contactAt, orders: try required(orders, 4),
            interests: try required(interests, 5), imported: try required(imported, 6), session: session,
            head: try required(head, 8), importedContents: importedContents)
    }
}

extension SetBuyer: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, text: buyer.rawValue)
        w.field(2, signed: memberLevel)
        w.array(3, count: segments.count) { w in
            for segment in segments { w.text(segment) }
        }
        if let exclusiveAgent { w.field(4, text: exclusiveAgent.rawValue) }
        if let relationSince { w.field(5, signed: relationSince.millis) }
        if let updatedAt { w.field(6, signed: updatedAt.millis) }
    }

    public init(reading r: inout ByteReader) throws {
        var buyer: BuyerID?
        var memberLevel: Int?
        var segments: [String]?
        var exclusiveAgent: AgentID?
        var relationSince: Timestamp?
        var updatedAt: Timestamp?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where buyer == nil: buyer = BuyerID(rawValue: try r.text())
            case 2 where memberLevel == nil: memberLevel = try r.int()
            case 3 where segments == nil: segments = try r.array { try $0.rawText() }
            case 4 where exclusiveAgent == nil: exclusiveAgent = AgentID(rawValue: try r.text())
            case 5 where relationSince == nil: relationSince = Timestamp(millis: try r.signed())
            case 6 where updatedAt == nil: updatedAt = Timestamp(millis: try r.signed())
            default: try r.skip()
            }
        }
        self.init(
            buyer: try required(buyer, 1), memberLevel: try required(memberLevel, 2),
            segments: try required(segments, 3), exclusiveAgent: exclusiveAgent, relationSince: relationSince,
            updatedAt: updatedAt)
    }
}

extension SessionRow: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, varint: session.number)
        w.field(2, hand: handler)
        w.field(3, signed: openedAt.millis)
        w.field(4, signed: lastAt.millis)
        w.field(5, signed: handlerSince.millis)
        if let waitingSince { w.field(6, signed: waitingSince.millis) }
        if let waitingMessage { w.field(7, text: waitingMessage.rawValue) }
        w.field(8, flag: lastFromBuyer)
        w.field(9, signed: botMisses)
        w.array(10, count: transfers.count) { w in
            for time in transfers { w.zigzag(time.millis) }
        }
        w.array(11, count: items.count) { w in
            for item in items { w.text(item.rawValue) }
        }
        if let named { w.field(12, text: named.rawValue) }
        if let queueKey { w.field(14, signed: queueKey) }
        if let lastAgent { w.field(15, text: lastAgent.rawValue) }
        if let reminded { w.field(16, flag: reminded) }
    }

    public init(reading r: inout ByteReader) throws {
        var session: SessionID?
        var handler: Handler?
        var openedAt: Timestamp?
        var lastAt: Timestamp?
        var handlerSince: Timestamp?
        var waitingSince: Timestamp?
        var waitingMessage: MessageID?
        var lastFromBuyer: Bool?
        var botMisses: Int?
        var transfers: [Timestamp]?
        var items: [ItemID]?
        var named: AgentID?
        var queueKey: Int64?
        var lastAgent: AgentID?
        var reminded: Bool?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where session == nil: session = SessionID(try r.varint())
            case 2 where handler == nil: handler = try r.hand()
            case 3 where openedAt == nil: openedAt = Timestamp(millis: try r.signed())
            case 4 where lastAt == nil: lastAt = Timestamp(millis: try r.signed())
            case 5 where handlerSince == nil: handlerSince = Timestamp(millis: try r.signed())
            case 6 where waitingSince == nil: waitingSince = Timestamp(millis: try r.signed())
            case 7 where waitingMessage == nil: waitingMessage = MessageID(rawValue: try r.text())
            case 8 where lastFromBuyer == nil: lastFromBuyer = try r.flag()
            case 9 where botMisses == nil: botMisses = try r.int()
            case 10 where transfers == nil: transfers = try r.array { Timestamp(millis: try $0.rawSigned()) }
            case 11 where items == nil: items = try r.array { ItemID(rawValue: try $0.rawText()) }
            case 12 where named == nil: named = AgentID(rawValue: try r.text())
            case 14 where queueKey == nil: queueKey = try r.signed()
            case 15 where lastAgent == nil: lastAgent = AgentID(rawValue: try r.text())
            case 16 where reminded == nil: reminded = try r.flag()
            default: try r.skip()
            }
        }
        self.init(
            session: try required(session, 1), handler: try required(handler, 2),
            openedAt: try required(openedAt, 3), lastAt: try required(lastAt, 4),
            handlerSince: try required(handlerSince, 5), waitingSince: waitingSince, waitingMessage: waitingMessage,
            lastFromBuyer: try required(lastFromBuyer, 8), botMisses: try required(botMisses, 9),
            transfers: try required(transfers, 10), items: try required(items, 11), named: named,
            queueKey: queueKey, lastAgent: lastAgent, reminded: reminded)
    }
}
