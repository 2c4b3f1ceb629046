// (c) and the HTTP part of (d): the same consults through the ingress, beside a request that needs no router.

import ClusterKit
import Domain
import Foundation
import Wire

struct HTTPBench {
    let plan: BenchPlan

    func consults(into report: inout BenchReport) throws(ClusterFault) {
        let cluster = try BenchCluster(routers: 1, in: plan.folder)
        defer { cluster.stop() }
        var shop: UInt64 = 0
        for connections in plan.connections {
            var runs: [Run] = []
            for run in 0..<plan.runs {
                shop += 1
                try makeShop(shop, cluster)
                var speech = HTTPSpeech(
                    consultsOf: [shop], buyers: plan.buyers, token: cluster.file.operatorToken, port: cluster.httpPort)
                runs.append(try load(cluster, &speech, connections, first: UInt64(run) << 32))
            }
            var figure = try Run.figure(
                runs, "c", "durable consults through HTTP, 1 shop, 100 agents", inFlight: connections)
            if connections == 64 { figure.goal = 40_000 }
            report.figures.append(figure)
        }
    }

    func echo(into report: inout BenchReport) throws(ClusterFault) {
        let cluster = try BenchCluster(routers: 1, in: plan.folder)
        defer { cluster.stop() }
        for connections in plan.connections {
            var runs: [Run] = []
            for _ in 0..<plan.runs {
                var speech = HTTPSpeech(get: "/healthz", port: cluster.httpPort)
                runs.append(try load(cluster, &speech, connections, first: 0))
            }
            report.figures.append(
                try Run.figure(runs, "d", "HTTP echo of the same server (GET /healthz)", inFlight: connections))
        }
    }

    private func makeShop(_ shop: UInt64, _ cluster: BenchCluster) throws(ClusterFault) {
        guard let router = cluster.routers.first else { throw ClusterFault(.notRunning, "no router") }
        var link = try FrameSocket(router.socket)
        let now = Timestamp(millis: Int64(Date().timeIntervalSince1970 * 1_000))
        try link.give(BenchShop.commands(shop, agents: 100, at: now))
    }

    private func load(
        _ cluster: BenchCluster, _ speech: inout HTTPSpeech, _ connections: Int, first: UInt64
    ) throws(ClusterFault) -> Run {
        var sockets: [LoadSocket] = []
        for _ in 0..<connections { sockets.append(try LoadSocket.loopback(port: cluster.httpPort)) }
        let before = cluster.used
        let outcome = try runLoad(sockets, &speech, LoadPlan(inFlight: 1, seconds: plan.seconds), first: first)
        return Run(outcome, server: cluster.used - before)
    }
}
