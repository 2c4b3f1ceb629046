// Commands on the wire: a keyed container with one field, whose number is the command's.

extension Command: Codable {
    enum CodingKeys: Int, CodingKey {
        case setShop = 1
        case setSettings = 2
        case setAgent = 3
        case removeAgent = 4
        case setGroup = 5
        case removeGroup = 6
        case setBuyer = 7
        case setOrder = 8
        case recordInterest = 9
        case setPresence = 10
        case noteStream = 11
        case receiveMessage = 12
        case sendMessage = 13
        case askForHuman = 14
        case transferSession = 15
        case closeSession = 16
        case importMessage = 17
        case recordViolation = 18
        case decideEscalation = 19
        case noteRestrictions = 20
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .setShop(let body): try c.encode(body, forKey: .setShop)
        case .setSettings(let body): try c.encode(body, forKey: .setSettings)
        case .setAgent(let body): try c.encode(body, forKey: .setAgent)
        case .removeAgent(let body): try c.encode(body, forKey: .removeAgent)
        case .setGroup(let body): try c.encode(body, forKey: .setGroup)
        case .removeGroup(let body): try c.encode(body, forKey: .removeGroup)
        case .setBuyer(let body): try c.encode(body, forKey: .setBuyer)
        case .setOrder(let body): try c.encode(body, forKey: .setOrder)
        case .recordInterest(let body): try c.encode(body, forKey: .recordInterest)
        case .setPresence(let body): try c.encode(body, forKey: .setPresence)
        case .noteStream(let body): try c.encode(body, forKey: .noteStream)
        case .receiveMessage(let body): try c.encode(body, forKey: .receiveMessage)
        case .sendMessage(let body): try c.encode(body, forKey: .sendMessage)
        case .askForHuman(let body): try c.encode(body, forKey: .askForHuman)
        case .transferSession(let body): try c.encode(body, forKey: .transferSession)
        case .closeSession(let body): try c.encode(body, forKey: .closeSession)
        case .importMessage(let body): try c.encode(body, forKey: .importMessage)
        case .recordViolation(let body): try c.encode(body, forKey: .recordViolation)
        case .decideEscalation(let body): try c.encode(body, forKey: .decideEscalation)
        case .noteRestrictions(let body): try c.encode(body, forKey: .noteRestrictions)
        }
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        guard let key = c.allKeys.first else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "unknown command"))
        }
        self =
            switch key {
            case .setShop: .setShop(try c.decode(SetShop.self, forKey: key))
            case .setSettings: .setSettings(try c.decode(SetSettings.self, forKey: key))
            case .setAgent: .setAgent(try c.decode(SetAgent.self, forKey: key))
            case .removeAgent: .removeAgent(try c.decode(RemoveAgent.self, forKey: key))
            case .setGroup: .setGroup(try c.decode(SetGroup.self, forKey: key))
            case .removeGroup: .removeGroup(try c.decode(RemoveGroup.self, forKey: key))
            case .setBuyer: .setBuyer(try c.decode(SetBuyer.self, forKey: key))
            case .setOrder: .setOrder(try c.decode(SetOrder.self, forKey: key))
            case .recordInterest: .recordInterest(try c.decode(RecordInterest.self, forKey: key))
            case .setPresence: .setPresence(try c.decode(SetPresence.self, forKey: key))
            case .noteStream: .noteStream(try c.decode(NoteStream.self, forKey: key))
            case .receiveMessage: .receiveMessage(try c.decode(ReceiveMessage.self, forKey: key))
            case .sendMessage: .sendMessage(try c.decode(SendMessage.self, forKey: key))
            case .askForHuman: .askForHuman(try c.decode(AskForHuman.self, forKey: key))
            case .transferSession: .transferSession(try c.decode(TransferSession.self, forKey: key))
            case .closeSession: .closeSession(try c.decode(CloseSession.self, forKey: key))
            case .importMessage: .importMessage(try c.decode(ImportMessage.self, forKey: key))
            case .recordViolation: .recordViolation(try c.decode(RecordViolation.self, forKey: key))
            case .decideEscalation: .decideEscalation(try c.decode(DecideEscalation.self, forKey: key))
            case .noteRestrictions: .noteRestrictions(try c.decode(NoteRestrictions.self, forKey: key))
            }
    }
}

extension Sender: Codable {
    enum CodingKeys: Int, CodingKey {
        case agent = 1
        case bot = 2
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        if let agent = try c.decodeIfPresent(AgentID.self, forKey: .agent) {
            self = .agent(agent)
        } else if try c.decodeIfPresent(Bool.self, forKey: .bot) == true {
            self = .bot
        } else {
            throw DecodingError.dataCorrupted(.init(codingPath: c.codingPath, debugDescription: "unknown sender"))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .agent(let agent): try c.encode(agent, forKey: .agent)
        case .bot: try c.encode(true, forKey: .bot)
        }
    }
}

extension TransferTarget: Codable {
    enum CodingKeys: Int, CodingKey {
        case agent = 1
        case group = 2
        case human = 3
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        if let agent = try c.decodeIfPresent(AgentID.self, forKey: .agent) {
            self = .agent(agent)
        } else if let group = try c.decodeIfPresent(GroupID.self, forKey: .group) {
            self = .group(group)
        } else if try c.decodeIfPresent(Bool.self, forKey: .human) == true {
            self = .human
        } else {
            throw DecodingError.dataCorrupted(.init(codingPath: c.codingPath, debugDescription: "unknown target"))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .agent(let agent): try c.encode(agent, forKey: .agent)
        case .group(let group): try c.encode(group, forKey: .group)
        case .human: try c.encode(true, forKey: .human)
        }
    }
}
