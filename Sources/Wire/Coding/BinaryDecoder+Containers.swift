// The three containers of `BinaryDecoder`.

struct KeyedValues<Key: CodingKey>: KeyedDecodingContainerProtocol {
    /// One reader at each field's value, in the order in which they lie.
    let fields: [ByteReader]
    let usesHandCoding: Bool
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { fields.compactMap { Key(intValue: $0.number) } }

    func find(_ key: Key) -> ByteReader? {
        guard let number = key.intValue else { return nil }
        return fields.first { $0.number == number }
    }

    func source(_ key: Key) throws -> DecodingSource {
        guard let reader = find(key) else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: [], debugDescription: "no field \(key.stringValue)"))
        }
        return DecodingSource(place: .field(reader), usesHandCoding: usesHandCoding)
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { find(key) == nil }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try source(key).flag() }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try source(key).text() }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try source(key).double() }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { Float(try source(key).double()) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try source(key).signed(type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try source(key).signed(type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try source(key).signed(type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try source(key).signed(type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try source(key).signed(type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try source(key).unsigned(type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try source(key).unsigned(type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try source(key).unsigned(type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try source(key).unsigned(type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try source(key).unsigned(type) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try source(key).decode(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try ValueDecoder(source: try source(key)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try ValueDecoder(source: try source(key)).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { throw unsupportedClass }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw unsupportedClass }
}

private let unsupportedClass = DecodingError.dataCorrupted(
    .init(codingPath: [], debugDescription: "classes have no coding"))

struct ListValues: UnkeyedDecodingContainer {
    let cursor: ListCursor
    let usesHandCoding: Bool
    var codingPath: [any CodingKey] { [] }
    var count: Int? { cursor.count }
    var currentIndex: Int { cursor.index }
    var isAtEnd: Bool { cursor.index >= cursor.count }
    var source: DecodingSource { DecodingSource(place: .element(cursor), usesHandCoding: usesHandCoding) }

    func decodeNil() throws -> Bool { false }
    func decode(_ type: Bool.Type) throws -> Bool { try source.flag() }
    func decode(_ type: String.Type) throws -> String { try source.text() }
    func decode(_ type: Double.Type) throws -> Double { try source.double() }
    func decode(_ type: Float.Type) throws -> Float { Float(try source.double()) }
    func decode(_ type: Int.Type) throws -> Int { try source.signed(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try source.signed(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try source.signed(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try source.signed(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try source.signed(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try source.unsigned(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try source.unsigned(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try source.unsigned(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try source.unsigned(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try source.unsigned(type) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try source.decode(type) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        try ValueDecoder(source: source).container(keyedBy: type)
    }

    func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try ValueDecoder(source: source).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { throw unsupportedClass }
}

struct ScalarValue: SingleValueDecodingContainer {
    let source: DecodingSource
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { false }
    func decode(_ type: Bool.Type) throws -> Bool { try source.flag() }
    func decode(_ type: String.Type) throws -> String { try source.text() }
    func decode(_ type: Double.Type) throws -> Double { try source.double() }
    func decode(_ type: Float.Type) throws -> Float { Float(try source.double()) }
    func decode(_ type: Int.Type) throws -> Int { try source.signed(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try source.signed(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try source.signed(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try source.signed(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try source.signed(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try source.unsigned(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try source.unsigned(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try source.unsigned(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try source.unsigned(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try source.unsigned(type) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try source.decode(type) }
}
