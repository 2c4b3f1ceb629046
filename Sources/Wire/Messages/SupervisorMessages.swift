// Between the supervisor and everybody else. Each process keeps one connection to the supervisor: it joins, hears
// notices (a stream), and reports. A process that does not report for the silence limit is killed by its supervisor,
// and only then are its shards given to others.

import Domain

public enum SupervisorRequest: Hashable, Sendable {
    /// Answered by a stream of `Notice`; the first is the membership, the second the clock.
    case join(Join)
    case report(Report)
    /// The process stands at this time and everything due until then is done and durable.
    case clockReached(Timestamp)
    /// Answered when the new number of routers stands and every shard has its holder.
    case scale(routers: Int)
    case clusterStatus
    /// Manual clock only; answered when every process has reached it.
    case setClock(Timestamp)
    case stop
}

public struct Join: Hashable, Codable, Sendable {
    public var role: Role
    public var name: String
    public var pid: Int32
    /// Where it listens; nil if it does not.
    public var socket: String?
    /// Of an ingress.
    public var url: String?

    public init(role: Role, name: String, pid: Int32, socket: String?, url: String? = nil) {
        self.role = role
        self.name = name
        self.pid = pid
        self.socket = socket
        self.url = url
    }

    enum CodingKeys: Int, CodingKey {
        case role = 1
        case name = 2
        case pid = 3
        case socket = 4
        case url = 5
    }
}

public enum Role: Int, Codable, Sendable, Named {
    case supervisor = 0
    case router = 1
    case ingress = 2
    case scorer = 3
    case campaignWorker = 4
    case command = 5
    public var name: String { "\(self)" }
}

/// Proof of life, and what the process holds.
public struct Report: Hashable, Codable, Sendable {
    public var name: String
    public var epoch: UInt64
    public var ready: Bool
    public var router: RouterStatus?

    public init(name: String, epoch: UInt64, ready: Bool, router: RouterStatus? = nil) {
        self.name = name
        self.epoch = epoch
        self.ready = ready
        self.router = router
    }

    enum CodingKeys: Int, CodingKey {
        case name = 1
        case epoch = 2
        case ready = 3
        case router = 4
    }
}

public enum Notice: Hashable, Sendable {
    case membership(Membership)
    /// The manual clock stands here now.
    case clock(Timestamp)
    /// Finish what is in hand and end.
    case stop
}

/// Who is there. A shard belongs to the router with the highest rendezvous score (`ShardMap`).
public struct Membership: Hashable, Codable, Sendable {
    /// Rises with each change.
    public var epoch: UInt64
    public var shards: Int
    public var routers: [Member]

    public init(epoch: UInt64, shards: Int, routers: [Member]) {
        self.epoch = epoch
        self.shards = shards
        self.routers = routers
    }

    enum CodingKeys: Int, CodingKey {
        case epoch = 1
        case shards = 2
        case routers = 3
    }
}

public struct Member: Hashable, Codable, Sendable {
    public var name: String
    public var socket: String

    public init(name: String, socket: String) {
        self.name = name
        self.socket = socket
    }

    enum CodingKeys: Int, CodingKey {
        case name = 1
        case socket = 2
    }
}

public enum SupervisorReply: Hashable, Sendable {
    case done
    case status(ClusterStatus)
    case fault(WireFault)
}

public struct ClusterStatus: Hashable, Codable, Sendable {
    public var epoch: UInt64
    public var shards: Int
    /// Nil with the system's clock.
    public var manualClock: Timestamp?
    public var processes: [ProcessStatus]

    public init(epoch: UInt64, shards: Int, manualClock: Timestamp?, processes: [ProcessStatus]) {
        self.epoch = epoch
        self.shards = shards
        self.manualClock = manualClock
        self.processes = processes
    }

    enum CodingKeys: Int, CodingKey {
        case epoch = 1
        case shards = 2
        case manualClock = 3
        case processes = 4
    }
}

public struct ProcessStatus: Hashable, Codable, Sendable {
    public var name: String
    public var role: Role
    public var pid: Int32
    public var socket: String?
    public var url: String?
    public var ready: Bool
    /// Times that it was started again.
    public var restarts: Int
    public var router: RouterStatus?

    public init(
        name: String, role: Role, pid: Int32, socket: String?, url: String?, ready: Bool, restarts: Int,
        router: RouterStatus?
    ) {
        self.name = name
        self.role = role
        self.pid = pid
        self.socket = socket
        self.url = url
        self.ready = ready
        self.restarts = restarts
        self.router = router
    }

    enum CodingKeys: Int, CodingKey {
        case name = 1
        case role = 2
        case pid = 3
        case socket = 4
        case url = 5
        case ready = 6
        case restarts = 7
        case router = 8
    }
}
