import Testing

@testable import Domain

@Suite struct BoardTests {
    /// Turns of few buyers with few accounts, dealt from a seed, in order of their numbers.
    private func turns(_ seed: UInt64) -> [Turn] {
        var random = Seeded(seed)
        let accounts: [ScoreAccount] = [.agent("x"), .agent("y"), .bot, .queue, .pool]
        var turns: [Turn] = []
        var time = ScoringRig().time("07:50")
        let ends = ScoringRig().time("+1 00:00")
        var buyers: [BuyerID: Timestamp] = [:]
        for number in 1...300 {
            time = time + Domain.Span(millis: Int64(random.below(200_000)))
            let buyer = BuyerID(rawValue: "b\(random.below(15))")
            // A buyer has one turn at a time.
            let start = max(time, buyers[buyer] ?? time)
            let end = start + Domain.Span(millis: Int64(random.below(400_000)))
            buyers[buyer] = end
            let wall = (start - ScoringRig().time("00:00")).millis
            turns.append(
                Turn(
                    number: UInt64(number), buyer: buyer, session: SessionID(UInt64(random.below(40))),
                    account: accounts[random.below(accounts.count)], day: ScoringRig().day, wallMillis: wall,
                    dayEndsAt: ends, questionAt: start, startedAt: start,
                    plainAt: random.chance(70) ? start : random.chance(50) ? nil : end,
                    end: [TurnEnd.answered, .answered, .passedOn, .sessionEnded][random.below(4)], endedAt: end))
        }
        return turns
    }

    static let definitions: [ScoreDefinition] = ScoreUnit.allCases.flatMap { unit in
        TurnRule.allCases.flatMap { rule in
            BotCounting.allCases.map { bot in
                var definition = ScoreDefinition(name: "\(unit) \(rule) \(bot)", version: 1, since: CivilDay(0))
                definition.unit = unit
                definition.turnRule = rule
                definition.bot = bot
                return definition
            }
        }
    }

    /// Units opened one by one, as `…/persontimes` shows them.
    private func opened(_ definition: ScoreDefinition, _ turns: [Turn], at now: Timestamp) -> ScoreCounts {
        var counts = ScoreCounts()
        for unit in definition.units(turns, at: now) {
            guard let standing = unit.standing else { continue }
            let counted = zip(unit.turns, unit.verdicts).filter { $0.1.standing != nil }
            counts.add(standing, bot: counted.allSatisfy { $0.0.account == .bot })
        }
        return counts
    }

    @Test(arguments: definitions) func aCountedDayIsTheSumOfItsUnits(_ definition: ScoreDefinition) {
        for seed: UInt64 in 1...3 {
            let all = turns(seed)
            let now = ScoringRig().time("12:00")
            // Those that end later run now.
            var board = DayBoard(definition)
            var seen: [Turn] = []
            var running: [Turn] = []
            for turn in all where turn.questionAt <= now {
                if let end = turn.endedAt, end <= now {
                    board.add(turn)
                    seen.append(turn)
                } else {
                    var open = turn
                    open.end = nil
                    open.endedAt = nil
                    running.append(open)
                    seen.append(open)
                }
            }
            let card = board.card(ScoringRig.shop, ScoringRig().day, running: running, final: false, at: now)
            #expect(card.counts == opened(definition, seen, at: now))
            #expect(card.counts.total > 10)
            // Asking has changed nothing.
            let again = board.card(ScoringRig.shop, ScoringRig().day, running: running, final: false, at: now)
            #expect(again == card)
            if definition.unit == .personTime || definition.unit == .round {
                #expect(card.accounts.reduce(0) { $0 + $1.counts.total } == card.counts.total)
                #expect(card.accounts.reduce(0) { $0 + $1.counts.byBot } == card.counts.byBot)
            }
        }
    }
}
