import ClusterKit
import Domain
import Foundation
import Journal
import JournalSQLite
import ScoreOracle
import Testing

extension WholeCluster {
    @Suite struct ScorerTests {
        private static let day = "2026-06-18"
        private static let shop = "qingfeng"
        private static let dayFile = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Deploy/demo-day.ndjson")
            .path

        private func options(scorers: Int = 1, routers: Int = 2) -> ClusterOptions {
            var options = ClusterOptions(routers: routers)
            options.scorers = scorers
            options.manualClock = true
            return options
        }

        private func offline(_ cluster: Cluster, _ definition: String) async throws -> [String: Int] {
            try await ScoreFigures.offline(cluster, Self.shop, Self.day, definition)
        }

        private func live(_ cluster: Cluster, _ definition: String) async throws -> [String: Int] {
            try await ScoreFigures.live(cluster, Self.shop, Self.day, definition)
        }

        /// What the oracle reads in the journals of a stopped cluster, `answered/total`.
        private func oracle(_ cluster: Cluster) throws -> String? {
            let engine = try SQLiteEngine(directory: cluster.data, shards: nil)
            var records: [EventRecord] = []
            for shard in 0..<engine.shardCount {
                let store = try engine.open(shard: shard, holder: "test")
                defer { store.close() }
                for row in try store.reader().rows(after: 0, limitBytes: .max) {
                    records += try RecordCoding.decode(row.body).compactMap(\.record)
                }
            }
            let number = CivilDay(text: Self.day)?.number ?? 0
            return RateOracle.rates(records)["\(Self.shop) \(number)"]
        }

        @Test func i8KilledWhileADayIsPlayedItsIntegersAreThoseOfTheJournalAndTheOracle() async throws {
            try await withCluster(options(scorers: 2)) { cluster in
                let play = try Command(["play", Self.dayFile, "--data", cluster.data])
                for name in ["scorer-1", "scorer-2", "scorer-1"] { try await cluster.killAndAwaitSuccessor(name) }
                #expect(await play.ended() == 0, "\(play.errors)")
                #expect(try await cluster.http("POST", "/v1/clock", ["advance": 86_400]).status == 200)
                for definition in ["taobao-deals-2022", "manual-rounds"] {
                    let live = try await live(cluster, definition)
                    #expect((live["denominator"] ?? 0) > 20, "\(live)")
                    #expect(try await offline(cluster, definition) == live)
                }
                let figures = try await live(cluster, "taobao-deals-2022")
                await cluster.stop()
                #expect(try await offline(cluster, "taobao-deals-2022") == figures)
                let expected = "\(figures["numerator"] ?? -1)/\(figures["denominator"] ?? -1)"
                #expect(try oracle(cluster) == expected)
            }
        }

        @Test func failingDayBringsPenaltiesThatTheClockLiftsAndAnOperatorDecides() async throws {
            try await withCluster(options(routers: 1)) { cluster in
                let shop = "/v1/shops/s"
                func clock(_ day: Int, _ time: String) async throws {
                    let to = "2022-03-\(day)T\(time):00+08:00"
                    #expect(try await cluster.http("POST", "/v1/clock", ["now": to]).status == 200)
                }
                func penalties() async throws -> [String] {
                    try await cluster.http("GET", "\(shop)/penalties").json["restrictions"] as? [String] ?? ["?"]
                }
                try await clock(14, "09:00")
                #expect([200, 201].contains(try await cluster.http("PUT", shop, ["name": "s"]).status))
                #expect(try await cluster.http("PUT", "\(shop)/agents/x", ["name": "x"]).status < 300)
                #expect(
                    try await cluster.http("POST", "\(shop)/agents/x/presence", ["state": "online"]).status < 300)
                for day in 14...16 {
                    try await clock(day, "10:00")
                    let asked = try await cluster.http("POST", "\(shop)/buyers/b\(day)/messages", ["text": "?"])
                    #expect(asked.status == 201, "\(asked.text)")
                    let card = try await cluster.http("GET", "\(shop)/scorecards/2022-03-\(day)").json
                    #expect(card["waiting"] as? Int == 1)
                    #expect(card["denominator"] as? Int == 1)
                    #expect(card["final"] as? Bool == false)
                }
                try await clock(17, "00:00")
                #expect(try await penalties() == ["trafficDemotion", "listingBlock"])
                let path = "\(shop)/escalations/e2022-03-17/decision"
                #expect(
                    try await cluster.http("POST", "\(shop)/escalations/e1/decision", ["outcome": "dismissed"]).status
                        == 404)
                let decision: [String: any Sendable] = ["outcome": "campaignExclusion", "until": "2022-03-20"]
                #expect(try await cluster.http("POST", path, key: "k", decision).status == 201)
                #expect(try await cluster.http("POST", path, key: "k", decision).status == 201)
                #expect(try await cluster.http("POST", path, key: "k", ["outcome": "dismissed"]).status == 409)
                #expect(try await penalties() == ["trafficDemotion", "listingBlock", "campaignExclusion"])
                // A day that passes lifts them on the next.
                try await clock(17, "10:00")
                let asked = try await cluster.http("POST", "\(shop)/buyers/c/messages", ["text": "?"])
                let session = asked.json["session"] as? String ?? ""
                let answered = try await cluster.http(
                    "POST", "\(shop)/sessions/\(session)/messages", ["text": "!", "account": "x"])
                #expect(answered.status < 300, "\(answered.text)")
                let card = try await cluster.http("GET", "\(shop)/scorecards/2022-03-17").json
                #expect(card["rate"] as? Double == 100)
                try await cluster.killAndAwaitSuccessor("scorer-1")
                try await clock(18, "00:00")
                #expect(try await penalties() == ["campaignExclusion"])
                let range = try await cluster.http("GET", "\(shop)/scorecards?from=2022-03-01&to=2022-03-18&format=csv")
                #expect(range.headers["content-type"]?.hasPrefix("text/csv") == true)
                #expect(range.text.split(separator: "\r\n").count == 9)
                #expect(range.text.contains("s,2022-03-14,taobao-deals-2022,1,true,x,agent,0.00,0,1,0,1,0"))
            }
        }

        @Test func badQuestionsGetProblemDocuments() async throws {
            let questions: [(path: String, status: Int, code: String)] = [
                ("scorecards/2022-02-30", 422, "invalid"), ("scorecards/yesterday", 422, "invalid"),
                ("scorecards/2022-03-15", 422, "futureDay"),
                ("scorecards/2022-03-14?definition=x", 422, "unknownDefinition"),
                ("scorecards?from=2021-01-01&to=2022-03-14", 422, "rangeTooLong"),
                ("scorecards?from=2022-03-14&to=2022-03-13", 422, "invalid"),
                ("scorecards?from=2022-03-14", 422, "invalid"), ("scorecards/2022-03-14?format=xml", 422, "invalid"),
                ("scorecards/2022-03-14/persontimes?limit=0", 422, "invalid"),
                ("scorecards/2022-03-14", 200, ""), ("scorecards/2022-03-14/persontimes", 200, ""),
                ("saturation", 200, ""), ("benefit-days", 200, ""), ("penalties", 200, ""),
            ]
            try await withCluster(options(routers: 1)) { cluster in
                let now = "2022-03-14T10:00:00+08:00"
                #expect(try await cluster.http("POST", "/v1/clock", ["now": now]).status == 200)
                #expect([200, 201].contains(try await cluster.http("PUT", "/v1/shops/s", ["name": "s"]).status))
                for (path, status, code) in questions {
                    let answer = try await cluster.http("GET", "/v1/shops/s/\(path)")
                    #expect(answer.status == status, "\(path): \(answer.text)")
                    #expect(answer.json["code"] as? String ?? "" == code, "\(path): \(answer.text)")
                }
                let none = try await cluster.http("GET", "/v1/shops/none/scorecards/2022-03-14")
                #expect(none.status == 404)
                let kind = try await cluster.http("POST", "/v1/shops/s/violations", ["kind": "theft"])
                #expect(kind.status == 422)
                let merchant = try await cluster.token("merchant", shop: "s")
                let path = "/v1/shops/s/violations"
                #expect(try await cluster.http("POST", path, token: merchant, ["kind": "other"]).status == 404)
                #expect(try await cluster.http("POST", path, ["kind": "massListing", "id": "v1"]).status == 201)
                let penalties = try await cluster.http("GET", "/v1/shops/s/penalties", token: merchant)
                #expect(penalties.text.contains("massListing"))
            }
        }
    }
}
