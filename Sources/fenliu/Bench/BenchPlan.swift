/// How much `fenliu bench` does: the whole of it, or each workload once, small, so that the tests keep it alive.
struct BenchPlan {
    var workloads: Set<Character>
    var runs: Int
    /// Of one run.
    var seconds: Double
    /// Parent of the folders that it makes and removes.
    var folder: String

    var deskBuyers = 1_000_000
    /// Part of `seconds` that a run of a desk's workload takes.
    var deskPart = 0.3
    /// Consults a second of (b), in place of all else there.
    var rate: Double?
    /// Requests in flight at the router's socket.
    var inFlight = [1, 16, 256, 1_024, 4_096]
    /// Of one shop at the socket.
    var buyers: UInt64 = 1_000_000
    var connections = [64, 256]
    /// Shops over several routers, and how many of these.
    var spreadShops = 192
    var spreadRouters = 3
    /// Memory that is taken anew in (d).
    var touchedBytes = 256 << 20

    /// Person-times of a day of the scored shop.
    var scorePerDay = 100_000
    /// Open person-times whose memory is looked at.
    var openTurns = 200_000
    /// Consults a second, and their shops, behind which the scorer's lag is measured.
    var lagRate = 20_000.0
    var lagShops = 64

    // Overload and scaling.
    /// How long there is too much.
    var overloadSeconds = 60.0
    /// Before that, how long the other shops are alone.
    var calmSeconds: Double { max(seconds, overloadSeconds / 6) }
    /// Shops beside the one that has too much, and requests in flight of each connection that does not care.
    var quietShops = 24
    var floodInFlight = 16_000
    /// Connections of each of them to the ingress, a request at a time on each: so many that each consult is sent when it
    /// is due though an answer takes 20 ms. The one has a hundred times `hotConnections`, and all have so many for the top.
    var quietConnections = 24
    var hotConnections = 10
    /// Of each shop under too much load, so that the memory does not grow with them.
    var overloadBuyers: UInt64 = 2_000
    /// Connections, each with its own shop, while routers come and go, and how long each change is watched.
    var scalingConnections = 64
    var scalingSeconds = 6.0

    // Growth.
    var agentSizes = [10, 100, 1_000]
    var buyerSizes = [10_000, 1_000_000]
    var shopSizes = [1, 1_000, 100_000]

    static let workloads = Set("abcdefghi")

    mutating func makeSmall() {
        deskBuyers = 2_000
        deskPart = 0.2
        inFlight = [1, 16]
        buyers = 10_000
        connections = [4]
        spreadShops = 8
        touchedBytes = 4 << 20
        scorePerDay = 100
        overloadSeconds = 2
        quietShops = 9
        floodInFlight = 2_000
        quietConnections = 2
        hotConnections = 2
        overloadBuyers = 20
        scalingConnections = 8
        scalingSeconds = 2
        openTurns = 1_000
        lagRate = 200
        lagShops = 4
        agentSizes = [10, 100]
        buyerSizes = [1_000]
        shopSizes = [1, 20]
    }
}
