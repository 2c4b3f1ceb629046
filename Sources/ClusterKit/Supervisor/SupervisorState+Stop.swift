// The clean stop: ingresses first, so that nothing new comes in, then routers; all of it bounded.

import Wire

extension SupervisorState {
    /// A second signal ends the wait.
    mutating func stop(_ caller: Caller?, _ actions: inout [SupervisorAction]) {
        if let caller, stopWaiting.count < settings.waiterLimit { stopWaiting.append(caller) }
        if !isStopping {
            begin(stopping: nil, &actions)
        } else if caller == nil {
            killAll(&actions) { _ in true }
        }
    }

    mutating func begin(stopping failure: String?, _ actions: inout [SupervisorAction]) {
        stage = .stopping(since: now, failure: failure)
        actions.append(.withdraw)
        let fault = SupervisorReply.fault(WireFault(.stopping, "the cluster stops"))
        for caller in scaleWaiting + (clockWaiting + clockSaving).map(\.caller) {
            actions.append(.reply(caller, fault))
        }
        scaleWaiting = []
        clockWaiting = []
        clockSaving = []
        for child in ordered {
            if case .waiting = child.phase { children[child.name] = nil }
        }
    }

    mutating func settleStop(_ actions: inout [SupervisorAction]) {
        guard case .stopping(let since, let failure) = stage else { return }
        let routersToo = !children.values.contains { $0.role != .router }
        for child in ordered where !child.isStopping && (routersToo || child.role != .router) {
            children[child.name]?.leaving = .stopping(since: now)
            tellToStop(child, &actions)
        }
        let waited = now - since
        if waited >= settings.stopLimit {
            killAll(&actions) { _ in true }
        } else if waited >= settings.stopLimit / 2 {
            killAll(&actions) { $0.role != .router }
        }
        if children.isEmpty {
            stage = .finished
            for caller in stopWaiting { actions.append(.reply(caller, .done)) }
            stopWaiting = []
            actions.append(.finished(failure: failure))
        }
    }

    func tellToStop(_ child: Child, _ actions: inout [SupervisorAction]) {
        switch child.phase {
        case .joined(let pid):
            if let stream = child.stream {
                actions.append(.notify(stream, .stop))
            } else {
                actions.append(.terminate(name: child.name, pid: pid))
            }
        case .starting(.some(let pid), _): actions.append(.terminate(name: child.name, pid: pid))
        case .starting(nil, _), .waiting, .killed: break
        }
    }

    /// Ends routers outside the membership that do not stop by themselves.
    mutating func hurry(_ actions: inout [SupervisorAction]) {
        guard !isStopping else { return }
        for child in ordered {
            if case .stopping(let since) = child.leaving, now - since >= settings.stopLimit {
                switch child.phase {
                case .joined(let pid), .starting(.some(let pid), _): kill(child, pid, "does not stop", &actions)
                case .starting(nil, _), .waiting, .killed: break
                }
            }
        }
    }

    private mutating func killAll(_ actions: inout [SupervisorAction], where which: (Child) -> Bool) {
        for child in ordered where which(child) {
            switch child.phase {
            case .joined(let pid), .starting(.some(let pid), _): kill(child, pid, "does not stop", &actions)
            case .starting(nil, _), .waiting, .killed: break
            }
        }
    }
}
