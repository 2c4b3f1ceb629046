import Domain
import Wire

/// What one supervisor keeps to. Durations are of the monotonic clock.
public struct SupervisorSettings: Sendable, Equatable {
    /// Routers at the start. 1…`routerLimit`.
    public var routers = 1
    /// 1…16.
    public var ingresses = 1
    /// One is active, the others stand by. 0…8.
    public var scorers = 0
    /// Most routers that `scale` may ask for.
    public var routerLimit = 64
    /// Shards of the data directory.
    public var shards = ShardMap.defaultShards
    /// Where the manual clock stands at the start; nil is the system's clock.
    public var manualClock: Timestamp?
    /// A joined process that says nothing for so long is killed.
    public var silence = Duration.seconds(2)
    /// A supervisor that was itself held up for so long takes nobody's silence for death.
    public var ownLag = Duration.milliseconds(500)
    /// A process that does not join within this is killed.
    public var joinLimit = Duration.seconds(10)
    /// So long a new router waits for others that are starting, so that the shards move once.
    public var gatherLimit = Duration.seconds(1)
    /// The same while the cluster has no router at all, all having died: whoever is back takes every shard meanwhile.
    public var regatherLimit = Duration.milliseconds(100)
    /// A router that leaves has so long to give up its shards before it is told to stop all the same.
    public var drainLimit = Duration.seconds(10)
    /// A clean stop ends with SIGKILL after this.
    public var stopLimit = Duration.seconds(10)
    /// Who was ready for so long is started again at once; who was not, after the next of `restartDelays`, but never
    /// later than `servedDelay` if it was ready at all: it serves until it dies again.
    public var steadyAfter = Duration.seconds(1)
    public var servedDelay = Duration.milliseconds(400)
    public var restartDelays: [Duration] = [
        .zero, .milliseconds(200), .milliseconds(400), .milliseconds(800), .milliseconds(1_600), .milliseconds(3_200),
        .seconds(5),
    ]
    /// Before the cluster was ever ready: so many ends of one process in a row give it up.
    public var startAttempts = 3
    /// Most callers that wait for a change of the clock or of the number of routers.
    public var waiterLimit = 64

    public init() {}
}
