import Testing

@testable import Domain

@Suite struct RestrictionTests {
    private static let first = CivilDay(text: "2022-03-14") ?? CivilDay(0)

    private func day(_ offset: Int) -> CivilDay { Self.first + offset }

    private func decision(
        _ outcome: EscalationOutcome, on offset: Int, until: Int? = nil, of escalation: String = "e2022-03-17"
    ) -> EscalationDecision {
        EscalationDecision(
            DecideEscalation(escalation: escalation, outcome: outcome, until: until.map { day($0) }),
            day: day(offset), at: Timestamp(millis: 0))
    }

    /// `day.step set` of every step; days count from the 14th.
    private func steps(_ rates: [Int], _ decisions: [EscalationDecision] = [], through: Int = 30) -> [String] {
        var facts = ShopFacts()
        facts.decisions = decisions
        let record = PenaltyRecord(
            days: rates.enumerated().map { DayResult(day: day($0.offset), answered: $0.element, total: 1_000) },
            facts: facts)
        return record.steps(through: day(through), facts).map { step in
            let names = step.restrictions.map(\.name) + step.raised.map(\.id)
            return "\(14 + (step.at.day - Self.first)).\(step.at.step) \(names.joined(separator: " "))"
        }
    }

    @Test func rr6AFailingDayIsOneStepOnAndOneOff() {
        #expect(steps([350, 420]) == ["15.0 trafficDemotion listingBlock", "16.0 "])
        #expect(steps([350, 399, 400]) == ["15.0 trafficDemotion listingBlock", "17.0 "])
        #expect(steps([350, 420], through: 1) == ["15.0 trafficDemotion listingBlock"])
        #expect(steps([400]) == [])
    }

    @Test func rr6AnEscalationIsRaisedAtItsDaysStart() {
        #expect(
            steps([350, 350, 350]) == [
                "15.0 trafficDemotion listingBlock", "17.0 trafficDemotion listingBlock e2022-03-17",
            ])
    }

    @Test func rr6DecisionsCountFromTheirMomentAndTheLaterOneHolds() {
        let decided = steps(
            [350, 350, 350, 500],
            [decision(.campaignExclusion, on: 4, until: 9), decision(.supervision, on: 4), decision(.dismissed, on: 6)])
        #expect(
            decided == [
                "15.0 trafficDemotion listingBlock", "17.0 trafficDemotion listingBlock e2022-03-17", "18.0 ",
                "18.1 campaignExclusion", "18.2 supervision", "20.1 ",
            ])
        #expect(
            steps([350, 350, 350, 500], [decision(.campaignExclusion, on: 4, until: 6)]).suffix(2)
                == ["18.1 campaignExclusion", "20.0 "])
        // What is no escalation brings nothing.
        #expect(steps([350, 500], [decision(.campaignExclusion, on: 4, of: "e1")]).count == 2)
    }

    @Test func rr6WhatWasSoStaysSoInTheHistoryWhateverIsDecidedLater() {
        let before = [decision(.campaignExclusion, on: 4)]
        let after = before + [decision(.dismissed, on: 8)]
        let early = steps([350, 350, 350, 500], before)
        #expect(steps([350, 350, 350, 500], after).prefix(early.count) == early[...])
    }

    // MARK: The desk

    private func note(
        _ place: RestrictionPlace, _ restrictions: [ShopRestriction], raised: [Escalation] = [],
        notBefore: Timestamp = DeskRig.start, head: UInt64? = nil
    ) -> Command {
        .noteRestrictions(
            NoteRestrictions(
                at: place, restrictions: restrictions, raised: raised, notBefore: notBefore, head: head))
    }

    private let raised = Escalation(
        id: "e2022-03-15", raisedOn: first + 1, cause: .repeatedFailure, failed: [first], violations: [])

    @Test func rr6TheDeskNotesAPlaceOnceAndNeverAnEarlierOne() throws {
        var rig = try DeskRig()
        let place = RestrictionPlace(day: day(1))
        let command = note(place, [.trafficDemotion, .listingBlock], raised: [raised])
        try rig.give(command)
        let events = rig.records.suffix(2).map(\.event)
        #expect(
            events == [
                .escalationRaised(EscalationRaised(at: place, escalation: raised)),
                .restrictionsChanged(
                    RestrictionsChanged(at: place, from: [], to: [.trafficDemotion, .listingBlock])),
            ])
        let count = rig.records.count
        #expect(try rig.give(command).changed == false)
        #expect(try rig.give(note(RestrictionPlace(day: day(0), step: 3), [])).changed == false)
        #expect(rig.records.count == count)
        try rig.give(note(RestrictionPlace(day: day(2)), []))
        #expect(rig.desk.roster.restrictions == [])
        #expect(rig.records.count == count + 1)
    }

    @Test func rr6TheDeskRefusesWhileTheDayIsNotOverOrItHasEventsThatTheFiguresLack() throws {
        var rig = try DeskRig()
        let place = RestrictionPlace(day: day(1))
        let over = DeskRig.start + .hours(1)
        let head = rig.desk.head
        #expect(
            rig.refusal(note(place, [.listingBlock], notBefore: over, head: head))
                == .versionMismatch(current: Int(head)))
        rig.wait(.hours(1))
        try rig.agent("a")
        #expect(rig.refusal(note(place, [.listingBlock], notBefore: over, head: head)) != nil)
        #expect(rig.desk.roster.restrictions == [])
        try rig.give(note(place, [.listingBlock], notBefore: over, head: rig.desk.head))
        #expect(rig.desk.roster.restrictions == [.listingBlock])
    }

    @Test func rr6TheDeskKnowsThePlaceAgainFromItsRow() throws {
        var rig = try DeskRig()
        let command = note(RestrictionPlace(day: day(1), step: 2), [.supervision])
        try rig.give(command)
        rig.desk = Desk(id: "shop", limits: .init(), row: rig.desk.takeShopRow())
        let count = rig.records.count
        #expect(try rig.give(command).changed == false)
        #expect(rig.records.count == count)
        #expect(rig.desk.roster.restrictions == [.supervision])
    }

    @Test func theEventsOfRestrictionsAreNoInputOfTheScores() throws {
        var rig = ScoringRig()
        rig.ask("b", "10:00", "x")
        let without = (rig.rate(), rig.replay().tally.facts)
        let place = RestrictionPlace(day: rig.day)
        rig.add(.escalationRaised(EscalationRaised(at: place, escalation: raised)), rig.time("11:00"))
        rig.add(
            .restrictionsChanged(RestrictionsChanged(at: place, from: [], to: [.supervision])), rig.time("11:00"))
        #expect(rig.rate() == without.0)
        #expect(rig.replay().tally.facts == without.1)
    }
}
