// Wall time. The shell reads a clock; the core only compares and adds.

/// A moment, in whole milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    public var millis: Int64
    public init(millis: Int64) { self.millis = millis }

    public static let distantPast = Timestamp(millis: .min / 4)
    public static let distantFuture = Timestamp(millis: .max / 4)

    public init(from decoder: any Decoder) throws {
        millis = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(millis)
    }

    @inlinable public static func < (a: Self, b: Self) -> Bool { a.millis < b.millis }
    @inlinable public static func + (a: Self, b: Span) -> Timestamp { Timestamp(millis: a.millis + b.millis) }
    @inlinable public static func - (a: Self, b: Span) -> Timestamp { Timestamp(millis: a.millis - b.millis) }
    @inlinable public static func - (a: Self, b: Self) -> Span { Span(millis: a.millis - b.millis) }
    public var description: String { RFC3339.text(self) }
}

/// A length of wall time, in whole milliseconds.
public struct Span: Hashable, Comparable, Codable, Sendable {
    public var millis: Int64
    public init(millis: Int64) { self.millis = millis }

    public init(from decoder: any Decoder) throws {
        millis = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(millis)
    }

    @inlinable public static func < (a: Self, b: Self) -> Bool { a.millis < b.millis }
    public static func seconds(_ n: Int) -> Span { Span(millis: Int64(n) * 1_000) }
    public static func minutes(_ n: Int) -> Span { Span(millis: Int64(n) * 60_000) }
    public static func hours(_ n: Int) -> Span { Span(millis: Int64(n) * 3_600_000) }
    public static func days(_ n: Int) -> Span { Span(millis: Int64(n) * 86_400_000) }
}
