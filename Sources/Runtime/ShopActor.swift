// The actor of one shop: guards agent load, recent contacts and sessions together, so that no decision reads half of a
// change. It runs on its shard's executor; a call from there costs no hop and never suspends.
// The journal, not this memory, is the authority.

import Domain
import NIOCore

actor ShopActor {
    private nonisolated let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var desk: Desk
    /// The earliest time at which the shard's timers hold this shop.
    private var noted = Timestamp.distantFuture
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

    /// The same for what may change the desk's timers; gives as well the time that the shard's timers have to note now.
    /// `fired` is the time for which they let go of the shop.
    nonisolated func acting<T: Sendable>(
        fired: Timestamp? = nil, _ body: (inout Desk) -> T
    ) -> (result: T, due: Timestamp?) {
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let body = body
            return assumeIsolated { shop in
                if shop.noted == fired { shop.noted = .distantFuture }
                let result = body(&shop.desk)
                guard let due = shop.desk.nextDueHere(), due < shop.noted else { return (result, nil) }
                shop.noted = due
                return (result, due)
            }
        }
    }
}
