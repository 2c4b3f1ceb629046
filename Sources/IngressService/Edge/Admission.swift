// Overload: how much is in hand at once, for all and for each shop, so that a shop at a hundred times its share is not
// felt by another. What matters more may use more of the bound: agents' replies, then buyers' consults, then reads,
// then imports. When even the fastest answers take too long, the bound shrinks until they do not, and what is left is
// shared evenly among the shops that are there. Whoever finds no place is told at once (503) and nothing is done.

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

struct AdmissionLimits: Sendable {
    /// Places.
    var most = 4_096
    /// One shop has one part in so many, at least one.
    var shopPart = 4
    /// An answer that takes longer is old.
    var age = Duration.milliseconds(250)
    /// The bound is looked at once in so long. Default 100 ms.
    var window = Duration.milliseconds(100)
    /// It never shrinks below that. Default 64.
    var least = 64
}

/// A pure value; `Admission` gives it the time.
struct Places {
    private let limits: AdmissionLimits
    private(set) var total = 0
    private var shops: [String: Int] = [:]
    /// The bound for all but agents' replies, as it is now.
    private(set) var room: Int
    private var windowEnds = Duration.zero
    /// The fastest answer of this window.
    private var fastest: Duration?

    init(limits: AdmissionLimits) {
        self.limits = limits
        room = limits.most
    }

    /// Takes a place; false if there is none.
    mutating func enter(_ load: Load, shop: String?) -> Bool {
        let bound = load == .reply ? limits.most : room
        guard total < bound * load.quarters / 4 else { return false }
        if let shop {
            let own = shops[shop, default: 0]
            var part = max(1, limits.most / limits.shopPart) * load.quarters / 4
            if load != .reply, room < limits.most {
                part = min(part, room / (shops.count + (own == 0 ? 1 : 0)))
            }
            guard own < max(1, part) else { return false }
            shops[shop] = own + 1
        }
        total += 1
        return true
    }

    /// Gives it back. `took`: how long the answer took, if that says something of the queue.
    mutating func leave(shop: String?, took: Duration?, at now: Duration) {
        total -= 1
        if let shop, let own = shops[shop] { shops[shop] = own > 1 ? own - 1 : nil }
        guard let took else { return }
        let least = min(fastest ?? took, took)
        fastest = least
        guard now >= windowEnds else { return }
        if windowEnds > .zero, least > limits.age {
            room = max(min(limits.least, limits.most), min(room, total) / 2)
        } else {
            room = min(limits.most, room + max(1, limits.most / 8))
        }
        windowEnds = now + limits.window
        fastest = nil
    }
}

final class Admission: Sendable {
    private let state: Mutex<Places>
    private let begin = ContinuousClock.now

    /// `limit` places, of which a shop has one part in `shopPart`, at least one.
    init(limit: Int, shopPart: Int, age: Duration = .milliseconds(250)) {
        var limits = AdmissionLimits()
        limits.most = limit
        limits.shopPart = shopPart
        limits.age = age
        state = Mutex(Places(limits: limits))
    }

    var inHand: Int { state.withLock { $0.total } }

    /// Takes a place; false if there is none.
    func enter(_ load: Load, shop: String?) -> Bool { state.withLock { $0.enter(load, shop: shop) } }

    /// `took`: since the request came in; nil for what takes its time in any case.
    func leave(shop: String?, took: Duration? = nil) {
        let now = took == nil ? Duration.zero : ContinuousClock.now - begin
        state.withLock { $0.leave(shop: shop, took: took, at: now) }
    }

    /// The same of a request that came in then.
    func leave(shop: String, start: ContinuousClock.Instant, now: ContinuousClock.Instant) {
        state.withLock { $0.leave(shop: shop, took: now - start, at: now - begin) }
    }
}
