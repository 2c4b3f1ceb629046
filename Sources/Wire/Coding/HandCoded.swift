/// A message whose coding is written by hand because a profile showed it hot. The bytes must be those of its `Codable`
/// form; `HandCodedTests` holds each conformance against it. Of a field that comes twice the first counts.
public protocol HandCoded: Codable {
    /// Writes the fields, without a length.
    func write(into writer: inout ByteWriter)
    /// Reads fields until the reader's end.
    init(reading reader: inout ByteReader) throws
}

extension HandCoded {
    /// The bytes of this message.
    @inlinable
    public func encoded(reserving capacity: Int = 128) -> [UInt8] {
        var writer = ByteWriter(reserving: capacity)
        write(into: &writer)
        return writer.bytes
    }

    @inlinable
    public init(decoding bytes: UnsafeRawBufferPointer) throws {
        var reader = ByteReader(bytes)
        try self.init(reading: &reader)
    }

    @inlinable
    public init(decoding bytes: some Collection<UInt8>) throws {
        let read = try bytes.withContiguousStorageIfAvailable { try Self(decoding: UnsafeRawBufferPointer($0)) }
        if let read {
            self = read
        } else {
            self = try Array(bytes).withUnsafeBytes { try Self(decoding: $0) }
        }
    }
}

extension ByteWriter {
    /// A message as a field, written by hand if it can be.
    @inlinable
    @inline(__always)
    public mutating func field(_ number: Int, hand message: some HandCoded) {
        key(number, .bytes)
        let start = beginLength()
        message.write(into: &self)
        endLength(start)
    }

    /// A message of an array, through `BinaryEncoder`. A type of the protocol that has no coding is a bug.
    public mutating func element(_ message: some Encodable) {
        nested { writer in
            do {
                try BinaryEncoder().encode(message, into: &writer)
            } catch {
                preconditionFailure("\(type(of: message)) has no coding: \(error)")
            }
        }
    }

    /// A message as a field, through `BinaryEncoder`. A type of the protocol that has no coding is a bug.
    public mutating func field(_ number: Int, message: some Encodable) {
        nested(number) { writer in
            do {
                try BinaryEncoder().encode(message, into: &writer)
            } catch {
                preconditionFailure("\(type(of: message)) has no coding: \(error)")
            }
        }
    }
}

extension ByteReader {
    /// A message that is this field's value, read by hand.
    @inlinable
    public mutating func hand<M: HandCoded>(_: M.Type = M.self) throws -> M {
        var inner = try nested()
        return try M(reading: &inner)
    }

    /// A message of an array, read by hand.
    @inlinable
    public mutating func handElement<M: HandCoded>(_: M.Type = M.self) throws -> M {
        var inner = try rawNested()
        return try M(reading: &inner)
    }

    /// A message of an array, through `BinaryDecoder`.
    public mutating func element<M: Decodable>(_ type: M.Type = M.self) throws -> M {
        try BinaryDecoder().decode(type, reading: try rawNested())
    }

    /// A message that is this field's value, through `BinaryDecoder`.
    public mutating func message<M: Decodable>(_ type: M.Type = M.self) throws -> M {
        try BinaryDecoder().decode(type, reading: try nested())
    }
}

/// Unwraps a field that must be there.
@inlinable
func required<T>(_ value: T?, _ number: Int) throws(CodingFault) -> T {
    guard let value else { throw .missing(field: number) }
    return value
}
