// The client's own names of things (1–64 bytes of UTF-8, no control characters) and the desk's numbers.
// `init(rawValue:)` trusts its caller; every edge goes through `init(checking:)`.

/// A client's own string, 1–64 bytes of UTF-8 without control characters.
public protocol Identifier: RawRepresentable, Hashable, Comparable, Codable, Sendable, CustomStringConvertible
where RawValue == String {
    init(rawValue: String)
}

/// Why a string is no identifier.
public enum IdentifierFault: Error, Equatable, Sendable {
    case empty
    /// More than `IdentifierLimit.bytes` bytes of UTF-8.
    case tooLong
    /// NUL or another control character (U+0000…U+001F, U+007F).
    case controlCharacter
}

public enum IdentifierLimit {
    /// Longest identifier, in bytes of UTF-8.
    public static let bytes = 64
}

extension Identifier {
    /// Checks the bounds that every edge keeps.
    public init(checking text: String) throws(IdentifierFault) {
        let bytes = text.utf8
        if bytes.isEmpty { throw .empty }
        if bytes.count > IdentifierLimit.bytes { throw .tooLong }
        for byte in bytes where byte < 0x20 || byte == 0x7f { throw .controlCharacter }
        self.init(rawValue: text)
    }

    // Identity and order are those of the bytes, as in rows and in `ShardMap`: two strings that Unicode calls equivalent
    // are two names.

    @inlinable
    public static func == (a: Self, b: Self) -> Bool {
        sameBytes(a.rawValue, b.rawValue)
    }

    @inlinable
    public func hash(into hasher: inout Hasher) {
        var text = rawValue
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    @inlinable
    public static func < (a: Self, b: Self) -> Bool { a.rawValue.utf8.lexicographicallyPrecedes(b.rawValue.utf8) }

    public var description: String { rawValue }

    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

@inlinable
@inline(__always)
func sameBytes(_ a: String, _ b: String) -> Bool {
    // Two short strings, or two references to one long string, are alike to the bit.
    let (x, y) = (unsafeBitCast(a, to: (UInt64, UInt64).self), unsafeBitCast(b, to: (UInt64, UInt64).self))
    return x == y || sameBytesApart(a, b)
}

@usableFromInline
func sameBytesApart(_ a: String, _ b: String) -> Bool {
    guard a.utf8.count == b.utf8.count else { return false }
    var (a, b) = (a, b)
    return a.withUTF8 { a in
        b.withUTF8 { b in
            let (a, b) = (UnsafeRawBufferPointer(a), UnsafeRawBufferPointer(b))
            guard a.count == b.count else { return false }
            var place = 0
            while place + 8 <= a.count {
                guard
                    a.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                        == b.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                else { return false }
                place += 8
            }
            while place < a.count {
                guard a[place] == b[place] else { return false }
                place += 1
            }
            return true
        }
    }
}

/// 店铺, the tenant.
public struct ShopID: Identifier {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// 子账号, a human who serves buyers.
public struct AgentID: Identifier {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// 买家.
public struct BuyerID: Identifier {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// 分组, a group of agents.
public struct GroupID: Identifier {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

public struct OrderID: Identifier {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A product, as groups are bound to it and orders hold it.
public struct ItemID: Identifier {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

public struct MessageID: Identifier {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The client's name of one attempt to change something (`Idempotency-Key`, or a message's `id`); I9.
public struct CommandID: Identifier {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// One conversation from opening to close; numbered within its shop from 1. Text form `s17`.
public struct SessionID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public var number: UInt64
    public init(_ number: UInt64) { self.number = number }

    /// Reads the text form; nil if it is none.
    public init?(text: String) {
        guard text.first == "s", let number = UInt64(text.dropFirst()), "s\(number)" == text else { return nil }
        self.number = number
    }

    public init(from decoder: any Decoder) throws {
        number = try decoder.singleValueContainer().decode(UInt64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }

    public static func < (a: Self, b: Self) -> Bool { a.number < b.number }
    public var description: String { "s\(number)" }
}

/// The journal's sequence number, within its shard, of the event that records a decision (DIV-10). Text form `d1234`.
public struct DecisionID: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public var sequence: UInt64
    public init(_ sequence: UInt64) { self.sequence = sequence }

    /// Reads the text form; nil if it is none.
    public init?(text: String) {
        guard text.first == "d", let number = UInt64(text.dropFirst()), "d\(number)" == text else { return nil }
        self.sequence = number
    }

    public init(from decoder: any Decoder) throws {
        sequence = try decoder.singleValueContainer().decode(UInt64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(sequence)
    }

    public static func < (a: Self, b: Self) -> Bool { a.sequence < b.sequence }
    public var description: String { "d\(sequence)" }
}
