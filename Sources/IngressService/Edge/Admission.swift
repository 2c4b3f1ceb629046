// Overload: how much is in hand at once, for all and for each shop, so that a shop at a hundred times its share is not
// felt by another. What matters more may use more of the bound: agents' replies, then buyers' consults, then reads,
// then imports. Whoever finds no place is told at once (503) and nothing is done.

import Domain
import Synchronization

/// What a request is worth when there are too many.
public enum Load: Int, Sendable, CaseIterable {
    /// Answers of agents and bots, presence, transfers.
    case reply
    case consult
    case read
    case bulk

    /// Quarters of the bound that it may use.
    var quarters: Int {
        switch self {
        case .reply: 5
        case .consult: 4
        case .read: 3
        case .bulk: 2
        }
    }
}

final class Admission: Sendable {
    private struct State {
        var total = 0
        var shops: [String: Int] = [:]
    }

    private let limit: Int
    private let shopLimit: Int
    private let state = Mutex(State())

    /// `limit` places, of which a shop has one part in `shopPart`, at least one.
    init(limit: Int, shopPart: Int) {
        self.limit = limit
        self.shopLimit = max(1, limit / shopPart)
    }

    var inHand: Int { state.withLock { $0.total } }

    /// Takes a place; false if there is none.
    func enter(_ load: Load, shop: String?) -> Bool {
        state.withLock { state in
            guard state.total < limit * load.quarters / 4 else { return false }
            if let shop {
                let own = state.shops[shop, default: 0]
                guard own < max(1, shopLimit * load.quarters / 4) else { return false }
                state.shops[shop] = own + 1
            }
            state.total += 1
            return true
        }
    }

    func leave(shop: String?) {
        state.withLock { state in
            state.total -= 1
            guard let shop, let own = state.shops[shop] else { return }
            state.shops[shop] = own > 1 ? own - 1 : nil
        }
    }
}
