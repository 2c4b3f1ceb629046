// The time that a process stamps with and fires timers by. The system's clock, or a manual one that the operator moves
// and of which the supervisor tells (`--clock manual`).

import Domain
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

public protocol WallClock: Sendable {
    func now() -> Timestamp
}

public struct SystemClock: WallClock {
    public init() {}

    public func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(millis: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

/// Stands where it was last told. It never runs backwards.
public final class ManualClock: WallClock {
    /// Where a new cluster's manual clock starts: 2000-01-01T00:00:00.000Z.
    public static let start = Timestamp(millis: 946_684_800_000)

    private let time: Mutex<Timestamp>

    public init(_ time: Timestamp = ManualClock.start) { self.time = Mutex(time) }

    public func now() -> Timestamp { time.withLock { $0 } }

    public func move(to new: Timestamp) {
        time.withLock { $0 = max($0, new) }
    }
}
