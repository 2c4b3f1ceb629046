/// Who may call a route. Whoever may not is answered as if it were not there (404).
public enum Access: Sendable, CaseIterable {
    /// Everybody, without a token.
    case open
    case operatorOnly
    /// The shop's own backend, and operators.
    case merchant
    /// Those, and the agent that the path names.
    case namedAgent
    /// Those, and the buyer that the path names.
    case namedBuyer
    /// Those, every agent and the bot of the shop; the route looks closer.
    case staff
    /// Those and every agent of the shop; the route looks closer.
    case agents
    /// Those, the agents, and the buyer that the path names; the route looks closer.
    case agentsOrNamedBuyer
    /// Those, the agents, the bot and the buyers of the shop; the route shows each its own.
    case members

    /// `shop`, `agent` and `buyer` are the path's, as they stand there.
    func admits(_ principal: Principal, shop: String?, agent: String?, buyer: String?) -> Bool {
        if self == .open || principal.role == .operator { return true }
        guard self != .operatorOnly, let own = principal.shop?.rawValue, own == shop else { return false }
        switch principal.role {
        case .operator, .merchant: return true
        case .agent:
            return switch self {
            case .staff, .agents, .agentsOrNamedBuyer, .members: true
            case .namedAgent: principal.agent?.rawValue == agent
            case .open, .operatorOnly, .merchant, .namedBuyer: false
            }
        case .bot: return self == .staff || self == .members
        case .buyer:
            return switch self {
            case .members: true
            case .namedBuyer, .agentsOrNamedBuyer: principal.buyer?.rawValue == buyer
            case .open, .operatorOnly, .merchant, .namedAgent, .staff, .agents: false
            }
        case .courier: return false
        }
    }
}
