// What the scorer answers. A refusal is about the question and final; a fault is the process's.

import Domain

public enum ScorerReply: Hashable, Sendable {
    case scorecards([CardView])
    case personTimes(PersonTimePage)
    case penalties(PenaltyView)
    case saturation(Saturation)
    case benefitDays(BenefitView)
    case status(ScorerStatus)
    case refusal(ScoreRefusal)
    case fault(WireFault)
}

public enum ScoreRefusal: Int, Error, Codable, Sendable, Named {
    case unknownShop = 1
    case unknownDefinition = 2
    /// The day has not begun in the shop's zone.
    case futureDay = 3
    /// The day's turns are no longer kept; its sealed cards are.
    case detailsGone = 4
    public var name: String { "\(self)" }
}

/// A card with what the shop may not do on that day (RR-6).
public struct CardView: Hashable, Codable, Sendable {
    public var card: Scorecard
    public var restrictions: [ShopRestriction]

    public init(card: Scorecard, restrictions: [ShopRestriction]) {
        self.card = card
        self.restrictions = restrictions
    }

    enum CodingKeys: Int, CodingKey {
        case card = 1
        case restrictions = 2
    }
}

public struct PersonTimePage: Hashable, Codable, Sendable {
    public var units: [UnitView]
    public var next: UInt64?

    public init(units: [UnitView], next: UInt64?) {
        self.units = units
        self.next = next
    }

    enum CodingKeys: Int, CodingKey {
        case units = 1
        case next = 2
    }
}

public struct UnitView: Hashable, Codable, Sendable {
    public var buyer: BuyerID
    public var account: ScoreAccount?
    /// Nil if it is on neither side.
    public var standing: Standing?
    public var turns: [TurnView]

    public init(buyer: BuyerID, account: ScoreAccount?, standing: Standing?, turns: [TurnView]) {
        self.buyer = buyer
        self.account = account
        self.standing = standing
        self.turns = turns
    }

    enum CodingKeys: Int, CodingKey {
        case buyer = 1
        case account = 2
        case standing = 3
        case turns = 4
    }
}

public struct TurnView: Hashable, Codable, Sendable {
    public var turn: Turn
    /// `TurnVerdict.name`: how it counts, or why it is left out.
    public var verdict: String
    /// Of one that waits.
    public var deadlineAt: Timestamp?

    public init(turn: Turn, verdict: String, deadlineAt: Timestamp?) {
        self.turn = turn
        self.verdict = verdict
        self.deadlineAt = deadlineAt
    }

    enum CodingKeys: Int, CodingKey {
        case turn = 1
        case verdict = 2
        case deadlineAt = 3
    }
}

public struct PenaltyView: Hashable, Codable, Sendable {
    public var today: CivilDay
    public var record: PenaltyRecord
    public var violations: [Violation]
    /// In force today.
    public var restrictions: [ShopRestriction]

    public init(today: CivilDay, record: PenaltyRecord, violations: [Violation], restrictions: [ShopRestriction]) {
        self.today = today
        self.record = record
        self.violations = violations
        self.restrictions = restrictions
    }

    enum CodingKeys: Int, CodingKey {
        case today = 1
        case record = 2
        case violations = 3
        case restrictions = 4
    }
}

/// MEM-5.
public struct BenefitView: Hashable, Codable, Sendable {
    public var days: Int
    public var on: Bool

    public init(days: Int, on: Bool) {
        self.days = days
        self.on = on
    }

    enum CodingKeys: Int, CodingKey {
        case days = 1
        case on = 2
    }
}

public struct ScorerStatus: Hashable, Codable, Sendable {
    /// The last event of each shard that is in the scores.
    public var places: [UInt64]
    public var shops: Int
    /// Turns that run.
    public var running: Int
    /// Events that could not be read, since the process started (I12).
    public var setAside: Int

    public init(places: [UInt64], shops: Int, running: Int, setAside: Int) {
        self.places = places
        self.shops = shops
        self.running = running
        self.setAside = setAside
    }

    enum CodingKeys: Int, CodingKey {
        case places = 1
        case shops = 2
        case running = 3
        case setAside = 4
    }
}

extension ScorerReply: Codable {
    enum CodingKeys: Int, CodingKey {
        case scorecards = 1
        case personTimes = 2
        case penalties = 3
        case saturation = 4
        case benefitDays = 5
        case status = 6
        case refusal = 7
        case fault = 8
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .scorecards(let body): try c.encode(body, forKey: .scorecards)
        case .personTimes(let body): try c.encode(body, forKey: .personTimes)
        case .penalties(let body): try c.encode(body, forKey: .penalties)
        case .saturation(let body): try c.encode(body, forKey: .saturation)
        case .benefitDays(let body): try c.encode(body, forKey: .benefitDays)
        case .status(let body): try c.encode(body, forKey: .status)
        case .refusal(let body): try c.encode(body, forKey: .refusal)
        case .fault(let body): try c.encode(body, forKey: .fault)
        }
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        guard let key = c.allKeys.first else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "unknown reply"))
        }
        self =
            switch key {
            case .scorecards: .scorecards(try c.decode([CardView].self, forKey: key))
            case .personTimes: .personTimes(try c.decode(PersonTimePage.self, forKey: key))
            case .penalties: .penalties(try c.decode(PenaltyView.self, forKey: key))
            case .saturation: .saturation(try c.decode(Saturation.self, forKey: key))
            case .benefitDays: .benefitDays(try c.decode(BenefitView.self, forKey: key))
            case .status: .status(try c.decode(ScorerStatus.self, forKey: key))
            case .refusal: .refusal(try c.decode(ScoreRefusal.self, forKey: key))
            case .fault: .fault(try c.decode(WireFault.self, forKey: key))
            }
    }
}
