import ClusterKit
import Domain
import Foundation
import Testing
import Wire

extension WholeCluster {
    @Suite struct FaultTests {
        private func options(routers: Int, manualClock: Bool = false) -> ClusterOptions {
            var options = ClusterOptions(routers: routers)
            options.shards = 8
            options.manualClock = manualClock
            return options
        }

        @Test("I1, I5, I6, I9: routers and ingress are killed under load, and nothing acknowledged is lost or doubled")
        func killsUnderLoadLoseNothing() async throws {
            let kills = isLongRun ? 200 : 20
            try await withCluster(options(routers: 2)) { cluster in
                let load = Load(cluster)
                try await load.prepare()
                let log = try await load.during {
                    await load.more(10)
                    for kill in 1...kills {
                        let name = kill % 8 == 0 ? "ingress-1" : "router-\(1 + kill % 2)"
                        try await cluster.killAndAwaitSuccessor(name)
                        // A step of a fixed but uneven length, so that kills meet all moments of a commit.
                        await load.more(3 + kill * 7 % 5)
                    }
                    await load.more(10)
                }
                let (found, events) = try await load.violations(log)
                #expect(found == [])
                #expect(log.messages.count > kills * 3)
                #expect(events > log.messages.count)
                #expect(load.longest < .seconds(15), "a message waited \(load.longest)")
            }
        }

        @Test("I4, I5: a router that stops answering is killed, and its shards go on elsewhere")
        func stoppedRouterUnderLoadLosesNothing() async throws {
            try await withCluster(options(routers: 2)) { cluster in
                let load = Load(cluster)
                try await load.prepare()
                let log = try await load.during {
                    await load.more(10)
                    let former = try cluster.pid("router-1")
                    let watch = try FileWatch(folder: cluster.data, name: "cluster.json")
                    try cluster.kill("router-1", SIGSTOP)
                    while ((try? cluster.pid("router-1")) ?? former) == former { try await watch.next() }
                    #expect(!Cluster.runs(former))
                    await load.more(30)
                }
                let (found, _) = try await load.violations(log)
                #expect(found == [])
            }
        }

        @Test("routers come and go under load, and a follower of a shard sees every event once and in order")
        func scalingUnderLoadLosesNothing() async throws {
            try await withCluster(options(routers: 3)) { cluster in
                let load = Load(cluster)
                try await load.prepare()
                let shard = ShardMap.shard(of: ShopID(rawValue: "north"), shards: 8)
                let follower = ShardFollower(cluster, shard: shard)
                let following = Task { await follower.run() }
                let log = try await load.during {
                    await load.more(10)
                    for routers in [5, 2, 4] {
                        try await cluster.scale(to: routers)
                        await load.more(10)
                    }
                    try await cluster.killAndAwaitSuccessor("router-2")
                    await load.more(10)
                }
                let running = try await cluster.fenliu("journal", "dump", "--shard", "\(shard)", "--json")
                let lines = running.output.split(separator: "\n").map(String.init)
                await follower.has(lines.count)
                following.cancel()
                await following.value
                #expect(follower.complaints == [])
                #expect(follower.lines.count > 20)
                #expect(Array(follower.lines.prefix(lines.count)) == lines)
                let (found, _) = try await load.violations(log)
                #expect(found == [])
            }
        }

        /// The demonstration day's result.
        private func play(routers: Int, kill: Bool) async throws -> String {
            try await withCluster(options(routers: routers, manualClock: true)) { cluster in
                let day = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                    .deletingLastPathComponent().appendingPathComponent("Deploy/demo-day.ndjson").path
                let playing = try Command(["play", day, "--data", cluster.data])
                if kill {
                    for name in ["router-1", "router-2"] {
                        guard await playing.errorLine(holding: name == "router-1" ? "09:" : "12:") != nil else {
                            throw HTTPFault(description: "the play ended early: \(playing.errors)")
                        }
                        try await cluster.killAndAwaitSuccessor(name)
                    }
                }
                let status = await playing.ended()
                #expect(status == 0, "\(playing.errors)")
                let line = playing.output.split(separator: "\n").first { $0.contains("ingerprint") }
                return String(try #require(line))
            }
        }

        @Test("a day gives the same result with one router and with three of which two are killed on the way")
        func dayGivesTheSameResultWhateverHappens() async throws {
            let one = try await play(routers: 1, kill: false)
            #expect(try await play(routers: 3, kill: true) == one)
            if isLongRun {
                #expect(try await play(routers: 3, kill: false) == one)
            }
        }
    }
}
