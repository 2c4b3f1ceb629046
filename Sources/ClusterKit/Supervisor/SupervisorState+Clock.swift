// The manual clock: written down before anybody hears it, never backwards, and answered when every process has reached
// it. A process that joins later gets it first and is not ready before it has reached it.

import Domain
import Wire

extension WireFault.Code {
    /// The manual clock does not go back; nothing was done.
    public static let clockBackwards = WireFault.Code(rawValue: "clockBackwards")
    /// The cluster runs on the system's clock.
    public static let clockNotManual = WireFault.Code(rawValue: "clockNotManual")
}

extension SupervisorState {
    mutating func clockAsked(_ time: Timestamp, _ caller: Caller, _ actions: inout [SupervisorAction]) {
        func refuse(_ code: WireFault.Code, _ why: String) {
            actions.append(.reply(caller, .fault(WireFault(code, why))))
        }
        if isStopping { return refuse(.stopping, "the cluster stops") }
        guard let clock else { return refuse(.clockNotManual, "the cluster runs on the system's clock") }
        let latest = clockSaving.last?.time ?? clock
        guard time >= latest else { return refuse(.clockBackwards, "the clock stands at \(latest)") }
        guard clockWaiting.count + clockSaving.count < settings.waiterLimit else {
            return refuse(.overloaded, "too many callers wait for the clock")
        }
        if time == clock, clockSaving.isEmpty {
            clockWaiting.append((time, caller))
        } else {
            clockSaving.append((time, caller))
            actions.append(.saveClock(time))
        }
    }

    mutating func clockSaved(_ time: Timestamp, _ actions: inout [SupervisorAction]) {
        clockWaiting += clockSaving.filter { $0.time <= time }
        clockSaving.removeAll { $0.time <= time }
        guard let clock, time > clock else { return }
        self.clock = time
        for child in ordered {
            if child.role != .scorer, let stream = child.stream, child.isJoined {
                actions.append(.notify(stream, .clock(time)))
            }
        }
    }

    mutating func clockNotSaved(_ reason: String, _ actions: inout [SupervisorAction]) {
        for waiting in clockSaving {
            actions.append(
                .reply(waiting.caller, .fault(WireFault(.internalFault, "the clock cannot be kept: \(reason)"))))
        }
        clockSaving = []
    }

    mutating func reached(_ time: Timestamp, _ connection: UInt64) {
        for child in children.values where child.stream?.connection == connection && child.isJoined {
            children[child.name]?.reached = max(child.reached ?? time, time)
            children[child.name]?.heard = now
        }
    }

    /// A follower hears a time only once every router has reached it: all that is due until then is in the journals.
    mutating func tellFollowers(_ actions: inout [SupervisorAction]) {
        let routers = children.values.filter { $0.role == .router && $0.leaving == nil }
        guard let time = routers.map({ $0.reached ?? .distantPast }).min(), time > .distantPast,
            time > followersClock ?? .distantPast
        else { return }
        followersClock = time
        for child in ordered where child.role == .scorer {
            if let stream = child.stream, child.isJoined { actions.append(.notify(stream, .clock(time))) }
        }
    }

    /// Called when the cluster is settled.
    mutating func answerClock(_ actions: inout [SupervisorAction]) {
        guard !clockWaiting.isEmpty else { return }
        let slowest = children.values.map { $0.reached ?? .distantPast }.min() ?? .distantPast
        for waiting in clockWaiting where waiting.time <= slowest { actions.append(.reply(waiting.caller, .done)) }
        clockWaiting.removeAll { $0.time <= slowest }
    }
}
