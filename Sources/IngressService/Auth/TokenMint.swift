// Tokens: JSON Web Tokens, HS256 with the secret of the data directory (`secret.key`). Claims: role, shop, agent,
// buyer, iat, exp.

import Domain
import Foundation
import JWTKit

struct TokenClaims: JWTPayload {
    var role: String
    var shop: String?
    var agent: String?
    var buyer: String?
    var iat: IssuedAtClaim?
    var exp: ExpirationClaim?

    func verify(using algorithm: some JWTAlgorithm) throws {
        try exp?.verifyNotExpired()
    }
}

/// The secret that signs tokens: at least 32 random bytes, kept as one line of base64.
public struct TokenSecret: Sendable {
    public struct Fault: Error, CustomStringConvertible {
        public var description: String
    }

    public static let leastBytes = 32
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) throws {
        guard bytes.count >= Self.leastBytes else {
            throw Fault(description: "the secret must have at least \(Self.leastBytes) bytes, has \(bytes.count)")
        }
        self.bytes = bytes
    }

    /// Reads the file that `fenliu up` made.
    public init(file path: String) throws {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let data = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { throw Fault(description: "\(path): no secret there (one line of base64)") }
        try self.init(bytes: Array(data))
    }
}

/// Makes tokens.
public struct TokenMint: Sendable {
    private let secret: TokenSecret

    public init(secret: TokenSecret) {
        self.secret = secret
    }

    /// A token for that principal. It never expires if `expires` is nil.
    public func mint(
        role: TokenRole, shop: ShopID? = nil, agent: AgentID? = nil, buyer: BuyerID? = nil, expires: Date? = nil
    ) async throws -> String {
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret.bytes), digestAlgorithm: .sha256)
        let claims = TokenClaims(
            role: role.rawValue, shop: shop?.rawValue, agent: agent?.rawValue, buyer: buyer?.rawValue,
            iat: IssuedAtClaim(value: Date()), exp: expires.map(ExpirationClaim.init(value:)))
        return try await keys.sign(claims)
    }
}
