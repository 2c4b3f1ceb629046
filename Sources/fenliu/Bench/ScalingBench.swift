// (h): routers come, go and die at half of the load that the HTTP interface bears. Each connection has a shop of its own
// and asks one thing after the other, so its slowest answer is how long its shard was away.

import ClusterKit
import Domain
import Foundation
import Wire

struct ScalingBench {
    let plan: BenchPlan
    private let at = Timestamp(millis: Int64(Date().timeIntervalSince1970 * 1_000))

    init(plan: BenchPlan) { self.plan = plan }

    private var shops: [UInt64] { (0..<UInt64(plan.scalingConnections)).map { $0 } }

    func run(into report: inout BenchReport) throws(ClusterFault) {
        let cluster = try BenchCluster(routers: 1, in: plan.folder)
        defer { cluster.stop() }
        guard let router = cluster.routers.first else { throw ClusterFault(.notRunning, "no router") }
        var link = try FrameSocket(router.socket)
        for shop in shops { try link.give(BenchShop.commands(shop, agents: 10, at: at)) }
        let top = try watch(cluster, rate: nil, seconds: plan.seconds, first: 1, .none)
        let rate = top.perSecond / 2
        var former = 1
        var moved: [Double] = []
        var steady: [LoadOutcome] = []
        for (step, routers) in [3, 5, 2].enumerated() {
            let outcome = try watch(
                cluster, rate: rate, seconds: plan.scalingSeconds, first: UInt64(step) + 2, .scale(routers))
            let (old, new) = (owners(former), owners(routers))
            for (shop, longest) in zip(shops, outcome.longest) where old[shard(shop)] != new[shard(shop)] {
                moved.append(longest)
            }
            former = routers
            steady.append(outcome)
        }
        let dying = "router-1"
        let killed = try watch(cluster, rate: rate, seconds: plan.scalingSeconds, first: 9, .kill(dying))
        let lost = zip(shops, killed.longest).filter { owners(former)[shard($0.0)] == dying }.map(\.1)
        let served = median(steady, by: \.perSecond)?.perSecond ?? 0
        report.figures.append(
            Figure(
                workload: "h", what: "served through HTTP while routers go 1 → 3 → 5 → 2, half of the top", unit: "/s",
                value: served, runs: steady.map(\.perSecond), goal: rate * 0.95))
        tell(&report, "pause of a shard that moves, p99", moved, goal: 1_000)
        tell(&report, "pause of a killed router's shard, p99", lost, goal: 2_000)
    }

    private func tell(_ report: inout BenchReport, _ what: String, _ pauses: [Double], goal: Double) {
        let sorted = pauses.sorted()
        guard !sorted.isEmpty else {
            report.notes.append("\(what): none was hit")
            return
        }
        let value = sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
        report.figures.append(
            Figure(
                workload: "h", what: "\(what) (\(sorted.count) shops)", unit: "ms", value: value, runs: [value],
                p50: sorted[sorted.count / 2], p99: value, goal: goal, goalIsMost: true))
    }

    private func shard(_ shop: UInt64) -> Int {
        ShardMap.shard(of: BenchID.shop(shop), shards: ShardMap.defaultShards)
    }

    private func owners(_ routers: Int) -> [String] {
        ShardMap.owners(shards: ShardMap.defaultShards, routers: (1...routers).map { "router-\($0)" })
    }

    private enum Change {
        case none
        case scale(Int)
        case kill(String)
    }

    /// Runs the load; a little later, in the middle of it, the change. Throws if anything was refused.
    private func watch(
        _ cluster: BenchCluster, rate: Double?, seconds: Double, first: UInt64, _ change: Change
    ) throws(ClusterFault) -> LoadOutcome {
        var sockets: [LoadSocket] = []
        for _ in shops { sockets.append(try LoadSocket.loopback(port: cluster.httpPort)) }
        let load = LoadRun(
            sockets: sockets,
            speech: HTTPSpeech(
                consultsOf: shops, buyers: plan.overloadBuyers, token: cluster.file.operatorToken,
                port: cluster.httpPort),
            plan: LoadPlan(inFlight: 1, seconds: seconds, rate: rate), first: first << 32)
        let running = RunningLoads([load])
        Thread.sleep(forTimeInterval: seconds / 5)
        switch change {
        case .none: break
        case .scale(let routers): try cluster.scale(to: routers)
        case .kill(let name):
            guard let pid = try cluster.presentFile().processes.first(where: { $0.name == name })?.pid else {
                throw ClusterFault(.notRunning, "no \(name)")
            }
            kill(pid, SIGKILL)
        }
        let outcome = try running.outcomes()[0]
        guard outcome.bad == 0, outcome.count > 0 else {
            throw ClusterFault(.refused, "while routers changed \(outcome.badWords)")
        }
        return outcome
    }
}
