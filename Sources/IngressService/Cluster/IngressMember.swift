// The ingress in the cluster: hands the membership to its pools and answers the edge's questions about the cluster.

import Domain
import RouterService
import Synchronization
import Wire

/// What the ingress does with what the supervisor says.
struct IngressRole: ClusterRole {
    let pools: RouterPools

    func apply(_ membership: Membership) async { pools.update(membership) }

    /// The ingress has no timers: its clock stands there already.
    func reachClock() async {}

    func report(name: String, clockKnown: Bool) async -> Report {
        Report(name: name, epoch: pools.epoch, ready: clockKnown && pools.isReady)
    }
}

/// The supervision once the process has joined; before that it is not ready.
final class IngressMember: Supervision {
    private let pools: RouterPools
    private let member = Mutex<ClusterMember?>(nil)

    init(pools: RouterPools) {
        self.pools = pools
    }

    func set(_ new: ClusterMember) { member.withLock { $0 = new } }

    private var current: ClusterMember? { member.withLock { $0 } }

    var isReady: Bool { current.map(\.isJoined) == true && pools.isReady }
    var manualClock: Bool { current?.manualClock ?? false }
    var heldRequests: Int { pools.heldCount }

    func clusterStatus() async throws(WireFault) -> ClusterStatus {
        guard let current else { throw Self.absent }
        return try await current.clusterStatus()
    }

    func setClock(_ time: Timestamp) async throws(WireFault) {
        guard let current else { throw Self.absent }
        try await current.setClock(time)
    }

    private static let absent = WireFault(.stopping, "the process has not joined yet")
}
