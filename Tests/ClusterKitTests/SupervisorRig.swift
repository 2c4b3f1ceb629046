// Drives SupervisorState as the shell does: plays the children, answers in lines of text, keeps a clock of its own.

import ClusterKit
import Domain
import Wire

struct SupervisorRig {
    var state: SupervisorState
    var now = Duration.zero
    private var nextPid: Int32 = 100
    /// Processes that were spawned and are not reaped.
    private(set) var pids: [String: Int32] = [:]
    private var connections: [UInt64: String] = [:]
    private var nextConnection: UInt64 = 1
    private var streams: [String: UInt64] = [:]
    private(set) var epochs: [String: UInt64] = [:]
    private(set) var members: [String] = []
    let shards: Int

    init(routers: Int = 2, ingresses: Int = 1, scorers: Int = 0, clock: Timestamp? = nil, shards: Int = 4) {
        var settings = SupervisorSettings()
        settings.routers = routers
        settings.ingresses = ingresses
        settings.scorers = scorers
        settings.manualClock = clock
        settings.shards = shards
        state = SupervisorState(settings)
        self.shards = shards
    }

    static let operatorCall = Caller(connection: 900, request: 1)

    /// What the state answers, a line each. Spawned processes get their pid at once; a saved clock is confirmed.
    mutating func send(_ event: SupervisorEvent) -> [String] {
        var lines: [String] = []
        for action in state.handle(event, at: now) {
            lines.append(line(action))
            switch action {
            case .spawn(let name, _, _):
                nextPid += 1
                pids[name] = nextPid
                lines += send(.spawned(name: name, pid: nextPid))
            case .saveClock(let time): lines += send(.clockSaved(time))
            case .notify(let caller, .membership(let membership)):
                if let name = connections[caller.connection] { epochs[name] = membership.epoch }
                members = membership.routers.map(\.name)
            default: break
            }
        }
        return lines
    }

    /// Ticks as the shell does, every 50 ms.
    mutating func after(_ duration: Duration) -> [String] {
        let end = now + duration
        var lines: [String] = []
        while now < end {
            now = min(end, now + .milliseconds(50))
            lines += send(.tick)
        }
        return lines
    }

    /// One late tick: the supervisor itself was held up.
    mutating func afterBeingHeldUp(_ duration: Duration) -> [String] {
        now += duration
        return send(.tick)
    }

    mutating func join(_ name: String) -> [String] {
        let caller = Caller(connection: nextConnection, request: 1)
        nextConnection += 1
        connections[caller.connection] = name
        streams[name] = caller.connection
        let role: Role = name.hasPrefix("router") ? .router : name.hasPrefix("scorer") ? .scorer : .ingress
        return send(
            .joined(
                Join(
                    role: role, name: name, pid: pids[name] ?? 0, socket: "/run/\(name).sock",
                    url: role == .ingress ? "http://127.0.0.1:8080" : nil), caller))
    }

    mutating func exit(_ name: String, _ how: ProcessEnd = .code(0)) -> [String] {
        guard let pid = pids.removeValue(forKey: name) else { return ["no process \(name)"] }
        var lines: [String] = []
        if let connection = streams.removeValue(forKey: name) { lines += send(.disconnected(connection: connection)) }
        return lines + send(.exited(name: name, pid: pid, how: how))
    }

    /// Reports what a healthy process would: ready, and the shards that the last membership it heard gives to it.
    mutating func report(
        _ name: String, ready: Bool = true, holding shards: [Int]? = nil, failed: [Int] = []
    ) -> [String] {
        guard let connection = streams[name] else { return ["no stream of \(name)"] }
        let epoch = epochs[name] ?? 0
        var router: RouterStatus?
        if name.hasPrefix("router") {
            let owners = ShardMap.owners(shards: self.shards, routers: members)
            let held = shards ?? owners.indices.filter { owners[$0] == name }
            router = RouterStatus(
                name: name, epoch: epoch,
                shards: held.map { ShardStatus(shard: $0, state: .open) }
                    + failed.map { ShardStatus(shard: $0, state: .failed, fault: "corrupt") }, connections: 0)
        }
        return send(
            .reported(Report(name: name, epoch: epoch, ready: ready, router: router), connection: connection))
    }

    mutating func reached(_ name: String, _ time: Timestamp) -> [String] {
        guard let connection = streams[name] else { return ["no stream of \(name)"] }
        return send(.clockReached(time, connection: connection))
    }

    /// Everyone who runs joins and reports.
    mutating func up() -> [String] {
        var lines = send(.started)
        for name in pids.keys.sorted() { lines += join(name) }
        return lines + reportAll()
    }

    mutating func reportAll() -> [String] {
        var lines: [String] = []
        for name in streams.keys.sorted() {
            if let clock = state.status.manualClock { lines += reached(name, clock) }
            lines += report(name)
        }
        return lines
    }

    private func line(_ action: SupervisorAction) -> String {
        switch action {
        case .spawn(let name, _, let listen): "spawn \(name)" + (listen.map { " at \($0)" } ?? "")
        case .terminate(let name, _): "terminate \(name)"
        case .kill(let name, _): "kill \(name)"
        case .notify(let caller, let notice):
            "tell \(connections[caller.connection] ?? "?") \(text(notice))"
        case .reply(_, .done): "reply done"
        case .reply(_, .status): "reply status"
        case .reply(_, .fault(let fault)): "reply \(fault.code.rawValue)"
        case .saveClock(let time): "save \(time.millis)"
        case .publish(let status):
            "publish \(status.processes.map { "\($0.name)/\($0.pid)" }.joined(separator: " "))"
        case .withdraw: "withdraw"
        case .note(let text): "note \(text)"
        case .finished(let failure): "finished" + (failure.map { ": \($0)" } ?? "")
        }
    }

    private func text(_ notice: Notice) -> String {
        switch notice {
        case .membership(let membership):
            "membership \(membership.epoch) [\(membership.routers.map(\.name).joined(separator: " "))]"
        case .clock(let time): "clock \(time.millis)"
        case .stop: "stop"
        }
    }
}

extension [String] {
    /// Without the notes for the log.
    var acts: [String] { filter { !$0.hasPrefix("note ") } }
}
