import ClusterKit
import Domain
import Foundation
import Journal
import JournalSQLite
import Testing

extension WholeCluster {
    @Suite struct RestrictionTests {
        private static let shop = ShopID(rawValue: "s")

        private func journal(_ cluster: Cluster) throws -> [EventRecord] {
            let engine = try SQLiteEngine(directory: cluster.data, shards: nil)
            var records: [EventRecord] = []
            for shard in 0..<engine.shardCount {
                let store = try engine.open(shard: shard, holder: "test")
                defer { store.close() }
                for row in try store.reader().rows(after: 0, limitBytes: .max) {
                    records += try RecordCoding.decode(row.body).compactMap(\.record)
                }
            }
            return records.filter { $0.shop == Self.shop }
        }

        /// `day.step restrictions raised` as anybody derives them from the journal, without the events that tell them.
        private func derived(_ records: [EventRecord], through today: CivilDay) -> [String] {
            var tally = ShopTally(
                shop: Self.shop, zones: { _ in ZoneRules(name: "Asia/Shanghai", offsetMinutes: 480) })
            var changes = TallyChanges()
            for record in records {
                switch record.event {
                case .restrictionsChanged, .escalationRaised: continue
                default: tally.apply(record, &changes)
                }
            }
            let turns = changes.closed + tally.running
            let days = Set(turns.map(\.day)).filter { $0 < today }.sorted().map { day in
                let own = turns.filter { $0.day == day }.sorted { $0.number < $1.number }
                let card = ScoreDefinition.standard.card(
                    Self.shop, day, own, final: true, at: tally.zone.moment(today))
                return DayResult(day: day, answered: card.counts.answered, total: card.counts.total)
            }
            let record = PenaltyRecord(days: days, facts: tally.facts)
            return record.steps(through: today, tally.facts).flatMap { step in
                let place = "\(step.at.day).\(step.at.step)"
                return step.raised.map { "\(place) raised \($0.id)" }
                    + ["\(place) \(step.restrictions.map(\.name).joined(separator: " "))"]
            }
        }

        /// The same as the journal tells it; an escalation alone repeats what is in force.
        private func told(_ records: [EventRecord]) -> [String] {
            records.compactMap { record in
                switch record.event {
                case .restrictionsChanged(let body):
                    "\(body.at.day).\(body.at.step) \(body.to.map(\.name).joined(separator: " "))"
                case .escalationRaised(let body): "\(body.at.day).\(body.at.step) raised \(body.escalation.id)"
                default: nil
                }
            }
        }

        @Test func i8KilledAtAnyMomentTheScorerTellsEachRestrictionOnce() async throws {
            var options = ClusterOptions(routers: 2)
            options.scorers = 2
            options.manualClock = true
            try await withCluster(options) { cluster in
                let shop = "/v1/shops/s"
                func clock(_ day: Int, _ time: String) async throws {
                    let to = "2022-03-\(day)T\(time):00+08:00"
                    #expect(try await cluster.http("POST", "/v1/clock", ["now": to]).status == 200)
                }
                try await clock(14, "09:00")
                #expect([200, 201].contains(try await cluster.http("PUT", shop, ["name": "s"]).status))
                #expect(try await cluster.http("PUT", "\(shop)/agents/x", ["name": "x"]).status < 300)
                #expect(
                    try await cluster.http("POST", "\(shop)/agents/x/presence", ["state": "online"]).status < 300)
                for day in 14...19 {
                    try await clock(day, "10:00")
                    let asked = try await cluster.http("POST", "\(shop)/buyers/b\(day)/messages", ["text": "?"])
                    #expect(asked.status == 201, "\(asked.text)")
                    if day == 17 {
                        let path = "\(shop)/escalations/e2022-03-17/decision"
                        let decision: [String: any Sendable] = ["outcome": "supervision"]
                        #expect(try await cluster.http("POST", path, decision).status == 201)
                    }
                    if day >= 17 {
                        let session = asked.json["session"] as? String ?? ""
                        let answered = try await cluster.http(
                            "POST", "\(shop)/sessions/\(session)/messages", ["text": "!", "account": "x"])
                        #expect(answered.status < 300, "\(answered.text)")
                    }
                    // The kill meets the telling of the day that the clock has just ended.
                    async let over: Void = clock(day + 1, "00:00")
                    try await cluster.killAndAwaitSuccessor(day % 2 == 0 ? "scorer-1" : "scorer-2")
                    try await over
                }
                // Whoever is active now has told all that there is when the clock answers.
                try await clock(20, "00:01")
                let view = try await cluster.http("GET", "\(shop)/penalties").json
                #expect(view["restrictions"] as? [String] == ["supervision"])
                await cluster.stop()
                let records = try journal(cluster)
                let told = told(records)
                #expect(
                    told == [
                        "2022-03-15.0 trafficDemotion listingBlock", "2022-03-17.0 raised e2022-03-17",
                        "2022-03-17.1 trafficDemotion listingBlock supervision", "2022-03-18.0 supervision",
                    ])
                let today = CivilDay(text: "2022-03-20") ?? CivilDay(0)
                // A step that only raises changes nothing that is in force, and is not told twice.
                let expected = derived(records, through: today).filter {
                    $0 != "2022-03-17.0 trafficDemotion listingBlock"
                }
                #expect(told == expected)
            }
        }

        @Test func div12TheReminderIsDurableWhenTheClockAnswers() async throws {
            var options = ClusterOptions(routers: 1)
            options.manualClock = true
            try await withCluster(options) { cluster in
                let shop = "/v1/shops/s"
                #expect([200, 201].contains(try await cluster.http("PUT", shop, ["name": "s"]).status))
                for agent in ["x", "y"] {
                    #expect(try await cluster.http("PUT", "\(shop)/agents/\(agent)", ["name": agent]).status < 300)
                    let online = try await cluster.http(
                        "POST", "\(shop)/agents/\(agent)/presence", ["state": "online"])
                    #expect(online.status < 300)
                }
                let asked = try await cluster.http(
                    "POST", "\(shop)/buyers/b/messages", ["text": "?", "toAgent": "x"])
                #expect(asked.status == 201, "\(asked.text)")
                #expect(try await cluster.http("POST", "/v1/clock", ["advance": 100]).status == 200)
                await cluster.stop()
                let reminders = try journal(cluster).compactMap { record -> AgentID? in
                    if case .slowResponseReminded(let body) = record.event { body.agent } else { nil }
                }
                #expect(reminders == [AgentID(rawValue: "x")])
            }
        }
    }
}
