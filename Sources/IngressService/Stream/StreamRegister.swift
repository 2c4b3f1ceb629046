import Synchronization

/// The open streams: bounded in all and for each shop, and ended together when the process stops.
final class StreamRegister: Sendable {
    private struct State {
        var next: UInt64 = 1
        var open: [UInt64: (shop: String, mailbox: StreamMailbox)] = [:]
        var shops: [String: Int] = [:]
        var isClosed = false
    }

    private let limit: Int
    private let shopLimit: Int
    private let state = Mutex(State())

    init(limit: Int, shopPart: Int) {
        self.limit = limit
        shopLimit = max(1, limit / shopPart)
    }

    /// A number for `leave`; nil if there is no room.
    func enter(shop: String, _ mailbox: StreamMailbox) -> UInt64? {
        state.withLock { state in
            guard !state.isClosed, state.open.count < limit, state.shops[shop, default: 0] < shopLimit else {
                return nil
            }
            let number = state.next
            state.next += 1
            state.open[number] = (shop, mailbox)
            state.shops[shop, default: 0] += 1
            return number
        }
    }

    func leave(_ number: UInt64) {
        state.withLock { state in
            guard let entry = state.open.removeValue(forKey: number), let count = state.shops[entry.shop] else {
                return
            }
            state.shops[entry.shop] = count > 1 ? count - 1 : nil
        }
    }

    func endAll() {
        let mailboxes = state.withLock { state in
            state.isClosed = true
            return state.open.values.map(\.mailbox)
        }
        for mailbox in mailboxes { mailbox.finish() }
    }
}
