// RR-1, RR-5, RR-7: the turns of one shop and one day, counted under one definition. A pure function of the turns and
// the moment of asking: batches, restarts and other shops cannot change it (I8).

/// How many units there are of each kind.
public struct ScoreCounts: Hashable, Codable, Sendable {
    public var total = 0
    /// Served by the bot and answered in time by humans.
    public var answered = 0
    /// Of those, by the bot.
    public var byBot = 0
    public var missed = 0
    /// Not decided yet.
    public var waiting = 0

    public init() {}

    mutating func add(_ standing: Standing, bot: Bool, times: Int = 1) {
        total += times
        switch standing {
        case .answered:
            answered += times
            if bot { byBot += times }
        case .missed: missed += times
        case .waiting: waiting += times
        }
    }

    enum CodingKeys: Int, CodingKey {
        case total = 1
        case answered = 2
        case byBot = 3
        case missed = 4
        case waiting = 5
    }
}

public struct AccountCounts: Hashable, Codable, Sendable {
    public var account: ScoreAccount
    public var counts: ScoreCounts

    public init(account: ScoreAccount, counts: ScoreCounts) {
        self.account = account
        self.counts = counts
    }

    enum CodingKeys: Int, CodingKey {
        case account = 1
        case counts = 2
    }
}

public struct Scorecard: Hashable, Codable, Sendable {
    public var shop: ShopID
    public var day: CivilDay
    public var definition: ScoreDefinition
    /// The day is over: these figures stay.
    public var final: Bool
    public var counts: ScoreCounts
    /// RR-4: the same with and without what only says thanks.
    public var closingIncluded: ScoreCounts
    public var closingExempt: ScoreCounts
    /// In order of accounts; empty where units span accounts.
    public var accounts: [AccountCounts]

    public init(
        shop: ShopID, day: CivilDay, definition: ScoreDefinition, final: Bool, counts: ScoreCounts,
        closingIncluded: ScoreCounts, closingExempt: ScoreCounts, accounts: [AccountCounts]
    ) {
        self.shop = shop
        self.day = day
        self.definition = definition
        self.final = final
        self.counts = counts
        self.closingIncluded = closingIncluded
        self.closingExempt = closingExempt
        self.accounts = accounts
    }

    /// RR-6. Nil of a day without units: it has no rate.
    public var passes: Bool? { counts.total == 0 ? nil : definition.passes(counts.answered, of: counts.total) }
    /// RR-7: how many more may be missed. Negative once the day is lost.
    public var canMiss: Int { definition.mayMiss(of: counts.total) - counts.missed }
    /// Hundredths of a percent, rounded down; for reading, never for comparing.
    public var basisPoints: Int? { counts.total == 0 ? nil : counts.answered * 10_000 / counts.total }

    enum CodingKeys: Int, CodingKey {
        case shop = 1
        case day = 2
        case definition = 3
        case final = 4
        case counts = 5
        case closingIncluded = 6
        case closingExempt = 7
        case accounts = 8
    }
}

/// One unit of a score with its turns, each with its verdict (RR-7: every figure opens into these).
public struct ScoredUnit: Hashable, Sendable {
    public var buyer: BuyerID
    /// Nil where units span accounts.
    public var account: ScoreAccount?
    /// Nil if none of its turns counts.
    public var standing: Standing?
    public var turns: [Turn]
    public var verdicts: [TurnVerdict]
}

extension ScoreDefinition {
    private struct Key: Hashable {
        var buyer: BuyerID?
        var account: ScoreAccount?
        var number: UInt64 = 0
    }

    private func key(_ turn: Turn) -> Key {
        switch unit {
        case .personTime: Key(buyer: turn.buyer, account: turn.account)
        case .round: Key(number: turn.number)
        case .session: Key(number: turn.session.number)
        case .buyer: Key(buyer: turn.buyer)
        }
    }

    private var spansAccounts: Bool { unit == .session || unit == .buyer }

    /// Every unit of a day, left-out ones too, in order of their first turns. `turns` must be those of one shop and day,
    /// in order of their numbers.
    public func units(_ turns: [Turn], at now: Timestamp) -> [ScoredUnit] {
        var places: [Key: Int] = [:]
        var units: [ScoredUnit] = []
        for turn in turns {
            let place = places[key(turn)] ?? units.count
            if place == units.count {
                places[key(turn)] = place
                units.append(
                    ScoredUnit(
                        buyer: turn.buyer, account: spansAccounts ? nil : turn.account, standing: nil, turns: [],
                        verdicts: []))
            }
            units[place].turns.append(turn)
            units[place].verdicts.append(judge(turn, at: now))
        }
        for place in units.indices { units[place].standing = standing(units[place].verdicts) }
        return units
    }

    /// The card of one shop and day. `turns` in order of their numbers.
    public func card(_ shop: ShopID, _ day: CivilDay, _ turns: [Turn], final: Bool, at now: Timestamp) -> Scorecard {
        var board = DayBoard(self)
        for turn in turns where turn.end != nil { board.add(turn) }
        return board.card(shop, day, running: turns.filter { $0.end == nil }, final: final, at: now)
    }
}
