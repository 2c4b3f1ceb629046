// The shops' desks as the edge sees them: wherever a shop's router is, and whether it moves just now, is not its
// concern. `RouterPool` is the real one.

import Domain
import Wire

/// Why a desk did not do it.
public enum DeskError: Error, Hashable, Sendable {
    /// The desk's word, final.
    case refused(Refusal)
    /// The cluster's: try again later.
    case failed(WireFault)
}

public protocol Desks: Sendable {
    /// Commands of one shop reach its desk in the order of these calls. `completion` is called once.
    func submit(_ command: ShopCommand, completion: @escaping @Sendable (Result<Answer, DeskError>) -> Void)

    func query(_ query: ShopQuery) async throws(DeskError) -> View

    /// Hands over the shop's events without gap or repeat, also while the shop moves to another router, until the
    /// task is cancelled, `deliver` throws, or the cluster cannot serve it any more (then it throws `failed`).
    func watch(_ watch: WatchShop, deliver: @escaping @Sendable (ShopItem) async throws -> Void) async throws
}

extension Desks {
    public func command(_ command: ShopCommand) async throws(DeskError) -> Answer {
        let result = await withCheckedContinuation { continuation in
            submit(command) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}
