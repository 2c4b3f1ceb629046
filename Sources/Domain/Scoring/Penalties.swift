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

public struct PenaltySettings: Hashable, Sendable {
    /// So many failing days in a row raise an escalation. 1…365, default 3.
    public var failingDays = 3
    /// A failing day raises one, too, when a violation is at most so many days old. 0…3,650, default 90.
    public var violationDays = 90

    public init() {}
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
    public var periods: [PenaltyPeriod] = []
    public var escalations: [Escalation] = []

    public init() {}

    enum CodingKeys: Int, CodingKey {
        case periods = 1
        case escalations = 2
    }

    /// `days`: finished days in order; those without a total change nothing.
    public init(
        days: [DayResult], facts: ShopFacts, definition: ScoreDefinition = .standard,
        settings: PenaltySettings = .init()
    ) {
        var failed: [CivilDay] = []
        var streak: [CivilDay] = []
        var raised: Set<Escalation.Cause> = []
        func raise(_ cause: Escalation.Cause, _ day: CivilDay, _ violations: [Violation]) {
            guard raised.insert(cause).inserted else { return }
            let base = "e\(day + 1)"
            let id = escalations.contains { $0.id == base } ? base + "v" : base
            escalations.append(
                Escalation(
                    id: id, raisedOn: day + 1, cause: cause, failed: streak, violations: violations.map(\.id),
                    decision: facts.decisions.last { $0.escalation == id }))
        }
        for result in days where result.total > 0 {
            if definition.passes(result.answered, of: result.total) {
                if let last = periods.indices.last, periods[last].until == nil {
                    periods[last].until = result.day + 1
                    periods[last].failed = failed
                }
                failed = []
                streak = []
                raised = []
                continue
            }
            failed.append(result.day)
            streak.append(result.day)
            if periods.last.map({ $0.until != nil }) ?? true {
                periods.append(PenaltyPeriod(from: result.day + 1, until: nil, failed: failed))
            } else if let last = periods.indices.last {
                periods[last].failed = failed
            }
            if streak.count >= settings.failingDays { raise(.repeatedFailure, result.day, []) }
            let onRecord = facts.violations.filter {
                $0.day <= result.day && result.day - $0.day <= settings.violationDays
            }
            if !onRecord.isEmpty { raise(.failureWithViolations, result.day, onRecord) }
        }
    }

    /// What the shop may not do on that day, in order.
    public func restrictions(on day: CivilDay) -> [ShopRestriction] {
        var found: Set<ShopRestriction> = []
        if periods.contains(where: { $0.from <= day && ($0.until.map { day < $0 } ?? true) }) {
            found = [.trafficDemotion, .listingBlock]
        }
        for decision in escalations.compactMap(\.decision)
        where decision.day <= day && (decision.until.map { day < $0 } ?? true) {
            switch decision.outcome {
            case .campaignExclusion: found.insert(.campaignExclusion)
            case .supervision: found.insert(.supervision)
            case .dismissed, .depositDeduction: break
            }
        }
        return found.sorted { $0.rawValue < $1.rawValue }
    }
}
