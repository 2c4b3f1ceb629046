// (g): how far the scorer is behind the routers while they take consults at a fixed rate. A sample asks the router how far
// its shards are durable, then the scorer until it has scored so far: the lag, with both questions' own time in it.

import ClusterKit
import Domain
import Foundation
import Logging
import NIOPosix
import Synchronization
import Transport
import Wire

struct LagBench {
    let plan: BenchPlan

    /// Between two samples, and between two questions of one.
    private static let pause = Duration.milliseconds(2)
    private static let deadline = Duration.seconds(5)

    func run(into report: inout BenchReport) throws {
        var runs: [Double] = []
        var middle: [Double] = []
        var rates: [Double] = []
        for run in 0..<plan.runs {
            let cluster = try BenchCluster(routers: 1, in: plan.folder)
            defer { cluster.stop() }
            guard let router = cluster.routers.first?.socket,
                let scorer = cluster.file.processes.first(where: { $0.role == Role.scorer.name })?.socket
            else { throw ClusterFault(.start, "no router or no scorer") }
            let now = Timestamp(millis: Int64(Date().timeIntervalSince1970 * 1_000))
            var link = try FrameSocket(router)
            let shops = (0..<UInt64(plan.lagShops)).map { $0 }
            for shop in shops { try link.give(BenchShop.commands(shop, agents: 20, at: now)) }
            let samples = try sampling(router, scorer) {
                var speech = ConsultSpeech(shops: [shops], buyers: plan.buyers, at: now)
                let load = LoadPlan(inFlight: 16_000, seconds: max(plan.seconds, 0.5), rate: plan.lagRate)
                let outcome = try runLoad([link.socket], &speech, load, first: UInt64(run) << 32)
                guard outcome.bad == 0 else { throw ClusterFault(.refused, outcome.badWords) }
                rates.append(outcome.perSecond)
            }
            guard !samples.isEmpty else { throw ClusterFault(.notRunning, "the scorer never caught up") }
            runs.append(samples[min(samples.count - 1, samples.count * 99 / 100)])
            middle.append(samples[samples.count / 2])
        }
        let rate = count(Int(median(rates) { $0 } ?? 0))
        report.figures.append(
            Figure(
                workload: "g", what: "scorer behind the router's journal, \(rate) consults/s, p99", unit: "ms",
                value: median(runs) { $0 } ?? 0, runs: runs, p50: median(middle) { $0 }, goal: 100, goalIsMost: true))
    }

    /// Lags in milliseconds, in order of length, while `load` runs in this thread.
    private func sampling(_ router: String, _ scorer: String, _ load: () throws -> Void) throws -> [Double] {
        let samples = LagSamples()
        let ended = DispatchSemaphore(value: 0)
        Task {
            await LagWatch(router, scorer).run(samples)
            ended.signal()
        }
        defer {
            samples.over.store(true, ordering: .releasing)
            ended.wait()
        }
        try load()
        return samples.lags.withLock { $0.sorted() }
    }

    private final class LagSamples: Sendable {
        let lags = Mutex<[Double]>([])
        let over = Atomic(false)
        var isOver: Bool { over.load(ordering: .acquiring) }
    }

    private struct LagWatch: Sendable {
        private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        private let router: WireClient
        private let scorer: WireClient

        init(_ router: String, _ scorer: String) {
            let identity = PeerIdentity(role: .command, name: "bench", pid: ProcessInfo.processInfo.processIdentifier)
            let logger = Logger(label: "bench")
            let loop = group.next()
            self.router = WireClient(to: .unix(path: router), on: loop, identity: identity, logger: logger)
            self.scorer = WireClient(to: .unix(path: scorer), on: loop, identity: identity, logger: logger)
        }

        func run(_ samples: LagSamples) async {
            while !samples.isOver {
                if let heads = await heads() {
                    let begin = monotonicNanos()
                    while !samples.isOver {
                        if let places = await places(), zip(places, heads).allSatisfy({ $0 >= $1 }) {
                            let lag = Double(monotonicNanos() - begin) / 1e6
                            samples.lags.withLock { $0.append(lag) }
                            break
                        }
                        try? await Task.sleep(for: LagBench.pause)
                    }
                }
                try? await Task.sleep(for: LagBench.pause)
            }
            await router.close()
            await scorer.close()
            try? await group.shutdownGracefully()
        }

        private func heads() async -> [UInt64]? {
            guard let request = try? BinaryEncoder().encode(RouterRequest.status),
                let bytes = try? await router.call(request, deadline: LagBench.deadline),
                case .status(let status)? = try? BinaryDecoder().decode(RouterReply.self, from: bytes)
            else { return nil }
            return status.shards.sorted { $0.shard < $1.shard }.map(\.durable)
        }

        private func places() async -> [UInt64]? {
            guard let request = try? BinaryEncoder().encode(ScorerRequest.status),
                let bytes = try? await scorer.call(request, deadline: LagBench.deadline),
                case .status(let status)? = try? BinaryDecoder().decode(ScorerReply.self, from: bytes)
            else { return nil }
            return status.places
        }
    }
}
