// (i): three times what one router bears, one shop asking for a hundred times as much as each of the others, in open
// loop at the router's socket: what is still done, whether the others feel it, and how soon all is as before.

import ClusterKit
import Domain
import Foundation
import Wire

struct OverloadBench {
    let plan: BenchPlan
    private let at = Timestamp(millis: Int64(Date().timeIntervalSince1970 * 1_000))
    private static let agents = 10
    /// Few, so that caches and remembered answers reach their bounds within the run.
    private static let shards = 4
    /// What these may hold at most: 12 MB of pages and 200,000 answers a shard.
    private static let boundMB = 256.0
    /// Of the top: all that is asked for, and agents' replies among it.
    private static let times = 3.0
    private static let replyPart = 0.01
    /// Of each of the other shops' load.
    private static let flood = 100.0

    /// Parts of the top: of all other shops together, and of the one.
    private var quietPart: Double {
        (Self.times - Self.replyPart) * Double(plan.quietShops) / (Double(plan.quietShops) + Self.flood)
    }
    private var hotPart: Double { Self.times - Self.replyPart - quietPart }

    init(plan: BenchPlan) { self.plan = plan }

    private var hot: UInt64 { UInt64(plan.quietShops) }
    private var quiet: [UInt64] { (0..<UInt64(plan.quietShops)).map { $0 } }
    private var closedLoop: Int { plan.inFlight.contains(1_024) ? 1_024 : plan.inFlight.last ?? 16 }

    func run(into report: inout BenchReport) throws(ClusterFault) {
        let cluster = try BenchCluster(routers: 1, shards: Self.shards, in: plan.folder)
        defer { cluster.stop() }
        guard let router = cluster.routers.first,
            let pid = cluster.file.processes.first(where: { $0.name == router.name })?.pid
        else { throw ClusterFault(.notRunning, "no router") }
        let sessions = try prepare(router.socket)

        let top = try loads([(quiet + [hot], nil, closedLoop)], router.socket, plan.calmSeconds, first: 1)[0]
        guard top.bad == 0, top.count > 0 else { throw ClusterFault(.refused, "overload: \(top.badWords)") }
        let calm = try loads([calmLoad(top.perSecond)], router.socket, plan.calmSeconds, first: 2)[0]
        let before = Usage.residentBytes(of: pid)
        let replies = LoadRun(
            sockets: [try FrameSocket(router.socket).socket],
            speech: ReplySpeech(shop: hot, sessions: sessions, at: at),
            plan: LoadPlan(
                inFlight: plan.floodInFlight, seconds: plan.overloadSeconds, rate: top.perSecond * Self.replyPart,
                countsBad: false),
            first: 200 << 28)
        let flood = try loads(
            [([hot], top.perSecond * hotPart, plan.floodInFlight), calmLoad(top.perSecond)], router.socket,
            plan.overloadSeconds, first: 3, beside: [replies.result])
        let shared = try sharedFlood(router.socket, top: top.perSecond)
        let after = Usage.residentBytes(of: pid)
        let back = try recovery(router.socket, calm: calm, top: top.perSecond)
        tell(&report, top: top, calm: calm, hot: flood[0], quiet: flood[1], replies: flood[2])
        tell(&report, shared: shared, top: top, calm: calm)
        report.figures.append(
            Figure(
                workload: "i", what: "until the other shops' p99 is as it was before", unit: "s", value: back,
                runs: [back], goal: 10, goalIsMost: true))
        let grown = Double(after) / 1e6
        report.figures.append(
            Figure(
                workload: "i", what: "router's memory afterwards, \(before / 1_000_000) MB before", unit: "MB",
                value: grown, runs: [grown], goal: Double(before) / 1e6 + Self.boundMB, goalIsMost: true))
    }

    private func tell(
        _ report: inout BenchReport, top: LoadOutcome, calm: LoadOutcome, hot: LoadOutcome, quiet: LoadOutcome,
        replies: LoadOutcome
    ) {
        func figure(
            _ what: String, _ unit: String, _ value: Double, _ outcome: LoadOutcome, goal: Double? = nil,
            most: Bool = false
        ) {
            report.figures.append(
                Figure(
                    workload: "i", what: what, inFlight: nil, unit: unit, value: value, runs: [value], p50: outcome.p50,
                    p99: outcome.p99, goal: goal, goalIsMost: most))
        }
        func part(_ outcome: LoadOutcome) -> Double {
            100 * Double(outcome.answered - outcome.bad) / Double(max(1, outcome.answered))
        }
        let shops = plan.quietShops + 1
        figure("top: \(shops) shops alike, \(closedLoop) in flight", "/s", top.perSecond, top)
        figure(
            "\(BenchReport.number(quietPart)) of it, without the shop that asks for too much", "/s", calm.perSecond,
            calm)
        let goodput = hot.perSecond + quiet.perSecond + replies.perSecond
        figure(
            "goodput at three times the top: one shop asks for \(BenchReport.number(hotPart)) of it, a hundred times as "
                + "much as each of \(plan.quietShops) others",
            "/s", goodput, hot, goal: top.perSecond * 0.9)
        figure(
            "of these the other shops: p99, which was \(BenchReport.number(calm.p99)) without the one", "ms", quiet.p99,
            quiet, goal: calm.p99 * 2, most: true)
        figure("of the other shops' consults answered", "%", part(quiet), quiet, goal: 99)
        figure("of the consults of the shop that asks for too much answered", "%", part(hot), hot)
        let load = (hot.clientSeconds + quiet.clientSeconds + replies.clientSeconds) / plan.overloadSeconds
        figure("processor of the load generator meanwhile", "cores", load, hot)
        figure("of agents' replies in the shop that asks for too much answered", "%", part(replies), replies, goal: 99)
    }

    /// The same flood with the consults of all shops on one connection, as those of an ingress are. The other shops are
    /// counted apart.
    private func sharedFlood(_ socket: String, top: Double) throws(ClusterFault) -> LoadOutcome {
        let shops = quiet + [UInt64](repeating: hot, count: Int(Self.flood))
        var speech = ConsultSpeech(shops: [shops], buyers: plan.overloadBuyers, at: at)
        speech.apart = 0..<hot
        let load = LoadRun(
            sockets: [try FrameSocket(socket).socket], speech: speech,
            plan: LoadPlan(
                inFlight: plan.floodInFlight, seconds: plan.overloadSeconds / 3, rate: top * (quietPart + hotPart),
                countsBad: false),
            first: 4 << 28)
        return try RunningLoads([load.result]).outcomes()[0]
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
        (quiet, top * quietPart, plan.floodInFlight)
    }

    /// Consults of so many shops at such a rate with so many in flight, each on a connection of its own.
    private func loads(
        _ loads: [([UInt64], Double?, Int)], _ socket: String, _ seconds: Double, first: UInt64,
        beside: [@Sendable () -> Result<LoadOutcome, ClusterFault>] = []
    ) throws(ClusterFault) -> [LoadOutcome] {
        var all: [@Sendable () -> Result<LoadOutcome, ClusterFault>] = []
        for (place, (shops, rate, inFlight)) in loads.enumerated() {
            let load = LoadRun(
                sockets: [try FrameSocket(socket).socket],
                speech: ConsultSpeech(shops: [shops], buyers: plan.overloadBuyers, at: at),
                plan: LoadPlan(inFlight: inFlight, seconds: seconds, rate: rate, countsBad: false),
                first: first << 28 | UInt64(place) << 27)
            all.append(load.result)
        }
        return try RunningLoads(all + beside).outcomes()
    }

    /// Shops, and the sessions of the one that will ask for too much.
    private func prepare(_ socket: String) throws(ClusterFault) -> [(SessionID, AgentID)] {
        var link = try FrameSocket(socket)
        for shop in quiet + [hot] { try link.give(BenchShop.commands(shop, agents: Self.agents, at: at)) }
        let consults = (0..<64).map { number in
            ShopCommand(
                shop: BenchID.shop(hot), at: at, stamp: nil,
                command: .receiveMessage(
                    ReceiveMessage(
                        buyer: BuyerID(rawValue: "r\(number)"), message: MessageID(rawValue: "r\(number)"),
                        text: benchText)))
        }
        return try link.give(consults).compactMap { answer in
            guard let session = answer.session, let agent = answer.handler?.agent else { return nil }
            return (session, agent)
        }
    }

    /// Seconds until half of the top is served as calmly as before; looked at every half second, ten seconds at most.
    private func recovery(
        _ socket: String, calm: LoadOutcome, top: Double
    ) throws(ClusterFault) -> Double {
        let step = min(0.5, plan.seconds)
        var passed = 0.0
        for look in 0..<Int(10 / step) {
            let outcome = try loads([calmLoad(top)], socket, step, first: 100 + UInt64(look))[0]
            passed += step
            if outcome.bad == 0, outcome.p99 <= calm.p99 * 2 + 5 { return passed }
        }
        return passed + step
    }
}
