import Testing

@testable import Domain

@Suite struct ScoringSettingsTests {
    private func set(_ rig: inout ScoringRig, _ at: String, version: Int, _ change: (inout ScoringSettings) -> Void) {
        var settings = ShopSettings(version: version)
        change(&settings.scoring)
        rig.add(.settingsChanged(SettingsChanged(settings: settings)), rig.time(at))
    }

    private func definition(_ rig: ScoringRig, later: Int) -> ScoreDefinition {
        rig.replay().tally.facts.definition(on: rig.day + later)
    }

    @Test func rr5ADayIsScoredByWhatWasInForceAtItsStart() {
        var rig = ScoringRig()
        set(&rig, "10:00", version: 2) { $0.definition = "manual-rounds" }
        set(&rig, "23:59:59.999", version: 3) { $0.own = OwnDefinition(name: "mine") }
        set(&rig, "+2 00:00", version: 4) { $0.definition = "manual-rounds" }
        #expect(definition(rig, later: -1) == .standard)
        #expect(definition(rig, later: 0) == .standard)
        let own = definition(rig, later: 1)
        #expect(own.name == "mine")
        #expect(own.version == 3)
        #expect(own.since == rig.day + 1)
        // Midnight itself is the day's start.
        #expect(definition(rig, later: 2) == .manualRounds)
        #expect(definition(rig, later: 9) == .manualRounds)
    }

    @Test func rr5TheShopsFirstDayTakesWhatIsSetOnIt() {
        var rig = ScoringRig()
        rig.records = []
        rig.add(.shopSet(ShopSet(shop: SetShop(name: "s"))), rig.time("09:00"))
        set(&rig, "10:00", version: 2) { $0.definition = "manual-rounds" }
        #expect(definition(rig, later: 0) == .manualRounds)
    }

    @Test func rr5AnOwnDefinitionCountsByItsOwnHoursLimitAndUnits() {
        var own = OwnDefinition(name: "mine")
        own.opensMinute = 9 * 60
        own.closesMinute = 10 * 60
        own.limitSeconds = 60
        own.unit = .round
        own.turnRule = .firstTurn
        own.passNumerator = 1
        own.passDenominator = 2
        var settings = ScoringSettings()
        settings.own = own
        let definition = settings.active(version: 7, since: CivilDay(0))
        var rig = ScoringRig()
        rig.ask("early", "08:59:59.999", "x")
        rig.ask("a", "09:00", "x")
        rig.answer("a", "09:01")
        rig.ask("b", "09:30", "x")
        rig.answer("b", "09:31:00.001")
        rig.ask("late", "10:00", "x")
        #expect(rig.rate(definition) == "1/2")
        #expect(rig.card(definition).passes == true)
        #expect(rig.card(definition).definition.key == "mine@7")
        #expect(rig.rate() == "2/4")
    }

    @Test func rr4PhrasesOfTheShopsOwnTakeThePlaceOfTheBuiltInOnes() {
        var rig = ScoringRig()
        set(&rig, "00:00", version: 2) {
            $0.closingPhraseExempt = true
            $0.closingPhrases = ["See you!", "回头见"]
        }
        for (buyer, text) in [("a", "see you"), ("b", "回头见～"), ("c", "谢谢"), ("d", "see you when?")] {
            rig.ask(buyer, "10:00", "x", text: text)
        }
        let tally = rig.replay().tally
        let card = rig.card(tally.facts.definition(on: rig.day))
        #expect(card.counts.total == 2)
        #expect(card.closingIncluded.total == 4)
        #expect(card.definition.key == "taobao-deals-2022@1+exempt")
    }

    @Test func rr6TheShareAndTheDaysOfRepeatedFailureAreSettings() {
        var facts = ShopFacts()
        var settings = ScoringSettings()
        settings.penalties = PenaltySettings()
        settings.penalties?.passNumerator = 1
        settings.penalties?.passDenominator = 2
        settings.penalties?.failingDays = 2
        let first = CivilDay(19_000)
        facts.scoring = [DatedScoring(from: first + 1, version: 2, settings: settings)]
        let days = (0..<3).map { DayResult(day: first + $0, answered: 45, total: 100) }
        let record = PenaltyRecord(days: days, facts: facts)
        #expect(record.periods.map(\.from) == [first + 2])
        #expect(record.escalations.map(\.raisedOn) == [first + 3])
    }

    @Test func rr5WhatIsOutOfItsRangeIsRefusedByItsPointer() throws {
        func own(_ change: (inout OwnDefinition) -> Void) -> OwnDefinition {
            var own = OwnDefinition()
            change(&own)
            return own
        }
        let cases: [(pointer: String, change: (inout ScoringSettings) -> Void)] = [
            ("/scoring/definition", { $0.definition = "none" }),
            ("/scoring/reminderSeconds", { $0.reminderSeconds = 9 }),
            ("/scoring/closingPhrases/1", { $0.closingPhrases = ["a", ""] }),
            ("/scoring/closingPhrases/0", { $0.closingPhrases = ["！？"] }),
            ("/scoring/definition/name", { $0.own = OwnDefinition(name: "manual-rounds") }),
            ("/scoring/definition/name", { $0.own = OwnDefinition(name: "a@1") }),
            ("/scoring/definition/closesMinute", { $0.own = own { $0.opensMinute = 1_380 } }),
            ("/scoring/definition/limitSeconds", { $0.own = own { $0.limitSeconds = 0 } }),
            ("/scoring/definition/passNumerator", { $0.own = own { $0.passNumerator = 6 } }),
            (
                "/scoring/penalties/failingDays",
                {
                    $0.penalties = PenaltySettings()
                    $0.penalties?.failingDays = 0
                }
            ),
        ]
        for (pointer, change) in cases {
            var rig = try DeskRig()
            var scoring = ScoringSettings()
            change(&scoring)
            let refusal = rig.refusal(.setSettings(SetSettings(scoring: scoring, asOperator: true)))
            guard case .invalid(let faults)? = refusal else {
                Issue.record("\(pointer): \(String(describing: refusal))")
                continue
            }
            #expect(faults.map(\.pointer) == [pointer])
        }
    }

    @Test func rr6OnlyOperatorsChangePenaltiesAndLeavingThemOutKeepsThem() throws {
        var rig = try DeskRig()
        var scoring = ScoringSettings()
        scoring.penalties = PenaltySettings()
        scoring.penalties?.failingDays = 5
        guard case .invalid(let faults)? = rig.refusal(.setSettings(SetSettings(scoring: scoring))) else {
            Issue.record("a merchant changed the penalties")
            return
        }
        #expect(faults.map(\.pointer) == ["/scoring/penalties"])
        try rig.give(.setSettings(SetSettings(scoring: scoring, asOperator: true)))
        // A merchant may give back what is there, or nothing.
        scoring.reminderSeconds = 50
        try rig.give(.setSettings(SetSettings(scoring: scoring)))
        scoring.penalties = nil
        scoring.reminderSeconds = 60
        try rig.give(.setSettings(SetSettings(scoring: scoring)))
        #expect(rig.desk.roster.settings.scoring.penalties?.failingDays == 5)
        #expect(rig.desk.roster.settings.scoring.reminderSeconds == 60)
    }

    @Test func settingsOfAnOlderJournalHaveTheDefaults() throws {
        var rig = try DeskRig()
        try rig.settings { $0.diversion.idleMinutes = 7 }
        #expect(rig.desk.roster.settings.scoring == ScoringSettings())
    }
}
