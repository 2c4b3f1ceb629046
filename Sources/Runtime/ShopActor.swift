// The actor of one shop: guards agent load, recent contacts and sessions together, so that no decision reads half of a
// change. It runs on its shard's executor; a call from there costs no hop and never suspends.
// The journal, not this memory, is the authority.

import CCalls
import Domain
import NIOCore

actor ShopActor {
    /// What the desks of some shops hold together. Touched on the loop alone.
    final class Held: @unchecked Sendable {
        fileprivate(set) var buyers = 0
        fileprivate(set) var sessions = 0

        fileprivate func change(_ before: Desk.Held, _ after: Desk.Held) {
            buyers += after.buyers - before.buyers
            sessions += after.sessions - before.sessions
        }
    }

    private nonisolated let loop: any EventLoop
    private nonisolated let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    // Both are touched on the loop alone, which each access checks as `assumeIsolated` would, without its allocations.
    private nonisolated(unsafe) var desk: Desk
    /// The earliest time at which the shard's timers hold this shop.
    private nonisolated(unsafe) var noted = Timestamp.distantFuture
    /// What the shard knows without asking.
    nonisolated let id: ShopID
    private nonisolated let held: Held

    /// `held` counts this one in.
    init(_ desk: Desk, held: Held, on loop: any EventLoop) {
        self.loop = loop
        executor = loop.executor
        id = desk.id
        self.desk = desk
        self.held = held
        held.change(Desk.Held(), self.desk.held())
    }

    /// Runs on the shard's executor, in one piece; anywhere else it traps.
    nonisolated func guarded<T>(_ body: (inout Desk) -> T) -> T {
        loop.preconditionInEventLoop()
        let before = desk.held()
        defer { held.change(before, desk.held()) }
        return body(&desk)
    }

    /// The same for what may change the desk's timers; gives as well the time that the shard's timers have to note now.
    /// `fired` is the time for which they let go of the shop.
    nonisolated func acting<T>(fired: Timestamp? = nil, _ body: (inout Desk) -> T) -> (result: T, due: Timestamp?) {
        if noted == fired { noted = .distantFuture }
        let result = guarded(body)
        guard let due = desk.nextDueHere(), due < noted else { return (result, nil) }
        noted = due
        return (result, due)
    }

    // MARK: Looking ahead

    private static let lines = (MemoryLayout<Desk>.size + 128) / 64

    /// Of an actor that nobody has looked at yet: it will be read.
    static func prefetch(_ shop: Unmanaged<ShopActor>) {
        for line in 0..<lines { will_be_read(shop.toOpaque() + 64 * line) }
    }

    nonisolated func lookAhead(_ step: Desk.LookAhead, _ buyers: UnsafeMutableBufferPointer<UInt64>) -> Int {
        loop.preconditionInEventLoop()
        return desk.lookAhead(step, buyers)
    }
}
