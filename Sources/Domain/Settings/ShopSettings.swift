// A shop's settings: versioned, replaced section by section. Every threshold of the rules is here with its default.

/// All sections. `version` counts from 1 and rises by one with each change.
public struct ShopSettings: Hashable, Codable, Sendable {
    public var version: Int
    public var diversion: DiversionSettings
    public var bot: BotSettings
    public var memberPriority: MemberPrioritySettings
    public var scoring: ScoringSettings

    public init(
        version: Int = 1, diversion: DiversionSettings = .init(), bot: BotSettings = .init(),
        memberPriority: MemberPrioritySettings = .init(), scoring: ScoringSettings = .init()
    ) {
        self.version = version
        self.diversion = diversion
        self.bot = bot
        self.memberPriority = memberPriority
        self.scoring = scoring
    }

    enum CodingKeys: Int, CodingKey {
        case version = 1
        case diversion = 2
        case bot = 3
        case memberPriority = 4
        case scoring = 5
    }

    /// Sections that an older program did not write have their defaults.
    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            version: try c.decode(Int.self, forKey: .version),
            diversion: try c.decode(DiversionSettings.self, forKey: .diversion),
            bot: try c.decode(BotSettings.self, forKey: .bot),
            memberPriority: try c.decode(MemberPrioritySettings.self, forKey: .memberPriority),
            scoring: try c.decodeIfPresent(ScoringSettings.self, forKey: .scoring) ?? .init())
    }
}

/// DIV-4: how a buyer in a state that no group is bound to is spread.
public enum UnboundPick: Int, Codable, Sendable, Named {
    /// All agents of all groups together, by weight.
    case agents = 0
    /// One group in turn, then its agents by weight.
    case groups = 1
    public var name: String { "\(self)" }
}

/// DIV-1…DIV-9 and DIV-13.
public struct DiversionSettings: Hashable, Codable, Sendable {
    /// DIV-5: more pending than this (strictly) is busy. 0…10,000, default 4.
    public var busyThreshold = 4
    /// DIV-2: a contact older than this is none. 1…8,760 h, default 72.
    public var recentContactHours = 72
    /// DIV-2: up to this age a suspended agent keeps the buyer. 0…`recentContactHours`, default 24.
    public var suspendedContactHours = 24
    /// DIV-1: steps 1–4 may exceed an agent's capacity. Default true.
    public var stickyIgnoresCapacity = true
    /// DIV-4. Default `agents`.
    public var unboundPick = UnboundPick.agents
    /// DIV-4: how long a completed order gives the state `completed`. 0…365 d, default 15.
    public var completedOrderDays = 15
    /// DIV-6: suspend an agent at this many open sessions, resume at one less. 1…100,000, default off.
    public var autoSuspendAt: Int?
    /// DIV-6: an agent whose stream is lost for so long goes offline. 1…86,400 s, default 60.
    public var streamLostSeconds = 60
    /// DIV-6: seconds by which a member's wait counts as longer. 0…86,400, default 60.
    public var memberBonusSeconds = 60
    /// DIV-6: most buyers in the queue; later ones go to the pool. 1…1,000,000, default 10,000.
    public var queueLimit = 10_000
    /// DIV-8: pool assignments per agent and minute. 1…1,000, default 5.
    public var poolPerAgentMinute = 5
    /// DIV-9: so many transfers of a session within the window are allowed. 0…100, default 3.
    public var transferLimit = 3
    /// DIV-9: the window. 1…1,440 min, default 10.
    public var transferWindowMinutes = 10
    /// DIV-13: a session in which nothing is owed ends after so long. 1…10,080 min, default 30.
    public var idleMinutes = 30
    /// DIV-13: a session ends when a buyer's message stayed unanswered for so long. 1…720 h, default 24.
    public var abandonHours = 24

    public init() {}

    enum CodingKeys: Int, CodingKey {
        case busyThreshold = 1
        case recentContactHours = 2
        case suspendedContactHours = 3
        case stickyIgnoresCapacity = 4
        case unboundPick = 5
        case completedOrderDays = 6
        case autoSuspendAt = 7
        case streamLostSeconds = 8
        case memberBonusSeconds = 9
        case queueLimit = 10
        case poolPerAgentMinute = 11
        case transferLimit = 12
        case transferWindowMinutes = 13
        case idleMinutes = 14
        case abandonHours = 15
    }
}

/// DIV-7: when a bot takes buyers.
public enum BotMode: Int, Codable, Sendable, Named {
    /// There is no bot.
    case off = 0
    /// Only when no human is online.
    case humanFirst = 1
    case botFirst = 2
    /// A share in percent while humans are online, by counter.
    case hybrid = 3
    public var name: String { "\(self)" }
}

/// DIV-7: who speaks for the bot.
public enum BotKind: Int, Codable, Sendable, Named {
    /// The desk answers from the list of questions and answers.
    case builtIn = 0
    /// The shop's own, through the API with a bot's token.
    case external = 1
    public var name: String { "\(self)" }
}

/// One entry of the built-in bot's list: the answer is given when a message contains one of the questions,
/// compared without regard to case. The first entry that fits wins.
public struct BotAnswer: Hashable, Codable, Sendable {
    public var questions: [String]
    public var answer: String

    public init(questions: [String], answer: String) {
        self.questions = questions
        self.answer = answer
    }

    enum CodingKeys: Int, CodingKey {
        case questions = 1
        case answer = 2
    }
}

/// DIV-7, for a shop or for one group.
public struct BotSettings: Hashable, Codable, Sendable {
    public var mode = BotMode.off
    /// Share of the bot under `hybrid`. 0…100, default 50.
    public var percent = 50
    public var kind = BotKind.builtIn
    /// At most 1,000 entries.
    public var answers: [BotAnswer] = []
    /// What the built-in bot says when it has no answer.
    public var fallback = "抱歉，我没有找到答案。请换个说法，或回复“人工”。"
    /// A message that is one of these, spaces aside, asks for a human.
    public var humanWords = ["人工", "转人工", "人工客服", "human", "agent"]
    /// So many misses in a row hand over to a human. 1…100, default 2.
    public var noAnswerLimit = 2

    public init(mode: BotMode = .off) { self.mode = mode }

    enum CodingKeys: Int, CodingKey {
        case mode = 1
        case percent = 2
        case kind = 3
        case answers = 4
        case fallback = 5
        case humanWords = 6
        case noAnswerLimit = 7
    }
}

/// MEM-1: whom the bot does not take.
public struct MemberPrioritySettings: Hashable, Codable, Sendable {
    /// Default false.
    public var enabled = false
    /// Least member level. 1…100, default 1.
    public var minLevel = 1
    /// Segments whose members have priority at any level.
    public var segments: [String] = []

    public init(enabled: Bool = false, minLevel: Int = 1, segments: [String] = []) {
        self.enabled = enabled
        self.minLevel = minLevel
        self.segments = segments
    }

    enum CodingKeys: Int, CodingKey {
        case enabled = 1
        case minLevel = 2
        case segments = 3
    }
}
