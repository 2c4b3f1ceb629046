// Routers without sockets and processes: real shards on a real event loop, over a disk in memory and a clock that only
// moves when told.

import Domain
import Journal
import Logging
import NIOCore
import NIOPosix
import Wire

@testable import Runtime

struct RuntimeRig: Sendable {
    static let start = Timestamp(millis: 1_772_413_200_000)  // 2026-03-02T01:00:00Z, 09:00 in Shanghai

    let engine: MemoryEngine
    let clock = ManualClock(RuntimeRig.start)
    let settings: RuntimeSettings
    private let ticks = LoopTicks()
    private let group: MultiThreadedEventLoopGroup
    private let writers = NIOThreadPool(numberOfThreads: 2)
    private let keepers = NIOThreadPool(numberOfThreads: 1)
    private let readers = NIOThreadPool(numberOfThreads: 1)

    private init(_ settings: RuntimeSettings, shards: Int) {
        self.settings = settings
        engine = MemoryEngine(shards: shards)
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1, metricsDelegate: ticks)
        writers.start()
        keepers.start()
        readers.start()
    }

    /// Pauses as short as can be, no checkpoint by itself.
    static var settings: RuntimeSettings {
        var settings = RuntimeSettings()
        settings.leaseRetry = .milliseconds(1)
        settings.reopenAfter = .milliseconds(1)
        settings.checkpointAfter = .hours(1)
        return settings
    }

    /// One disk; it outlives the routers that the test makes.
    static func with<T>(
        _ settings: RuntimeSettings = RuntimeRig.settings, shards: Int = 1, _ body: (RuntimeRig) async throws -> T
    ) async throws -> T {
        let rig = RuntimeRig(settings, shards: shards)
        let result: Result<T, any Error>
        do { result = .success(try await body(rig)) } catch { result = .failure(error) }
        try await rig.writers.shutdownGracefully()
        try await rig.keepers.shutdownGracefully()
        try await rig.readers.shutdownGracefully()
        try await rig.group.shutdownGracefully()
        return try result.get()
    }

    func router(_ name: String = "router-1") -> Router {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let around = Shard.Surroundings(
            loop: group.next(), ticks: ticks, engine: engine, writers: writers, keepers: keepers, readers: readers,
            clock: clock, settings: settings, holder: name, logger: logger)
        return Router(set: ShardSet(name: name, around: around), loop: group.next())
    }

    /// A router that holds every shard.
    func holder(_ name: String = "router-1") async -> Router {
        let router = router(name)
        await router.join(1, [name])
        await router.ready()
        return router
    }
}

struct Router: Sendable {
    let set: ShardSet
    let loop: any EventLoop

    func onLoop<T: Sendable>(_ body: @escaping @Sendable (isolated ShardSet) -> T) async -> T {
        await withCheckedContinuation { done in
            loop.execute { done.resume(returning: set.onLoop(body)) }
        }
    }

    /// A shard, on the loop.
    func shard<T: Sendable>(_ number: Int = 0, _ body: @escaping @Sendable (Shard) -> T) async -> T {
        await onLoop { set in set.shards[number].onLoop(body) }
    }

    /// Hears who is there.
    func join(_ epoch: UInt64, _ routers: [String]) async {
        await onLoop { set in
            set.apply(
                Membership(
                    epoch: epoch, shards: set.shards.count, routers: routers.map { Member(name: $0, socket: "") }))
        }
    }

    /// Returns when every shard that is its own is open and stands at the clock's time.
    func ready() async {
        await withCheckedContinuation { done in
            loop.execute { set.onLoop { $0.reach { done.resume() } } }
        }
    }

    /// What the loop does from time to time.
    func tick(_ number: Int = 0) async { await shard(number) { $0.tick() } }

    /// Lets go of everything.
    func stop() async {
        await withCheckedContinuation { done in
            loop.execute { set.onLoop { $0.stop { done.resume() } } }
        }
    }
}
