// Reads tokens. Verified ones are remembered, so that a busy client costs one look-up; the memory is bounded, and a
// token that expires meanwhile is refused from then on.

import Domain
import Foundation
import JWTKit
import Synchronization

final class TokenCheck: Sendable {
    /// A token that was verified.
    struct Known {
        var principal: Principal
        var expires: Date?

        func principal(at now: @autoclosure () -> Date) -> Principal? {
            if let expires, expires <= now() { return nil }
            return principal
        }
    }

    private let keys: JWTKeyCollection
    private let remembered: Int
    private let cache = Mutex<[String: Known]>([:])

    /// Longest token that is looked at, in bytes.
    static let longestToken = 4_096

    init(secret: TokenSecret, remembered: Int) async {
        self.keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret.bytes), digestAlgorithm: .sha256)
        self.remembered = remembered
    }

    /// Who holds this token; nil if it is none of ours, has expired, or lacks a claim that its role needs.
    func principal(of token: String, now: Date = Date()) async -> Principal? {
        if let known = cache.withLock({ $0[token] }) { return known.principal(at: now) }
        guard token.utf8.count <= Self.longestToken,
            let claims = try? await keys.verify(token, as: TokenClaims.self),
            let principal = Self.principal(claims)
        else { return nil }
        let known = Known(principal: principal, expires: claims.exp?.value)
        cache.withLock { cache in
            if cache.count >= remembered { cache.removeAll(keepingCapacity: true) }
            cache[token] = known
        }
        return principal
    }

    /// The same of a token that was verified before; nil also if it was not.
    func remembered(_ token: String, now: Date = Date()) -> Principal? {
        known(token)?.principal(at: now)
    }

    func known(_ token: String) -> Known? { cache.withLock { $0[token] } }

    private static func principal(_ claims: TokenClaims) -> Principal? {
        guard let role = TokenRole(rawValue: claims.role) else { return nil }
        let shop = claims.shop.flatMap { try? ShopID(checking: $0) }
        let agent = claims.agent.flatMap { try? AgentID(checking: $0) }
        let buyer = claims.buyer.flatMap { try? BuyerID(checking: $0) }
        switch role {
        case .operator: return Principal(role: role)
        case .merchant, .bot: return shop.map { Principal(role: role, shop: $0) }
        case .agent:
            guard let shop, let agent else { return nil }
            return Principal(role: role, shop: shop, agent: agent)
        case .buyer:
            guard let shop, let buyer else { return nil }
            return Principal(role: role, shop: shop, buyer: buyer)
        case .courier: return Principal(role: role)
        }
    }
}
