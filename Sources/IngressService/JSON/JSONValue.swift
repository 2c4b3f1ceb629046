/// A JSON document as a small tree. Names of an object are unique (`JSONReader` refuses others) and keep their order.
public indirect enum JSONValue: Hashable, Sendable {
    case null
    case flag(Bool)
    case integer(Int64)
    /// A number with a fraction or an exponent, always finite.
    case decimal(Double)
    case text(String)
    case list([JSONValue])
    case object([JSONMember])

    public subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// What a reader of an error message calls this.
    var kindName: String {
        switch self {
        case .null: "null"
        case .flag: "a boolean"
        case .integer, .decimal: "a number"
        case .text: "a string"
        case .list: "an array"
        case .object: "an object"
        }
    }
}

public struct JSONMember: Hashable, Sendable {
    public var name: String
    public var value: JSONValue

    public init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}
