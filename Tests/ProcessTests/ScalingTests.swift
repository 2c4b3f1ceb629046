import ClusterKit
import Foundation
import Testing

extension WholeCluster {
    /// `fenliu bench` has the same at half of the top load (workload h).
    @Suite struct ScalingTests {
        private static let shards = 16

        /// Open shards of each router, by name.
        private func spread(_ cluster: Cluster) async throws -> [String: Int] {
            var spread: [String: Int] = [:]
            let status = try await cluster.http("GET", "/v1/cluster").json
            for process in status["processes"] as? [[String: any Sendable]] ?? [] {
                guard let name = process["name"] as? String,
                    let shards = process["shards"] as? [[String: any Sendable]]
                else { continue }
                spread[name] = shards.count { $0["state"] as? String == "open" }
            }
            return spread
        }

        @Test(
            "1 → 3 → 5 → 2 routers under load, then a kill: nothing is lost, doubled or out of order, pauses are short")
        func routersComeGoAndDieUnderLoad() async throws {
            var options = ClusterOptions(routers: 1)
            options.shards = Self.shards
            try await withCluster(options) { cluster in
                let load = Load(cluster, shops: ["north", "east", "south", "west"])
                try await load.prepare()
                let log = try await load.during {
                    await load.more(8)
                    for routers in [3, 5, 2] {
                        load.forgetLongest()
                        try await cluster.scale(to: routers)
                        await load.more(16)
                        #expect(load.longest < .seconds(1), "with \(routers) routers a message waited \(load.longest)")
                        let spread = try await spread(cluster)
                        #expect(spread.count == routers)
                        #expect(spread.values.reduce(0, +) == Self.shards)
                        for (name, shards) in spread {
                            #expect(shards * routers <= 2 * Self.shards, "\(name) has \(shards) of \(Self.shards)")
                        }
                    }
                    load.forgetLongest()
                    try await cluster.killAndAwaitSuccessor("router-1")
                    await load.more(16)
                    #expect(load.longest < .seconds(2), "after a kill a message waited \(load.longest)")
                }
                let (found, _) = try await load.violations(log)
                #expect(found == [])
            }
        }
    }
}
