import Domain
import Testing

@Suite struct PenaltyTests {
    static let first = CivilDay(text: "2022-03-14") ?? CivilDay(0)

    /// Per mille of 1,000, from the 14th on; nil is a day without person-times.
    func record(_ rates: [Int?], violations: [(Int, String)] = [], decisions: [EscalationDecision] = [])
        -> PenaltyRecord
    {
        var facts = ShopFacts()
        facts.violations = violations.map {
            Violation(RecordViolation(id: $0.1, kind: .massListing), day: Self.first + $0.0, at: Timestamp(millis: 0))
        }
        facts.decisions = decisions
        let days = rates.enumerated().map { offset, rate in
            DayResult(day: Self.first + offset, answered: rate ?? 0, total: rate == nil ? 0 : 1_000)
        }
        return PenaltyRecord(days: days, facts: facts)
    }

    func penalised(_ record: PenaltyRecord, days: Int = 8) -> [Int] {
        (0..<days).filter { record.restrictions(on: Self.first + $0, ShopFacts()).contains(.listingBlock) }.map {
            14 + $0
        }
    }

    @Test func rr6OneFailingDayBringsOneDay() {
        #expect(penalised(record([350, 420])) == [15])
        #expect(record([350, 420]).periods.map(\.until) == [Self.first + 2])
    }

    @Test func rr6ItLastsUntilTheDayAfterADayThatPasses() {
        #expect(penalised(record([350, 399, 400])) == [15, 16])
    }

    @Test func rr6ExactlyFortyPercentPasses() {
        #expect(penalised(record([400, 399])) == [16, 17, 18, 19, 20, 21])
        #expect(ScoreDefinition.standard.passes(2, of: 5))
        #expect(!ScoreDefinition.standard.passes(399_999, of: 1_000_000))
    }

    @Test func rr4ADayWithoutPersonTimesLeavesPenaltiesAsTheyAre() {
        #expect(penalised(record([350, nil, nil, 500])) == [15, 16, 17])
        #expect(record([350, nil, 350, nil, 350]).escalations.count == 1)
    }

    @Test func rr6ThreeFailingDaysInARowRaiseOneEscalation() {
        #expect(record([350, 350, 500, 350]).escalations.isEmpty)
        let escalations = record([350, 350, 350, 350]).escalations
        #expect(escalations.map(\.id) == ["e2022-03-17"])
        #expect(escalations.map(\.cause) == [.repeatedFailure])
        #expect(escalations.first?.failed.count == 3)
        #expect(record([350, 350, 350, 500, 350, 350, 350]).escalations.count == 2)
    }

    @Test func rr6FailureWithViolationsOnRecordRaisesOne() {
        let escalations = record([350], violations: [(0, "v1")]).escalations
        #expect(escalations.map(\.cause) == [.failureWithViolations])
        #expect(escalations.first?.violations == ["v1"])
        #expect(record([350], violations: [(-91, "old")]).escalations.isEmpty)
        #expect(record([350], violations: [(-90, "young")]).escalations.count == 1)
        #expect(record([500], violations: [(0, "v1")]).escalations.isEmpty)
    }

    @Test func rr6AnOperatorDecidesAndNothingIsDeductedByItself() {
        let undecided = record([350, 350, 350])
        #expect(undecided.restrictions(on: Self.first + 3, ShopFacts()) == [.trafficDemotion, .listingBlock])
        let excluded = EscalationDecision(
            DecideEscalation(escalation: "e2022-03-17", outcome: .campaignExclusion, until: Self.first + 10),
            day: Self.first + 4, at: Timestamp(millis: 0))
        var facts = ShopFacts()
        facts.decisions = [excluded]
        let decided = record([350, 350, 350, 500], decisions: [excluded])
        #expect(decided.escalations.first?.decision?.outcome == .campaignExclusion)
        #expect(decided.restrictions(on: Self.first + 4, facts) == [.campaignExclusion])
        #expect(decided.restrictions(on: Self.first + 9, facts) == [.campaignExclusion])
        #expect(decided.restrictions(on: Self.first + 10, facts) == [])
        #expect(decided.restrictions(on: Self.first + 3, facts).contains(.campaignExclusion) == false)
    }

    @Test func rr6TheSameViolationTwiceIsOne() {
        var rig = ScoringRig()
        let violation = RecordViolation(id: "v", kind: .notShipping)
        rig.add(.violationRecorded(ViolationRecorded(violation: violation)), rig.time("10:00"))
        rig.add(.violationRecorded(ViolationRecorded(violation: violation)), rig.time("+1 10:00"))
        #expect(rig.replay().tally.facts.violations.map(\.day) == [rig.day])
    }

    @Test func mem4ComparesConsultsPerAgentAndDay() {
        let day = Self.first
        #expect(Saturation(before: day, consults: 430, agentDays: 5).saturated == false)
        #expect(Saturation(before: day, consults: 430, agentDays: 5).hundredths == 8_600)
        #expect(Saturation(before: day, consults: 505, agentDays: 5).saturated == true)
        #expect(Saturation(before: day, consults: 500, agentDays: 5).recommended)
        #expect(Saturation(before: day, consults: 501, agentDays: 5).recommended == false)
        #expect(Saturation(before: day, consults: 0, agentDays: 0).saturated == nil)
    }

    @Test func mem4AConsultIsCountedForTheFirstAgentWhoGetsIt() {
        var rig = ScoringRig()
        rig.ask("a", "10:00", "x")
        rig.give("a", "10:01", "y")
        rig.ask("b", "10:00", "pool")
        rig.give("b", "10:01", "x")
        rig.ask("c", "10:00", "bot")
        let loads = rig.replay().workloads
        #expect(loads[WorkloadKey(day: rig.day, agent: AgentID(rawValue: "x"))]?.consults == 2)
        #expect(loads[WorkloadKey(day: rig.day, agent: AgentID(rawValue: "y"))]?.consults == 0)
        #expect(loads.count == 2)
    }

    @Test(
        arguments: [
            (false, 1, "apparel-2022", "/memberPriority/enabled"),
            (true, 2, "apparel-2022", "/memberPriority/minLevel"),
            (true, 1, "apparel-2022", nil), (true, 2, "beauty-2022", nil), (false, 1, "food-2022", nil),
            (false, 1, "unknown", nil),
        ])
    func mem2SettingsThatFallShortOfThePilotStandardAreRefused(
        _ enabled: Bool, _ level: Int, _ standard: String, _ pointer: String?
    ) throws {
        var desk = Desk(id: ScoringRig.shop)
        var next: UInt64 = 1
        var out: [EventRecord] = []
        func give(_ command: Command) throws(Refusal) {
            _ = try desk.handle(command, at: Timestamp(millis: 1), next: &next, into: &out)
        }
        try give(.setShop(SetShop(name: "s", pilotStandard: standard)))
        let set = Command.setSettings(
            SetSettings(memberPriority: MemberPrioritySettings(enabled: enabled, minLevel: level)))
        var refusal: Refusal?
        do { try give(set) } catch { refusal = error }
        if let pointer {
            guard case .invalid(let faults) = refusal else {
                Issue.record("not refused as invalid: \(String(describing: refusal))")
                return
            }
            #expect(faults.map(\.pointer) == [pointer])
            #expect(faults.first?.detail.contains("MEM-2") == true)
        } else {
            #expect(refusal == nil)
        }
    }
}
