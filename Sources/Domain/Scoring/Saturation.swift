// MEM-4: are a shop's agents saturated? Consults per active agent and day over some days; advice, not a gate.

public struct WorkloadKey: Hashable, Sendable {
    public var day: CivilDay
    public var agent: AgentID

    public init(day: CivilDay, agent: AgentID) {
        self.day = day
        self.agent = agent
    }
}

/// What reached an agent on a day. An agent is active on a day on which a consult was given to it.
public struct Workload: Hashable, Sendable {
    public var consults = 0
    public init(consults: Int = 0) { self.consults = consults }
}

public struct Saturation: Hashable, Codable, Sendable {
    /// The days that were looked at: `days` whole ones before `before`.
    public var before: CivilDay
    public var days: Int
    public var consults: Int
    /// Agents that were active, counted once for each day.
    public var agentDays: Int
    /// Most consults per active agent and day that are no saturation.
    public var limit: Int

    /// MEM-4: 7 days, at most 100.
    public static let standardDays = 7
    public static let standardLimit = 100

    public init(
        before: CivilDay, days: Int = standardDays, consults: Int, agentDays: Int, limit: Int = standardLimit
    ) {
        self.before = before
        self.days = days
        self.consults = consults
        self.agentDays = agentDays
        self.limit = limit
    }

    /// Nil without an active agent: there is nothing to go by.
    public var saturated: Bool? { agentDays == 0 ? nil : consults > limit * agentDays }
    /// MEM-3: the benefit is recommended as it is; else only if the shop will staff for it.
    public var recommended: Bool { saturated != true }
    /// Hundredths of a consult, rounded down; for reading.
    public var hundredths: Int? { agentDays == 0 ? nil : consults * 100 / agentDays }

    enum CodingKeys: Int, CodingKey {
        case before = 1
        case days = 2
        case consults = 3
        case agentDays = 4
        case limit = 5
    }
}
