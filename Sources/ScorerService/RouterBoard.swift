// Who holds which shard, and a connection to each router. Heard from the supervisor; asked by the followers.

import Domain
import Logging
import NIOCore
import Synchronization
import Transport
import Wire

final class RouterBoard: Sendable {
    private struct State {
        var membership: Membership?
        var owners: [String] = []
        var clients: [String: WireClient] = [:]
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let loop: any EventLoop
    private let identity: PeerIdentity
    private let logger: Logger

    init(on loop: any EventLoop, identity: PeerIdentity, logger: Logger) {
        self.loop = loop
        self.identity = identity
        self.logger = logger
    }

    var epoch: UInt64 { state.withLock { $0.membership?.epoch ?? 0 } }

    /// Connections to those who left are closed.
    func apply(_ membership: Membership) async {
        let (gone, waiting) = state.withLock { state -> ([WireClient], [CheckedContinuation<Void, Never>]) in
            state.membership = membership
            state.owners = ShardMap.owners(shards: membership.shards, routers: membership.routers.map(\.name))
            let sockets = Set(membership.routers.map(\.socket))
            let gone = state.clients.filter { !sockets.contains($0.key) }
            for socket in gone.keys { state.clients[socket] = nil }
            for socket in sockets where state.clients[socket] == nil {
                state.clients[socket] = client(socket, streams: membership.shards)
            }
            defer { state.waiting = [] }
            return (Array(gone.values), state.waiting)
        }
        for continuation in waiting { continuation.resume() }
        for client in gone { await client.close() }
    }

    private func client(_ socket: String, streams: Int) -> WireClient {
        var settings = WireClientSettings()
        settings.streams = streams
        settings.backoff.longest = .milliseconds(100)
        return WireClient(
            to: .unix(path: socket), on: loop, identity: identity, settings: settings, logger: logger)
    }

    /// How many shards there are, once that is known.
    func shards() async -> Int {
        while true {
            if let membership = state.withLock({ $0.membership }) { return membership.shards }
            await withCheckedContinuation { continuation in
                let known = state.withLock { state in
                    if state.membership == nil { state.waiting.append(continuation) }
                    return state.membership != nil
                }
                if known { continuation.resume() }
            }
        }
    }

    func holder(of shard: Int) -> WireClient? {
        state.withLock { state in
            guard shard < state.owners.count else { return nil }
            let name = state.owners[shard]
            return state.membership?.routers.first { $0.name == name }.flatMap { state.clients[$0.socket] }
        }
    }

    var routers: [WireClient] { state.withLock { Array($0.clients.values) } }

    /// The last durable event of every shard that a router has open; nil if a router does not answer or a shard is
    /// nowhere open.
    func heads(deadline: Duration) async -> [UInt64]? {
        guard let shards = state.withLock({ $0.membership?.shards }) else { return nil }
        var heads = [UInt64?](repeating: nil, count: shards)
        for router in routers {
            guard let status = await Self.status(router, deadline: deadline) else { return nil }
            for shard in status.shards where shard.state == .open && shard.shard < shards {
                heads[shard.shard] = max(heads[shard.shard] ?? 0, shard.durable)
            }
        }
        let known = heads.compactMap(\.self)
        return known.count == shards ? known : nil
    }

    /// The last durable event of one shard; nil if its holder does not answer.
    func head(of shard: Int, deadline: Duration) async -> UInt64? {
        guard let router = holder(of: shard), let status = await Self.status(router, deadline: deadline) else {
            return nil
        }
        return status.shards.first { $0.shard == shard && $0.state == .open }?.durable
    }

    private static func status(_ router: WireClient, deadline: Duration) async -> RouterStatus? {
        guard let request = try? BinaryEncoder().encode(RouterRequest.status),
            let bytes = try? await router.call(request, deadline: deadline),
            case .status(let status)? = try? BinaryDecoder().decode(RouterReply.self, from: bytes)
        else { return nil }
        return status
    }

    func close() async {
        let clients = state.withLock { state in
            defer { state.clients = [:] }
            return Array(state.clients.values)
        }
        for client in clients { await client.close() }
    }
}
