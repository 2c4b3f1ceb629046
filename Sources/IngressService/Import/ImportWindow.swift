import Synchronization

/// At most so many lines are on their way to the desk. One task enters, any thread leaves.
final class ImportWindow: Sendable {
    private struct State {
        var inside = 0
        /// The task that waits, and for how few inside.
        var waiting: (atMost: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    func enter() async {
        await wait(forAtMost: limit - 1)
        state.withLock { $0.inside += 1 }
    }

    func leave() {
        let ready = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.inside -= 1
            guard let waiting = state.waiting, state.inside <= waiting.atMost else { return nil }
            state.waiting = nil
            return waiting.continuation
        }
        ready?.resume()
    }

    /// Returns when nobody is inside.
    func drained() async { await wait(forAtMost: 0) }

    private func wait(forAtMost count: Int) async {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                if state.inside <= count { return true }
                state.waiting = (count, continuation)
                return false
            }
            if goesOn { continuation.resume() }
        }
    }
}
