// The supervisor's mind: who runs, who is a member, where the manual clock stands. Pure: the shell (`Supervisor`) tells
// it what happened and at what monotonic time, and does what it answers.
// Invariant (I4): a router that was a member leaves the membership only when it is reaped, or when it was told to drain
// by a membership without it. The membership is that of the living: a router that died is out as soon as it is reaped,
// so the others open its shards at once, and it gets them back when it has joined again.
// Messages: Protocols/Messages.md.

import Domain
import Wire

public struct SupervisorState: Sendable {
    enum Stage: Sendable, Equatable {
        case running
        case stopping(since: Duration, failure: String?)
        case finished
    }

    let settings: SupervisorSettings
    var children: [String: Child] = [:]
    var target: Int
    var epoch: UInt64 = 0
    /// Names of the published membership, in order.
    var members: [Member] = []
    /// Since when a router waits to become a member.
    var gathering: Duration?
    var clock: Timestamp?
    /// The time that every router has reached, of which those who follow them may hear.
    var followersClock: Timestamp?
    var clockWaiting: [(time: Timestamp, caller: Caller)] = []
    /// Times asked for and not yet written down.
    var clockSaving: [(time: Timestamp, caller: Caller)] = []
    var scaleWaiting: [Caller] = []
    var stopWaiting: [Caller] = []
    var everReady = false
    var published: ClusterStatus?
    var stage = Stage.running
    var now = Duration.zero
    private var ticked: Duration?

    public init(_ settings: SupervisorSettings) {
        self.settings = settings
        target = settings.routers
        clock = settings.manualClock
    }

    public mutating func handle(_ event: SupervisorEvent, at time: Duration) -> [SupervisorAction] {
        now = max(now, time)
        if stage == .finished { return [] }
        var actions: [SupervisorAction] = []
        switch event {
        case .started: fill(&actions)
        case .spawned(let name, let pid): spawned(name, pid: pid, &actions)
        case .spawnFailed(let name, let reason): ended(name, pid: nil, reason, &actions)
        case .joined(let join, let caller): joined(join, caller, &actions)
        case .disconnected(let connection): disconnected(connection)
        case .reported(let report, let connection): reported(report, connection)
        case .clockReached(let time, let connection): reached(time, connection)
        case .scaleAsked(let routers, let caller): scale(to: routers, caller, &actions)
        case .clockAsked(let time, let caller): clockAsked(time, caller, &actions)
        case .clockSaved(let time): clockSaved(time, &actions)
        case .clockNotSaved(let reason): clockNotSaved(reason, &actions)
        case .statusAsked(let caller): actions.append(.reply(caller, .status(status)))
        case .stopAsked(let caller): stop(caller, &actions)
        case .exited(let name, let pid, let how): ended(name, pid: pid, "\(how)", &actions)
        case .tick: tick(&actions)
        }
        settle(&actions)
        return actions
    }

    /// Children in the order of their names' numbers, ingresses last: the order of every walk.
    var ordered: [Child] {
        children.values.sorted {
            ($0.role.rawValue, $0.name.utf8.count, $0.name) < ($1.role.rawValue, $1.name.utf8.count, $1.name)
        }
    }

    var isStopping: Bool { stage != .running }

    // MARK: - Starting

    /// Starts whoever should be there and is not known yet.
    mutating func fill(_ actions: inout [SupervisorAction]) {
        for number in 1...target { start("router-\(number)", .router, &actions) }
        for number in 1...settings.ingresses { start("ingress-\(number)", .ingress, &actions) }
        for number in 0..<settings.scorers { start("scorer-\(number + 1)", .scorer, &actions) }
    }

    private mutating func start(_ name: String, _ role: Role, _ actions: inout [SupervisorAction]) {
        if children[name] == nil {
            children[name] = Child(name: name, role: role, phase: .starting(pid: nil, since: now))
            actions.append(.spawn(name: name, role: role, listen: nil))
        }
    }

    private mutating func spawned(_ name: String, pid: Int32, _ actions: inout [SupervisorAction]) {
        guard case .starting = children[name]?.phase else { return }
        children[name]?.phase = .starting(pid: pid, since: now)
        if isStopping || children[name]?.isStopping == true { actions.append(.terminate(name: name, pid: pid)) }
    }

    private mutating func joined(_ join: Join, _ caller: Caller, _ actions: inout [SupervisorAction]) {
        guard var child = children[join.name], child.role == join.role, child.pid == join.pid else {
            actions.append(
                .reply(caller, .fault(WireFault(.badRequest, "\(join.name) (pid \(join.pid)) is not of this cluster"))))
            return
        }
        if case .killed = child.phase { return }
        let first = !child.isJoined
        child.phase = .joined(pid: join.pid)
        child.stream = caller
        child.join = join
        child.address = join.url ?? child.address
        child.heard = now
        children[join.name] = child
        actions.append(.notify(caller, .membership(membership)))
        if let time = child.role == .scorer ? followersClock : clock { actions.append(.notify(caller, .clock(time))) }
        if child.isStopping || isStopping { actions.append(.notify(caller, .stop)) }
        if first, join.role == .router, gathering == nil { gathering = now }
    }

    private mutating func disconnected(_ connection: UInt64) {
        for name in children.keys where children[name]?.stream?.connection == connection {
            children[name]?.stream = nil
        }
        clockWaiting.removeAll { $0.caller.connection == connection }
        clockSaving.removeAll { $0.caller.connection == connection }
        scaleWaiting.removeAll { $0.connection == connection }
        stopWaiting.removeAll { $0.connection == connection }
    }

    private mutating func reported(_ report: Report, _ connection: UInt64) {
        guard var child = children[report.name], child.isJoined, child.stream?.connection == connection else { return }
        child.heard = now
        child.report = report
        if !report.ready {
            child.readySince = nil
        } else if child.readySince == nil {
            child.readySince = now
        }
        children[report.name] = child
    }

    // MARK: - Ends

    /// The process is reaped (or was never started).
    private mutating func ended(
        _ name: String, pid: Int32?, _ reason: String, _ actions: inout [SupervisorAction]
    ) {
        guard var child = children[name], child.pid == pid else { return }
        let steady = child.readySince.map { now - $0 >= settings.steadyAfter } ?? false
        if isStopping || child.leaving != nil {
            children[name] = nil
            if !isStopping { fill(&actions) }
            return
        }
        actions.append(.note("\(name) ended: \(reason)"))
        child.failures = steady ? 0 : child.failures + 1
        if !everReady, child.failures >= settings.startAttempts {
            children[name] = nil
            begin(stopping: "\(name) does not start: \(reason)", &actions)
            return
        }
        var delay =
            child.failures == 0
            ? .zero : settings.restartDelays[min(child.failures - 1, settings.restartDelays.count - 1)]
        if child.readySince != nil { delay = min(delay, settings.servedDelay) }
        child.restarts += 1
        child.begin(.waiting(until: now + delay))
        children[name] = child
        restartDue(&actions)
    }

    private mutating func restartDue(_ actions: inout [SupervisorAction]) {
        for child in ordered {
            guard case .waiting(let until) = child.phase, until <= now else { continue }
            children[child.name]?.phase = .starting(pid: nil, since: now)
            actions.append(.spawn(name: child.name, role: child.role, listen: child.address))
        }
    }

    // MARK: - Time

    private mutating func tick(_ actions: inout [SupervisorAction]) {
        if let ticked, now - ticked > settings.ownLag {
            for name in children.keys { children[name]?.heard = now }
        }
        ticked = now
        restartDue(&actions)
        for child in ordered {
            switch child.phase {
            case .starting(.some(let pid), let since) where now - since >= settings.joinLimit:
                kill(child, pid, "has not joined", &actions)
            case .joined(let pid) where now - child.heard >= settings.silence && !isStopping:
                kill(child, pid, "is silent", &actions)
            default: break
            }
        }
        hurry(&actions)
    }

    mutating func kill(_ child: Child, _ pid: Int32, _ why: String, _ actions: inout [SupervisorAction]) {
        children[child.name]?.phase = .killed(pid: pid)
        actions.append(.note("\(child.name) \(why): killed"))
        actions.append(.kill(name: child.name, pid: pid))
    }
}
