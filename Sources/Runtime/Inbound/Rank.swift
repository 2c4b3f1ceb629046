import Domain
import Wire

/// What is served first when not everything can be (Protocols/Messages.md, "Overload").
public enum Rank: Int, CaseIterable, Sendable {
    /// Of agents, bots and operators: replies, presence, transfers, settings.
    case reply
    /// Of buyers.
    case consult
    /// Whoever only looks.
    case report
    /// Imports and what else comes in masses.
    case bulk

    /// Quarters of each bound that it may use.
    var quarters: Int { 4 - rawValue }
}

extension RouterRequest {
    /// Nil for what is served at once: streams, which have a bound of their own, and the router's status.
    var rank: Rank? {
        switch self {
        case .command(let call): call.command.rank
        case .query: .report
        case .followShard, .watchShop, .status: nil
        }
    }

    /// The shop that it is about; nil if it is about none.
    @inline(__always)
    var shop: ShopID? {
        switch self {
        case .command(let call): call.shop
        case .query(let call): call.shop
        case .watchShop(let watch): watch.shop
        case .followShard, .status: nil
        }
    }
}

extension Rank {
    /// As the whole request says; nil of a command that is not known.
    init?(_ kind: RequestHead.Kind) {
        switch kind {
        case .query: self = .report
        case .command(12), .command(14): self = .consult
        case .command(7), .command(8), .command(9), .command(17): self = .bulk
        case .command(let number):
            guard RequestHead.commands.contains(number) else { return nil }
            self = .reply
        }
    }
}

extension Command {
    public var rank: Rank {
        switch self {
        case .receiveMessage, .askForHuman: .consult
        case .importMessage, .setBuyer, .setOrder, .recordInterest: .bulk
        case .setShop, .setSettings, .setAgent, .removeAgent, .setGroup, .removeGroup, .setPresence, .noteStream,
            .sendMessage, .transferSession, .closeSession, .recordViolation, .decideEscalation,
            .noteRestrictions:
            .reply
        }
    }
}
