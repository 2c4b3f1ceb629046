import ClusterKit
import Foundation
import Testing

extension WholeCluster {
    @Suite struct ClusterFailureTests {
        let buyerCall = "/v1/shops/demo/buyers/buyer-1/messages"

        private func options(routers: Int = 1) -> ClusterOptions {
            var options = ClusterOptions(routers: routers)
            options.empty = false
            return options
        }

        @Test func killedRouterIsBackAndAcknowledgedMessagesAreThere() async throws {
            try await withCluster(options(routers: 2)) { cluster in
                for number in 1...10 {
                    let answer = try await cluster.http(
                        "POST", buyerCall, key: "k\(number)", ["kind": "text", "text": "message \(number)"])
                    #expect(answer.status == 201, "\(answer.text)")
                }
                for name in ["router-1", "router-2"] { try await cluster.killAndAwaitSuccessor(name) }
                try await cluster.scale(to: 2)
                let messages = try await cluster.http("GET", buyerCall + "?limit=100")
                #expect(messages.status == 200)
                for number in 1...10 { #expect(messages.text.contains("\"message \(number)\"")) }
            }
        }

        @Test func sameKeyGivesTheSameAnswerAfterTheRouterWasKilled() async throws {
            try await withCluster(options()) { cluster in
                let body = ["kind": "text", "text": "once"]
                let first = try await cluster.http("POST", buyerCall, key: "once", body)
                try await cluster.killAndAwaitSuccessor("router-1")
                let second = try await cluster.http("POST", buyerCall, key: "once", body)
                #expect(first.status == 201)
                #expect(second.status == 201)
                #expect(first.body == second.body)
            }
        }

        @Test func killedIngressTakesItsAddressAgain() async throws {
            try await withCluster(options()) { cluster in
                let url = try cluster.file().url
                try await cluster.killAndAwaitSuccessor("ingress-1")
                try await cluster.scale(to: 1)
                #expect(try cluster.file().url == url)
                #expect(try await cluster.http("GET", "/readyz").status == 200)
            }
        }

        @Test func stoppedRouterIsKilledAndReplaced() async throws {
            try await withCluster(options(routers: 2)) { cluster in
                let former = try cluster.pid("router-1")
                let watch = try FileWatch(folder: cluster.data, name: "cluster.json")
                try cluster.kill("router-1", SIGSTOP)
                while ((try? cluster.pid("router-1")) ?? former) == former { try await watch.next() }
                try await cluster.scale(to: 2)
                #expect(!Cluster.runs(former))
                let answer = try await cluster.http("POST", buyerCall, ["kind": "text", "text": "still there?"])
                #expect(answer.status == 201)
            }
        }

        @Test func processesEndByThemselvesWhenTheirSupervisorIsKilled() async throws {
            try await withCluster(options(routers: 2)) { cluster in
                let processes = try cluster.file().processes
                #expect(await cluster.stop(SIGKILL) == -SIGKILL)
                for process in processes {
                    #expect(try await Cluster.ended(process.pid), "\(process.name) still runs")
                }
            }
        }

        @Test func nextSupervisorEndsWhatAKilledOneLeftAndFindsEverything() async throws {
            try await withCluster(options(routers: 2)) { cluster in
                let answer = try await cluster.http("POST", buyerCall, key: "k", ["kind": "text", "text": "before"])
                #expect(answer.status == 201)
                // One router cannot end by itself.
                try cluster.kill("router-2", SIGSTOP)
                #expect(await cluster.stop(SIGKILL) == -SIGKILL)
                try await cluster.up()
                let messages = try await cluster.http("GET", buyerCall)
                #expect(messages.text.contains("before"))
            }
        }
    }
}
