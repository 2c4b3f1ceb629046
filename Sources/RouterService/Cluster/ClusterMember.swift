// A process's place in the cluster: joins the supervisor, hears who is there, what time it is and when to stop, and
// reports that it lives. Without its supervisor a process has no say in who is there, so it ends when that does not
// come back. Messages: Protocols/Messages.md.

import Domain
import Logging
import Runtime
import Synchronization
import Transport
import Wire

/// What a process does with what it hears.
public protocol ClusterRole: Sendable {
    func apply(_ membership: Membership) async
    /// Comes back when everything due until the clock's time is done and durable.
    func reachClock() async
    /// For the report; `clockKnown` is true once the time is known.
    func report(name: String, clockKnown: Bool) async -> Report
}

public struct ClusterMemberSettings: Sendable {
    /// Between two reports. Default 500 ms; the supervisor kills whoever is silent for 2 s.
    public var report = Duration.milliseconds(500)
    /// Between two reports of a process that is not ready. Default 20 ms.
    public var eagerReport = Duration.milliseconds(20)
    /// A supervisor that is away for so long is gone for good. Default 5 s.
    public var patience = Duration.seconds(5)
    /// Between two attempts to join again. Default 100 ms.
    public var pause = Duration.milliseconds(100)
    /// For status and reports. Default 5 s.
    public var callDeadline = Duration.seconds(5)
    /// For a step of the manual clock, which waits for every process. Default 120 s.
    public var clockDeadline = Duration.seconds(120)

    public init() {}
}

public final class ClusterMember: Sendable {
    public enum End: Equatable, Sendable {
        /// The supervisor asked for it, or the task was cancelled.
        case asked
        /// The supervisor is gone, or does not want this process.
        case lost(String)
    }

    private struct State {
        var joined = false
        var clockKnown: Bool
    }

    private let client: WireClient
    private let join: Join
    private let role: any ClusterRole
    /// Nil under the system's clock.
    private let clock: ManualClock?
    private let settings: ClusterMemberSettings
    private let logger: Logger
    private let state: Mutex<State>

    public init(
        client: WireClient, join: Join, role: any ClusterRole, clock: ManualClock?,
        settings: ClusterMemberSettings = .init(), logger: Logger
    ) {
        self.client = client
        self.join = join
        self.role = role
        self.clock = clock
        self.settings = settings
        self.logger = logger
        state = Mutex(State(clockKnown: clock == nil))
    }

    /// Joined, and the first clock has come if there is one to come.
    public var isJoined: Bool { state.withLock { $0.joined && $0.clockKnown } }
    public var manualClock: Bool { clock != nil }

    /// Stays in the cluster until it is told to stop or the supervisor is gone.
    public func run() async -> End {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.report() }
            let end = await self.stay()
            group.cancelAll()
            return end
        }
    }

    private func stay() async -> End {
        var lostAt: ContinuousClock.Instant?
        while !Task.isCancelled {
            let fault: WireFault
            do throws(WireFault) {
                if try await follow() { return .asked }
                fault = WireFault(.disconnected, "the supervisor ended the stream")
            } catch {
                fault = error
            }
            let was = state.withLock { state in
                defer { state.joined = false }
                return state.joined
            }
            if was { lostAt = nil }
            if fault.code == .badRequest { return .lost(fault.message) }
            let since = lostAt ?? ContinuousClock.now
            lostAt = since
            if ContinuousClock.now - since >= settings.patience { return .lost(fault.message) }
            try? await Task.sleep(for: settings.pause)
        }
        return .asked
    }

    /// Joins and hears notices. True when the process is to stop.
    private func follow() async throws(WireFault) -> Bool {
        let stream = client.stream(try Self.encode(.join(join)))
        var reaching: Task<Void, Never>?
        while let payload = try await stream.next() {
            guard let notice = try? BinaryDecoder().decode(Notice.self, from: payload) else {
                logger.warning("a notice that is not known was passed over")
                continue
            }
            switch notice {
            case .membership(let membership):
                await role.apply(membership)
                state.withLock { $0.joined = true }
            case .clock(let time):
                guard let clock else { continue }
                clock.move(to: time)
                state.withLock { $0.clockKnown = true }
                reaching = reach(time, after: reaching, stream)
            case .stop: return true
            }
        }
        return false
    }

    /// Reaches one time of the clock after the other, while further notices are heard: a shard that keeps it waiting may
    /// be another router's by the next membership. A supervisor that cannot be told is joined again.
    private func reach(_ time: Timestamp, after former: Task<Void, Never>?, _ stream: WireStream) -> Task<Void, Never> {
        Task {
            await former?.value
            await role.reachClock()
            do throws(WireFault) {
                _ = try await ask(.clockReached(time), deadline: settings.callDeadline)
            } catch {
                stream.cancel()
            }
        }
    }

    private func report() async {
        while !Task.isCancelled {
            var pause = settings.eagerReport
            if state.withLock({ $0.joined }) {
                let known = state.withLock { $0.clockKnown }
                let report = await role.report(name: join.name, clockKnown: known)
                _ = try? await ask(.report(report), deadline: settings.callDeadline)
                if report.ready { pause = settings.report }
            }
            try? await Task.sleep(for: pause)
        }
    }

    public func clusterStatus() async throws(WireFault) -> ClusterStatus {
        guard case .status(let status) = try await ask(.clusterStatus, deadline: settings.callDeadline) else {
            throw WireFault(.internalFault, "no status")
        }
        return status
    }

    /// Moves the cluster's manual clock; comes back when every process has reached it. Faults `clockBackwards` and
    /// `clockNotManual` change nothing.
    public func setClock(_ time: Timestamp) async throws(WireFault) {
        _ = try await ask(.setClock(time), deadline: settings.clockDeadline)
        clock?.move(to: time)
    }

    private func ask(_ request: SupervisorRequest, deadline: Duration) async throws(WireFault) -> SupervisorReply {
        let bytes = try await client.call(try Self.encode(request), deadline: deadline)
        guard let reply = try? BinaryDecoder().decode(SupervisorReply.self, from: bytes) else {
            throw WireFault(.internalFault, "cannot read the supervisor's reply")
        }
        if case .fault(let fault) = reply { throw fault }
        return reply
    }

    private static func encode(_ request: SupervisorRequest) throws(WireFault) -> [UInt8] {
        do {
            return try BinaryEncoder().encode(request)
        } catch {
            throw WireFault(.internalFault, "cannot encode: \(error)")
        }
    }
}
