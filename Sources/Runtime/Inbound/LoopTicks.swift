// Work that comes again, once a tick of the loop. A loop looks at its sockets once a tick and then runs tasks until none is due: a
// task that comes again after a moment comes again in the same tick when others take that long, and nobody is read
// meanwhile, however long it lasts.

import NIOCore
import NIOPosix
import Synchronization

/// The metrics delegate of a group of loops.
public final class LoopTicks: NIOEventLoopMetricsDelegate {
    fileprivate struct Asked {
        /// While there is work, so that it is not kept for ever.
        var loop: (any EventLoop)?
        var work: [@Sendable () -> Void] = []
        /// A task is to come, so that the loop does not wait for its sockets.
        var isArmed = false
    }

    private let asked = Mutex<[ObjectIdentifier: Asked]>([:])
    private static let shortest = TimeAmount.microseconds(10)
    private static let longest = TimeAmount.microseconds(320)

    public init() {}

    /// Runs `work` once the loop has looked at its sockets, after what was asked for before. To be called on the loop, which is
    /// one of the group's, by each who has work only when the work before has run.
    public func afterReading(on loop: any EventLoop, _ work: @escaping @Sendable () -> Void) {
        loop.preconditionInEventLoop()
        let arms = asked.withLock { asked in
            asked[ObjectIdentifier(loop), default: Asked()].add(work, on: loop)
        }
        if arms { arm(loop, Self.shortest) }
    }

    public func processedTick(info: NIOEventLoopTickInfo) {
        guard let due = asked.withLock({ $0[info.eventLoopID]?.takeWork() }) else { return }
        for work in due.work { due.loop.execute(work) }
    }

    /// Longer each time, so that it is not due again for ever within a tick.
    private func arm(_ loop: any EventLoop, _ pause: TimeAmount) {
        loop.scheduleTask(in: pause) {
            let again = self.asked.withLock { asked in
                asked[ObjectIdentifier(loop)]?.isArmed = false
                guard asked[ObjectIdentifier(loop)]?.work.isEmpty == false else { return false }
                return asked[ObjectIdentifier(loop)]?.arm() ?? false
            }
            if again { self.arm(loop, min(pause * 2, Self.longest)) }
        }
    }
}

extension LoopTicks.Asked {
    /// False if it is armed.
    fileprivate mutating func arm() -> Bool {
        defer { isArmed = true }
        return !isArmed
    }

    /// Whether it is to be armed.
    fileprivate mutating func add(_ one: @escaping @Sendable () -> Void, on loop: any EventLoop) -> Bool {
        self.loop = loop
        work.append(one)
        return arm()
    }

    /// Nil if there is none.
    fileprivate mutating func takeWork() -> (loop: any EventLoop, work: [@Sendable () -> Void])? {
        guard let loop else { return nil }
        defer { (self.loop, work) = (nil, []) }
        return (loop, work)
    }
}
