// The three containers of `BinaryEncoder`.

struct KeyedFields<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let owner: ValueEncoder
    var state: EncodingState { owner.state }
    var codingPath: [any CodingKey] { [] }

    func place(_ key: Key) throws -> EncodingPlace {
        guard let number = key.intValue, number > 0, number <= WireType.maxField else {
            throw state.error("key \(key.stringValue) has no field number")
        }
        return .field(number)
    }

    func encodeNil(forKey key: Key) throws {}
    func encode(_ value: Bool, forKey key: Key) throws { state.put(UInt64(value ? 1 : 0), at: try place(key)) }
    func encode(_ value: String, forKey key: Key) throws { state.put(value, at: try place(key)) }
    func encode(_ value: Double, forKey key: Key) throws { state.put(value, at: try place(key)) }
    func encode(_ value: Float, forKey key: Key) throws { state.put(Double(value), at: try place(key)) }
    func encode(_ value: Int, forKey key: Key) throws { state.put(Int64(value), at: try place(key)) }
    func encode(_ value: Int8, forKey key: Key) throws { state.put(Int64(value), at: try place(key)) }
    func encode(_ value: Int16, forKey key: Key) throws { state.put(Int64(value), at: try place(key)) }
    func encode(_ value: Int32, forKey key: Key) throws { state.put(Int64(value), at: try place(key)) }
    func encode(_ value: Int64, forKey key: Key) throws { state.put(value, at: try place(key)) }
    func encode(_ value: UInt, forKey key: Key) throws { state.put(UInt64(value), at: try place(key)) }
    func encode(_ value: UInt8, forKey key: Key) throws { state.put(UInt64(value), at: try place(key)) }
    func encode(_ value: UInt16, forKey key: Key) throws { state.put(UInt64(value), at: try place(key)) }
    func encode(_ value: UInt32, forKey key: Key) throws { state.put(UInt64(value), at: try place(key)) }
    func encode(_ value: UInt64, forKey key: Key) throws { state.put(value, at: try place(key)) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try state.encode(value, at: try place(key)) }

    func encodeIfPresent(_ value: String?, forKey key: Key) throws {
        if let value { state.put(value, at: try place(key)) }
    }

    func encodeIfPresent(_ value: Int?, forKey key: Key) throws {
        if let value { state.put(Int64(value), at: try place(key)) }
    }

    func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws {
        if let value { state.put(value, at: try place(key)) }
    }

    func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws {
        if let value { try state.encode(value, at: try place(key)) }
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy keyType: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        state.fault = state.error("nested containers are values of their own")
        return KeyedEncodingContainer(KeyedFields<Nested>(owner: owner))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        state.fault = state.error("nested containers are values of their own")
        return ListFields(owner: owner)
    }

    func superEncoder() -> any Encoder {
        state.fault = state.error("classes have no coding")
        return owner
    }

    func superEncoder(forKey key: Key) -> any Encoder { superEncoder() }
}

struct ListFields: UnkeyedEncodingContainer {
    let owner: ValueEncoder
    var state: EncodingState { owner.state }
    var codingPath: [any CodingKey] { [] }
    var count: Int { owner.count }

    func next() -> EncodingPlace {
        owner.count += 1
        return .element
    }

    func encodeNil() throws { throw state.error("an array holds no nil") }
    func encode(_ value: Bool) throws { state.put(UInt64(value ? 1 : 0), at: next()) }
    func encode(_ value: String) throws { state.put(value, at: next()) }
    func encode(_ value: Double) throws { state.put(value, at: next()) }
    func encode(_ value: Float) throws { state.put(Double(value), at: next()) }
    func encode(_ value: Int) throws { state.put(Int64(value), at: next()) }
    func encode(_ value: Int8) throws { state.put(Int64(value), at: next()) }
    func encode(_ value: Int16) throws { state.put(Int64(value), at: next()) }
    func encode(_ value: Int32) throws { state.put(Int64(value), at: next()) }
    func encode(_ value: Int64) throws { state.put(value, at: next()) }
    func encode(_ value: UInt) throws { state.put(UInt64(value), at: next()) }
    func encode(_ value: UInt8) throws { state.put(UInt64(value), at: next()) }
    func encode(_ value: UInt16) throws { state.put(UInt64(value), at: next()) }
    func encode(_ value: UInt32) throws { state.put(UInt64(value), at: next()) }
    func encode(_ value: UInt64) throws { state.put(value, at: next()) }
    func encode<T: Encodable>(_ value: T) throws { try state.encode(value, at: next()) }

    func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
        state.fault = state.error("nested containers are values of their own")
        return KeyedEncodingContainer(KeyedFields<Nested>(owner: owner))
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        state.fault = state.error("nested containers are values of their own")
        return self
    }

    func superEncoder() -> any Encoder {
        state.fault = state.error("classes have no coding")
        return owner
    }
}

struct ScalarField: SingleValueEncodingContainer {
    let owner: ValueEncoder
    var state: EncodingState { owner.state }
    var codingPath: [any CodingKey] { [] }

    func take() throws -> EncodingPlace {
        try owner.takeScalar()
        return owner.place
    }

    func encodeNil() throws { throw state.error("nil has no coding of its own") }
    func encode(_ value: Bool) throws { state.put(UInt64(value ? 1 : 0), at: try take()) }
    func encode(_ value: String) throws { state.put(value, at: try take()) }
    func encode(_ value: Double) throws { state.put(value, at: try take()) }
    func encode(_ value: Float) throws { state.put(Double(value), at: try take()) }
    func encode(_ value: Int) throws { state.put(Int64(value), at: try take()) }
    func encode(_ value: Int8) throws { state.put(Int64(value), at: try take()) }
    func encode(_ value: Int16) throws { state.put(Int64(value), at: try take()) }
    func encode(_ value: Int32) throws { state.put(Int64(value), at: try take()) }
    func encode(_ value: Int64) throws { state.put(value, at: try take()) }
    func encode(_ value: UInt) throws { state.put(UInt64(value), at: try take()) }
    func encode(_ value: UInt8) throws { state.put(UInt64(value), at: try take()) }
    func encode(_ value: UInt16) throws { state.put(UInt64(value), at: try take()) }
    func encode(_ value: UInt32) throws { state.put(UInt64(value), at: try take()) }
    func encode(_ value: UInt64) throws { state.put(value, at: try take()) }
    func encode<T: Encodable>(_ value: T) throws { try state.encode(value, at: try take()) }
}
