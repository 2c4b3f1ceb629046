// RR-6: violations on record and operators' decisions, as the shop's journal has them.

/// `POST …/violations`. Kept for good; the same `id` again changes nothing.
public struct RecordViolation: Hashable, Codable, Sendable {
    public var id: String
    public var kind: ViolationKind
    /// At most 1,024 bytes of UTF-8.
    public var note: String?

    public init(id: String, kind: ViolationKind, note: String? = nil) {
        self.id = id
        self.kind = kind
        self.note = note
    }

    enum CodingKeys: Int, CodingKey {
        case id = 1
        case kind = 2
        case note = 3
    }
}

public enum ViolationKind: Int, Codable, Sendable, Named {
    case other = 0
    case massListing = 1
    /// Not shipping on purpose.
    case notShipping = 2
    public var name: String { "\(self)" }
}

/// `POST …/escalations/{id}/decision`. A later decision of the same escalation takes the place of the former.
public struct DecideEscalation: Hashable, Codable, Sendable {
    public var escalation: String
    public var outcome: EscalationOutcome
    /// The first day without it; nil is for good.
    public var until: CivilDay?
    /// At most 1,024 bytes of UTF-8.
    public var note: String?

    public init(escalation: String, outcome: EscalationOutcome, until: CivilDay? = nil, note: String? = nil) {
        self.escalation = escalation
        self.outcome = outcome
        self.until = until
        self.note = note
    }

    enum CodingKeys: Int, CodingKey {
        case escalation = 1
        case outcome = 2
        case until = 3
        case note = 4
    }
}

public enum EscalationOutcome: Int, Codable, Sendable, Named {
    case dismissed = 0
    case campaignExclusion = 1
    case supervision = 2
    /// On record for those who collect it; nothing is deducted here.
    case depositDeduction = 3
    public var name: String { "\(self)" }
}

public struct Violation: Hashable, Codable, Sendable {
    public var id: String
    public var kind: ViolationKind
    public var note: String?
    public var day: CivilDay
    public var at: Timestamp

    public init(_ recorded: RecordViolation, day: CivilDay, at: Timestamp) {
        id = recorded.id
        kind = recorded.kind
        note = recorded.note
        self.day = day
        self.at = at
    }

    enum CodingKeys: Int, CodingKey {
        case id = 1
        case kind = 2
        case note = 3
        case day = 4
        case at = 5
    }
}

public struct EscalationDecision: Hashable, Codable, Sendable {
    public var escalation: String
    public var outcome: EscalationOutcome
    public var until: CivilDay?
    public var note: String?
    public var day: CivilDay
    public var at: Timestamp

    public init(_ decided: DecideEscalation, day: CivilDay, at: Timestamp) {
        escalation = decided.escalation
        outcome = decided.outcome
        until = decided.until
        note = decided.note
        self.day = day
        self.at = at
    }

    enum CodingKeys: Int, CodingKey {
        case escalation = 1
        case outcome = 2
        case until = 3
        case note = 4
        case day = 5
        case at = 6
    }
}

public struct ViolationRecorded: Hashable, Codable, Sendable {
    public var violation: RecordViolation
    public init(violation: RecordViolation) { self.violation = violation }
    enum CodingKeys: Int, CodingKey { case violation = 1 }
}

public struct EscalationDecided: Hashable, Codable, Sendable {
    public var decision: DecideEscalation
    public init(decision: DecideEscalation) { self.decision = decision }
    enum CodingKeys: Int, CodingKey { case decision = 1 }
}
