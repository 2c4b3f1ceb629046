// One router, whole: its event loop, its shards, its socket, its place in the cluster. It ends when the supervisor says
// so or is gone, after everything in hand is durable and every lease is free.

import Domain
import Foundation
import JournalSQLite
import Logging
import NIOCore
import NIOPosix
import Runtime
import Synchronization
import Transport
import Wire

public struct RouterPlan: Sendable {
    public var name: String
    public var data: String
    public var socket: String
    public var supervisor: String
    public var manualClock: Bool
    public var settings = RuntimeSettings()
    public var server = FrameServerSettings()
    /// Threads that commit and open shards. 1…64, default 4.
    public var writers = 4
    /// Threads that code and write the rows of checkpoints. 1…64, default 1.
    public var keepers = 1
    /// How far those give way to whatever somebody waits for. 0…19, default 19.
    public var keepersNice: Int32 = 19
    /// The turns of the thread that decides: longer than those of the threads that commit, which work for a shorter time and
    /// need not wait for it then. 100…100,000 µs, default 400.
    public var loopTurnMicros: UInt64 = 400
    /// Threads that read histories. 1…64, default 2.
    public var readers = 2

    public init(name: String, data: String, runDirectory: String, supervisor: String, manualClock: Bool) {
        self.name = name
        self.data = data
        socket = "\(runDirectory)/\(name).sock"
        self.supervisor = supervisor
        self.manualClock = manualClock
    }
}

public struct RouterProcess: Sendable {
    private let plan: RouterPlan
    private let logger: Logger

    public init(_ plan: RouterPlan, logger: Logger) {
        self.plan = plan
        self.logger = logger
    }

    /// Runs until it is told to stop. Throws if it cannot listen or read the data directory.
    public func run() async throws -> ClusterMember.End {
        let ticks = LoopTicks()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1, metricsDelegate: ticks)
        let loop = group.next()
        let clock = plan.manualClock ? ManualClock() : nil
        let writers = NIOThreadPool(numberOfThreads: plan.writers)
        let readers = NIOThreadPool(numberOfThreads: plan.readers)
        let keepers = NIOThreadPool(numberOfThreads: plan.keepers)
        writers.start()
        keepers.start()
        // Each waits for the others, so that every thread takes one.
        let arriving = DispatchGroup()
        for _ in 0..<plan.keepers { arriving.enter() }
        for _ in 0..<plan.keepers {
            keepers.submit { [plan] _ in
                giveWay(nice: plan.keepersNice)
                arriving.leave()
                arriving.wait()
            }
        }
        loop.execute { [plan] in takeTurns(micros: plan.loopTurnMicros) }
        readers.start()
        var settings = plan.settings
        if let standards = try PilotStandardsFile.read(plan.data) { settings.desk.pilotStandards = standards }
        let engine = try SQLiteEngine(directory: plan.data, shards: nil)
        let shards = ShardSet(
            name: plan.name,
            around: Shard.Surroundings(
                loop: loop, ticks: ticks, engine: engine, writers: writers, keepers: keepers, readers: readers,
                clock: clock ?? SystemClock(), settings: settings, holder: plan.name, logger: logger))
        let pid = ProcessInfo.processInfo.processIdentifier
        let identity = PeerIdentity(role: .router, name: plan.name, pid: pid)
        let server = try await FrameServer.start(
            at: .unix(path: plan.socket), on: group, identity: identity,
            service: RouterFront(shards, untold: settings.inbound.untold), settings: plan.server, logger: logger)
        // Without a connection calls fail at once, so that the loss of the supervisor is seen (`ClusterMember`).
        var joining = WireClientSettings()
        joining.unconnected = .fail
        let client = WireClient(
            to: .unix(path: plan.supervisor), on: loop, identity: identity, settings: joining, logger: logger)
        let member = ClusterMember(
            client: client, join: Join(role: .router, name: plan.name, pid: pid, socket: plan.socket),
            role: RouterRole(shards: shards), clock: clock, logger: logger)
        await shards.start()
        let end = await member.run()
        logger.info("stopping", metadata: ["end": "\(end)"])
        await withCheckedContinuation { done in
            loop.execute { shards.onLoop { $0.stop { done.resume() } } }
        }
        await server.stop()
        await client.close()
        try await writers.shutdownGracefully()
        try await keepers.shutdownGracefully()
        try await readers.shutdownGracefully()
        try await group.shutdownGracefully()
        return end
    }
}

private struct RouterRole: ClusterRole {
    let shards: ShardSet

    func apply(_ membership: Membership) async { await shards.apply(membership) }

    func reachClock() async {
        await withCheckedContinuation { done in
            Task { await shards.reach { done.resume() } }
        }
    }

    func report(name: String, clockKnown: Bool) async -> Report {
        let status = await shards.status()
        let ready = await shards.ready
        return Report(name: name, epoch: status.epoch, ready: ready && clockKnown, router: status)
    }
}
