import ClusterKit
import Foundation
import Testing

extension WholeCluster {
    @Suite struct ClusterScaleTests {
        @Test func routersComeAndGoAndEveryShopStaysReachable() async throws {
            try await withCluster(ClusterOptions(routers: 3)) { cluster in
                let shops = (1...8).map { "shop-\($0)" }
                for shop in shops {
                    let made = try await cluster.http("PUT", "/v1/shops/\(shop)", ["name": shop])
                    #expect([200, 201].contains(made.status), "\(made.text)")
                }
                for routers in [5, 2, 3] {
                    try await cluster.scale(to: routers)
                    let names = try cluster.file().processes.filter { $0.role == "router" }.map(\.name)
                    #expect(names == (1...routers).map { "router-\($0)" })
                    for shop in shops {
                        let answer = try await cluster.http(
                            "POST", "/v1/shops/\(shop)/buyers/b/messages", key: "with-\(routers)",
                            ["kind": "text", "text": "with \(routers)"])
                        #expect(answer.status == 201, "\(answer.text)")
                    }
                }
                for shop in shops {
                    let messages = try await cluster.http("GET", "/v1/shops/\(shop)/buyers/b/messages")
                    let places = ["with 3", "with 2", "with 5"].map { messages.text.firstRange(of: $0)?.lowerBound }
                    #expect(places.allSatisfy { $0 != nil }, "\(messages.text)")
                    #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
                }
            }
        }

        @Test func numberOutsideTheBoundsIsRefused() async throws {
            try await withCluster { cluster in
                let outcome = try await cluster.fenliu("scale", "--routers", "65")
                #expect(outcome.status == 73)
                #expect(outcome.errors.contains("1…64"))
            }
        }

        @Test func journalOfARunningAndOfAStoppedClusterReadsTheSame() async throws {
            var options = ClusterOptions(routers: 2)
            options.empty = false
            try await withCluster(options) { cluster in
                let running = try await cluster.fenliu("journal", "dump", "--shop", "demo", "--json")
                #expect(running.status == 0, "\(running.errors)")
                #expect(running.output.split(separator: "\n").count >= 16)
                await cluster.stop()
                let stopped = try await cluster.fenliu("journal", "dump", "--shop", "demo", "--json")
                #expect(stopped.status == 0, "\(stopped.errors)")
                #expect(stopped.output.hasPrefix(running.output))
            }
        }
    }
}
