// The time that requests are stamped with. The system's clock, or a manual one that the operator moves and of which
// the supervisor tells (`--clock manual`).

import Domain
import Foundation
import Synchronization

public protocol WallClock: Sendable {
    func now() -> Timestamp
}

public struct SystemClock: WallClock {
    public init() {}

    public func now() -> Timestamp {
        Timestamp(millis: Int64((Date().timeIntervalSince1970 * 1_000).rounded(.down)))
    }
}

/// Stands where it was last told. It never runs backwards.
public final class ManualClock: WallClock {
    private let time: Mutex<Timestamp>

    public init(_ time: Timestamp = Timestamp(millis: 946_684_800_000)) {
        self.time = Mutex(time)
    }

    public func now() -> Timestamp { time.withLock { $0 } }

    public func move(to new: Timestamp) {
        time.withLock { $0 = max($0, new) }
    }
}
