// (i): three times what one router bears, one shop asking for a hundred times as much as each of the others, in open
// loop at the router's socket: what is still done, whether the others feel it, and how soon all is as before.

import ClusterKit
import Domain
import Foundation
import Wire

struct OverloadBench {
    let plan: BenchPlan
    private let shops: OverloadShops
    /// Few, so that caches and remembered answers reach their bounds within the run.
    private static let shards = 4
    /// What these may hold at most: 12 MB of pages and 200,000 answers a shard.
    private static let boundMB = 256.0

    init(plan: BenchPlan) {
        self.plan = plan
        shops = OverloadShops(plan: plan)
    }

    private var closedLoop: Int { plan.inFlight.contains(1_024) ? 1_024 : plan.inFlight.last ?? 16 }

    func run(into report: inout BenchReport) throws(ClusterFault) {
        let cluster = try BenchCluster(routers: 1, shards: Self.shards, in: plan.folder)
        defer { cluster.stop() }
        guard let router = cluster.routers.first,
            let pid = cluster.file.processes.first(where: { $0.name == router.name })?.pid
        else { throw ClusterFault(.notRunning, "no router") }
        let sessions = try shops.prepare(router.socket)

        let top = try loads([(shops.quiet + [shops.hot], nil, closedLoop)], router.socket, plan.calmSeconds, first: 1)[
            0]
        guard top.bad == 0, top.count > 0 else { throw ClusterFault(.refused, "overload: \(top.badWords)") }
        let calm = try loads([calmLoad(top.perSecond)], router.socket, plan.calmSeconds, first: 2)[0]
        let before = Usage.residentBytes(of: pid)
        let replies = LoadRun(
            sockets: [try FrameSocket(router.socket).socket],
            speech: ReplySpeech(shop: shops.hot, sessions: sessions, at: shops.at),
            plan: LoadPlan(
                inFlight: plan.floodInFlight, seconds: plan.overloadSeconds,
                rate: shops.replyRate(top: top.perSecond),
                countsBad: false),
            first: 200 << 28)
        let flood = try loads(
            [([shops.hot], top.perSecond * shops.hotPart, plan.floodInFlight), calmLoad(top.perSecond)], router.socket,
            plan.overloadSeconds, first: 3, beside: [replies])
        let shared = try sharedFlood(router.socket, top: top.perSecond)
        let after = Usage.residentBytes(of: pid)
        let back = try shops.recovery(calm: calm) { seconds, look throws(ClusterFault) in
            try loads([calmLoad(top.perSecond)], router.socket, seconds, first: 100 + look)[0]
        }
        shops.tell(
            &report, "", seconds: plan.overloadSeconds,
            OverloadOutcome(
                top: top, inFlight: closedLoop, calm: calm, hot: flood[0], quiet: flood[1], replies: flood[2]))
        tell(&report, shared: shared, top: top, calm: calm)
        shops.tell(&report, "", back: back)
        let grown = Double(after) / 1e6
        report.figures.append(
            Figure(
                workload: "i", what: "router's memory afterwards, \(before / 1_000_000) MB before", unit: "MB",
                value: grown, runs: [grown], goal: Double(before) / 1e6 + Self.boundMB, goalIsMost: true))
    }

    /// The same flood with the consults of all shops on one connection, as those of an ingress are. The other shops are
    /// counted apart.
    private func sharedFlood(_ socket: String, top: Double) throws(ClusterFault) -> LoadOutcome {
        let mix = shops.quiet + [UInt64](repeating: shops.hot, count: Int(OverloadShops.flood))
        var speech = ConsultSpeech(shops: [mix], buyers: plan.overloadBuyers, at: shops.at)
        speech.apart = 0..<shops.hot
        let load = LoadRun(
            sockets: [try FrameSocket(socket).socket], speech: speech,
            plan: LoadPlan(
                inFlight: plan.floodInFlight, seconds: plan.overloadSeconds / 3,
                rate: top * (shops.quietPart + shops.hotPart),
                countsBad: false),
            first: 4 << 28)
        return try RunningLoads([load]).outcomes()[0]
    }

    private func tell(_ report: inout BenchReport, shared: LoadOutcome, top: LoadOutcome, calm: LoadOutcome) {
        let others = shared.apart ?? LoadOutcome.Apart()
        let goodput = shared.seconds > 0 ? Double(shared.count + others.count) / shared.seconds : 0
        let answered = 100 * Double(others.answered - others.bad) / Double(max(1, others.answered))
        let (p50, p99) = (others.p50, others.p99)
        func figure(_ what: String, _ unit: String, _ value: Double, goal: Double? = nil, most: Bool = false) {
            report.figures.append(
                Figure(
                    workload: "i", what: what, inFlight: nil, unit: unit, value: value, runs: [value], p50: p50,
                    p99: p99, goal: goal, goalIsMost: most))
        }
        figure("the same on one connection of all shops: goodput", "/s", goodput, goal: top.perSecond * 0.9)
        figure("of these the other shops: p99", "ms", p99, goal: calm.p99 * 2, most: true)
        figure("of the other shops' consults answered", "%", answered, goal: 99)
    }

    private func calmLoad(_ top: Double) -> ([UInt64], Double?, Int) {
        (shops.quiet, top * shops.quietPart, plan.floodInFlight)
    }

    /// Consults of so many shops at such a rate with so many in flight, each on a connection of its own.
    private func loads(
        _ loads: [([UInt64], Double?, Int)], _ socket: String, _ seconds: Double, first: UInt64,
        beside: [any PlannedLoad] = []
    ) throws(ClusterFault) -> [LoadOutcome] {
        var all: [any PlannedLoad] = []
        for (place, (asking, rate, inFlight)) in loads.enumerated() {
            let load = LoadRun(
                sockets: [try FrameSocket(socket).socket],
                speech: ConsultSpeech(shops: [asking], buyers: plan.overloadBuyers, at: shops.at),
                plan: LoadPlan(inFlight: inFlight, seconds: seconds, rate: rate, countsBad: false),
                first: first << 28 | UInt64(place) << 27)
            all.append(load)
        }
        return try RunningLoads(all + beside).outcomes()
    }
}
