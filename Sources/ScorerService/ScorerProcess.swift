// One scorer, whole: its place in the cluster, its lease, its book, its readers, its socket. A standby joins, says that
// it is ready and waits for the lease. It ends when the supervisor says so or is gone, or when its file cannot be
// written.

import Domain
import Foundation
import Logging
import NIOCore
import NIOPosix
import RouterService
import Runtime
import Synchronization
import Transport
import Wire

public struct ScorerPlan: Sendable {
    public var name: String
    public var data: String
    public var socket: String
    public var supervisor: String
    public var manualClock: Bool
    public var server = FrameServerSettings()
    public var book = ScoreBookSettings()
    /// How far the thread that counts gives way to others. 0…19, default 15.
    public var nice: Int32 = 15
    /// The turns of the thread that reads what routers send: routers are not kept from theirs by it. 100…100,000 µs, default
    /// 4,000.
    public var loopTurnMicros: UInt64 = 4_000

    public init(name: String, data: String, runDirectory: String, supervisor: String, manualClock: Bool) {
        self.name = name
        self.data = data
        socket = "\(runDirectory)/scorer.sock"
        self.supervisor = supervisor
        self.manualClock = manualClock
    }

    /// The scores; its lease lies beside.
    public var file: String { "\(data)/scorer.db" }
    public var lease: String { "\(data)/scorer.lock" }
}

public struct ScorerProcess: Sendable {
    private let plan: ScorerPlan
    private let logger: Logger

    public init(_ plan: ScorerPlan, logger: Logger) {
        self.plan = plan
        self.logger = logger
    }

    public struct Fault: Error, CustomStringConvertible {
        public var description: String
    }

    /// Runs until it is told to stop. Throws if the file cannot be opened or written, or the socket not be bound.
    public func run() async throws -> ClusterMember.End {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let bookGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        bookGroup.next().execute { [plan] in giveWay(nice: plan.nice) }
        let loop = group.next()
        loop.execute { [plan] in takeTurns(micros: plan.loopTurnMicros) }
        let pid = ProcessInfo.processInfo.processIdentifier
        let identity = PeerIdentity(role: .scorer, name: plan.name, pid: pid)
        let board = RouterBoard(on: loop, identity: identity, logger: logger)
        let clock = plan.manualClock ? ManualClock() : nil
        let role = ScorerRole(board: board, clock: clock ?? SystemClock(), logger: logger)
        // A supervisor that is gone must show, so that the process ends.
        var settings = WireClientSettings()
        settings.unconnected = .fail
        let client = WireClient(
            to: .unix(path: plan.supervisor), on: loop, identity: identity, settings: settings, logger: logger)
        let member = ClusterMember(
            client: client, join: Join(role: .scorer, name: plan.name, pid: pid, socket: plan.socket), role: role,
            clock: clock, logger: logger)
        let first = FirstOutcome()
        let serving = Task {
            do {
                try await serve(role, board, on: group, book: bookGroup.next(), identity)
                first.set(.left(.asked))
            } catch {
                first.set(.failed("\(error)"))
            }
        }
        let staying = Task { first.set(.left(await member.run())) }
        // A standby waits for its lease in a thread that cannot be called back, so nobody waits for that task.
        let outcome = await first.value()
        serving.cancel()
        staying.cancel()
        switch outcome {
        case .left(let end): return end
        case .failed(let reason): throw Fault(description: reason)
        }
    }

    /// From the lease to the end.
    private func serve(
        _ role: ScorerRole, _ board: RouterBoard, on group: MultiThreadedEventLoopGroup, book loop: any EventLoop,
        _ identity: PeerIdentity
    ) async throws {
        let lease = try await ScorerLease.wait(path: plan.lease)
        logger.info("active")
        let book = try ScoreBook(path: plan.file, on: loop, settings: plan.book)
        let herald = role.activate(book)
        let server = try await FrameServer.start(
            at: .unix(path: plan.socket), on: group, identity: identity,
            service: ScorerFront(book: book, board: board), settings: plan.server, logger: logger)
        let followers = ShardFollowers(book: book, board: board, logger: logger)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await followers.run() }
                group.addTask { try await herald.run() }
                try await group.next()
                group.cancelAll()
            }
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
        withExtendedLifetime(lease) {}
    }
}

private enum Outcome: Sendable {
    case left(ClusterMember.End)
    case failed(String)
}

/// Whatever ends first.
private final class FirstOutcome: Sendable {
    private struct State {
        var outcome: Outcome?
        var waiting: CheckedContinuation<Outcome, Never>?
    }

    private let state = Mutex(State())

    func set(_ outcome: Outcome) {
        let waiting = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            guard state.outcome == nil else { return nil }
            state.outcome = outcome
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: outcome)
    }

    func value() async -> Outcome {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state in
                if state.outcome == nil { state.waiting = continuation }
                return state.outcome
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}

/// What the supervisor hears: a standby is ready, an active scorer once it has caught up.
private final class ScorerRole: ClusterRole {
    private struct State {
        var book: ScoreBook?
        var herald: RestrictionHerald?
        /// The shards' last events when all could first be asked: what is new meanwhile never ends under load.
        var goal: [UInt64]?
        var caughtUp = false
    }

    private let state = Mutex(State())
    private let board: RouterBoard
    /// Between two looks at the routers. 20 ms.
    private static let pause = Duration.milliseconds(20)
    private static let deadline = Duration.seconds(1)

    private let clock: any WallClock
    private let logger: Logger

    init(board: RouterBoard, clock: any WallClock, logger: Logger) {
        self.board = board
        self.clock = clock
        self.logger = logger
    }

    func activate(_ book: ScoreBook) -> RestrictionHerald {
        let herald = RestrictionHerald(book: book, board: board, clock: clock, logger: logger)
        state.withLock { $0 = State(book: book, herald: herald) }
        return herald
    }

    func apply(_ membership: Membership) async { await board.apply(membership) }

    /// The supervisor tells a scorer the time once the routers have reached it: what they have then is all there is.
    func reachClock() async {
        while !Task.isCancelled {
            guard let (book, herald) = state.withLock({ state in state.book.map { ($0, state.herald) } }) else {
                return
            }
            if let heads = await board.heads(deadline: Self.deadline) {
                for (shard, head) in heads.enumerated() { await book.reach(shard, head) }
                await herald?.reachClock()
                return
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    func report(name: String, clockKnown: Bool) async -> Report {
        let (book, done, held) = state.withLock { ($0.book, $0.caughtUp, $0.goal) }
        var ready = done || book == nil
        if let book, !done {
            var goal = held
            if goal == nil { goal = await board.heads(deadline: Self.deadline) }
            let places = await book.status.places
            ready = goal.map { places.count == $0.count && zip(places, $0).allSatisfy { $0 >= $1 } } ?? false
            state.withLock { state in
                guard state.book === book else { return }
                state.goal = goal
                state.caughtUp = ready
            }
        }
        return Report(name: name, epoch: board.epoch, ready: ready && clockKnown)
    }
}
