import Dispatch
import Synchronization

/// Opens once; whoever waits then goes on, be it a thread or a task.
final class Latch: Sendable {
    private struct State {
        var open = false
        var tasks: [CheckedContinuation<Void, Never>] = []
        var threads: [DispatchSemaphore] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.open = true
            defer { (state.tasks, state.threads) = ([], []) }
            return (state.tasks, state.threads)
        }
        for task in waiting.0 { task.resume() }
        for thread in waiting.1 { thread.signal() }
    }

    func wait() async {
        await withCheckedContinuation { task in
            let open = state.withLock { state in
                if !state.open { state.tasks.append(task) }
                return state.open
            }
            if open { task.resume() }
        }
    }

    /// For a thread that is no task's.
    func block() {
        let thread = DispatchSemaphore(value: 0)
        let open = state.withLock { state in
            if !state.open { state.threads.append(thread) }
            return state.open
        }
        if !open { thread.wait() }
    }
}
