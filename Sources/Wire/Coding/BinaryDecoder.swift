// Reads what `BinaryEncoder` writes. Unknown fields are passed over; of a field that comes twice the first counts; a
// field that must be there and is not is `DecodingError.keyNotFound`. Format: Protocols/Messages.md, "Coding".

/// Throws `DecodingError` or `CodingFault`.
public struct BinaryDecoder: Sendable {
    let usesHandCoding: Bool

    public init() { usesHandCoding = true }

    /// For the tests that hold hand-written coding against the generic one.
    init(usesHandCoding: Bool) { self.usesHandCoding = usesHandCoding }

    public func decode<T: Decodable>(_ type: T.Type = T.self, from bytes: [UInt8]) throws -> T {
        try bytes.withUnsafeBytes { try decode(type, from: $0) }
    }

    public func decode<T: Decodable>(_ type: T.Type = T.self, from bytes: ArraySlice<UInt8>) throws -> T {
        try bytes.withUnsafeBytes { try decode(type, from: $0) }
    }

    public func decode<T: Decodable>(_ type: T.Type = T.self, from bytes: UnsafeRawBufferPointer) throws -> T {
        try decode(type, reading: ByteReader(bytes))
    }

    /// Reads all that is left of a reader, such as a nested one, as one message.
    public func decode<T: Decodable>(_ type: T.Type = T.self, reading reader: ByteReader) throws -> T {
        try DecodingSource(place: .top(reader), usesHandCoding: usesHandCoding).decode(type)
    }
}

/// Where a value comes from.
enum DecodingPlace {
    case top(ByteReader)
    /// Stands at the field's value.
    case field(ByteReader)
    case element(ListCursor)
}

/// The elements of one array, consumed in order.
final class ListCursor {
    var reader: ByteReader
    let count: Int
    var index = 0

    init(_ content: ByteReader) throws {
        reader = content
        count = try reader.elements()
    }
}

struct DecodingSource {
    let place: DecodingPlace
    let usesHandCoding: Bool

    /// Reads one value of that layout.
    func read<T>(_ type: WireType, _ body: (inout ByteReader) throws(CodingFault) -> T) throws -> T {
        switch place {
        case .top(var reader):
            while let field = try reader.nextField() {
                if field.number == 1 { return try body(&reader) }
                try reader.skip()
            }
            throw CodingFault.missing(field: 1)
        case .field(var reader):
            return try body(&reader)
        case .element(let cursor):
            guard cursor.index < cursor.count else { throw CodingFault.truncated }
            cursor.index += 1
            cursor.reader.type = type
            return try body(&cursor.reader)
        }
    }

    /// The content of a container of fields.
    func message() throws -> ByteReader {
        if case .top(let reader) = place { return reader }
        return try read(.bytes) { reader throws(CodingFault) in try reader.nested() }
    }

    func signed<T: FixedWidthInteger & SignedInteger>(_: T.Type) throws -> T {
        let value = try read(.varint) { reader throws(CodingFault) in try reader.signed() }
        guard let exact = T(exactly: value) else { throw CodingFault.outOfRange(field: 0) }
        return exact
    }

    func unsigned<T: FixedWidthInteger & UnsignedInteger>(_: T.Type) throws -> T {
        let value = try read(.varint) { reader throws(CodingFault) in try reader.varint() }
        guard let exact = T(exactly: value) else { throw CodingFault.outOfRange(field: 0) }
        return exact
    }

    func flag() throws -> Bool { try read(.varint) { reader throws(CodingFault) in try reader.flag() } }
    func text() throws -> String { try read(.bytes) { reader throws(CodingFault) in try reader.text() } }
    func double() throws -> Double {
        Double(bitPattern: try read(.fixed) { reader throws(CodingFault) in try reader.fixed64() })
    }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        if T.self == [UInt8].self,
            let bytes = try read(.bytes, { reader throws(CodingFault) in try reader.bytes() }) as? T
        {
            return bytes
        }
        if usesHandCoding, let hand = T.self as? any HandCoded.Type {
            var reader = try message()
            if let value = try hand.init(reading: &reader) as? T { return value }
        }
        let decoder = ValueDecoder(source: self)
        let value = try T(from: decoder)
        if let list = decoder.list, list.index == list.count, list.reader.remaining > 0 { throw CodingFault.trailing }
        return value
    }
}

/// One value that is being read.
final class ValueDecoder: Decoder {
    let source: DecodingSource
    var list: ListCursor?
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(source: DecodingSource) { self.source = source }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        var reader = try source.message()
        var fields: [ByteReader] = []
        while try reader.nextField() != nil {
            fields.append(reader)
            try reader.skip()
        }
        return KeyedDecodingContainer(KeyedValues<Key>(fields: fields, usesHandCoding: source.usesHandCoding))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let content = try source.read(.bytes) { reader throws(CodingFault) in try reader.nested() }
        let cursor = try ListCursor(content)
        list = cursor
        return ListValues(cursor: cursor, usesHandCoding: source.usesHandCoding)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { ScalarValue(source: source) }
}
