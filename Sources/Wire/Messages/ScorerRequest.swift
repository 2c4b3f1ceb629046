// What the scorer is asked. Every request says what time it is, because the scorer reads no clock: it answers from what
// is durable when it is asked (Protocols/Messages.md).

import Domain

public enum ScorerRequest: Hashable, Sendable {
    case scorecards(AskScorecards)
    case personTimes(AskPersonTimes)
    case penalties(AskShop)
    case saturation(AskShop)
    case benefitDays(AskShop)
    case status
}

/// The cards of the days `from`…`to`, both included; days on which nothing was asked are left out of a range.
public struct AskScorecards: Hashable, Codable, Sendable {
    public var shop: ShopID
    public var at: Timestamp
    /// `name` or `name@version`; nil is what is in force on each day (RR-5).
    public var definition: String?
    public var from: CivilDay
    public var to: CivilDay

    public init(shop: ShopID, at: Timestamp, definition: String? = nil, from: CivilDay, to: CivilDay) {
        self.shop = shop
        self.at = at
        self.definition = definition
        self.from = from
        self.to = to
    }

    enum CodingKeys: Int, CodingKey {
        case shop = 1
        case at = 2
        case definition = 3
        case from = 4
        case to = 5
    }
}

/// The units of one day, in the order in which they began.
public struct AskPersonTimes: Hashable, Codable, Sendable {
    public var shop: ShopID
    public var at: Timestamp
    public var definition: String?
    public var day: CivilDay
    /// So many units are passed over.
    public var after: UInt64
    /// 1…1,000.
    public var limit: Int

    public init(
        shop: ShopID, at: Timestamp, definition: String? = nil, day: CivilDay, after: UInt64 = 0, limit: Int = 100
    ) {
        self.shop = shop
        self.at = at
        self.definition = definition
        self.day = day
        self.after = after
        self.limit = limit
    }

    enum CodingKeys: Int, CodingKey {
        case shop = 1
        case at = 2
        case definition = 3
        case day = 4
        case after = 5
        case limit = 6
    }
}

public struct AskShop: Hashable, Codable, Sendable {
    public var shop: ShopID
    public var at: Timestamp

    public init(shop: ShopID, at: Timestamp) {
        self.shop = shop
        self.at = at
    }

    enum CodingKeys: Int, CodingKey {
        case shop = 1
        case at = 2
    }
}

extension ScorerRequest: Codable {
    enum CodingKeys: Int, CodingKey {
        case scorecards = 1
        case personTimes = 2
        case penalties = 3
        case saturation = 4
        case benefitDays = 5
        case status = 6
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .scorecards(let body): try c.encode(body, forKey: .scorecards)
        case .personTimes(let body): try c.encode(body, forKey: .personTimes)
        case .penalties(let body): try c.encode(body, forKey: .penalties)
        case .saturation(let body): try c.encode(body, forKey: .saturation)
        case .benefitDays(let body): try c.encode(body, forKey: .benefitDays)
        case .status: try c.encode(true, forKey: .status)
        }
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        guard let key = c.allKeys.first else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "unknown request"))
        }
        self =
            switch key {
            case .scorecards: .scorecards(try c.decode(AskScorecards.self, forKey: key))
            case .personTimes: .personTimes(try c.decode(AskPersonTimes.self, forKey: key))
            case .penalties: .penalties(try c.decode(AskShop.self, forKey: key))
            case .saturation: .saturation(try c.decode(AskShop.self, forKey: key))
            case .benefitDays: .benefitDays(try c.decode(AskShop.self, forKey: key))
            case .status: .status
            }
    }
}
