// The words of enumerations as clients read and write them; one table per type, used in both directions.

/// A type whose cases have names in the API.
public protocol Named: CaseIterable, Hashable, Sendable {
    var name: String { get }
}

extension Named {
    /// The case of that name, nil if there is none.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    public static var names: [String] { allCases.map(\.name) }
}

extension Presence: Named { public var name: String { "\(self)" } }
extension OrderState: Named { public var name: String { "\(self)" } }
extension MessageClass: Named { public var name: String { "\(self)" } }
extension MessageKind: Named { public var name: String { "\(self)" } }
extension Rule: Named { public var name: String { "\(self)" } }
extension DecisionCause: Named { public var name: String { "\(self)" } }
extension SessionEnd: Named { public var name: String { "\(self)" } }
extension PresenceCause: Named { public var name: String { "\(self)" } }
