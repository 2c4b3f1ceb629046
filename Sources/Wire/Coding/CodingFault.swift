/// Why bytes are no message. Thrown by `ByteReader` and hand-written decoders; nothing was changed.
public enum CodingFault: Error, Hashable, Sendable {
    /// A value reaches beyond the end of what holds it.
    case truncated
    /// A varint of more than 64 bits.
    case badVarint
    /// Field number 0 or beyond `WireType.maxField`, or an unknown type.
    case badField
    /// The field has another type than its reader expects.
    case wrongType(field: Int)
    /// A text that is not UTF-8.
    case badText
    /// A number or a flag that its type cannot hold, or a raw value that names no case.
    case outOfRange(field: Int)
    /// Deeper than `WireType.maxDepth`.
    case tooDeep
    /// A field that must be there.
    case missing(field: Int)
    /// Bytes after the last element of an array.
    case trailing
    /// None of a union's known fields.
    case unknownCase
}

/// How a field's value is laid out (Protocols/Messages.md, "Coding").
public enum WireType: UInt8, Hashable, Sendable {
    case varint = 0
    /// Eight bytes, little-endian.
    case fixed = 1
    /// A varint length and so many bytes.
    case bytes = 2

    /// Containers within containers, the outermost counted.
    public static let maxDepth = 32
    /// Highest field number.
    public static let maxField = (1 << 29) - 1
}
