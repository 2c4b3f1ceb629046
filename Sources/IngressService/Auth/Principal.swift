// Who asks. The tenant comes from the token, never from the body.

import Domain

public enum TokenRole: String, Codable, Sendable, CaseIterable {
    /// Everything.
    case `operator`
    /// One shop, every account of it.
    case merchant
    /// One agent of one shop.
    case agent
    /// The bot of one shop.
    case bot
    /// A carrier's agent.
    case courier
    /// One buyer of one shop.
    case buyer
}

public struct Principal: Hashable, Sendable {
    public var role: TokenRole
    public var shop: ShopID?
    public var agent: AgentID?
    public var buyer: BuyerID?

    public init(role: TokenRole, shop: ShopID? = nil, agent: AgentID? = nil, buyer: BuyerID? = nil) {
        self.role = role
        self.shop = shop
        self.agent = agent
        self.buyer = buyer
    }

    /// May act for every account of its shop.
    var actsForAll: Bool { role == .operator || role == .merchant }

    /// Which of the shop's accounts asks; empty for the shop itself.
    var account: String {
        switch role {
        case .operator, .merchant: ""
        case .agent: "a/\(agent?.rawValue ?? "")"
        case .buyer: "b/\(buyer?.rawValue ?? "")"
        case .bot: "bot"
        case .courier: "courier"
        }
    }

    /// A key of the shop itself, or the ID of one of its messages. What would look like another account's is set apart.
    static func shopwide(_ key: String) -> CommandID {
        CommandID(rawValue: key.utf8.contains(UInt8(ascii: "/")) ? "s/\(key)" : key)
    }

    /// Keys of different clients of one shop never meet: a buyer's `1` is not another buyer's `1` (I14). A shop's own
    /// backend is one client.
    func scoped(_ key: String) -> CommandID {
        actsForAll ? Self.shopwide(key) : CommandID(rawValue: "\(account)/\(key)")
    }
}
