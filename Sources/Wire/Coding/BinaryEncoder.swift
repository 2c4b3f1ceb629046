// Any `Codable` as a run of fields, numbered by the integer values of its coding keys. Additive: a reader skips the
// fields that it does not know. Format: Protocols/Messages.md, "Coding".

/// Throws `EncodingError` for a key without an integer, a dictionary, a nil inside an array, and whatever lies deeper
/// than `WireType.maxDepth`.
public struct BinaryEncoder: Sendable {
    let usesHandCoding: Bool

    public init() { usesHandCoding = true }

    /// For the tests that hold hand-written coding against the generic one.
    init(usesHandCoding: Bool) { self.usesHandCoding = usesHandCoding }

    public func encode<T: Encodable>(_ value: T) throws -> [UInt8] {
        var writer = ByteWriter(reserving: 128)
        try encode(value, into: &writer)
        return writer.bytes
    }

    /// Appends the value's fields. After an error the writer holds a part of them.
    public func encode<T: Encodable>(_ value: T, into writer: inout ByteWriter) throws {
        if usesHandCoding, let hand = value as? any HandCoded {
            hand.write(into: &writer)
            return
        }
        let state = EncodingState(usesHandCoding: usesHandCoding)
        swap(&writer, &state.writer)
        defer { swap(&writer, &state.writer) }
        try state.encode(value, at: .top)
        if let fault = state.fault { throw fault }
    }
}

/// Where a value goes.
enum EncodingPlace {
    /// The message itself: a container's fields stand alone, anything else is field 1.
    case top
    case field(Int)
    case element
}

final class EncodingState {
    var writer = ByteWriter()
    /// Containers that are open.
    var depth = 0
    /// Of calls that cannot throw.
    var fault: (any Error)?
    let usesHandCoding: Bool

    init(usesHandCoding: Bool) {
        self.usesHandCoding = usesHandCoding
    }

    func error(_ text: String) -> EncodingError {
        EncodingError.invalidValue(text, .init(codingPath: [], debugDescription: text))
    }

    /// Before a container; `ValueEncoder.finish` leaves it.
    func enter() {
        depth += 1
        if depth > WireType.maxDepth { fault = error("deeper than \(WireType.maxDepth)") }
    }

    func open(_ place: EncodingPlace, _ type: WireType) {
        switch place {
        case .top: writer.key(1, type)
        case .field(let number): writer.key(number, type)
        case .element: break
        }
    }

    func put(_ value: UInt64, at place: EncodingPlace) {
        open(place, .varint)
        writer.varint(value)
    }

    func put(_ value: Int64, at place: EncodingPlace) {
        open(place, .varint)
        writer.zigzag(value)
    }

    func put(_ value: String, at place: EncodingPlace) {
        open(place, .bytes)
        writer.text(value)
    }

    func put(_ value: Double, at place: EncodingPlace) {
        open(place, .fixed)
        writer.little(value.bitPattern)
    }

    func encode<T: Encodable>(_ value: T, at place: EncodingPlace) throws {
        if T.self == [UInt8].self, let bytes = value as? [UInt8] {
            open(place, .bytes)
            writer.blob(bytes)
            return
        }
        if usesHandCoding, let hand = value as? any HandCoded {
            if case .top = place {
                hand.write(into: &writer)
            } else {
                open(place, .bytes)
                let start = writer.beginLength()
                hand.write(into: &writer)
                writer.endLength(start)
            }
            return
        }
        if value is any KeyedCollection { throw error("dictionaries have no coding") }
        let encoder = ValueEncoder(state: self, place: place)
        try value.encode(to: encoder)
        try encoder.finish()
        if let fault { throw fault }
    }
}

/// What the coder refuses.
protocol KeyedCollection {}
extension Dictionary: KeyedCollection {}

/// One value that is being written.
final class ValueEncoder: Encoder {
    enum Form {
        case none
        case scalar
        /// Where the content begins; nil for a message, which has no length.
        case keyed(Int?)
        case list(Int)
    }

    let state: EncodingState
    let place: EncodingPlace
    var form = Form.none
    var count = 0

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(state: EncodingState, place: EncodingPlace) {
        self.state = state
        self.place = place
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        openKeyed()
        return KeyedEncodingContainer(KeyedFields<Key>(owner: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .none = form {
            if case .top = place { state.enter() }
            state.enter()
            state.open(place, .bytes)
            form = .list(state.writer.beginLength())
        } else {
            state.fault = state.error("a value is one container")
        }
        return ListFields(owner: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { ScalarField(owner: self) }

    func openKeyed() {
        switch form {
        case .none:
            state.enter()
            if case .top = place {
                form = .keyed(nil)
            } else {
                state.open(place, .bytes)
                form = .keyed(state.writer.beginLength())
            }
        case .keyed: break
        case .scalar, .list: state.fault = state.error("a value is one container")
        }
    }

    func takeScalar() throws {
        guard case .none = form else { throw state.error("a value is one container") }
        form = .scalar
    }

    func finish() throws {
        if case .none = form { openKeyed() }
        switch form {
        case .none, .scalar: break
        case .keyed(let start):
            state.depth -= 1
            if let start { state.writer.endLength(start) }
        case .list(let start):
            state.depth -= 1
            // The count stands before the elements and counts into the length.
            state.writer.insert(varint: UInt64(count), at: start)
            state.writer.endLength(start)
        }
    }
}
