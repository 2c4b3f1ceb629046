// Work that comes again, once a tick of the loop. A loop looks at its sockets once a tick and then runs tasks until none is due: a
// task that comes again after a moment comes again in the same tick when others take that long, and nobody is read
// meanwhile, however long it lasts.

import NIOCore
import NIOPosix
import Synchronization

/// The metrics delegate of a loop's group; of one loop alone.
public final class LoopTicks: NIOEventLoopMetricsDelegate {
    private struct State {
        var asked: [(loop: any EventLoop, work: @Sendable () -> Void)] = []
        /// A task is to come, so that the loop does not wait for its sockets.
        var isArmed = false
    }

    private let state = Mutex(State())
    private static let shortest = TimeAmount.microseconds(10)
    private static let longest = TimeAmount.microseconds(320)

    public init() {}

    /// Runs `work` once the sockets were looked at, after what was asked for before. To be called on the loop, by each who
    /// has work only when the work before has run.
    func afterReading(on loop: any EventLoop, _ work: @escaping @Sendable () -> Void) {
        loop.preconditionInEventLoop()
        let arms = state.withLock { state in
            state.asked.append((loop, work))
            defer { state.isArmed = true }
            return !state.isArmed
        }
        if arms { arm(loop, Self.shortest) }
    }

    public func processedTick(info: NIOEventLoopTickInfo) {
        let due = state.withLock { state in
            defer { state.asked = [] }
            return state.asked
        }
        for (loop, work) in due { loop.execute(work) }
    }

    /// Longer each time, so that it is not due again for ever within a tick.
    private func arm(_ loop: any EventLoop, _ pause: TimeAmount) {
        loop.scheduleTask(in: pause) {
            let again = self.state.withLock { state in
                state.isArmed = !state.asked.isEmpty
                return state.isArmed
            }
            if again { self.arm(loop, min(pause * 2, Self.longest)) }
        }
    }
}
