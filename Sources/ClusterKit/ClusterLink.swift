// A command's way into a running cluster of this machine: the supervisor's socket, and through the membership that of
// the router which holds a shop or a shard.

import Domain
import Foundation
import Logging
import NIOCore
import NIOPosix
import Transport
import Wire

public final class ClusterLink: Sendable {
    public struct Settings: Sendable {
        /// Until the supervisor must have answered the handshake.
        public var connect = Duration.seconds(2)
        public var call = Duration.seconds(10)
        /// A change of the number of routers is given so long.
        public var scale = Duration.seconds(120)
        /// Attempts of a command whose router is not there, and the pause between them.
        public var attempts = 50
        public var pause = Duration.milliseconds(100)

        public init() {}
    }

    private let supervisor: WireClient
    private let settings: Settings
    private let loop: any EventLoop
    private let logger = Logger(label: "fenliu.link", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Throws `.notRunning` if nobody listens.
    public init(_ run: RunDirectory, settings: Settings = Settings()) async throws(ClusterFault) {
        self.settings = settings
        loop = MultiThreadedEventLoopGroup.singleton.next()
        supervisor = WireClient(
            to: .unix(path: run.supervisor), on: loop, identity: Self.identity, logger: logger)
        guard access(run.supervisor, F_OK) == 0 else {
            await supervisor.close()
            throw ClusterFault(.notRunning, "no cluster runs there (\(run.supervisor) is missing)")
        }
        do throws(WireFault) {
            try await supervisor.connect(deadline: settings.connect)
        } catch {
            await supervisor.close()
            throw ClusterFault(.notRunning, "no cluster answers at \(run.supervisor): \(error.message)")
        }
    }

    /// A link for the time of `body`.
    public static func with<Value>(
        _ run: RunDirectory, _ body: (ClusterLink) async throws(ClusterFault) -> Value
    ) async throws(ClusterFault) -> Value {
        let link = try await ClusterLink(run)
        do throws(ClusterFault) {
            let value = try await body(link)
            await link.close()
            return value
        } catch {
            await link.close()
            throw error
        }
    }

    public func close() async { await supervisor.close() }

    // MARK: - The supervisor

    public func status() async throws(ClusterFault) -> ClusterStatus {
        guard case .status(let status) = try await ask(.clusterStatus, settings.call) else {
            throw ClusterFault(.refused, "the supervisor answered with something else")
        }
        return status
    }

    /// Returns when so many routers hold every shard. Idempotent.
    public func scale(routers: Int) async throws(ClusterFault) {
        _ = try await ask(.scale(routers: routers), settings.scale)
    }

    private func ask(_ request: SupervisorRequest, _ deadline: Duration) async throws(ClusterFault) -> SupervisorReply {
        let reply = try await Self.exchange(supervisor, request, SupervisorReply.self, deadline)
        if case .fault(let fault) = reply { throw ClusterFault(.refused, fault.message) }
        return reply
    }

    // MARK: - Routers

    /// Makes the demonstration shop (`DemoShop`). Idempotent.
    public func makeDemoShop() async throws(ClusterFault) {
        let now = try await status().manualClock ?? Self.systemTime
        for command in DemoShop.commands(now: now) { try await give(DemoShop.shop, command, at: now) }
    }

    /// The answer to one command, which must be idempotent: it is given again while its router is not there.
    @discardableResult
    public func give(_ shop: ShopID, _ command: Command, at: Timestamp) async throws(ClusterFault) -> Answer {
        let request = RouterRequest.command(ShopCommand(shop: shop, at: at, command: command))
        var last = "no router"
        for _ in 0..<settings.attempts {
            let status = try await status()
            if let router = holder(of: ShardMap.shard(of: shop, shards: status.shards), status) {
                switch try await ask(router, request) {
                case .success(.answer(let answer)): return answer
                case .success(.refusal(let refusal)): throw ClusterFault(.refused, "refused: \(refusal)")
                case .success(.fault(let fault)), .failure(let fault): last = fault.message
                case .success(.view), .success(.status): last = "an answer to something else"
                }
            }
            try? await Task.sleep(for: settings.pause)
        }
        throw ClusterFault(.notRunning, "shop \(shop): \(last)")
    }

    /// The events of a shard after `after`, as far as they were durable when this was called.
    public func follow(
        shard: Int, after: UInt64, deliver: (ShardItem) throws(ClusterFault) -> FollowStep
    ) async throws(ClusterFault) {
        let status = try await status()
        guard let router = holder(of: shard, status), let socket = router.socket,
            case .success(.status(let held)) = try await ask(router, .status),
            let durable = held.shards.first(where: { $0.shard == shard })?.durable
        else { throw ClusterFault(.notRunning, "shard \(shard) has no holder now") }
        guard durable > after else { return }
        let client = client(socket)
        let outcome = await Self.read(client, FollowShard(shard: shard, after: after), until: durable, deliver)
        await client.close()
        try outcome.get()
    }

    public enum FollowStep: Sendable {
        case more
        case enough
    }

    private static func read(
        _ client: WireClient, _ request: FollowShard, until durable: UInt64,
        _ deliver: (ShardItem) throws(ClusterFault) -> FollowStep
    ) async -> Result<Void, ClusterFault> {
        do {
            let stream = client.stream(try BinaryEncoder().encode(RouterRequest.followShard(request)))
            while let payload = try await stream.next() {
                let item = try BinaryDecoder().decode(ShardItem.self, from: payload)
                if try deliver(item) == .enough || item.last >= durable { break }
            }
            stream.cancel()
            return .success(())
        } catch let fault as ClusterFault {
            return .failure(fault)
        } catch {
            return .failure(ClusterFault(.notRunning, "shard \(request.shard): \(error)"))
        }
    }

    private func holder(of shard: Int, _ status: ClusterStatus) -> ProcessStatus? {
        status.processes.first { process in
            process.router?.shards.contains { $0.shard == shard && $0.state == .open } == true && process.socket != nil
        }
    }

    private func ask(
        _ router: ProcessStatus, _ request: RouterRequest
    ) async throws(ClusterFault) -> Result<RouterReply, WireFault> {
        let client = client(router.socket ?? "")
        let reply: Result<RouterReply, WireFault>
        do throws(ClusterFault) {
            reply = .success(try await Self.exchange(client, request, RouterReply.self, settings.call))
        } catch {
            reply = .failure(WireFault(.disconnected, error.message))
        }
        await client.close()
        return reply
    }

    private func client(_ socket: String) -> WireClient {
        WireClient(to: .unix(path: socket), on: loop, identity: Self.identity, logger: logger)
    }

    private static func exchange<Request: Encodable, Reply: Decodable>(
        _ client: WireClient, _ request: Request, _ type: Reply.Type, _ deadline: Duration
    ) async throws(ClusterFault) -> Reply {
        do {
            return try BinaryDecoder().decode(
                type, from: try await client.call(try BinaryEncoder().encode(request), deadline: deadline))
        } catch let fault as WireFault {
            throw ClusterFault(.notRunning, "\(client.address): \(fault.message)")
        } catch {
            throw ClusterFault(.refused, "\(client.address): unreadable answer (\(error))")
        }
    }

    private static var identity: PeerIdentity { PeerIdentity(role: .command, name: "fenliu", pid: getpid()) }

    private static var systemTime: Timestamp {
        Timestamp(millis: Int64((Date().timeIntervalSince1970 * 1_000).rounded(.down)))
    }
}
