// Who is a member, and when a change has settled. `settle` ends every step: it publishes a membership that changed,
// and answers those who waited for it.

import Domain
import Wire

extension SupervisorState {
    var membership: Membership { Membership(epoch: epoch, shards: settings.shards, routers: members) }

    mutating func settle(_ actions: inout [SupervisorAction]) {
        guard stage != .finished else { return }
        if isStopping {
            settleStop(&actions)
            return
        }
        updateMembers(&actions)
        releaseDrained(&actions)
        tellFollowers(&actions)
        let settled = isSettled
        if settled, !everReady, ordered.allSatisfy({ $0.isReady(clock: clock) }) { everReady = true }
        if everReady { publishIfChanged(&actions) }
        if settled {
            answerClock(&actions)
            if !children.values.contains(where: { $0.leaving != nil }) {
                for caller in scaleWaiting { actions.append(.reply(caller, .done)) }
                scaleWaiting = []
            }
        }
    }

    private mutating func updateMembers(_ actions: inout [SupervisorAction]) {
        let routers = ordered.filter { $0.role == .router && $0.leaving == nil }
        let known = Set(members.map(\.name))
        let alone = !routers.contains { $0.isStarting }
        // Nobody serves: the first who is back does, and hands over later.
        let limit = everReady && members.isEmpty ? settings.regatherLimit : settings.gatherLimit
        let waited = gathering.map { now - $0 >= limit } ?? false
        let admits = alone || waited
        var next: [Member] = []
        for router in routers {
            // A killed one stays until it is reaped: it may still hold its shards.
            let running: Bool =
                switch router.phase {
                case .joined, .killed: true
                case .waiting, .starting: false
                }
            guard running, let socket = router.join?.socket else { continue }
            if known.contains(router.name) || (admits && router.isJoined) {
                next.append(Member(name: router.name, socket: socket))
            }
        }
        if admits { gathering = nil }
        guard next != members else { return }
        members = next
        epoch += 1
        actions.append(.note("membership \(epoch): \(next.map(\.name).joined(separator: " "))"))
        for child in ordered {
            if let stream = child.stream, child.isJoined {
                actions.append(.notify(stream, .membership(membership)))
            }
        }
    }

    /// Every process that should be there is ready (whatever the clock), and each shard is open where it belongs, or
    /// cannot be opened.
    var isSettled: Bool {
        let staying = children.values.filter { $0.leaving == nil }
        guard staying.count == target + settings.ingresses + settings.scorers, members.count == target else {
            return false
        }
        guard staying.allSatisfy({ $0.isReady(clock: nil) }) else { return false }
        let owners = ShardMap.owners(shards: settings.shards, routers: members.map(\.name))
        var open: [String: Set<Int>] = [:]
        for router in staying where router.role == .router {
            guard router.knownEpoch >= epoch, let status = router.report?.router else { return false }
            open[router.name] = Set(status.shards.filter(\.isSettled).map(\.shard))
        }
        return owners.indices.allSatisfy { open[owners[$0]]?.contains($0) == true }
    }

    // MARK: - Scaling

    mutating func scale(to routers: Int, _ caller: Caller, _ actions: inout [SupervisorAction]) {
        if isStopping { return actions.append(.reply(caller, .fault(WireFault(.stopping, "the cluster stops")))) }
        guard (1...settings.routerLimit).contains(routers) else {
            return actions.append(
                .reply(caller, .fault(WireFault(.badRequest, "routers must be 1…\(settings.routerLimit)"))))
        }
        guard scaleWaiting.count < settings.waiterLimit else {
            return actions.append(.reply(caller, .fault(WireFault(.overloaded, "too many callers wait"))))
        }
        target = routers
        scaleWaiting.append(caller)
        for child in ordered where child.role == .router {
            let stays = (1...routers).contains { "router-\($0)" == child.name }
            if stays {
                if case .draining = child.leaving {
                    children[child.name]?.leaving = nil
                    gathering = gathering ?? now
                }
            } else if child.leaving == nil {
                leave(child, &actions)
            }
        }
        fill(&actions)
    }

    private mutating func leave(_ child: Child, _ actions: inout [SupervisorAction]) {
        switch child.phase {
        case .waiting: children[child.name] = nil
        case .joined: children[child.name]?.leaving = .draining(since: now)
        case .killed: children[child.name]?.leaving = .stopping(since: now)
        case .starting(let pid, _):
            children[child.name]?.leaving = .stopping(since: now)
            if let pid { actions.append(.terminate(name: child.name, pid: pid)) }
        }
    }

    /// Tells routers to stop that have given up their shards, or had their time to.
    private mutating func releaseDrained(_ actions: inout [SupervisorAction]) {
        for child in ordered {
            guard case .draining(let since) = child.leaving else { continue }
            let empty = child.knownEpoch >= epoch && child.report?.router?.shards.isEmpty == true
            if empty || now - since >= settings.drainLimit {
                children[child.name]?.leaving = .stopping(since: now)
                tellToStop(child, &actions)
            }
        }
    }

    // MARK: - Status

    public var status: ClusterStatus {
        ClusterStatus(
            epoch: epoch, shards: settings.shards, manualClock: clock,
            processes: ordered.map { child in
                ProcessStatus(
                    name: child.name, role: child.role, pid: child.pid ?? 0, socket: child.join?.socket,
                    url: child.join?.url, ready: child.isReady(clock: clock), restarts: child.restarts,
                    router: child.report?.router)
            })
    }

    /// The address of the first ingress, also while it is started again.
    public var lastURL: String? { ordered.compactMap(\.address).first }

    /// Says who lives, as soon as that is not what was said last.
    private mutating func publishIfChanged(_ actions: inout [SupervisorAction]) {
        var living = status
        living.processes.removeAll { children[$0.name]?.isJoined != true }
        for index in living.processes.indices { living.processes[index].router = nil }
        let same =
            published.map { last in
                last.processes.map { [$0.name, "\($0.pid)", $0.socket, $0.url] }
                    == living.processes.map { [$0.name, "\($0.pid)", $0.socket, $0.url] }
            } ?? false
        if same { return }
        published = living
        actions.append(.publish(living))
    }
}
