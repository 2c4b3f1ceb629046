// Between the router's stream and one reader: bounded bytes, handed over in order. When it is full the router's stream
// waits, and when the oldest byte has waited for too long, the reader is cut off (I11).

import Synchronization

final class StreamMailbox: Sendable {
    private struct State {
        var pending: [UInt8] = []
        /// When the oldest of `pending`, and of what the reader was given last, came in.
        var pendingSince: Duration?
        var takenSince: Duration?
        var lastPut: Duration
        var isFinished = false
        var reader: CheckedContinuation<Void, Never>?
        var writer: CheckedContinuation<Void, Never>?
    }

    private let limit: Int
    private let now: @Sendable () -> Duration
    private let state: Mutex<State>

    /// `limit` bytes; a single longer piece goes through alone.
    init(limit: Int, now: @escaping @Sendable () -> Duration) {
        self.limit = limit
        self.now = now
        state = Mutex(State(lastPut: now()))
    }

    /// Waits for room. False when the stream has ended. One task at a time.
    func put(_ bytes: [UInt8]) async -> Bool {
        if bytes.isEmpty { return !state.withLock { $0.isFinished } }
        while true {
            let (done, accepted, reader) = place(bytes)
            reader?.resume()
            if done { return accepted }
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if state.isFinished || state.pending.isEmpty { return true }
                    state.writer = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        }
    }

    private func place(_ bytes: [UInt8]) -> (Bool, Bool, CheckedContinuation<Void, Never>?) {
        state.withLock { state in
            if state.isFinished { return (true, false, nil) }
            guard state.pending.isEmpty || state.pending.count + bytes.count <= limit else {
                return (false, false, nil)
            }
            let time = now()
            state.pending.append(contentsOf: bytes)
            state.pendingSince = state.pendingSince ?? time
            state.lastPut = time
            defer { state.reader = nil }
            return (true, true, state.reader)
        }
    }

    /// Puts it in if nothing is waiting and nothing came for `silence`.
    func putIfSilent(_ bytes: [UInt8], for silence: Duration) {
        let reader = state.withLock { state -> CheckedContinuation<Void, Never>? in
            let time = now()
            guard !state.isFinished, state.pending.isEmpty, time - state.lastPut >= silence else { return nil }
            state.pending = bytes
            state.pendingSince = time
            state.lastPut = time
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    /// All that is there, waiting for it if need be; nil at the end. The bytes given before count as taken.
    func next() async -> [UInt8]? {
        while true {
            let (bytes, ended, writer) = take()
            writer?.resume()
            if let bytes { return bytes }
            if ended { return nil }
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if state.isFinished || !state.pending.isEmpty { return true }
                    state.reader = continuation
                    return false
                }
                if goesOn { continuation.resume() }
            }
        }
    }

    private func take() -> ([UInt8]?, Bool, CheckedContinuation<Void, Never>?) {
        state.withLock { state in
            state.takenSince = nil
            guard !state.pending.isEmpty else { return (nil, state.isFinished, nil) }
            let bytes = state.pending
            state.pending = []
            state.takenSince = state.pendingSince
            state.pendingSince = nil
            defer { state.writer = nil }
            return (bytes, false, state.writer)
        }
    }

    /// How long the oldest byte that the reader has not taken waits.
    var age: Duration {
        state.withLock { state in
            guard let since = state.takenSince ?? state.pendingSince else { return .zero }
            return now() - since
        }
    }

    /// What is there is still handed over. Idempotent.
    func finish() {
        let (reader, writer) = state.withLock { state in
            state.isFinished = true
            defer { (state.reader, state.writer) = (nil, nil) }
            return (state.reader, state.writer)
        }
        reader?.resume()
        writer?.resume()
    }
}
