import Foundation
import Testing

extension WholeCluster {
    @Suite struct RouterKillTests {
        private var options: ClusterOptions {
            var options = ClusterOptions(routers: 3)
            options.shards = 16
            return options
        }

        /// Kills these at once; how long it takes until every shop has acknowledged a message sent since.
        private func kill(_ names: [String], _ cluster: Cluster, _ pulse: Pulse) async throws -> Duration {
            let pids = try names.map { try cluster.pid($0) }
            let moment = ContinuousClock.now
            for pid in pids { Glibc.kill(pid, SIGKILL) }
            let silence = await pulse.silence(since: moment)
            for pid in pids { #expect(!Cluster.runs(pid)) }
            // Everybody is back and every shard where it belongs.
            try await cluster.scale(to: 3)
            return silence
        }

        @Test("whichever router is killed, every shop answers again within 2 s, with messages in flight")
        func killedRouterIsReplacedWithinTwoSeconds() async throws {
            try await withCluster(options) { cluster in
                let pulse = Pulse(cluster, shops: 8)
                try await pulse.prepare()
                try await pulse.during {
                    for round in 1...3 {
                        for name in ["router-1", "router-2", "router-3"] {
                            let silence = try await kill([name], cluster, pulse)
                            #expect(silence < .seconds(2), "\(name), round \(round)")
                        }
                    }
                }
            }
        }

        @Test("when all routers are killed at once, every shop answers again within 2 s")
        func allRoutersKilledAreReplacedWithinTwoSeconds() async throws {
            try await withCluster(options) { cluster in
                let pulse = Pulse(cluster, shops: 8)
                try await pulse.prepare()
                try await pulse.during {
                    for round in 1...3 {
                        let silence = try await kill(["router-1", "router-2", "router-3"], cluster, pulse)
                        #expect(silence < .seconds(2), "round \(round)")
                    }
                }
            }
        }
    }
}
