// When the scorer's next transaction begins. What comes in small pieces is gathered: each transaction takes the disk from
// the routers for a moment, and writes a row for each shop that it is about. A pure value; `ScoreBook` gives it the time.

import NIOCore

struct GatherPace {
    private let settings: ScoreBookSettings
    /// Before which the next transaction does not begin unless it is `isUrgent`.
    private(set) var notBefore = NIODeadline.distantPast
    private var lastBegin: NIODeadline
    private var lastInterval: TimeAmount

    init(_ settings: ScoreBookSettings, now: NIODeadline) {
        self.settings = settings
        lastBegin = now
        lastInterval = settings.gatherLongest
    }

    /// Whether as much waits as one transaction is to have. `bytes`: the most that a shard's reader waits with.
    func isUrgent(events: UInt64, bytes: Int) -> Bool {
        events >= settings.gatherMost || bytes >= settings.gatherBytes
    }

    /// A transaction was made. `bytes`: the most that a shard's reader had in it. At the rate of the last intervals, none has
    /// more than `gatherBytes` before the next begins, so that no reader's credit runs out.
    mutating func made(from begin: NIODeadline, to end: NIODeadline, bytes: Int) {
        let interval = min(begin - lastBegin, settings.gatherLongest)
        let rest = min((end - begin) * settings.gatherRest, settings.gatherLongest)
        let fits = min(interval, lastInterval) * Int64(settings.gatherBytes / max(1, bytes))
        notBefore = max(begin + settings.gather, min(end + rest, begin + fits))
        lastBegin = begin
        lastInterval = interval
    }
}
