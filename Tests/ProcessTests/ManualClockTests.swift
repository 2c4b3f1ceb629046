import ClusterKit
import Foundation
import Testing

extension WholeCluster {
    @Suite struct ManualClockTests {
        private func options(routers: Int = 2) -> ClusterOptions {
            var options = ClusterOptions(routers: routers)
            options.manualClock = true
            return options
        }

        private func now(_ cluster: Cluster) async throws -> String {
            try await cluster.http("GET", "/v1/clock").json["now"] as? String ?? ""
        }

        @Test func clockStartsIn2000AndMovesOnlyForward() async throws {
            try await withCluster(options()) { cluster in
                #expect(try await now(cluster) == "2000-01-01T00:00:00.000Z")
                #expect(try await cluster.http("POST", "/v1/clock", ["advance": 90]).status == 200)
                #expect(try await now(cluster) == "2000-01-01T00:01:30.000Z")
                let back = try await cluster.http("POST", "/v1/clock", ["now": "2000-01-01T00:01:29.999Z"])
                #expect(back.status == 409)
                #expect(back.json["code"] as? String == "clockBackwards")
                #expect(try await now(cluster) == "2000-01-01T00:01:30.000Z")
            }
        }

        @Test func clockOutlivesTheCluster() async throws {
            try await withCluster(options(routers: 1)) { cluster in
                #expect(try await cluster.http("POST", "/v1/clock", ["now": "2003-04-05T06:07:08.009Z"]).status == 200)
                await cluster.stop()
                try await cluster.up()
                #expect(try await now(cluster) == "2003-04-05T06:07:08.009Z")
            }
        }

        @Test func sessionThatIsIdleHasEndedWhenTheClockAnswers() async throws {
            try await withCluster(options()) { cluster in
                let shop = "/v1/shops/s"
                #expect([200, 201].contains(try await cluster.http("PUT", shop, ["name": "s"]).status))
                #expect([200, 201].contains(try await cluster.http("PUT", "\(shop)/agents/a", ["name": "a"]).status))
                let online = try await cluster.http("POST", "\(shop)/agents/a/presence", ["state": "online"])
                #expect([200, 201, 204].contains(online.status), "\(online.text)")
                let asked = try await cluster.http(
                    "POST", "\(shop)/buyers/b/messages", ["kind": "text", "text": "hello"])
                #expect(asked.status == 201, "\(asked.text)")
                let session = asked.json["session"] as? String ?? ""
                let answered = try await cluster.http(
                    "POST", "\(shop)/sessions/\(session)/messages", ["text": "yes?", "account": "a"])
                #expect([200, 201].contains(answered.status), "\(answered.text)")
                #expect(try await cluster.http("POST", "/v1/clock", ["advance": 1_799]).status == 200)
                #expect(try await cluster.http("GET", "\(shop)/sessions/\(session)").text.contains("\"open\""))
                try await cluster.killAndAwaitSuccessor("router-1")
                #expect(try await cluster.http("POST", "/v1/clock", ["advance": 1]).status == 200)
                #expect(try await cluster.http("GET", "\(shop)/sessions/\(session)").text.contains("\"ended\""))
            }
        }

        @Test func clockOfTheSystemCannotBeMoved() async throws {
            try await withCluster { cluster in
                let moved = try await cluster.http("POST", "/v1/clock", ["advance": 1])
                #expect(moved.status == 409)
                #expect(moved.json["code"] as? String == "clockNotManual")
            }
        }
    }
}
