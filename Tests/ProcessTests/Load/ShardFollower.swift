// Follows one shard over the routers' sockets while routers die and shards move, as a scorer would: from its place on,
// with whoever holds the shard.

import Domain
import Foundation
import Journal
import Logging
import NIOPosix
import Synchronization
import Transport
import Wire

final class ShardFollower: Sendable {
    private struct State {
        var lines: [String] = []
        var last: UInt64 = 0
        var complaints: [String] = []
        var waiting: [(count: Int, done: CheckedContinuation<Void, Never>)] = []
    }

    private let cluster: Cluster
    private let shard: Int
    private let state = Mutex(State())

    init(_ cluster: Cluster, shard: Int) {
        self.cluster = cluster
        self.shard = shard
    }

    /// Follows until its task is cancelled.
    func run() async {
        while !Task.isCancelled {
            guard let news = try? FileWatch(folder: cluster.data, name: "cluster.json") else { return }
            let before = state.withLock { $0.last }
            for socket in (try? sockets()) ?? [] { await follow(socket) }
            // Nobody holds it now, or the cluster is not there.
            if state.withLock({ $0.last }) == before { try? await news.next(limitSeconds: 1) }
        }
    }

    /// Everything followed so far, as `fenliu journal dump --json` would print it.
    var lines: [String] { state.withLock { $0.lines } }
    var complaints: [String] { state.withLock { $0.complaints } }

    /// Returns when so many events were followed.
    func has(_ count: Int) async {
        await withCheckedContinuation { done in
            let already = state.withLock { state in
                if state.lines.count >= count { return true }
                state.waiting.append((count, done))
                return false
            }
            if already { done.resume() }
        }
    }

    private func sockets() throws -> [String] {
        try cluster.file().processes.filter { $0.role == "router" }.compactMap(\.socket)
    }

    /// Follows one router until it says that it does not hold the shard, or is gone.
    private func follow(_ socket: String) async {
        let identity = PeerIdentity(role: .scorer, name: "follower", pid: getpid())
        let client = WireClient(
            to: .unix(path: socket), on: MultiThreadedEventLoopGroup.singleton.next(), identity: identity,
            logger: Logger(label: "follower", factory: { _ in SwiftLogNoOpLogHandler() }))
        let after = state.withLock { $0.last }
        do {
            let request = RouterRequest.followShard(FollowShard(shard: shard, after: after))
            let stream = client.stream(try BinaryEncoder().encode(request))
            while !Task.isCancelled, let payload = try await stream.next() {
                take(try BinaryDecoder().decode(ShardItem.self, from: payload))
            }
        } catch {
            // The next router is asked from here on.
        }
        await client.close()
    }

    private func take(_ item: ShardItem) {
        let met = state.withLock { state in
            if item.first != state.last + 1 { state.complaints.append("\(item.first) follows \(state.last)") }
            do {
                for record in try RecordCoding.decode(item.body) {
                    if record.sequence != state.last + 1 {
                        state.complaints.append("event \(record.sequence) follows \(state.last)")
                    }
                    state.last = record.sequence
                    state.lines.append(String(decoding: RecordJSON.text(record), as: UTF8.self))
                }
            } catch {
                state.complaints.append("\(error)")
            }
            let count = state.lines.count
            defer { state.waiting.removeAll { $0.count <= count } }
            return state.waiting.filter { $0.count <= count }
        }
        for waiting in met { waiting.done.resume() }
    }
}
