// Why a command changes nothing. In order of precedence: when several apply, the first is given.
// The codes are part of the API (`code` in a problem document).

public enum Refusal: Error, Hashable, Sendable {
    /// I9: the same command ID with another body.
    case commandReused
    /// The time of the command lies before what cannot be changed any more, or in the future.
    case timeRefused
    case invalid([FieldFault])
    case unknownShop
    case unknownAgent(AgentID)
    case unknownGroup(GroupID)
    case unknownBuyer(BuyerID)
    case unknownOrder(OrderID)
    case unknownSession(SessionID)
    case unknownDecision(DecisionID)
    /// `If-Match` names another version than the current one.
    case versionMismatch(current: Int)
    case sessionEnded(SessionID)
    /// Only the session's handler may do that.
    case notHandler
    /// DIV-9: the target is offline, or nobody in the group can take it.
    case targetOffline
    /// DIV-9: the target has it already.
    case sameHandler
    /// DIV-6: the target is at its capacity.
    case targetFull
    /// DIV-9: too many transfers within the window.
    case tooManyTransfers
    /// A bound of the shop is reached; `what` names it.
    case limitReached(what: String)
    /// I9: a message, order or buyer is known with other values of the same ID and time; `what` says which of them.
    case conflict(what: String)

    /// The API's stable code.
    public var code: String {
        switch self {
        case .commandReused: "commandReused"
        case .timeRefused: "timeRefused"
        case .invalid: "invalid"
        case .unknownShop: "unknownShop"
        case .unknownAgent: "unknownAgent"
        case .unknownGroup: "unknownGroup"
        case .unknownBuyer: "unknownBuyer"
        case .unknownOrder: "unknownOrder"
        case .unknownSession: "unknownSession"
        case .unknownDecision: "unknownDecision"
        case .versionMismatch: "versionMismatch"
        case .sessionEnded: "sessionEnded"
        case .notHandler: "notHandler"
        case .targetOffline: "targetOffline"
        case .sameHandler: "sameHandler"
        case .targetFull: "targetFull"
        case .tooManyTransfers: "tooManyTransfers"
        case .limitReached: "limitReached"
        case .conflict: "conflict"
        }
    }
}

extension Refusal: Codable {
    enum CodingKeys: Int, CodingKey {
        case code = 1
        case name = 2
        case number = 3
        case faults = 4
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        try c.encode(code, forKey: .code)
        switch self {
        case .invalid(let faults): try c.encode(faults, forKey: .faults)
        case .unknownAgent(let id): try c.encode(id.rawValue, forKey: .name)
        case .unknownGroup(let id): try c.encode(id.rawValue, forKey: .name)
        case .unknownBuyer(let id): try c.encode(id.rawValue, forKey: .name)
        case .unknownOrder(let id): try c.encode(id.rawValue, forKey: .name)
        case .unknownDecision(let id): try c.encode(id.sequence, forKey: .number)
        case .unknownSession(let id), .sessionEnded(let id): try c.encode(id.number, forKey: .number)
        case .versionMismatch(let current): try c.encode(UInt64(current), forKey: .number)
        case .limitReached(let what), .conflict(let what): try c.encode(what, forKey: .name)
        case .commandReused, .timeRefused, .unknownShop, .notHandler, .targetOffline, .sameHandler, .targetFull,
            .tooManyTransfers:
            break
        }
    }

    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        let name = try c.decodeIfPresent(String.self, forKey: .name) ?? ""
        let number = try c.decodeIfPresent(UInt64.self, forKey: .number) ?? 0
        switch try c.decode(String.self, forKey: .code) {
        case "commandReused": self = .commandReused
        case "timeRefused": self = .timeRefused
        case "invalid": self = .invalid(try c.decodeIfPresent([FieldFault].self, forKey: .faults) ?? [])
        case "unknownShop": self = .unknownShop
        case "unknownAgent": self = .unknownAgent(AgentID(rawValue: name))
        case "unknownGroup": self = .unknownGroup(GroupID(rawValue: name))
        case "unknownBuyer": self = .unknownBuyer(BuyerID(rawValue: name))
        case "unknownOrder": self = .unknownOrder(OrderID(rawValue: name))
        case "unknownSession": self = .unknownSession(SessionID(number))
        case "unknownDecision": self = .unknownDecision(DecisionID(number))
        case "versionMismatch": self = .versionMismatch(current: Int(clamping: number))
        case "sessionEnded": self = .sessionEnded(SessionID(number))
        case "notHandler": self = .notHandler
        case "targetOffline": self = .targetOffline
        case "sameHandler": self = .sameHandler
        case "targetFull": self = .targetFull
        case "tooManyTransfers": self = .tooManyTransfers
        case "limitReached": self = .limitReached(what: name)
        case "conflict": self = .conflict(what: name)
        case let other:
            throw DecodingError.dataCorruptedError(
                forKey: .code, in: c, debugDescription: "unknown refusal \(other)")
        }
    }
}
