// The cluster as the edge asks about it. `IngressMember` is the real one.

import Domain
import Wire

public protocol Supervision: Sendable {
    /// There are routers, and the supervisor is there.
    var isReady: Bool { get }
    /// The cluster runs by a clock that the operator moves.
    var manualClock: Bool { get }
    /// Requests that wait for their shop's router.
    var heldRequests: Int { get }
    func clusterStatus() async throws(WireFault) -> ClusterStatus
    /// Comes back when every process has reached that time. Faults `clockBackwards` and `clockNotManual` change
    /// nothing.
    func setClock(_ time: Timestamp) async throws(WireFault)
}
