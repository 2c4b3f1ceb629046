// One supervised process, by name. Names are for ever (`router-1`): a process that is started again takes the same
// name, so the same shards come back to it.

import Domain
import Wire

struct Child: Sendable, Equatable {
    enum Phase: Sendable, Equatable {
        /// Not running; to be started at that time.
        case waiting(until: Duration)
        /// Asked to be started, or started and not joined.
        case starting(pid: Int32?, since: Duration)
        case joined(pid: Int32)
        /// SIGKILL was sent; until it is reaped it may still hold its shards.
        case killed(pid: Int32)
    }

    /// Why a process goes for good.
    enum Leaving: Sendable, Equatable {
        /// A router outside the membership gives up its shards.
        case draining(since: Duration)
        /// It was told to stop.
        case stopping(since: Duration)
    }

    let name: String
    let role: Role
    var phase: Phase
    var leaving: Leaving?
    /// The stream on which it hears notices; nil while it is not connected.
    var stream: Caller?
    var join: Join?
    /// Where an ingress answered; it takes the same address again.
    var address: String?
    var heard = Duration.zero
    var report: Report?
    var reached: Timestamp?
    var readySince: Duration?
    /// Ends in a row without having been ready for `steadyAfter`.
    var failures = 0
    var restarts = 0

    var pid: Int32? {
        switch phase {
        case .waiting: nil
        case .starting(let pid, _): pid
        case .joined(let pid), .killed(let pid): pid
        }
    }

    var isJoined: Bool {
        if case .joined = phase { true } else { false }
    }

    var isStarting: Bool {
        if case .starting = phase { true } else { false }
    }

    var isStopping: Bool {
        if case .stopping = leaving { true } else { false }
    }

    /// Has reached the clock and says that it is ready.
    func isReady(clock: Timestamp?) -> Bool {
        guard isJoined, stream != nil, report?.ready == true else { return false }
        guard let clock else { return true }
        return reached.map { $0 >= clock } ?? false
    }

    /// The newest membership that it acts on.
    var knownEpoch: UInt64 { max(report?.epoch ?? 0, report?.router?.epoch ?? 0) }

    /// Forgets what the former process said.
    mutating func begin(_ phase: Phase) {
        self.phase = phase
        stream = nil
        join = nil
        report = nil
        reached = nil
        readySince = nil
    }
}
