// The items of one stream between the connection's loop and the one task that reads them. Bounded by the credit that
// the server was given: what was read is granted again in halves.

import NIOCore
import Synchronization
import Wire

final class StreamBox: Sendable {
    private struct State {
        var items = CircularBuffer<[UInt8]>()
        var end: Result<Void, WireFault>?
        var reader: CheckedContinuation<Result<[UInt8]?, WireFault>, Never>?
        /// Read since credit was last given.
        var consumed = 0
    }

    let credit: Int
    private let state = Mutex(State())

    init(credit: Int) { self.credit = credit }

    static func cost(_ payload: Int) -> Int { Frame.headBytes + payload }

    func put(_ item: [UInt8]) {
        let reader: CheckedContinuation<Result<[UInt8]?, WireFault>, Never>? = state.withLock { state in
            guard state.end == nil else { return nil }
            if let reader = state.reader {
                state.reader = nil
                state.consumed += Self.cost(item.count)
                return reader
            }
            state.items.append(item)
            return nil
        }
        reader?.resume(returning: .success(item))
    }

    /// What is buffered is still read. Only the first end counts.
    func finish(_ end: Result<Void, WireFault>) {
        let reader: CheckedContinuation<Result<[UInt8]?, WireFault>, Never>? = state.withLock { state in
            guard state.end == nil else { return nil }
            state.end = end
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: end.map { nil })
    }

    /// The next item; nil at the end. One reader at a time.
    func next() async -> Result<[UInt8]?, WireFault> {
        await withCheckedContinuation { reader in
            let ready: Result<[UInt8]?, WireFault>? = state.withLock { state in
                if let item = state.items.popFirst() {
                    state.consumed += Self.cost(item.count)
                    return .success(item)
                }
                if let end = state.end { return end.map { nil } }
                precondition(state.reader == nil, "a stream has one reader")
                state.reader = reader
                return nil
            }
            if let ready { reader.resume(returning: ready) }
        }
    }

    /// Every item that is there already.
    func takeBuffered() -> [[UInt8]] {
        state.withLock { state in
            guard !state.items.isEmpty else { return [] }
            for item in state.items { state.consumed += Self.cost(item.count) }
            defer { state.items.removeAll(keepingCapacity: true) }
            return Array(state.items)
        }
    }

    /// Bytes to grant again, zero if it is too early.
    func takeGrant() -> Int {
        state.withLock { state in
            guard state.end == nil, state.consumed > 0, state.consumed >= credit / 2 else { return 0 }
            defer { state.consumed = 0 }
            return state.consumed
        }
    }
}
