// What may be asked of a desk without changing it. Each query has one view as its answer.

public enum Query: Hashable, Sendable {
    case shop
    case settings
    /// All agents, in order of their IDs.
    case agents
    case groups
    case buyer(BuyerID)
    case board
    case sessions(SessionFilter)
    case session(SessionID)
    /// The messages of one session, oldest first.
    case sessionMessages(SessionID, page: Page)
    /// The whole conversation of a buyer, newest first; the cursor goes back in time.
    case buyerMessages(BuyerID, page: Page)
    case decision(DecisionID)
    case diagnosis(AgentID)
}

/// At most `limit` entries (1…1,000) that follow `cursor`; a cursor is the number that the page before gave.
public struct Page: Hashable, Codable, Sendable {
    public var limit: Int
    public var cursor: UInt64?

    public init(limit: Int = 100, cursor: UInt64? = nil) {
        self.limit = limit
        self.cursor = cursor
    }

    enum CodingKeys: Int, CodingKey {
        case limit = 1
        case cursor = 2
    }
}

public enum SessionState: Int, Codable, Sendable, Named {
    case open = 0
    case ended = 1
    public var name: String { "\(self)" }
}

/// Sessions by number, ascending; every given field must fit.
public struct SessionFilter: Hashable, Codable, Sendable {
    public var state: SessionState
    public var agent: AgentID?
    public var buyer: BuyerID?
    public var page: Page

    public init(state: SessionState = .open, agent: AgentID? = nil, buyer: BuyerID? = nil, page: Page = .init()) {
        self.state = state
        self.agent = agent
        self.buyer = buyer
        self.page = page
    }

    enum CodingKeys: Int, CodingKey {
        case state = 1
        case agent = 2
        case buyer = 3
        case page = 4
    }
}

extension Query: Codable {
    enum CodingKeys: Int, CodingKey {
        case kind = 1
        case name = 2
        case number = 3
        case page = 4
        case filter = 5
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .shop: try c.encode(1, forKey: .kind)
        case .settings: try c.encode(2, forKey: .kind)
        case .agents: try c.encode(3, forKey: .kind)
        case .groups: try c.encode(4, forKey: .kind)
        case .buyer(let id):
            try c.encode(5, forKey: .kind)
            try c.encode(id.rawValue, forKey: .name)
        case .board: try c.encode(6, forKey: .kind)
        case .sessions(let filter):
            try c.encode(7, forKey: .kind)
            try c.encode(filter, forKey: .filter)
        case .session(let id):
            try c.encode(8, forKey: .kind)
            try c.encode(id.number, forKey: .number)
        case .sessionMessages(let id, let page):
            try c.encode(9, forKey: .kind)
            try c.encode(id.number, forKey: .number)
            try c.encode(page, forKey: .page)
        case .buyerMessages(let id, let page):
            try c.encode(10, forKey: .kind)
            try c.encode(id.rawValue, forKey: .name)
            try c.encode(page, forKey: .page)
        case .decision(let id):
            try c.encode(11, forKey: .kind)
            try c.encode(id.sequence, forKey: .number)
        case .diagnosis(let id):
            try c.encode(12, forKey: .kind)
            try c.encode(id.rawValue, forKey: .name)
        }
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        func name() throws -> String { try c.decode(String.self, forKey: .name) }
        func number() throws -> UInt64 { try c.decode(UInt64.self, forKey: .number) }
        func page() throws -> Page { try c.decode(Page.self, forKey: .page) }
        switch try c.decode(Int.self, forKey: .kind) {
        case 1: self = .shop
        case 2: self = .settings
        case 3: self = .agents
        case 4: self = .groups
        case 5: self = .buyer(BuyerID(rawValue: try name()))
        case 6: self = .board
        case 7: self = .sessions(try c.decode(SessionFilter.self, forKey: .filter))
        case 8: self = .session(SessionID(try number()))
        case 9: self = .sessionMessages(SessionID(try number()), page: try page())
        case 10: self = .buyerMessages(BuyerID(rawValue: try name()), page: try page())
        case 11: self = .decision(DecisionID(try number()))
        case 12: self = .diagnosis(AgentID(rawValue: try name()))
        case let other:
            throw DecodingError.dataCorruptedError(forKey: .kind, in: c, debugDescription: "unknown query \(other)")
        }
    }
}
