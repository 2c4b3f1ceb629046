// The actor of one shop: guards agent load, recent contacts and sessions together, so that no decision reads half of a
// change. It runs on its shard's executor; a call from there costs no hop and never suspends.
// The journal, not this memory, is the authority.

import Domain
import NIOCore

actor ShopActor {
    private nonisolated let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var desk: Desk
    /// What the shard knows without asking.
    nonisolated let id: ShopID

    init(_ desk: Desk, on loop: any EventLoop) {
        executor = loop.executor
        id = desk.id
        self.desk = desk
    }

    /// Runs on the shard's executor, in one piece; anywhere else it traps.
    nonisolated func guarded<T: Sendable>(_ body: (inout Desk) -> T) -> T {
        withoutActuallyEscaping(body) { body in
            // Caller and actor share the executor, which `assumeIsolated` checks.
            nonisolated(unsafe) let body = body
            return assumeIsolated { shop in body(&shop.desk) }
        }
    }
}
