// RR-6 as it goes to the shop's journal: what a shop may not do, step by step. The steps are derived from the days, the
// violations and the decisions alone; the shop's desk notes each once, by its place (`Desk.noteRestrictions`).

/// A place in a shop's history of restrictions.
public struct RestrictionPlace: Hashable, Comparable, Codable, Sendable {
    public var day: CivilDay
    /// 0 is the day's start, n is after the day's nth decision of an operator.
    public var step: Int

    public init(day: CivilDay, step: Int = 0) {
        self.day = day
        self.step = step
    }

    public static func < (a: Self, b: Self) -> Bool { (a.day, a.step) < (b.day, b.step) }

    enum CodingKeys: Int, CodingKey {
        case day = 1
        case step = 2
    }
}

/// What is so from a place on.
public struct RestrictionStep: Hashable, Sendable {
    public var at: RestrictionPlace
    /// In order.
    public var restrictions: [ShopRestriction]
    /// Raised at that place.
    public var raised: [Escalation]
}

/// One step, from the scorer to the shop's desk. Idempotent by `at`.
public struct NoteRestrictions: Hashable, Codable, Sendable {
    public var at: RestrictionPlace
    public var restrictions: [ShopRestriction]
    public var raised: [Escalation]
    /// The days that the step speaks of are over from then on.
    public var notBefore: Timestamp
    /// Last event of the shop in the figures; nil if an event of a later day is in them already.
    public var head: UInt64?

    public init(
        at: RestrictionPlace, restrictions: [ShopRestriction], raised: [Escalation], notBefore: Timestamp, head: UInt64?
    ) {
        self.at = at
        self.restrictions = restrictions
        self.raised = raised
        self.notBefore = notBefore
        self.head = head
    }

    enum CodingKeys: Int, CodingKey {
        case at = 1
        case restrictions = 2
        case raised = 3
        case notBefore = 4
        case head = 5
    }
}

public struct RestrictionsChanged: Hashable, Codable, Sendable {
    public var at: RestrictionPlace
    public var from: [ShopRestriction]
    public var to: [ShopRestriction]

    public init(at: RestrictionPlace, from: [ShopRestriction], to: [ShopRestriction]) {
        self.at = at
        self.from = from
        self.to = to
    }

    enum CodingKeys: Int, CodingKey {
        case at = 1
        case from = 2
        case to = 3
    }
}

public struct EscalationRaised: Hashable, Codable, Sendable {
    public var at: RestrictionPlace
    /// Without a decision.
    public var escalation: Escalation

    public init(at: RestrictionPlace, escalation: Escalation) {
        self.at = at
        self.escalation = escalation
    }

    enum CodingKeys: Int, CodingKey {
        case at = 1
        case escalation = 2
    }
}

extension PenaltyRecord {
    /// Every change up to that day and what was decided so far, in order.
    public func steps(through today: CivilDay, _ facts: ShopFacts) -> [RestrictionStep] {
        let decisions = facts.decisions.filter { decided in escalations.contains { $0.id == decided.escalation } }
        var days: Set<CivilDay> = []
        for period in periods { days.formUnion([period.from, period.until ?? period.from]) }
        for escalation in escalations { days.insert(escalation.raisedOn) }
        for decided in decisions { days.formUnion([decided.day, decided.until ?? decided.day]) }
        var steps: [RestrictionStep] = []
        var held: [ShopRestriction] = []
        for day in days.sorted() where day <= today {
            let earlier = decisions.filter { $0.day < day }
            let ofDay = decisions.filter { $0.day == day }
            for step in 0...ofDay.count {
                let now = restrictions(on: day, earlier + ofDay.prefix(step))
                let raised = step == 0 ? escalations.filter { $0.raisedOn == day }.map(\.undecided) : []
                guard now != held || !raised.isEmpty else { continue }
                held = now
                steps.append(
                    RestrictionStep(at: RestrictionPlace(day: day, step: step), restrictions: now, raised: raised))
            }
        }
        return steps
    }

    /// What the shop may not do on that day, in order, by the last of these decisions on each escalation.
    func restrictions(on day: CivilDay, _ decisions: [EscalationDecision]) -> [ShopRestriction] {
        var found: Set<ShopRestriction> = []
        if periods.contains(where: { $0.from <= day && ($0.until.map { day < $0 } ?? true) }) {
            found = [.trafficDemotion, .listingBlock]
        }
        for escalation in escalations {
            guard let decided = decisions.last(where: { $0.escalation == escalation.id }),
                decided.until.map({ day < $0 }) ?? true
            else { continue }
            switch decided.outcome {
            case .campaignExclusion: found.insert(.campaignExclusion)
            case .supervision: found.insert(.supervision)
            case .dismissed, .depositDeduction: break
            }
        }
        return found.sorted { $0.rawValue < $1.rawValue }
    }
}

extension Escalation {
    fileprivate var undecided: Escalation {
        var escalation = self
        escalation.decision = nil
        return escalation
    }
}
