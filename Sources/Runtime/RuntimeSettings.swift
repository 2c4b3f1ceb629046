import Domain
import NIOCore
import Wire

/// Bounds of one router's shards. Counts are per shard unless said otherwise.
public struct RuntimeSettings: Sendable {
    public var desk = DeskLimits()
    /// Shops. Default 100,000.
    public var shops = 100_000
    /// Commands that wait while the shard opens; the next is answered `overloaded`. Default 10,000.
    public var waiting = 10_000
    /// Requests of one read that are served at once; more, and what comes meanwhile, stands in line (`inbound`).
    /// Default 1,024.
    public var atOnce = 1_024
    /// Requests served in one go after which a commit begins, if none is under way. 1 or more, default 256.
    public var commitEvery = 256
    /// What waits for its turn, in a whole router.
    public var inbound = InboundLimits()
    /// Replies that wait for a commit; the next command is answered `overloaded`. Default 65,536.
    public var parked = 65_536
    /// Command IDs whose first answers are kept (I9), and up to 63 more. Default 200,000.
    public var answersKept = 200_000
    /// Buyers kept in memory by one shop, as far as the others have no open session. Default 2,000,000.
    public var residentBuyers = 2_000_000
    /// Events after which a checkpoint is written. Default 200,000.
    public var checkpointEvery: UInt64 = 200_000
    /// A checkpoint is written after so long if anything happened. Default 60 s.
    public var checkpointAfter = TimeAmount.seconds(60)
    /// Rows that the loop takes from the desks at once for a checkpoint: it serves nobody meanwhile. Default 2,048.
    public var rowsPerStep = 2_048
    /// After a commit it takes twice as many as the commit had events, at least so many. Default 64.
    public var rowsInLull = 64
    /// Rows that are coded at once on the rows' thread: whoever waits for the processor then waits no longer for them, and
    /// what a checkpoint costs spreads over its time. Default 512.
    public var rowsPerCoding = 512
    /// Bytes of buyers' rows that lie in one piece of memory, and one row more. Default 16 MiB.
    public var rowsPieceBytes = 16 << 20
    /// Bytes of coded rows that are gathered before they are written, about. The more, the fewer bytes a row costs.
    /// Default 64 MiB.
    public var checkpointBytes = 64 << 20
    /// A checkpoint that is so many events behind goes first: commits wait while its rows are written. It bounds what an
    /// opening has to apply again, and so how long a killed router's shard is away. Default 600,000.
    public var checkpointLag: UInt64 = 600_000
    /// Recent journal rows kept for followers. Default 1 MiB.
    public var tailBytes = 1 << 20
    /// Pages of the journal's log that a shard may gather before they are moved in a lull. Default 1,000 (4 MiB).
    public var walPages = 1_000
    /// Events that a watcher may be behind when it comes back; beyond it gets a reset. Default 10,000.
    public var watchBacklog = 10_000
    /// Events of one shop that an explanation or a transcript reads back. Default 100,000.
    public var historyRead = 100_000
    /// Commits that followers are sent at once within `followGather`; what comes then goes together at its end. Defaults 2
    /// and 10 ms.
    public var followAtOnce = 2
    public var followGather = TimeAmount.milliseconds(10)
    /// Bytes read from disk for one step of a follower. Default 256 KiB.
    public var followRead = 256 << 10
    /// Pause before a shard that another holds is tried again. Default 5 ms.
    public var leaseRetry = TimeAmount.milliseconds(5)
    /// Pause before a shard is opened again after a failed commit or opening. It doubles with each further opening that
    /// fails, up to `reopenLongest`. Defaults 100 ms and 30 s.
    public var reopenAfter = TimeAmount.milliseconds(100)
    public var reopenLongest = TimeAmount.seconds(30)
    /// Openings that fail in a row before the shard counts as failed: calls are refused instead of waiting. Default 2.
    public var failedOpenings = 2
    /// How often timers are looked at. Default 50 ms.
    public var tick = TimeAmount.milliseconds(50)

    #if PLANTED_BUGS
        public var planted = PlantedBug.chosen
    #endif

    public init() {
        #if PLANTED_BUGS
            desk.loadKeptApart = planted == .loadKeptApart
        #endif
    }

    /// Before the next opening, after so many that failed in a row, one or more.
    func reopenPause(after failures: Int) -> TimeAmount {
        let doublings = min(max(0, failures - 1), 20)
        return .nanoseconds(min(reopenAfter.nanoseconds << doublings, reopenLongest.nanoseconds))
    }
}
