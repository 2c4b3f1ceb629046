// RR-6: what failing days bring, as a state machine over finished days. A pure function of the days' figures, the
// violations on record and what operators decided; its whole history comes with it. Nothing here deducts anything.

/// The figures of one finished day.
public struct DayResult: Hashable, Sendable {
    public var day: CivilDay
    public var answered: Int
    public var total: Int

    public init(day: CivilDay, answered: Int, total: Int) {
        self.day = day
        self.answered = answered
        self.total = total
    }
}

/// Demotion in traffic and the listing block, which come and go together.
public struct PenaltyPeriod: Hashable, Codable, Sendable {
    /// The first day of it.
    public var from: CivilDay
    /// The first day without it; nil while it lasts.
    public var until: CivilDay?
    /// The failing days that brought and kept it.
    public var failed: [CivilDay]

    enum CodingKeys: Int, CodingKey {
        case from = 1
        case until = 2
        case failed = 3
    }
}

public struct Escalation: Hashable, Codable, Sendable {
    public enum Cause: Int, Codable, Sendable, Named {
        case repeatedFailure = 1
        case failureWithViolations = 2
        public var name: String { "\(self)" }
    }

    /// `e2022-03-17`: raised at the beginning of that day.
    public var id: String
    public var raisedOn: CivilDay
    public var cause: Cause
    public var failed: [CivilDay]
    public var violations: [String]
    public var decision: EscalationDecision?

    public init(
        id: String, raisedOn: CivilDay, cause: Cause, failed: [CivilDay], violations: [String],
        decision: EscalationDecision? = nil
    ) {
        self.id = id
        self.raisedOn = raisedOn
        self.cause = cause
        self.failed = failed
        self.violations = violations
        self.decision = decision
    }

    enum CodingKeys: Int, CodingKey {
        case id = 1
        case raisedOn = 2
        case cause = 3
        case failed = 4
        case violations = 5
        case decision = 6
    }
}

public enum ShopRestriction: Int, Codable, Sendable, Named {
    case trafficDemotion = 1
    case listingBlock = 2
    case campaignExclusion = 3
    case supervision = 4
    public var name: String { "\(self)" }
}

public struct PenaltyRecord: Hashable, Codable, Sendable {
    public private(set) var periods: [PenaltyPeriod] = []
    public private(set) var escalations: [Escalation] = []
    /// Failing days since the last that passed, and what they have raised.
    private var failed: [CivilDay] = []
    private var raised: Set<Escalation.Cause> = []

    public init() {}

    enum CodingKeys: Int, CodingKey {
        case periods = 1
        case escalations = 2
    }

    /// `days`: finished days in order; those without a total change nothing.
    public init(days: [DayResult], facts: ShopFacts) {
        for day in days { add(day, facts) }
        decide(facts)
    }

    /// The next finished day.
    public mutating func add(_ result: DayResult, _ facts: ShopFacts) {
        guard result.total > 0 else { return }
        let settings = facts.scoring(on: result.day)?.settings.penalties ?? .init()
        if settings.passes(result.answered, of: result.total) {
            if let last = periods.indices.last, periods[last].until == nil {
                periods[last].until = result.day + 1
                periods[last].failed = failed
            }
            failed = []
            raised = []
            return
        }
        failed.append(result.day)
        if let last = periods.indices.last, periods[last].until == nil {
            periods[last].failed = failed
        } else {
            periods.append(PenaltyPeriod(from: result.day + 1, until: nil, failed: failed))
        }
        if failed.count >= settings.failingDays { raise(.repeatedFailure, result.day, []) }
        let onRecord = facts.violations.filter {
            $0.day <= result.day && result.day - $0.day <= settings.violationDays
        }
        if !onRecord.isEmpty { raise(.failureWithViolations, result.day, onRecord) }
    }

    private mutating func raise(_ cause: Escalation.Cause, _ day: CivilDay, _ violations: [Violation]) {
        guard raised.insert(cause).inserted else { return }
        let base = "e\(day + 1)"
        let id = escalations.contains { $0.id == base } ? base + "v" : base
        escalations.append(
            Escalation(
                id: id, raisedOn: day + 1, cause: cause, failed: failed, violations: violations.map(\.id), decision: nil
            ))
    }

    /// Puts the last decision of each escalation beside it.
    public mutating func decide(_ facts: ShopFacts) {
        for place in escalations.indices {
            escalations[place].decision = facts.decisions.last { $0.escalation == escalations[place].id }
        }
    }

    /// What the shop may not do on that day, in order, by what was decided until its end.
    public func restrictions(on day: CivilDay, _ facts: ShopFacts) -> [ShopRestriction] {
        restrictions(on: day, facts.decisions.filter { $0.day <= day })
    }
}
