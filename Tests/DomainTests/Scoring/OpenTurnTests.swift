import Testing

@testable import Domain

@Suite struct OpenTurnTests {
    private struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
        mutating func below(_ bound: Int) -> Int { Int((next() >> 33) % UInt64(bound)) }
    }

    private func turn(_ buyer: Int, _ number: UInt64) -> OpenTurn {
        OpenTurn(
            buyer: BuyerID(rawValue: "b\(buyer)"), number: number, session: 1, dayEndsAt: 2, questionAt: 1,
            startedAt: 1, plainAt: 1, day: 0, wallMillis: 1, messages: 1, account: 0)
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>) func theTableHoldsWhatADictionaryHolds(_ seed: UInt64) {
        var dice = Dice(state: seed)
        var table = OpenTurns()
        var model: [Int: UInt64] = [:]
        for step in 1...6_000 {
            let buyer = dice.below(seed.isMultiple(of: 2) ? 40 : 2_500)
            if let place = table.find(BuyerID(rawValue: "b\(buyer)")) {
                #expect(table[place].number == model[buyer])
                if dice.below(2) == 0 {
                    table.remove(place)
                    model[buyer] = nil
                }
            } else {
                #expect(model[buyer] == nil)
                model[buyer] = UInt64(step)
                _ = table.insert(turn(buyer, UInt64(step)))
            }
        }
        #expect(table.count == model.count)
        #expect(Set(table.places.map { table[$0].number }) == Set(model.values))
        for (buyer, number) in model {
            #expect(table.find(BuyerID(rawValue: "b\(buyer)")).map { table[$0].number } == number)
        }
    }

    @Test func aLookAheadSeesTheTurnThatIsFoundThen() {
        var table = OpenTurns()
        for buyer in 0..<3_000 { _ = table.insert(turn(buyer, UInt64(buyer) * 10)) }
        for buyer in 0..<3_000 {
            let hash = OpenTurns.hash(BuyerID(rawValue: "b\(buyer)"))
            #expect(table.seenCell(hash) != 0)
            #expect(table.seenTurn(hash) == buyer * 10 + 1)
        }
        #expect(table.seenTurn(OpenTurns.hash(BuyerID(rawValue: "nobody"))) == 0)
    }

    /// What a store has that keeps the runs and forgets those that are gone.
    private struct Store {
        var runs: [(id: Int64, turns: [Turn], dropped: [UInt64])] = []

        var read: [ReadRun] {
            var present: [UInt64: (Turn, Int64)] = [:]
            for run in runs {
                for number in run.dropped { present[number] = nil }
                for turn in run.turns { present[turn.number] = (turn, run.id) }
            }
            return runs.map { run in
                ReadRun(
                    id: run.id, turns: present.values.filter { turn, last in last == run.id }.map { turn, _ in turn },
                    entries: run.turns.count + run.dropped.count)
            }
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func runsHoldEveryTurnThatRunsAndStayInProportion(_ seed: UInt64) {
        let zones: ZoneSource = { ZoneRules(name: $0, offsetMinutes: 480) }
        let shop = ShopID(rawValue: "s")
        var dice = Dice(state: seed)
        var tally = ShopTally(shop: shop, zones: zones)
        var changes = TallyChanges()
        var store = Store()
        var sequence: UInt64 = 0
        // Few buyers, many, and many of whom one is never answered.
        let buyers = [6, 200, 60][Int(seed % 3)]
        for run in 1...160 {
            for _ in 0...dice.below(12) {
                sequence += 1
                let buyer = BuyerID(rawValue: "b\(dice.below(buyers))")
                let account = ScoreAccount.agent(AgentID(rawValue: "a\(dice.below(3))"))
                let event: TurnEvent =
                    switch dice.below(5) {
                    case 0, 1: .asked(buyer, SessionID(sequence), account, text: nil, consult: nil)
                    case 2: .handedOver(buyer, SessionID(sequence), to: account, pending: true, consult: nil)
                    case 3: .answered(buyer, by: account)
                    default: buyer.rawValue == "b1" ? .answered(buyer, by: .bot) : .ended(buyer)
                    }
                tally.apply(event, sequence, at: Timestamp(millis: Int64(sequence) * 40_000), &changes)
            }
            let stored = tally.store(changes, as: Int64(run))
            store.runs.append((Int64(run), stored.places.map { tally.turn(at: $0) }, changes.dropped))
            store.runs.removeAll { stored.gone.contains($0.id) }
            changes.clear()
            let entries = store.runs.reduce(0) { $0 + max(1, $1.turns.count + $1.dropped.count) }
            #expect(tally.runCount == store.runs.count)
            // One transaction's entries come on top, and what was carried over.
            #expect(store.runs.count <= TurnRuns.few + 1 || entries <= 3 * tally.runningCount + TurnRuns.slack + 13)
            if run % 8 == 0 { #expect(Set(store.read.flatMap(\.turns)) == Set(tally.running)) }
            if dice.below(20) == 0 {
                tally = ShopTally(
                    shop: shop, head: tally.head, lastTurn: tally.lastTurn, runs: store.read, zones: zones)
                #expect(Set(store.read.flatMap(\.turns)) == Set(tally.running))
            }
        }
        #expect(tally.runningCount > 0)
    }

    @Test func loadsAreCountedByDayAndAgentInWhateverOrder() {
        var tally = ShopTally(
            shop: ShopID(rawValue: "s"), zones: { ZoneRules(name: $0, offsetMinutes: 0) })
        var changes = TallyChanges()
        var model: [WorkloadKey: Int] = [:]
        var found: [WorkloadKey: Int] = [:]
        var sequence: UInt64 = 0
        for day in [0, 0, 1, 0, 1, 2] {
            for agent in ["x", "y", "x"] {
                sequence += 1
                let id = AgentID(rawValue: agent)
                tally.apply(
                    .asked(
                        BuyerID(rawValue: "b\(sequence)"), SessionID(sequence), .agent(id), text: nil,
                        consult: ConsultGiven(to: id, from: nil, opened: true)), sequence,
                    at: Timestamp(millis: Int64(day) * CivilDay.millis), &changes)
                model[WorkloadKey(day: CivilDay(day), agent: id), default: 0] += 1
            }
            if day == 1 {
                for (key, load) in changes.workloads { found[key, default: 0] += load.consults }
                changes.clear()
            }
        }
        for (key, load) in changes.workloads { found[key, default: 0] += load.consults }
        #expect(found == model)
    }
}
