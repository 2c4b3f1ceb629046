// (i) through HTTP: three times what the ingress and one router bear together, in open loop, a request at a time on each of
// a shop's connections.

import ClusterKit
import Foundation
import Wire

struct HTTPOverloadBench {
    let plan: BenchPlan
    private let shops: OverloadShops
    private static let words = ", through HTTP"
    /// What the ingress may hold at most for the connections and requests of the flood.
    private static let boundMB = 128.0

    init(plan: BenchPlan) {
        self.plan = plan
        shops = OverloadShops(plan: plan)
    }

    func run(into report: inout BenchReport) throws(ClusterFault) {
        let cluster = try BenchCluster(routers: 1, in: plan.folder)
        defer { cluster.stop() }
        guard let router = cluster.routers.first,
            let pid = cluster.file.processes.first(where: { $0.role == Role.ingress.name })?.pid
        else { throw ClusterFault(.notRunning, "no router, or no ingress") }
        let sessions = try shops.prepare(router.socket)

        let alike = shops.quiet + [shops.hot]
        let top = try outcomes([
            load(alike, each: plan.hotConnections, cluster, plan.calmSeconds, rate: nil, first: 1)
        ])[0]
        guard top.bad == 0, top.count > 0 else { throw ClusterFault(.refused, "overload: \(top.badWords)") }
        let quietRate = top.perSecond * shops.quietPart
        let calm = try outcomes([
            load(shops.quiet, each: plan.quietConnections, cluster, plan.calmSeconds, rate: quietRate, first: 2)
        ])[0]
        let before = Usage.residentBytes(of: pid)
        let replies = LoadRun(
            sockets: try sockets(plan.hotConnections, cluster),
            speech: HTTPReplySpeech(
                shop: shops.hot, sessions: sessions, token: cluster.file.operatorToken, port: cluster.httpPort),
            plan: LoadPlan(
                inFlight: 1, seconds: plan.overloadSeconds, rate: shops.replyRate(top: top.perSecond),
                countsBad: false),
            first: 200 << 28)
        let hot = [UInt64](repeating: shops.hot, count: Int(OverloadShops.flood))
        let flood = try outcomes([
            load(
                hot, each: plan.hotConnections, cluster, plan.overloadSeconds, rate: top.perSecond * shops.hotPart,
                first: 3),
            load(
                shops.quiet, each: plan.quietConnections, cluster, plan.overloadSeconds, rate: quietRate, first: 4),
            replies,
        ])
        let after = Usage.residentBytes(of: pid)
        let back = try recovery(cluster, calm: calm, rate: quietRate)
        shops.tell(
            &report, Self.words, seconds: plan.overloadSeconds,
            OverloadOutcome(
                top: top, inFlight: alike.count * plan.hotConnections, calm: calm, hot: flood[0], quiet: flood[1],
                replies: flood[2]))
        shops.tell(&report, Self.words, back: back)
        let grown = Double(after) / 1e6
        report.figures.append(
            Figure(
                workload: "i", what: "ingress's memory afterwards, \(before / 1_000_000) MB before", unit: "MB",
                value: grown, runs: [grown], goal: Double(before) / 1e6 + Self.boundMB, goalIsMost: true))
    }

    private func sockets(_ count: Int, _ cluster: BenchCluster) throws(ClusterFault) -> [LoadSocket] {
        var sockets: [LoadSocket] = []
        for _ in 0..<count { sockets.append(try .loopback(port: cluster.httpPort)) }
        return sockets
    }

    /// Consults of shops with so many connections for each mention, taking turns.
    private func load(
        _ asking: [UInt64], each: Int, _ cluster: BenchCluster, _ seconds: Double, rate: Double?, first: UInt64
    ) throws(ClusterFault) -> LoadRun<HTTPSpeech> {
        let all = (0..<each).flatMap { _ in asking }
        return LoadRun(
            sockets: try sockets(all.count, cluster),
            speech: HTTPSpeech(
                consultsOf: all, buyers: plan.overloadBuyers, token: cluster.file.operatorToken,
                port: cluster.httpPort),
            plan: LoadPlan(inFlight: 1, seconds: seconds, rate: rate, countsBad: false), first: first << 28)
    }

    private func outcomes(_ loads: [any PlannedLoad]) throws(ClusterFault) -> [LoadOutcome] {
        try RunningLoads(loads).outcomes()
    }

    /// As at the socket: until the other shops are served as calmly as before.
    private func recovery(
        _ cluster: BenchCluster, calm: LoadOutcome, rate: Double
    ) throws(ClusterFault) -> Double {
        try shops.recovery(calm: calm) { seconds, look throws(ClusterFault) in
            try outcomes([
                load(shops.quiet, each: plan.quietConnections, cluster, seconds, rate: rate, first: 100 + look)
            ])[0]
        }
    }
}
