// Reads fields in the order in which they lie: `nextField`, then exactly one reader or `skip`. Every bound is checked
// before anything is allocated. Valid only while the memory that it was made over is.

public struct ByteReader {
    @usableFromInline let base: UnsafeRawPointer?
    @usableFromInline var at: Int
    @usableFromInline let end: Int
    @usableFromInline var type = WireType.varint
    @usableFromInline var number = 0
    @usableFromInline let depth: Int

    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer) {
        self.init(base: bytes.baseAddress, at: 0, end: bytes.count, depth: 1)
    }

    @inlinable
    init(base: UnsafeRawPointer?, at: Int, end: Int, depth: Int) {
        self.base = base
        self.at = at
        self.end = end
        self.depth = depth
    }

    /// Bytes that are left.
    @inlinable public var remaining: Int { end - at }

    /// The next field, nil at the end.
    @inlinable
    public mutating func nextField() throws(CodingFault) -> (number: Int, type: WireType)? {
        if at == end { return nil }
        let key = try rawVarint()
        guard let type = WireType(rawValue: UInt8(truncatingIfNeeded: key & 7)), key >> 3 > 0,
            key >> 3 <= UInt64(WireType.maxField)
        else { throw .badField }
        self.type = type
        number = Int(truncatingIfNeeded: key >> 3)
        return (number, type)
    }

    @inlinable
    public mutating func varint() throws(CodingFault) -> UInt64 {
        try expect(.varint)
        return try rawVarint()
    }

    @inlinable
    public mutating func signed() throws(CodingFault) -> Int64 {
        try expect(.varint)
        return try rawSigned()
    }

    /// A signed number that fits an `Int`.
    @inlinable
    public mutating func int() throws(CodingFault) -> Int {
        guard let value = Int(exactly: try signed()) else { throw .outOfRange(field: number) }
        return value
    }

    /// The case of a raw value.
    @inlinable
    public mutating func raw<R: RawRepresentable>(_: R.Type = R.self) throws(CodingFault) -> R where R.RawValue == Int {
        guard let value = R(rawValue: try int()) else { throw .outOfRange(field: number) }
        return value
    }

    @inlinable
    public mutating func flag() throws(CodingFault) -> Bool {
        switch try varint() {
        case 0: return false
        case 1: return true
        default: throw .outOfRange(field: number)
        }
    }

    @inlinable
    public mutating func fixed64() throws(CodingFault) -> UInt64 {
        try expect(.fixed)
        return try rawFixed()
    }

    @inlinable
    public mutating func text() throws(CodingFault) -> String {
        try expect(.bytes)
        return try rawText()
    }

    @inlinable
    public mutating func bytes() throws(CodingFault) -> [UInt8] {
        try expect(.bytes)
        return Array(try rawBlob())
    }

    /// A container's content.
    @inlinable
    public mutating func nested() throws(CodingFault) -> ByteReader {
        try expect(.bytes)
        return try rawNested()
    }

    /// An array; `element` reads one with the `raw…` readers.
    @inlinable
    public mutating func array<T>(_ element: (inout ByteReader) throws -> T) throws -> [T] {
        var inner = try nested()
        let count = try inner.elements()
        var list: [T] = []
        list.reserveCapacity(count)
        for _ in 0..<count { list.append(try element(&inner)) }
        guard inner.remaining == 0 else { throw CodingFault.trailing }
        return list
    }

    /// Passes over the field's value.
    @inlinable
    public mutating func skip() throws(CodingFault) {
        switch type {
        case .varint: _ = try rawVarint()
        case .fixed: _ = try rawFixed()
        case .bytes: _ = try rawBlob()
        }
    }

    /// Number of elements at the head of an array's content; each takes at least one byte.
    @inlinable
    public mutating func elements() throws(CodingFault) -> Int {
        let count = try rawVarint()
        guard count <= UInt64(remaining) else { throw .truncated }
        return Int(truncatingIfNeeded: count)
    }

    @inlinable
    @inline(__always)
    public mutating func rawVarint() throws(CodingFault) -> UInt64 {
        // Most have one byte.
        if at < end, let byte = base?.load(fromByteOffset: at, as: UInt8.self), byte < 0x80 {
            at += 1
            return UInt64(byte)
        }
        return try longVarint()
    }

    @inlinable
    mutating func longVarint() throws(CodingFault) -> UInt64 {
        guard let base else { throw .truncated }
        var value: UInt64 = 0
        var shift: UInt64 = 0
        // Not counted in `at` while it goes on: that would be a store for each byte.
        var place = at
        while place < end {
            let byte = base.load(fromByteOffset: place, as: UInt8.self)
            place &+= 1
            if shift == 63, byte > 1 { throw .badVarint }
            value |= UInt64(byte & 0x7f) &<< shift
            if byte < 0x80 {
                at = place
                return value
            }
            shift &+= 7
        }
        throw .truncated
    }

    @inlinable
    public mutating func rawSigned() throws(CodingFault) -> Int64 {
        let value = try rawVarint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// The case of a raw value, in an array.
    @inlinable
    public mutating func rawCase<R: RawRepresentable>(
        _: R.Type = R.self
    ) throws(CodingFault) -> R where R.RawValue == Int {
        guard let raw = Int(exactly: try rawSigned()), let value = R(rawValue: raw) else {
            throw .outOfRange(field: number)
        }
        return value
    }

    @inlinable
    public mutating func rawFixed() throws(CodingFault) -> UInt64 {
        guard let base, remaining >= 8 else { throw .truncated }
        let value = base.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        at += 8
        return UInt64(littleEndian: value)
    }

    @inlinable
    public mutating func rawText() throws(CodingFault) -> String {
        let blob = try rawBlob()
        guard UTF8Check.isValid(blob) else { throw .badText }
        // A short one costs less like this than decoded.
        return String(unsafeUninitializedCapacity: blob.count) { room in
            UnsafeMutableRawBufferPointer(room).copyMemory(from: blob)
            return blob.count
        }
    }

    /// A length and so many bytes, not copied.
    @inlinable
    public mutating func rawBlob() throws(CodingFault) -> UnsafeRawBufferPointer {
        let length = try rawVarint()
        guard length <= UInt64(remaining) else { throw .truncated }
        let count = Int(truncatingIfNeeded: length)
        let start = base.map { $0 + at }
        at += count
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    @inlinable
    public mutating func rawNested() throws(CodingFault) -> ByteReader {
        let length = try rawVarint()
        guard length <= UInt64(remaining) else { throw .truncated }
        guard depth < WireType.maxDepth else { throw .tooDeep }
        let count = Int(truncatingIfNeeded: length)
        let inner = ByteReader(base: base, at: at, end: at + count, depth: depth + 1)
        at += count
        return inner
    }

    @inlinable
    func expect(_ wanted: WireType) throws(CodingFault) {
        if type != wanted { throw .wrongType(field: number) }
    }
}
