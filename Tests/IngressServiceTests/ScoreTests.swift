import Domain
import HTTPTypes
import Synchronization
import Testing
import Wire

@testable import IngressService

/// A scorer that answers what the test set.
private final class FakeScores: Scores {
    let asked = Mutex<[ScorerRequest]>([])
    let reply: ScorerReply

    init(_ reply: ScorerReply) { self.reply = reply }

    func ask(_ request: ScorerRequest) async throws(WireFault) -> ScorerReply {
        asked.withLock { $0.append(request) }
        return reply
    }
}

@Suite struct ScoreTests {
    private static let day = CivilDay(text: "2022-03-14") ?? CivilDay(0)

    private static func card(_ account: ScoreAccount, answered: Int, total: Int) -> CardView {
        var counts = ScoreCounts()
        counts.total = total
        counts.answered = answered
        counts.missed = total - answered
        return CardView(
            card: Scorecard(
                shop: ShopID(rawValue: "s1"), day: day, definition: .standard, final: true, counts: counts,
                closingIncluded: counts, closingExempt: counts,
                accounts: [AccountCounts(account: account, counts: counts)]),
            restrictions: [.listingBlock])
    }

    private func get(_ path: String, _ scores: (any Scores)?, accept: String? = nil) async throws -> EdgeReply {
        let bench = try await EdgeBench(scores: scores)
        var headers: HTTPFields = [:]
        if let accept { headers[.accept] = accept }
        return try await bench.send(
            .get, path, token: bench.token(.merchant, shop: "s1"), headers: headers)
    }

    @Test func aCardShowsIntegersAndARateThatIsRoundedDown() async throws {
        let scores = FakeScores(.scorecards([Self.card(.pool, answered: 2, total: 3)]))
        let reply = try await get("/v1/shops/s1/scorecards/2022-03-14", scores)
        #expect(reply.status == 200)
        #expect(reply.text.contains(#""rate":66.66,"numerator":2,"denominator":3"#))
        #expect(reply.text.contains(#""passes":true"#))
        #expect(reply.text.contains(#""penalties":["listingBlock"]"#))
        #expect(
            scores.asked.withLock { $0 } == [
                .scorecards(
                    AskScorecards(
                        shop: ShopID(rawValue: "s1"), at: EdgeBench.start, from: Self.day, to: Self.day))
            ])
    }

    @Test func aDayWithoutPersonTimesHasNoRate() async throws {
        let scores = FakeScores(.scorecards([Self.card(.pool, answered: 0, total: 0)]))
        let reply = try await get("/v1/shops/s1/scorecards/2022-03-14", scores)
        #expect(reply.text.contains(#""rate":null"#))
        #expect(!reply.text.contains("passes"))
    }

    @Test func csvComesByTheHeaderOrTheParameterAndHoldsNoFormulas() async throws {
        let agent = ScoreAccount.agent(AgentID(rawValue: #"=1+1,"x""#))
        let scores = FakeScores(.scorecards([Self.card(agent, answered: 1, total: 1)]))
        let byHeader = try await get("/v1/shops/s1/scorecards/2022-03-14", scores, accept: "text/csv")
        #expect(byHeader.headers[.contentType] == "text/csv; charset=utf-8")
        #expect(byHeader.text.contains(##""'=1+1,""x""",agent,100.00,1,1"##))
        let byParameter = try await get(
            "/v1/shops/s1/scorecards?from=2022-03-14&to=2022-03-14&format=csv", scores, accept: "application/json")
        #expect(byParameter.text == byHeader.text)
        let json = try await get("/v1/shops/s1/scorecards/2022-03-14?format=json", scores, accept: "text/csv")
        #expect(json.headers[.contentType] == "application/json")
    }

    @Test(arguments: [
        ("scorecards/2022-02-30", "date"), ("scorecards/14.3.2022", "date"),
        ("scorecards?from=2022-03-14&to=2022-03-13", "to"), ("scorecards?from=2022-03-14", "to"),
        ("scorecards?to=2022-03-14", "from"), ("scorecards?from=2021-01-01&to=2022-01-02", "to"),
        ("scorecards/2022-03-14?format=xml", "format"), ("scorecards/2022-03-14/persontimes?limit=1001", "limit"),
    ])
    func wrongQuestionsNameThePartThatIsWrong(_ path: String, _ place: String) async throws {
        let scores = FakeScores(.scorecards([]))
        let reply = try await get("/v1/shops/s1/\(path)", scores)
        #expect(reply.status == 422)
        #expect(try reply.places == [place])
        #expect(scores.asked.withLock { $0.isEmpty })
    }

    @Test func aRangeOfAYearIsTakenAndADayMoreIsNot() async throws {
        let scores = FakeScores(.scorecards([]))
        #expect(try await get("/v1/shops/s1/scorecards?from=2021-01-01&to=2022-01-01", scores).status == 200)
        let reply = try await get("/v1/shops/s1/scorecards?from=2021-01-01&to=2022-01-02", scores)
        #expect(try reply.code == "rangeTooLong")
    }

    @Test(arguments: [
        (ScoreRefusal.unknownShop, 404, "notFound"), (.unknownDefinition, 422, "unknownDefinition"),
        (.futureDay, 422, "futureDay"), (.detailsGone, 410, "detailsGone"),
    ])
    func refusalsBecomeProblems(_ refusal: ScoreRefusal, _ status: Int, _ code: String) async throws {
        let reply = try await get("/v1/shops/s1/scorecards/2022-03-14", FakeScores(.refusal(refusal)))
        #expect(reply.status == status)
        #expect(try reply.code == code)
    }

    @Test func withoutAScorerOneIsAskedToComeAgain() async throws {
        let reply = try await get("/v1/shops/s1/penalties", nil)
        #expect(reply.status == 503)
        #expect(try reply.code == "scorerAway")
        #expect(reply.headers[.retryAfter] == "1")
    }

    @Test func aDecisionEndsOnADayToComeAndOnlyIfItLasts() async throws {
        let bench = try await EdgeBench()
        for (body, words) in [
            (#"{"outcome":"supervision","until":"1999-12-31"}"#, "must not lie in the past"),
            (#"{"outcome":"dismissed","until":"2999-12-31"}"#, "is only for campaignExclusion and supervision"),
            (#"{"outcome":"supervision","until":"2026-3-20"}"#, "must be a day such as 2022-03-14"),
        ] {
            let reply = try await bench.send(
                .post, "/v1/shops/s1/escalations/e2022-03-14/decision", token: bench.token(.operator), body: body)
            #expect(reply.status == 422)
            #expect(reply.text.contains(words), "\(reply.text)")
        }
        #expect(bench.desks.commands.isEmpty)
    }

    @Test func anEscalationThatWasNotRaisedCannotBeDecided() async throws {
        let view = PenaltyView(
            today: Self.day, record: PenaltyRecord(), violations: [], restrictions: [])
        let bench = try await EdgeBench(scores: FakeScores(.penalties(view)))
        let reply = try await bench.send(
            .post, "/v1/shops/s1/escalations/e2022-03-14/decision", token: bench.token(.operator),
            body: #"{"outcome":"dismissed"}"#)
        #expect(reply.status == 404)
        #expect(bench.desks.commands.isEmpty)
    }

    @Test func aViolationIsACommandToTheShopUnderTheClientsKey() async throws {
        let bench = try await EdgeBench()
        let reply = try await bench.send(
            .post, "/v1/shops/s1/violations", token: bench.token(.operator),
            body: #"{"id":"v1","kind":"notShipping","note":"n"}"#)
        #expect(reply.status == 201)
        #expect(bench.desks.commands.map(\.stamp?.id) == [CommandID(rawValue: "v1")])
        #expect(
            bench.desks.commands.map(\.command) == [
                .recordViolation(RecordViolation(id: "v1", kind: .notShipping, note: "n"))
            ])
    }
}
