// (b), the sockets' part of (d) and of (f): durable consults through a router's socket, and echoes of the same frames.

import ClusterKit
import Domain
import Foundation
import Wire

struct RouterBench {
    let plan: BenchPlan

    /// (b): one shop at each number in flight, then at half of what the middle one bears, then several routers.
    func durable(into report: inout BenchReport) throws(ClusterFault) {
        if let rate = plan.rate {
            // More than find a place: a rate that cannot be borne is refused, and said so.
            report.figures.append(try atRate(rate, inFlight: 16_000, "p99 at a rate"))
            return
        }
        var best: [Int: Double] = [:]
        for inFlight in plan.inFlight {
            let figure = try cluster(routers: 1) { cluster throws(ClusterFault) in
                try runs(cluster, shops: 1, agents: 100, inFlight: inFlight, "b", BenchName.durable)
            }
            best[inFlight] = figure.value
            report.figures.append(figure)
            if inFlight == 1_024 { report.figures[report.figures.count - 1].goal = 250_000 }
        }
        if let top = best[1_024] ?? best.values.max() {
            // Fewer than find a place in a shop's line (`InboundLimits`): a stall is waited out, and counts, and nobody is
            // refused.
            var figure = try atRate(
                top / 2, inFlight: 6_000,
                "p99 at half of the rate at \(best[1_024] == nil ? "the top" : "1,024")")
            figure.goal = 5
            figure.goalIsMost = true
            report.figures.append(figure)
        }
        let routers = plan.spreadRouters
        report.figures.append(
            try cluster(routers: routers) { cluster throws(ClusterFault) in
                try runs(
                    cluster, shops: plan.spreadShops, agents: 100,
                    inFlight: plan.inFlight.last.map { min($0, 1_024) } ?? 16, "b",
                    "durable consults, \(plan.spreadShops) shops, \(routers) routers")
            })
    }

    /// How long replies take at so many consults a second.
    private func atRate(_ rate: Double, inFlight: Int, _ what: String) throws(ClusterFault) -> Figure {
        try cluster(routers: 1) { cluster throws(ClusterFault) in
            try runs(cluster, shops: 1, agents: 100, inFlight: inFlight, rate: rate, "b", what)
        }
    }

    /// (f)
    func growth(into report: inout BenchReport) throws(ClusterFault) {
        for shops in plan.shopSizes {
            report.figures.append(
                try cluster(routers: 1) { cluster throws(ClusterFault) in
                    try runs(
                        cluster, shops: shops, agents: 4, inFlight: plan.inFlight.last.map { min($0, 1_024) } ?? 16,
                        areNew: false, "f",
                        "durable consults, shops of 4 agents, \(count(shops)) shops")
                })
        }
    }

    /// (d): the product's server with a service that gives every payload back.
    func echo(into report: inout BenchReport) throws(ClusterFault) {
        let folder = try BenchFolder(in: plan.folder)
        defer { folder.remove() }
        let path = folder.path + "/e.sock"
        let server = try BenchProcess(
            try BenchCluster.own("fenliu"), ["bench-echo", "--socket", path], log: folder.path + "/echo.log")
        defer { server.stop() }
        _ = try server.line(startingWith: "ready")
        for inFlight in plan.inFlight {
            var runs: [Run] = []
            for _ in 0..<plan.runs {
                let link = try FrameSocket(path)
                var speech = EchoSpeech(payload: Self.consultBytes)
                let before = Usage.seconds(of: server.pid)
                let outcome = try runLoad([link.socket], &speech, LoadPlan(inFlight: inFlight, seconds: plan.seconds))
                runs.append(Run(outcome, server: Usage.seconds(of: server.pid) - before))
            }
            report.figures.append(try Run.figure(runs, "d", BenchName.echo, inFlight: inFlight))
        }
    }

    /// Bytes of a consult's frame without its head.
    private static let consultBytes = 110

    func cluster<Value>(
        routers: Int, _ body: (BenchCluster) throws(ClusterFault) -> Value
    ) throws(ClusterFault) -> Value {
        let cluster = try BenchCluster(routers: routers, in: plan.folder)
        defer { cluster.stop() }
        return try body(cluster)
    }

    /// `areNew`: each run has shops of its own; else all runs have the same.
    private func runs(
        _ cluster: BenchCluster, shops: Int, agents: Int, inFlight: Int, rate: Double? = nil, areNew: Bool = true,
        _ workload: String, _ what: String
    ) throws(ClusterFault) -> Figure {
        let routers = cluster.routers
        let owners = ShardMap.owners(shards: ShardMap.defaultShards, routers: routers.map(\.name))
        let now = Timestamp(millis: Int64(Date().timeIntervalSince1970 * 1_000))
        var runs: [Run] = []
        for run in 0..<plan.runs {
            let first = areNew ? UInt64(run * shops) : 0
            var own: [[UInt64]] = routers.map { _ in [] }
            for shop in first..<first + UInt64(shops) {
                let owner = owners[ShardMap.shard(of: BenchID.shop(shop), shards: ShardMap.defaultShards)]
                guard let place = routers.firstIndex(where: { $0.name == owner }) else { continue }
                own[place].append(shop)
            }
            var links: [LoadSocket] = []
            var used: [[UInt64]] = []
            for (router, shops) in zip(routers, own) where !shops.isEmpty {
                var link = try FrameSocket(router.socket)
                if areNew || run == 0 {
                    for start in stride(from: 0, to: shops.count, by: 100) {
                        try link.give(
                            shops[start..<min(start + 100, shops.count)].flatMap {
                                BenchShop.commands($0, agents: agents, at: now)
                                    + (areNew ? [] : [BenchShop.consult($0, at: now)])
                            })
                    }
                }
                links.append(link.socket)
                used.append(shops)
            }
            // With the first buyer no more than a shop may have open.
            var speech = ConsultSpeech(shops: used, buyers: plan.buyers - (areNew ? 0 : 1), at: now)
            let before = cluster.used
            let outcome = try runLoad(
                links, &speech,
                LoadPlan(inFlight: max(1, inFlight / links.count), seconds: plan.seconds, rate: rate),
                first: UInt64(run) << 32)
            runs.append(Run(outcome, server: cluster.used - before))
        }
        return try rate == nil
            ? Run.figure(runs, workload, what, inFlight: inFlight) : Run.latency(runs, workload, what)
    }
}

/// One run of a load and what it cost.
struct Run {
    var outcome: LoadOutcome
    /// Seconds of processor.
    var server: Double

    init(_ outcome: LoadOutcome, server: Double) {
        self.outcome = outcome
        self.server = server
    }

    /// Of runs at a rate: the p99, and the rate that was reached.
    static func latency(_ runs: [Run], _ workload: String, _ what: String) throws(ClusterFault) -> Figure {
        var figure = try figure(runs, workload, what, inFlight: nil) { $0.outcome.p99 }
        figure.unit = "ms at \(count(Int(figure.value.rounded())))/s"
        figure.value = figure.p99 ?? 0
        figure.runs = runs.map(\.outcome.p99)
        return figure
    }

    /// That of the run in the middle. Throws `.refused` if a run had bad replies: then its figure says nothing.
    static func figure(
        _ runs: [Run], _ workload: String, _ what: String, inFlight: Int?,
        by order: (Run) -> Double = { $0.outcome.perSecond }
    ) throws(ClusterFault) -> Figure {
        for run in runs where run.outcome.bad > 0 || run.outcome.count == 0 {
            throw ClusterFault(.refused, "\(what): \(run.outcome.badWords)")
        }
        guard let middle = median(runs, by: order) else {
            throw ClusterFault(.usage, "no runs")
        }
        let sent = Double(max(1, middle.outcome.sent))
        return Figure(
            workload: workload, what: what, inFlight: inFlight, unit: "/s", value: middle.outcome.perSecond,
            runs: runs.map(\.outcome.perSecond), p50: middle.outcome.p50, p99: middle.outcome.p99,
            serverMicros: middle.server / sent * 1e6, clientMicros: middle.outcome.clientSeconds / sent * 1e6)
    }
}

/// A shop of the bench: agents of different weights, all online.
enum BenchShop {
    /// A first buyer's, whom no load has.
    static func consult(_ shop: UInt64, at: Timestamp) -> ShopCommand {
        ShopCommand(
            shop: BenchID.shop(shop), at: at,
            command: .receiveMessage(
                ReceiveMessage(
                    buyer: BuyerID(rawValue: "first"), message: MessageID(rawValue: "first"), text: benchText)))
    }

    static func commands(_ shop: UInt64, agents: Int, at: Timestamp) -> [ShopCommand] {
        var commands: [Command] = [.setShop(SetShop(name: "Bench"))]
        for number in 0..<agents {
            commands.append(.setAgent(SetAgent(agent: BenchID.agent(number), weight: 50 + number % 100)))
            commands.append(.setPresence(SetPresence(agent: BenchID.agent(number), state: .online)))
        }
        return commands.map { ShopCommand(shop: BenchID.shop(shop), at: at, command: $0) }
    }
}
