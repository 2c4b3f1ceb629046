// Fields of a message in the order in which they lie, for a reader that wants few of many: a number or a stretch of
// bytes each, without faults of their own. What it cannot read it calls broken, and a whole decoder says why.

import Wire

struct FieldWalk {
    private let base: UnsafeRawPointer?
    private var at: Int
    private let end: Int

    /// Of the present field.
    private(set) var number = 0
    /// A varint's value; of bytes their length, of a fixed number 0.
    private(set) var value: UInt64 = 0
    private(set) var type = WireType.varint
    /// Where the present field's bytes begin.
    private var start = 0
    /// Reading ended before the end.
    private(set) var broken = false

    /// The fields in a stretch of bytes.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, _ stretch: Range<Int>) {
        precondition(stretch.upperBound <= bytes.count, "within the bytes")
        base = bytes.baseAddress
        at = stretch.lowerBound
        end = stretch.upperBound
    }

    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) { self.init(bytes, 0..<bytes.count) }

    /// Where the next field begins.
    var place: Int { at }

    /// Where the present field's bytes are; empty if it is a number.
    var range: Range<Int> { type == .bytes ? start..<start + Int(truncatingIfNeeded: value) : at..<at }

    /// Bytes of the present field; empty if it is a number.
    @inline(__always)
    var bytes: UnsafeRawBufferPointer {
        guard type == .bytes, let base else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: base + start, count: Int(truncatingIfNeeded: value))
    }

    /// The fields within the present one; broken if it is a number.
    @inline(__always)
    var inner: FieldWalk {
        var inner = FieldWalk(bytes)
        inner.broken = type != .bytes
        return inner
    }

    /// A varint read as signed.
    var signed: Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }

    /// Goes to the next field; false at the end, or when it is broken.
    @inline(__always)
    mutating func next() -> Bool {
        guard at < end, !broken else { return false }
        guard let key = varint(), let type = WireType(rawValue: UInt8(truncatingIfNeeded: key & 7)), key >> 3 > 0,
            key >> 3 <= UInt64(WireType.maxField)
        else { return fail() }
        self.type = type
        number = Int(truncatingIfNeeded: key >> 3)
        switch type {
        case .varint:
            guard let value = varint() else { return fail() }
            self.value = value
        case .fixed:
            guard end - at >= 8 else { return fail() }
            value = 0
            at += 8
        case .bytes:
            guard let length = varint(), length <= UInt64(end - at) else { return fail() }
            value = length
            start = at
            at += Int(truncatingIfNeeded: length)
        }
        return true
    }

    /// Both are made of the same bytes.
    func holdsSame(_ other: FieldWalk) -> Bool {
        guard !broken, !other.broken, at == 0, other.at == 0, end == other.end, let base, let others = other.base else {
            return false
        }
        var place = 0
        while place < end {
            if base.load(fromByteOffset: place, as: UInt8.self) != others.load(fromByteOffset: place, as: UInt8.self) {
                return false
            }
            place += 1
        }
        return true
    }

    private mutating func fail() -> Bool {
        broken = true
        return false
    }

    /// Most take one byte.
    @inline(__always)
    private mutating func varint() -> UInt64? {
        guard let base, at < end else { return nil }
        let byte = base.load(fromByteOffset: at, as: UInt8.self)
        at += 1
        return byte < 0x80 ? UInt64(byte) : longVarint(UInt64(byte & 0x7f))
    }

    private mutating func longVarint(_ low: UInt64) -> UInt64? {
        var value = low
        var shift: UInt64 = 7
        while at < end, let base {
            let byte = base.load(fromByteOffset: at, as: UInt8.self)
            at += 1
            if shift == 63, byte > 1 { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
