// Writes fields. The same bytes come from `BinaryEncoder` and from hand-written messages; this is the one place that
// knows how a field looks (Protocols/Messages.md, "Coding").

/// Has one owner and memory of its own, so that a field costs one check of the room and nothing else.
public struct ByteWriter: ~Copyable, @unchecked Sendable {
    /// Room for `capacity` bytes, nil for none; written up to `used`.
    @usableFromInline var memory: UnsafeMutablePointer<UInt8>?
    @usableFromInline var capacity: Int
    @usableFromInline var used = 0

    public init(reserving capacity: Int = 0) {
        self.capacity = max(0, capacity)
        memory = capacity > 0 ? .allocate(capacity: capacity) : nil
    }

    deinit { memory?.deallocate() }

    /// Bytes written.
    @inlinable public var count: Int { used }

    /// A copy of what was written.
    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    @inlinable public var isEmpty: Bool { used == 0 }

    @inlinable
    public func withUnsafeBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
        try body(UnsafeRawBufferPointer(start: memory, count: used))
    }

    /// Forgets what was written from a place on; the room stays.
    public mutating func truncate(to place: Int = 0) {
        precondition(place >= 0 && place <= used, "not written so far")
        used = place
    }

    /// Bytes that are what they are.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        let size = bytes.count
        write(size) { room in
            _ = UnsafeMutableBufferPointer(start: room, count: size).initialize(fromContentsOf: bytes)
            return size
        }
    }

    /// A number as it is, little-endian.
    @inlinable
    @inline(__always)
    public mutating func little(_ value: some FixedWidthInteger) {
        write(MemoryLayout.size(ofValue: value)) { room in
            UnsafeMutableRawPointer(room).storeBytes(of: value.littleEndian, as: type(of: value))
            return MemoryLayout.size(ofValue: value)
        }
    }

    /// The same over what was written at a place.
    public mutating func put(_ value: UInt32, at place: Int) {
        precondition(place >= 0 && place + 4 <= used, "not written so far")
        guard let memory else { return }
        UnsafeMutableRawPointer(memory + place).storeBytes(of: value.littleEndian, as: UInt32.self)
    }

    /// UTF-8 without its length.
    @inlinable
    public mutating func raw(_ text: String) {
        let size = text.utf8.count
        write(size) { room in
            Self.copy(text, size, to: room)
            return size
        }
    }

    /// Lets `body` fill up to `most` bytes; it says how many it wrote.
    @inlinable
    @inline(__always)
    mutating func write(_ most: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
        if capacity - used < most { grow(most) }
        guard let memory else { return }
        used += body(memory + used)
    }

    @usableFromInline
    @inline(never)
    mutating func grow(_ most: Int) {
        let size = max(64, 2 * capacity, used + most)
        let room = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
        if let memory {
            room.update(from: memory, count: used)
            memory.deallocate()
        }
        memory = room
        capacity = size
    }

    /// Writes a varint at a place with room for ten bytes; gives its length.
    @inlinable
    @inline(__always)
    static func put(_ value: UInt64, at place: UnsafeMutablePointer<UInt8>) -> Int {
        var rest = value
        var length = 0
        while rest >= 0x80 {
            place[length] = UInt8(truncatingIfNeeded: rest) | 0x80
            length += 1
            rest >>= 7
        }
        place[length] = UInt8(truncatingIfNeeded: rest)
        return length + 1
    }

    @inlinable
    @inline(__always)
    static func key(_ number: Int, _ type: WireType) -> UInt64 {
        precondition(number > 0 && number <= WireType.maxField, "field number out of range")
        return UInt64(number) << 3 | UInt64(type.rawValue)
    }

    @inlinable
    @inline(__always)
    static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: (value << 1) ^ (value >> 63)) }

    /// Seven bits a byte, lowest first, the top bit set on all but the last.
    @inlinable
    @inline(__always)
    public mutating func varint(_ value: UInt64) { write(10) { Self.put(value, at: $0) } }

    /// A signed number as 0, -1, 1, -2, … → 0, 1, 2, 3, …
    @inlinable
    public mutating func zigzag(_ value: Int64) { varint(Self.zigzag(value)) }

    /// Length and bytes of UTF-8.
    @inlinable
    public mutating func text(_ value: String) {
        let size = value.utf8.count
        write(10 + size) { room in
            let head = Self.put(UInt64(size), at: room)
            Self.copy(value, size, to: room + head)
            return head + size
        }
    }

    /// Names are short: two words that may overlap instead of a call.
    @inlinable
    @inline(__always)
    static func copy(_ from: UnsafePointer<UInt8>, _ size: Int, to place: UnsafeMutablePointer<UInt8>) {
        let (source, target) = (UnsafeRawPointer(from), UnsafeMutableRawPointer(place))
        if size >= 4, size < 8 {
            let last = source.loadUnaligned(fromByteOffset: size - 4, as: UInt32.self)
            target.storeBytes(of: source.loadUnaligned(as: UInt32.self), as: UInt32.self)
            target.storeBytes(of: last, toByteOffset: size - 4, as: UInt32.self)
            return
        }
        guard size >= 8, size <= 16 else { return place.update(from: from, count: size) }
        let last = source.loadUnaligned(fromByteOffset: size - 8, as: UInt64.self)
        target.storeBytes(of: source.loadUnaligned(as: UInt64.self), as: UInt64.self)
        target.storeBytes(of: last, toByteOffset: size - 8, as: UInt64.self)
    }

    @inlinable
    @inline(__always)
    static func copy(_ value: String, _ size: Int, to place: UnsafeMutablePointer<UInt8>) {
        let quick: Void? = value.utf8.withContiguousStorageIfAvailable { bytes in
            if let start = bytes.baseAddress { copy(start, size, to: place) }
        }
        if quick == nil {
            _ = UnsafeMutableBufferPointer(start: place, count: size).initialize(fromContentsOf: value.utf8)
        }
    }

    /// Length and bytes.
    @inlinable
    public mutating func blob(_ value: some Collection<UInt8>) {
        varint(UInt64(value.count))
        append(value)
    }

    @inlinable
    @inline(__always)
    public mutating func key(_ number: Int, _ type: WireType) {
        varint(Self.key(number, type))
    }

    @inlinable
    @inline(__always)
    public mutating func field(_ number: Int, varint value: UInt64) {
        write(20) { room in
            let head = Self.put(Self.key(number, .varint), at: room)
            return head + Self.put(value, at: room + head)
        }
    }

    @inlinable
    @inline(__always)
    public mutating func field(_ number: Int, signed value: Int64) {
        field(number, varint: Self.zigzag(value))
    }

    @inlinable
    @inline(__always)
    public mutating func field(_ number: Int, signed value: Int) { field(number, signed: Int64(value)) }

    @inlinable
    @inline(__always)
    public mutating func field(_ number: Int, flag value: Bool) {
        field(number, varint: value ? 1 : 0)
    }

    @inlinable
    @inline(__always)
    public mutating func field(_ number: Int, fixed64 value: UInt64) {
        key(number, .fixed)
        little(value)
    }

    @inlinable
    @inline(__always)
    public mutating func field(_ number: Int, text value: String) {
        var value = value
        value.withUTF8 { bytes in
            let size = bytes.count
            write(20 + size) { room in
                var head = Self.put(Self.key(number, .bytes), at: room)
                head += Self.put(UInt64(size), at: room + head)
                if let start = bytes.baseAddress { Self.copy(start, size, to: room + head) }
                return head + size
            }
        }
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

    /// Puts a varint before what was written from `place` on.
    mutating func insert(varint value: UInt64, at place: Int) {
        let tail = used - place
        write(10) { end in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 10) { head in
                guard let start = head.baseAddress else { return 0 }
                let size = Self.put(value, at: start)
                (end - tail + size).update(from: end - tail, count: tail)
                (end - tail).update(from: start, count: size)
                return size
            }
        }
    }

    /// Leaves `width` bytes, 1 or 2, for the length of what follows; `endLength` fills it in.
    @inlinable
    @inline(__always)
    public mutating func beginLength(width: Int = 1) -> Int {
        write(width) { _ in width }
        return count
    }

    /// Writes the length of everything since `beginLength`, moving it if the length takes more or fewer bytes than were
    /// left.
    @inlinable
    @inline(__always)
    public mutating func endLength(_ start: Int, width: Int = 1) {
        let length = used - start
        guard let memory else { return }
        if width == 1, length < 0x80 {
            memory[start - 1] = UInt8(truncatingIfNeeded: length)
        } else if width == 2, length >= 0x80, length < 0x4000 {
            memory[start - 2] = UInt8(truncatingIfNeeded: length) | 0x80
            memory[start - 1] = UInt8(truncatingIfNeeded: length >> 7)
        } else {
            endLongLength(start, width)
        }
    }

    @usableFromInline
    mutating func endLongLength(_ start: Int, _ width: Int) {
        let length = used - start
        let needed = length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : length < 0x1000_0000 ? 4 : 5
        write(16) { end in
            let body = end - length
            if needed != width { (body - width + needed).update(from: body, count: length) }
            var rest = length
            for place in 0..<needed {
                (body - width)[place] = UInt8(truncatingIfNeeded: rest) & 0x7f | (place + 1 < needed ? 0x80 : 0)
                rest >>= 7
            }
            return needed - width
        }
    }
}
