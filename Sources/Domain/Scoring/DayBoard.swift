// The turns of one shop and day under one definition, counted as they end (RR-1, RR-7). What has ended stays as it is
// judged, so a card is the sum of what ended and of the turns that run at the moment of asking.

public struct DayBoard: Sendable {
    private enum Key: Hashable {
        case personTime(BuyerID, ScoreAccount)
        case session(UInt64)
        case buyer(BuyerID)
    }

    /// A unit with and without what only says thanks (RR-4).
    private struct Unit {
        var included: Held?
        var exempt: Held?
    }

    private struct Held {
        var standing: Standing
        var bot: Bool
    }

    private struct Sums {
        var counts = ScoreCounts()
        /// Empty where units span accounts.
        var accounts: [ScoreAccount: ScoreCounts] = [:]

        mutating func change(_ old: Held?, _ new: Held?, _ account: ScoreAccount?) {
            if let old { add(old, account, times: -1) }
            if let new { add(new, account, times: 1) }
        }

        private mutating func add(_ held: Held, _ account: ScoreAccount?, times: Int) {
            counts.add(held.standing, bot: held.bot, times: times)
            if let account {
                accounts[account, default: ScoreCounts()].add(held.standing, bot: held.bot, times: times)
            }
        }

        var sorted: [AccountCounts] {
            accounts.sorted { $0.key < $1.key }.map { AccountCounts(account: $0.key, counts: $0.value) }
        }
    }

    private struct State {
        var units: [Key: Unit] = [:]
        var included = Sums()
        var exempt = Sums()
    }

    private struct Rules {
        let definition: ScoreDefinition
        let including: ScoreDefinition
        let exempting: ScoreDefinition

        init(_ definition: ScoreDefinition) {
            self.definition = definition
            var including = definition
            including.closingPhraseExempt = false
            self.including = including
            var exempting = definition
            exempting.closingPhraseExempt = true
            self.exempting = exempting
        }

        /// One more turn, on top of units that are in `base` and not in `state`.
        func count(_ turn: Turn, at now: Timestamp, _ state: inout State, over base: [Key: Unit]) {
            let included = held(including, turn, now)
            // Both are the same unless the question only says thanks.
            let exempt = turn.plainAt == turn.questionAt ? included : held(exempting, turn, now)
            guard included != nil || exempt != nil else { return }
            let key: Key
            var account: ScoreAccount?
            switch definition.unit {
            case .round:
                state.included.change(nil, included, turn.account)
                state.exempt.change(nil, exempt, turn.account)
                return
            case .personTime:
                key = .personTime(turn.buyer, turn.account)
                account = turn.account
            case .session: key = .session(turn.session.number)
            case .buyer: key = .buyer(turn.buyer)
            }
            let former = state.units[key] ?? base[key]
            let unit = Unit(included: joined(former?.included, included), exempt: joined(former?.exempt, exempt))
            state.included.change(former?.included, unit.included, account)
            state.exempt.change(former?.exempt, unit.exempt, account)
            state.units[key] = unit
        }

        private func held(_ rules: ScoreDefinition, _ turn: Turn, _ now: Timestamp) -> Held? {
            rules.judge(turn, at: now).standing.map { Held(standing: $0, bot: turn.account == .bot) }
        }

        /// RR-3: a unit with one more turn.
        private func joined(_ former: Held?, _ next: Held?) -> Held? {
            guard let former, let next else { return former ?? next }
            let standing =
                switch definition.turnRule {
                case .firstTurn: former.standing
                case .allTurns: ScoreDefinition.worse(former.standing, next.standing)
                case .anyTurn: ScoreDefinition.better(former.standing, next.standing)
                }
            // A unit is the bot's while nobody else had a part in it.
            return Held(standing: standing, bot: former.bot && next.bot)
        }
    }

    public var definition: ScoreDefinition { rules.definition }
    private let rules: Rules
    private var state = State()
    /// When the last day of its turns ends; they may be of different zones.
    public private(set) var endsAt = Timestamp.distantPast

    public init(_ definition: ScoreDefinition) { rules = Rules(definition) }

    public var unitCount: Int { state.units.count }

    /// The next turn that ended. Turns of one buyer come in order of their numbers.
    public mutating func add(_ turn: Turn) {
        endsAt = max(endsAt, turn.dayEndsAt)
        // What has ended is judged the same at any time.
        rules.count(turn, at: turn.endedAt ?? turn.dayEndsAt, &state, over: [:])
    }

    public func card(
        _ shop: ShopID, _ day: CivilDay, running: [Turn], final: Bool, at now: Timestamp
    ) -> Scorecard {
        var whole = State(included: state.included, exempt: state.exempt)
        for turn in running { rules.count(turn, at: now, &whole, over: state.units) }
        let counted = definition.closingPhraseExempt ? whole.exempt : whole.included
        return Scorecard(
            shop: shop, day: day, definition: definition, final: final, counts: counted.counts,
            closingIncluded: whole.included.counts, closingExempt: whole.exempt.counts, accounts: counted.sorted)
    }
}
