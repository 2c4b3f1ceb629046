// Writes fields. The same bytes come from `BinaryEncoder` and from hand-written messages; this is the one place that
// knows how a field looks (Protocols/Messages.md, "Coding").

public struct ByteWriter: Sendable {
    public var bytes: [UInt8]

    @inlinable
    public init(reserving capacity: Int = 0) {
        bytes = []
        if capacity > 0 { bytes.reserveCapacity(capacity) }
    }

    /// Seven bits a byte, lowest first, the top bit set on all but the last.
    @inlinable
    public mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// A signed number as 0, -1, 1, -2, … → 0, 1, 2, 3, …
    @inlinable
    public mutating func zigzag(_ value: Int64) {
        varint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    @inlinable
    public mutating func fixed(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Length and bytes of UTF-8.
    @inlinable
    public mutating func text(_ value: String) {
        varint(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    /// Length and bytes.
    @inlinable
    public mutating func blob(_ value: some Collection<UInt8>) {
        varint(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    @inlinable
    public mutating func key(_ number: Int, _ type: WireType) {
        precondition(number > 0 && number <= WireType.maxField, "field number out of range")
        varint(UInt64(number) << 3 | UInt64(type.rawValue))
    }

    @inlinable
    public mutating func field(_ number: Int, varint value: UInt64) {
        key(number, .varint)
        varint(value)
    }

    @inlinable
    public mutating func field(_ number: Int, signed value: Int64) {
        key(number, .varint)
        zigzag(value)
    }

    @inlinable
    public mutating func field(_ number: Int, signed value: Int) { field(number, signed: Int64(value)) }

    @inlinable
    public mutating func field(_ number: Int, flag value: Bool) {
        key(number, .varint)
        bytes.append(value ? 1 : 0)
    }

    @inlinable
    public mutating func field(_ number: Int, fixed64 value: UInt64) {
        key(number, .fixed)
        fixed(value)
    }

    @inlinable
    public mutating func field(_ number: Int, text value: String) {
        key(number, .bytes)
        text(value)
    }

    @inlinable
    public mutating func field(_ number: Int, bytes value: some Collection<UInt8>) {
        key(number, .bytes)
        blob(value)
    }

    /// A container as a field.
    @inlinable
    public mutating func nested(_ number: Int, _ body: (inout ByteWriter) throws -> Void) rethrows {
        key(number, .bytes)
        try nested(body)
    }

    /// A container without a key, as an element of an array.
    @inlinable
    public mutating func nested(_ body: (inout ByteWriter) throws -> Void) rethrows {
        let start = beginLength()
        try body(&self)
        endLength(start)
    }

    /// An array of so many elements; `body` writes them without keys.
    @inlinable
    public mutating func array(_ number: Int, count: Int, _ body: (inout ByteWriter) throws -> Void) rethrows {
        key(number, .bytes)
        let start = beginLength()
        varint(UInt64(count))
        try body(&self)
        endLength(start)
    }

    /// Leaves room for the length of what follows; `endLength` fills it in.
    @inlinable
    public mutating func beginLength() -> Int {
        bytes.append(0)
        return bytes.count
    }

    /// Writes the length of everything since `beginLength`, moving it if the length takes more than one byte.
    @inlinable
    public mutating func endLength(_ start: Int) {
        insertVarint(UInt64(bytes.count - start), at: start - 1)
    }

    /// Puts a varint in the place of the one byte at `place`.
    @inlinable
    mutating func insertVarint(_ value: UInt64, at place: Int) {
        if value < 0x80 {
            bytes[place] = UInt8(truncatingIfNeeded: value)
        } else if value < 0x4000 {
            bytes[place] = UInt8(truncatingIfNeeded: value) | 0x80
            bytes.insert(UInt8(truncatingIfNeeded: value >> 7), at: place + 1)
        } else {
            var head = ByteWriter(reserving: 10)
            head.varint(value)
            bytes.replaceSubrange(place...place, with: head.bytes)
        }
    }
}
