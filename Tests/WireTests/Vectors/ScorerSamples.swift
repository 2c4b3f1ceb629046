import Domain
import Wire

extension Samples {
    static let violation = RecordViolation(id: "v-1", kind: .massListing, note: "批量上架")
    static let scoring = {
        var scoring = ScoringSettings()
        scoring.own = OwnDefinition(name: "rounds-in-office-hours")
        scoring.own?.unit = .round
        scoring.own?.opensMinute = 540
        scoring.own?.closesMinute = 1_080
        scoring.own?.bot = .leftOut
        scoring.own?.limitSeconds = 60
        scoring.own?.turnRule = .firstTurn
        scoring.closingPhraseExempt = true
        scoring.closingPhrases = ["谢谢", "bye"]
        scoring.reminderSeconds = 40
        scoring.penalties = PenaltySettings()
        scoring.penalties?.failingDays = 5
        return scoring
    }()
    static let restrictionPlace = RestrictionPlace(day: CivilDay(19_066), step: 1)
    static let raised = Escalation(
        id: "e2022-03-15", raisedOn: CivilDay(19_066), cause: .failureWithViolations, failed: [CivilDay(19_065)],
        violations: ["v1"])
    static let escalationDecision = DecideEscalation(
        escalation: "e2022-03-17", outcome: .campaignExclusion, until: day + 30, note: "three days")
    static let day = CivilDay(19_065)
    static let counts: ScoreCounts = {
        var counts = ScoreCounts()
        counts.total = 80
        counts.answered = 62
        counts.byBot = 50
        counts.missed = 17
        counts.waiting = 1
        return counts
    }()
    static let card = Scorecard(
        shop: shop, day: day, definition: .manualRounds, final: true, counts: counts, closingIncluded: counts,
        closingExempt: ScoreCounts(),
        accounts: [
            AccountCounts(account: .agent(agent), counts: counts), AccountCounts(account: .pool, counts: counts),
        ])
    static let turn = Turn(
        number: 7, buyer: buyer, session: session, account: .agent(agent), day: day, wallMillis: 36_000_000,
        dayEndsAt: time + .days(1), questionAt: early, startedAt: time, plainAt: time, messages: 3, end: .answered,
        endedAt: time + .minutes(3))
    static let running = Turn(
        number: 8, buyer: buyer, session: session, account: .queue, day: day, wallMillis: 0, dayEndsAt: time,
        questionAt: early, startedAt: early, plainAt: nil)
    static let penalties: PenaltyRecord = {
        var facts = ShopFacts()
        facts.violations = [Violation(violation, day: day, at: time)]
        facts.decisions = [
            EscalationDecision(
                DecideEscalation(escalation: "e2022-03-15", outcome: .supervision), day: day + 2, at: time)
        ]
        let days = (0..<4).map { DayResult(day: day + $0, answered: $0 == 3 ? 2 : 1, total: 5) }
        return PenaltyRecord(days: days, facts: facts)
    }()

    static let scorerRequests: [Sample<ScorerRequest>] = [
        Sample(
            "scorecards",
            .scorecards(AskScorecards(shop: shop, at: time, definition: "manual-rounds@1", from: day, to: day + 1))),
        Sample("scorecards.least", .scorecards(AskScorecards(shop: shop, at: time, from: day, to: day))),
        Sample(
            "personTimes",
            .personTimes(AskPersonTimes(shop: shop, at: time, definition: "x", day: day, after: 3, limit: 1_000))),
        Sample("penalties", .penalties(AskShop(shop: shop, at: time))),
        Sample("saturation", .saturation(AskShop(shop: shop, at: time))),
        Sample("benefitDays", .benefitDays(AskShop(shop: shop, at: time))),
        Sample("status", .status),
    ]

    static let scorerReplies: [Sample<ScorerReply>] = [
        Sample("scorecards", .scorecards([CardView(card: card, restrictions: ShopRestriction.allCases)])),
        Sample(
            "personTimes",
            .personTimes(
                PersonTimePage(
                    units: [
                        UnitView(
                            buyer: buyer, account: .agent(agent), standing: .answered,
                            turns: [TurnView(turn: turn, verdict: "inTime", deadlineAt: nil)]),
                        UnitView(
                            buyer: buyer, account: nil, standing: nil,
                            turns: [TurnView(turn: running, verdict: "waiting", deadlineAt: time)]),
                    ], next: 2))),
        Sample(
            "penalties",
            .penalties(
                PenaltyView(
                    today: day + 5, record: penalties, violations: [Violation(violation, day: day, at: time)],
                    restrictions: [.supervision]))),
        Sample("saturation", .saturation(Saturation(before: day, consults: 430, agentDays: 5))),
        Sample("benefitDays", .benefitDays(BenefitView(days: 13, on: true))),
        Sample("status", .status(ScorerStatus(places: [0, 17], shops: 2, running: 3, setAside: 1))),
        Sample("refusal.unknownShop", .refusal(.unknownShop)),
        Sample("refusal.unknownDefinition", .refusal(.unknownDefinition)),
        Sample("refusal.futureDay", .refusal(.futureDay)),
        Sample("refusal.detailsGone", .refusal(.detailsGone)),
        Sample("fault", .fault(WireFault(.badRequest, "cannot read the request"))),
    ]
}
