// Any `Codable` as a `Tree`.

final class TreeEncoder: Encoder {
    var tree: Tree?
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func tree(of value: some Encodable) throws -> Tree {
        // An empty array casts to an array of anything.
        if type(of: value) == [UInt8].self, let bytes = value as? [UInt8] { return .blob(bytes) }
        switch value {
        case let value as Bool: return .flag(value)
        case let value as String: return .text(value)
        case let value as any SignedInteger: return .signed(Int64(value))
        case let value as any UnsignedInteger: return .unsigned(UInt64(value))
        default: break
        }
        let encoder = TreeEncoder()
        try value.encode(to: encoder)
        return try encoder.tree.orThrow("nothing was encoded")
    }

    func append(_ field: Tree.Field) {
        guard case .message(let fields)? = tree else { return }
        tree = .message(fields + [field])
    }

    func append(_ element: Tree) {
        guard case .list(let elements)? = tree else { return }
        tree = .list(elements + [element])
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if tree == nil { tree = .message([]) }
        return KeyedEncodingContainer(Keyed<Key>(owner: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        tree = .list([])
        return List(owner: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(owner: self) }

    struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let owner: TreeEncoder
        var codingPath: [any CodingKey] { [] }
        func encodeNil(forKey key: Key) throws {}

        func encode(_ value: some Encodable, forKey key: Key) throws {
            owner.append(
                Tree.Field(
                    number: try key.intValue.orThrow("no number"), name: key.stringValue,
                    value: try TreeEncoder.tree(of: value)))
        }

        func nestedContainer<N: CodingKey>(keyedBy: N.Type, forKey key: Key) -> KeyedEncodingContainer<N> {
            owner.container(keyedBy: N.self)
        }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { owner.unkeyedContainer() }
        func superEncoder() -> any Encoder { owner }
        func superEncoder(forKey key: Key) -> any Encoder { owner }
    }

    struct List: UnkeyedEncodingContainer {
        let owner: TreeEncoder
        var codingPath: [any CodingKey] { [] }
        var count: Int { if case .list(let list)? = owner.tree { list.count } else { 0 } }
        func encodeNil() throws { throw TreeFault(text: "nil in an array") }
        func encode(_ value: some Encodable) throws { owner.append(try TreeEncoder.tree(of: value)) }

        func nestedContainer<N: CodingKey>(keyedBy: N.Type) -> KeyedEncodingContainer<N> {
            owner.container(keyedBy: N.self)
        }

        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { owner.unkeyedContainer() }
        func superEncoder() -> any Encoder { owner }
    }

    struct Single: SingleValueEncodingContainer {
        let owner: TreeEncoder
        var codingPath: [any CodingKey] { [] }
        func encodeNil() throws { throw TreeFault(text: "nil alone") }
        func encode(_ value: some Encodable) throws { owner.tree = try TreeEncoder.tree(of: value) }
    }
}
