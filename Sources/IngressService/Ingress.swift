// One ingress process: the edge over a pool of routers, a place in the cluster, and the HTTP server. It ends when it
// is told to (SIGTERM, SIGINT or the supervisor), after it has finished what is in hand, or when its supervisor is
// gone.

import Domain
import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import RouterService
import Runtime
import ServiceLifecycle
import Synchronization
import Transport
import Wire

public struct IngressPlan: Sendable {
    public var name: String
    /// The data directory, for its secret.
    public var data: String
    public var host: String
    /// 0 picks a free one.
    public var port: Int
    /// Socket of the supervisor.
    public var supervisor: String
    /// Socket of the scorer; default `scorer.sock` beside the supervisor's.
    public var scorer: String
    public var manualClock: Bool
    public var settings = IngressSettings()
    public var pool = RouterPoolSettings()

    public init(name: String, data: String, host: String, port: Int, supervisor: String, manualClock: Bool) {
        self.name = name
        self.data = data
        self.host = host
        self.port = port
        self.supervisor = supervisor
        let folder = supervisor.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        scorer = folder.joined(separator: "/") + "/scorer.sock"
        self.manualClock = manualClock
    }
}

public struct Ingress: Sendable {
    /// How a run ended well or not; a fault that the process cannot outlive is thrown.
    public enum End: Equatable, Sendable {
        case stopped
        case supervisorLost(String)
    }

    public struct Fault: Error, CustomStringConvertible {
        public var description: String
    }

    private let plan: IngressPlan
    private let logger: Logger

    public init(_ plan: IngressPlan, logger: Logger) throws(Fault) {
        if let fault = plan.settings.faults().first { throw Fault(description: "setting \(fault)") }
        self.plan = plan
        self.logger = logger
    }

    /// Serves until the end. `SIGPIPE` must be ignored by the process.
    public func run() async throws -> End {
        let secret = try TokenSecret(file: plan.data + "/secret.key")
        let manual = plan.manualClock ? ManualClock() : nil
        let clock: any WallClock = manual ?? SystemClock()
        let ticks = LoopTicks()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: plan.settings.threads, metricsDelegate: ticks)
        let identity = PeerIdentity(role: .ingress, name: plan.name, pid: getpid())
        let pools = RouterPools(on: Array(group.makeIterator()), settings: plan.pool) {
            [logger, settings = plan.settings] member, loop in
            Self.link(to: member, identity: identity, streams: settings.streams, on: loop, logger: logger)
        }
        var joining = WireClientSettings()
        joining.unconnected = .fail
        let supervisor = WireClient(
            to: .unix(path: plan.supervisor), on: group.next(), identity: identity, settings: joining, logger: logger)
        let scorer = ScorerLink(socket: plan.scorer, on: group.next(), identity: identity, logger: logger)
        let bound = BoundAddress()
        let supervision = IngressMember(pools: pools)
        let edge = await Edge(
            desks: pools.shared, supervision: supervision, clock: clock, secret: secret, scores: scorer,
            settings: plan.settings,
            logger: logger)
        let app = Application(
            responder: edge,
            server: HTTPServerBuilder { responder in
                EdgeChannel(responder: responder, edge: edge, ticks: ticks) { pools.on($0) }
            },
            configuration: Self.configuration(plan, logger),
            onServerRunning: { channel in bound.set(channel.localAddress?.port) },
            eventLoopGroupProvider: .shared(group), logger: logger)
        let end = Mutex(End.stopped)
        let membership = Task { [plan, logger] in
            guard let port = await bound.port() else { return }
            let join = Join(
                role: .ingress, name: plan.name, pid: getpid(), socket: nil, url: Self.url(plan.host, port))
            let member = ClusterMember(
                client: supervisor, join: join, role: IngressRole(pools: pools), clock: manual, logger: logger)
            supervision.set(member)
            let reason = await member.run()
            if Task.isCancelled { return }
            if case .lost(let text) = reason { end.withLock { $0 = .supervisorLost(text) } }
            kill(getpid(), SIGTERM)
        }
        defer { bound.set(nil) }
        try await serve(app, edge: edge)
        membership.cancel()
        await pools.close()
        await scorer.close()
        await supervisor.close()
        try? await group.shutdownGracefully()
        return end.withLock { $0 }
    }

    /// Runs the server until a signal.
    private func serve(_ app: Application<Edge>, edge: Edge) async throws {
        let group = ServiceGroup(
            configuration: .init(
                services: [EdgeService(app: app, edge: edge)], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger))
        do {
            try await group.run()
        } catch let error as IOError {
            throw Fault(description: "cannot listen on \(plan.host):\(plan.port): \(error)")
        }
    }

    /// Connections beyond the bound wait to be accepted.
    static func configuration(_ plan: IngressPlan, _ logger: Logger) -> ApplicationConfiguration {
        .init(
            address: .hostname(plan.host, port: plan.port), serverName: nil, backlog: 1_024,
            availableConnectionsDelegate: .maximum(plan.settings.connections, logger: logger))
    }

    static func url(_ host: String, _ port: Int) -> String {
        host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
    }

    private static func link(
        to member: Member, identity: PeerIdentity, streams: Int, on loop: any EventLoop, logger: Logger
    ) -> any RouterLink {
        var settings = WireClientSettings()
        settings.unconnected = .fail
        settings.streams = streams
        settings.backoff.longest = .milliseconds(200)
        let client = WireClient(
            to: .unix(path: member.socket), on: loop, identity: identity, settings: settings, logger: logger)
        Task { try? await client.connect(deadline: .seconds(5)) }
        return client
    }
}

/// The server, whose streams end the moment it is asked to stop: it waits for everything that is in hand.
struct EdgeService: Service {
    let app: Application<Edge>
    let edge: Edge

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await app.run()
        } onGracefulShutdown: {
            edge.stop()
        }
    }
}

/// The port that the server was given, once it listens.
private final class BoundAddress: Sendable {
    private struct State {
        var port: Int??
        var waiting: CheckedContinuation<Int?, Never>?
    }

    private let state = Mutex(State())

    func set(_ port: Int?) {
        let waiting = state.withLock { state -> CheckedContinuation<Int?, Never>? in
            if state.port == nil { state.port = .some(port) }
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: port)
    }

    func port() async -> Int? {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Int?? in
                if state.port == nil { state.waiting = continuation }
                return state.port
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}
