// One pool of routers for each event loop, so that the requests of a loop's connections go to the routers and come
// back without leaving it. Shops keep their order within a pool: a client that waits for an answer before it sends the
// next has it whatever its connections are, and one that does not stays on one connection, which is on one loop.

import NIOCore
import Synchronization
import Wire

public struct RouterPools: Sendable {
    private let pools: [RouterPool]
    private let byLoop: [ObjectIdentifier: RouterPool]

    /// At least one loop. `connect` makes a link that lives on the loop.
    init(
        on loops: [any EventLoop], settings: RouterPoolSettings,
        connect: @escaping @Sendable (Member, any EventLoop) -> any RouterLink
    ) {
        var byLoop: [ObjectIdentifier: RouterPool] = [:]
        pools = loops.map { loop in
            let pool = RouterPool(settings: settings) { connect($0, loop) }
            byLoop[ObjectIdentifier(loop)] = pool
            return pool
        }
        self.byLoop = byLoop
        precondition(!pools.isEmpty, "a pool needs a loop")
    }

    /// For what is on no loop.
    var shared: RouterPool { pools[0] }

    func on(_ loop: any EventLoop) -> RouterPool { byLoop[ObjectIdentifier(loop)] ?? shared }

    func update(_ membership: Membership) {
        for pool in pools { pool.update(membership) }
    }

    /// There is a router for every shard.
    var isReady: Bool { pools.allSatisfy(\.isReady) }
    var epoch: UInt64 { pools.map(\.epoch).min() ?? 0 }
    /// Requests that wait for a router.
    var heldCount: Int { pools.reduce(0) { $0 + $1.heldCount } }

    func close() async {
        for pool in pools { await pool.close() }
    }
}
