import Domain

/// Who has a session, as the player needs to know it.
public enum PlayHandler: Hashable, Sendable {
    case agent(AgentID)
    /// Nobody yet: the queue or the pool.
    case line(String)
    /// The bot, or a desk that the player does not act for.
    case other(String)

    public var name: String {
        switch self {
        case .agent(let id): id.rawValue
        case .line(let name), .other(let name): name
        }
    }
}

/// What became of a buyer's message.
public struct Placement: Sendable {
    public var session: SessionID
    public var handler: PlayHandler
    public var rule: String

    public init(session: SessionID, handler: PlayHandler, rule: String) {
        self.session = session
        self.handler = handler
        self.rule = rule
    }
}

/// A session at this moment.
public struct SessionNow: Sendable {
    public var session: SessionID
    public var isOpen: Bool
    public var handler: PlayHandler
    /// When the handler got it, and by which rule.
    public var givenAt: Timestamp
    public var rule: String
    /// The first message that waits for a human.
    public var waiting: (message: String, since: Timestamp)?

    public init(
        session: SessionID, isOpen: Bool, handler: PlayHandler, givenAt: Timestamp, rule: String,
        waiting: (message: String, since: Timestamp)?
    ) {
        self.session = session
        self.isOpen = isOpen
        self.handler = handler
        self.givenAt = givenAt
        self.rule = rule
        self.waiting = waiting
    }
}

/// The sessions in which a message waits for a human.
public struct WaitingBoard: Sendable {
    public var handlers: [SessionID: PlayHandler]
    /// None was left out.
    public var isWhole: Bool

    public init(handlers: [SessionID: PlayHandler], isWhole: Bool) {
        self.handlers = handlers
        self.isWhole = isWhole
    }
}

/// The shop that a day is played against. Every call may be given again with the same arguments and then changes
/// nothing more; a call that throws ends the play.
public protocol PlayedShop: Sendable {
    /// Never backwards; returns when everything that was due until then has happened.
    func moveClock(to time: Timestamp) async throws
    func setPresence(_ agent: AgentID, _ state: Presence, key: String) async throws
    func say(_ message: DayFile.Message, id: String) async throws -> Placement
    /// False if the session has ended or is not the agent's any more.
    func answer(_ session: SessionID, by agent: AgentID, id: String) async throws -> Bool
    func waiting() async throws -> WaitingBoard
    func session(_ session: SessionID) async throws -> SessionNow
}
