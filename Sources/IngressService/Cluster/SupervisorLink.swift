// The process's place in the cluster: joins the supervisor, hears who is there, what time it is and when to stop, and
// reports that it lives. Without its supervisor the process has no say in who is there, so it ends when that does not
// come back. Messages: Protocols/Messages.md, "Supervisor".

import Domain
import Logging
import Synchronization
import Transport
import Wire

public struct SupervisorLinkSettings: Sendable {
    /// Between two reports.
    public var report = Duration.milliseconds(500)
    /// A supervisor that is away for so long is gone for good.
    public var patience = Duration.seconds(5)
    /// Between two attempts to join again.
    public var pause = Duration.milliseconds(100)
    /// For the status, and for a step of the manual clock, which waits for every process.
    public var statusDeadline = Duration.seconds(5)
    public var clockDeadline = Duration.seconds(120)

    public init() {}
}

public final class SupervisorLink: Supervision {
    public enum End: Equatable, Sendable {
        /// The supervisor asked for it, or the task was cancelled.
        case asked
        /// The supervisor is gone, or does not want this process.
        case lost(String)
    }

    private let client: WireClient
    private let join: Join
    private let pool: RouterPool
    /// Nil under the system's clock.
    private let clock: ManualClock?
    private let settings: SupervisorLinkSettings
    private let logger: Logger
    /// Joined, and the first clock has come if there is one to come.
    private let hasClock: Mutex<Bool>
    private let isJoined = Mutex(false)

    public init(
        client: WireClient, join: Join, pool: RouterPool, clock: ManualClock?,
        settings: SupervisorLinkSettings = .init(), logger: Logger
    ) {
        self.client = client
        self.join = join
        self.pool = pool
        self.clock = clock
        self.settings = settings
        self.logger = logger
        hasClock = Mutex(clock == nil)
    }

    public var isReady: Bool { isJoined.withLock { $0 } && hasClock.withLock { $0 } && pool.isReady }
    public var manualClock: Bool { clock != nil }
    public var heldRequests: Int { pool.heldCount }

    /// Stays in the cluster until it is told to stop or the supervisor is gone.
    public func run() async -> End {
        let reporter = Task { await report() }
        defer { reporter.cancel() }
        var lostAt: ContinuousClock.Instant?
        while !Task.isCancelled {
            let fault: WireFault
            do throws(WireFault) {
                if try await follow() { return .asked }
                fault = WireFault(.disconnected, "the supervisor ended the stream")
            } catch {
                fault = error
            }
            if isJoined.withLock({ joined in
                defer { joined = false }
                return joined
            }) {
                lostAt = nil
            }
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
        let stream = client.stream(try encode(.join(join)))
        while let payload = try await stream.next() {
            guard let notice = try? BinaryDecoder().decode(Notice.self, from: payload) else {
                logger.warning("a notice that is not known was passed over")
                continue
            }
            switch notice {
            case .membership(let membership):
                pool.update(membership)
                isJoined.withLock { $0 = true }
            case .clock(let time):
                guard let clock else { continue }
                clock.move(to: time)
                hasClock.withLock { $0 = true }
                _ = try await ask(.clockReached(time), deadline: settings.statusDeadline)
            case .stop: return true
            }
        }
        return false
    }

    private func report() async {
        while !Task.isCancelled {
            if isJoined.withLock({ $0 }) {
                let report = Report(name: join.name, epoch: pool.epoch, ready: isReady)
                _ = try? await ask(.report(report), deadline: settings.statusDeadline)
            }
            try? await Task.sleep(for: settings.report)
        }
    }

    public func clusterStatus() async throws(WireFault) -> ClusterStatus {
        guard case .status(let status) = try await ask(.clusterStatus, deadline: settings.statusDeadline) else {
            throw WireFault(.internalFault, "no status")
        }
        return status
    }

    public func setClock(_ time: Timestamp) async throws(WireFault) {
        _ = try await ask(.setClock(time), deadline: settings.clockDeadline)
        clock?.move(to: time)
    }

    private func ask(_ request: SupervisorRequest, deadline: Duration) async throws(WireFault) -> SupervisorReply {
        let bytes = try await client.call(try encode(request), deadline: deadline)
        guard let reply = try? BinaryDecoder().decode(SupervisorReply.self, from: bytes) else {
            throw WireFault(.internalFault, "cannot read the supervisor's reply")
        }
        if case .fault(let fault) = reply { throw fault }
        return reply
    }

    private func encode(_ request: SupervisorRequest) throws(WireFault) -> [UInt8] {
        do {
            return try BinaryEncoder().encode(request)
        } catch {
            throw WireFault(.internalFault, "cannot encode: \(error)")
        }
    }
}
