// Events in the journal and on the wire: a keyed container with one field, whose number is the event's.

extension Event: Codable {
    public enum CodingKeys: Int, CodingKey {
        case shopSet = 1
        case settingsChanged = 2
        case agentSet = 3
        case agentRemoved = 4
        case groupSet = 5
        case groupRemoved = 6
        case buyerSet = 7
        case orderSet = 8
        case interestRecorded = 9
        case presenceChanged = 10
        case streamNoted = 11
        case messageReceived = 12
        case messageSent = 13
        case handlerChanged = 14
        case sessionEnded = 15
        case messageImported = 16
        case rosterNoted = 17
        case commandNoted = 18
        case slowResponseReminded = 19
        case violationRecorded = 20
        case escalationDecided = 21
        case restrictionsChanged = 22
        case escalationRaised = 23
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .shopSet(let body): try c.encode(body, forKey: .shopSet)
        case .settingsChanged(let body): try c.encode(body, forKey: .settingsChanged)
        case .agentSet(let body): try c.encode(body, forKey: .agentSet)
        case .agentRemoved(let body): try c.encode(body, forKey: .agentRemoved)
        case .groupSet(let body): try c.encode(body, forKey: .groupSet)
        case .groupRemoved(let body): try c.encode(body, forKey: .groupRemoved)
        case .buyerSet(let body): try c.encode(body, forKey: .buyerSet)
        case .orderSet(let body): try c.encode(body, forKey: .orderSet)
        case .interestRecorded(let body): try c.encode(body, forKey: .interestRecorded)
        case .presenceChanged(let body): try c.encode(body, forKey: .presenceChanged)
        case .streamNoted(let body): try c.encode(body, forKey: .streamNoted)
        case .messageReceived(let body): try c.encode(body, forKey: .messageReceived)
        case .messageSent(let body): try c.encode(body, forKey: .messageSent)
        case .handlerChanged(let body): try c.encode(body, forKey: .handlerChanged)
        case .sessionEnded(let body): try c.encode(body, forKey: .sessionEnded)
        case .messageImported(let body): try c.encode(body, forKey: .messageImported)
        case .rosterNoted(let body): try c.encode(body, forKey: .rosterNoted)
        case .commandNoted(let body): try c.encode(body, forKey: .commandNoted)
        case .violationRecorded(let body): try c.encode(body, forKey: .violationRecorded)
        case .escalationDecided(let body): try c.encode(body, forKey: .escalationDecided)
        case .slowResponseReminded(let body): try c.encode(body, forKey: .slowResponseReminded)
        case .restrictionsChanged(let body): try c.encode(body, forKey: .restrictionsChanged)
        case .escalationRaised(let body): try c.encode(body, forKey: .escalationRaised)
        }
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        guard let key = c.allKeys.first else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "unknown event"))
        }
        self =
            switch key {
            case .shopSet: .shopSet(try c.decode(ShopSet.self, forKey: key))
            case .settingsChanged: .settingsChanged(try c.decode(SettingsChanged.self, forKey: key))
            case .agentSet: .agentSet(try c.decode(AgentSet.self, forKey: key))
            case .agentRemoved: .agentRemoved(try c.decode(AgentRemoved.self, forKey: key))
            case .groupSet: .groupSet(try c.decode(GroupSet.self, forKey: key))
            case .groupRemoved: .groupRemoved(try c.decode(GroupRemoved.self, forKey: key))
            case .buyerSet: .buyerSet(try c.decode(BuyerSet.self, forKey: key))
            case .orderSet: .orderSet(try c.decode(OrderSet.self, forKey: key))
            case .interestRecorded: .interestRecorded(try c.decode(InterestRecorded.self, forKey: key))
            case .presenceChanged: .presenceChanged(try c.decode(PresenceChanged.self, forKey: key))
            case .streamNoted: .streamNoted(try c.decode(StreamNoted.self, forKey: key))
            case .messageReceived: .messageReceived(try c.decode(MessageReceived.self, forKey: key))
            case .messageSent: .messageSent(try c.decode(MessageSent.self, forKey: key))
            case .handlerChanged: .handlerChanged(try c.decode(HandlerChanged.self, forKey: key))
            case .sessionEnded: .sessionEnded(try c.decode(SessionEnded.self, forKey: key))
            case .messageImported: .messageImported(try c.decode(MessageImported.self, forKey: key))
            case .rosterNoted: .rosterNoted(try c.decode(RosterNoted.self, forKey: key))
            case .commandNoted: .commandNoted(try c.decode(CommandNoted.self, forKey: key))
            case .violationRecorded: .violationRecorded(try c.decode(ViolationRecorded.self, forKey: key))
            case .escalationDecided: .escalationDecided(try c.decode(EscalationDecided.self, forKey: key))
            case .slowResponseReminded: .slowResponseReminded(try c.decode(SlowResponseReminded.self, forKey: key))
            case .restrictionsChanged: .restrictionsChanged(try c.decode(RestrictionsChanged.self, forKey: key))
            case .escalationRaised: .escalationRaised(try c.decode(EscalationRaised.self, forKey: key))
            }
    }
}

extension MessageReceived {
    public convenience init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            buyer: try c.decode(BuyerID.self, forKey: .buyer),
            message: try c.decode(MessageID.self, forKey: .message),
            kind: try c.decode(MessageKind.self, forKey: .kind), text: try c.decode(String.self, forKey: .text),
            order: try c.decodeIfPresent(OrderID.self, forKey: .order),
            item: try c.decodeIfPresent(ItemID.self, forKey: .item),
            intent: try c.decodeIfPresent(String.self, forKey: .intent),
            session: try c.decode(SessionID.self, forKey: .session),
            opened: try c.decode(Bool.self, forKey: .opened), handler: try c.decode(Handler.self, forKey: .handler),
            decision: try c.decodeIfPresent(Decision.self, forKey: .decision),
            from: try c.decodeIfPresent(Handler.self, forKey: .from),
            wasPending: try c.decode(Bool.self, forKey: .wasPending),
            position: try c.decodeIfPresent(Int.self, forKey: .position),
            estimatedWaitSeconds: try c.decodeIfPresent(Int.self, forKey: .estimatedWaitSeconds))
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        try c.encode(buyer, forKey: .buyer)
        try c.encode(message, forKey: .message)
        try c.encode(kind, forKey: .kind)
        try c.encode(text, forKey: .text)
        try c.encodeIfPresent(order, forKey: .order)
        try c.encodeIfPresent(item, forKey: .item)
        try c.encodeIfPresent(intent, forKey: .intent)
        try c.encode(session, forKey: .session)
        try c.encode(opened, forKey: .opened)
        try c.encode(handler, forKey: .handler)
        try c.encodeIfPresent(decision, forKey: .decision)
        try c.encodeIfPresent(from, forKey: .from)
        try c.encode(wasPending, forKey: .wasPending)
        try c.encodeIfPresent(position, forKey: .position)
        try c.encodeIfPresent(estimatedWaitSeconds, forKey: .estimatedWaitSeconds)
    }
}

extension LaneKey: Codable {
    enum CodingKeys: Int, CodingKey {
        case kind = 1
        case groups = 2
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        switch try c.decode(Int.self, forKey: .kind) {
        case 1: self = .all
        case 2: self = .groups(try c.decodeIfPresent([GroupID].self, forKey: .groups) ?? [])
        case 3: self = .unbound
        case 4: self = .anyone
        case let other:
            throw DecodingError.dataCorruptedError(forKey: .kind, in: c, debugDescription: "unknown lane \(other)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .all: try c.encode(1, forKey: .kind)
        case .groups(let groups):
            try c.encode(2, forKey: .kind)
            try c.encode(groups, forKey: .groups)
        case .unbound: try c.encode(3, forKey: .kind)
        case .anyone: try c.encode(4, forKey: .kind)
        }
    }
}

extension BotOwner: Codable {
    enum CodingKeys: Int, CodingKey {
        case shop = 1
        case group = 2
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        if let group = try c.decodeIfPresent(GroupID.self, forKey: .group) {
            self = .group(group)
        } else {
            self = .shop
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .shop: try c.encode(true, forKey: .shop)
        case .group(let group): try c.encode(group, forKey: .group)
        }
    }
}
