// What the supervisor's state hears and what it has its shell do.

import Domain
import Wire

/// One request of one connection.
public struct Caller: Hashable, Sendable {
    public var connection: UInt64
    public var request: UInt64

    public init(connection: UInt64, request: UInt64) {
        self.connection = connection
        self.request = request
    }
}

public enum SupervisorEvent: Sendable, Equatable {
    case started
    case spawned(name: String, pid: Int32)
    /// The executable could not be started.
    case spawnFailed(name: String, reason: String)
    case joined(Join, Caller)
    case disconnected(connection: UInt64)
    case reported(Report, connection: UInt64)
    case clockReached(Timestamp, connection: UInt64)
    case scaleAsked(routers: Int, Caller)
    case clockAsked(Timestamp, Caller)
    /// The shell wrote the time down, durably.
    case clockSaved(Timestamp)
    case clockNotSaved(reason: String)
    case statusAsked(Caller)
    /// By a signal (nil) or a request.
    case stopAsked(Caller?)
    /// The process has ended and is reaped: whatever it held is free.
    case exited(name: String, pid: Int32, how: ProcessEnd)
    case tick
}

/// How a process ended.
public enum ProcessEnd: Hashable, Sendable, CustomStringConvertible {
    case code(Int32)
    case signal(Int32)

    public var description: String {
        switch self {
        case .code(let code): "exit code \(code)"
        case .signal(let signal): "signal \(signal)"
        }
    }
}

public enum SupervisorAction: Sendable, Equatable {
    /// Start the executable of that role. `listen` is set for an ingress that must take its former address again.
    case spawn(name: String, role: Role, listen: String?)
    case terminate(name: String, pid: Int32)
    case kill(name: String, pid: Int32)
    case notify(Caller, Notice)
    case reply(Caller, SupervisorReply)
    /// Write the time down durably, then say `clockSaved`.
    case saveClock(Timestamp)
    /// Every process is there: `cluster.json` says so. Again at each change.
    case publish(ClusterStatus)
    /// The cluster stops: `cluster.json` goes.
    case withdraw
    case note(String)
    /// Nothing is left. With a reason, the cluster could not be brought up.
    case finished(failure: String?)
}
