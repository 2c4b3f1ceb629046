// The actor of one shop: guards agent load, recent contacts and sessions together, so that no decision reads half of a
// change. It runs on its shard's executor; a call from there costs no hop and never suspends.
// The journal, not this memory, is the authority.

import Domain
import NIOCore

actor ShopActor {
    private nonisolated let loop: any EventLoop
    private nonisolated let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    // Both are touched on the loop alone, which each access checks as `assumeIsolated` would, without its allocations.
    private nonisolated(unsafe) var desk: Desk
    /// The earliest time at which the shard's timers hold this shop.
    private nonisolated(unsafe) var noted = Timestamp.distantFuture
    /// What the shard knows without asking.
    nonisolated let id: ShopID

    init(_ desk: Desk, on loop: any EventLoop) {
        self.loop = loop
        executor = loop.executor
        id = desk.id
        self.desk = desk
    }

    /// Runs on the shard's executor, in one piece; anywhere else it traps.
    nonisolated func guarded<T>(_ body: (inout Desk) -> T) -> T {
        loop.preconditionInEventLoop()
        return body(&desk)
    }

    /// The same for what may change the desk's timers; gives as well the time that the shard's timers have to note now.
    /// `fired` is the time for which they let go of the shop.
    nonisolated func acting<T>(fired: Timestamp? = nil, _ body: (inout Desk) -> T) -> (result: T, due: Timestamp?) {
        loop.preconditionInEventLoop()
        if noted == fired { noted = .distantFuture }
        let result = body(&desk)
        guard let due = desk.nextDueHere(), due < noted else { return (result, nil) }
        noted = due
        return (result, due)
    }
}
