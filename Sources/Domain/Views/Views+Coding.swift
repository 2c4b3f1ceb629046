// Views on the wire: a keyed container with one field, whose number is the view's.

extension View: Codable {
    enum CodingKeys: Int, CodingKey {
        case shop = 1
        case settings = 2
        case agents = 3
        case groups = 4
        case buyer = 5
        case board = 6
        case sessions = 7
        case session = 8
        case messages = 9
        case decision = 10
        case diagnosis = 11
        case next = 100
        case history = 101
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .shop(let view): try c.encode(view, forKey: .shop)
        case .settings(let view): try c.encode(view, forKey: .settings)
        case .agents(let view): try c.encode(view, forKey: .agents)
        case .groups(let view): try c.encode(view, forKey: .groups)
        case .buyer(let view): try c.encode(view, forKey: .buyer)
        case .board(let view): try c.encode(view, forKey: .board)
        case .sessions(let list, let next):
            try c.encode(list, forKey: .sessions)
            try c.encodeIfPresent(next, forKey: .next)
        case .session(let view, let history):
            try c.encode(view, forKey: .session)
            try c.encode(history, forKey: .history)
        case .messages(let list, let next):
            try c.encode(list, forKey: .messages)
            try c.encodeIfPresent(next, forKey: .next)
        case .decision(let view): try c.encode(view, forKey: .decision)
        case .diagnosis(let view): try c.encode(view, forKey: .diagnosis)
        }
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        guard let key = c.allKeys.first else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "unknown view"))
        }
        self =
            switch key {
            case .shop: .shop(try c.decode(ShopView.self, forKey: key))
            case .settings: .settings(try c.decode(ShopSettings.self, forKey: key))
            case .agents: .agents(try c.decode([AgentView].self, forKey: key))
            case .groups: .groups(try c.decode([SetGroup].self, forKey: key))
            case .buyer: .buyer(try c.decode(BuyerView.self, forKey: key))
            case .board: .board(try c.decode(BoardView.self, forKey: key))
            case .sessions:
                .sessions(
                    try c.decode([SessionView].self, forKey: key),
                    next: try c.decodeIfPresent(UInt64.self, forKey: .next))
            case .session:
                .session(
                    try c.decode(SessionView.self, forKey: key),
                    history: try c.decode([HandlerStep].self, forKey: .history))
            case .messages:
                .messages(
                    try c.decode([MessageView].self, forKey: key),
                    next: try c.decodeIfPresent(UInt64.self, forKey: .next))
            case .decision: .decision(try c.decode(Explanation.self, forKey: key))
            case .diagnosis: .diagnosis(try c.decode(Diagnosis.self, forKey: key))
            case .next, .history:
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "a view without its body"))
            }
    }
}

extension Author: Codable {
    enum CodingKeys: Int, CodingKey {
        case kind = 1
        case agent = 2
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        switch try c.decode(Int.self, forKey: .kind) {
        case 1: self = .buyer
        case 2: self = .agent(try c.decode(AgentID.self, forKey: .agent))
        case 3: self = .bot
        case let other:
            throw DecodingError.dataCorruptedError(forKey: .kind, in: c, debugDescription: "unknown author \(other)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .buyer: try c.encode(1, forKey: .kind)
        case .agent(let id):
            try c.encode(2, forKey: .kind)
            try c.encode(id, forKey: .agent)
        case .bot: try c.encode(3, forKey: .kind)
        }
    }
}
