// A few events of turns before they are applied, in order. What they will need is looked at for all of them, so that their
// memory is waited for at the same time, be they of one shop or of as many.

import Domain

struct ScoreAhead {
    /// Events that are looked at together.
    private static let most = 16
    /// Fewer are applied sooner than looked at.
    private static let fewest = 4

    private struct Entry {
        var event: TurnEvent
        var sequence: UInt64
        var at: Timestamp
        /// Of the buyer.
        var hash: UInt32
        var score: ShopScore
    }

    private var entries: [Entry] = []
    /// So that nobody takes the looks for idle.
    private(set) var seen = 0

    init() { entries.reserveCapacity(Self.most) }

    /// Applies those that wait once there are enough.
    mutating func append(_ event: TurnEvent, _ sequence: UInt64, at: Timestamp, of score: ShopScore) {
        let hash = ShopTally.hash(of: event.buyer)
        entries.append(Entry(event: event, sequence: sequence, at: at, hash: hash, score: score))
        if entries.count == Self.most { apply() }
    }

    /// Applies all that wait.
    mutating func apply() {
        if entries.count >= Self.fewest {
            for step in ShopTally.LookAhead.allCases {
                for entry in entries { seen &+= entry.score.scoring.lookAhead(step, entry.hash) }
            }
        }
        for entry in entries { entry.score.scoring.apply(entry.event, entry.sequence, at: entry.at) }
        entries.removeAll(keepingCapacity: true)
    }
}
