// An encoder of the domain's values to JSON by the names of their keys. It differs from Foundation's in three things:
// enumerations, times, sessions and decisions have their readable form; fields keep their order; no dictionaries.

import Domain
import Wire

struct ReadableEncoder {
    func encode(_ value: some Encodable) throws -> [UInt8] {
        let sink = JSONSink()
        try sink.put(value)
        return sink.writer.bytes
    }
}

private final class JSONSink {
    var writer = JSONWriter()

    func put<Value: Encodable>(_ value: Value) throws {
        if readable(value) { return }
        let encoder = ReadableValue(sink: self)
        try value.encode(to: encoder)
        encoder.finish()
    }

    /// The values that have a form of their own. Types are compared before protocols are asked for: a cast to a
    /// protocol costs the most.
    private func readable<Value>(_ value: Value) -> Bool {
        func its<Other>(_: Other.Type) -> Other? { Value.self == Other.self ? value as? Other : nil }
        if let time = its(Timestamp.self) {
            writer.text(RFC3339.text(time))
        } else if let day = its(CivilDay.self) {
            writer.text(day.description)
        } else if let session = its(SessionID.self) {
            writer.text(session.description)
        } else if let decision = its(DecisionID.self) {
            writer.text(decision.description)
        } else if let value = its(Handler.self) {
            handler(value)
        } else if let value = its(Sender.self) {
            sender(value)
        } else if let value = its(LaneKey.self) {
            lane(value)
        } else if let value = its(BotOwner.self) {
            owner(value)
        } else if let value = its(CommandStamp.self) {
            stamp(value)
        } else if let identifier = value as? any Identifier {
            writer.text(identifier.rawValue)
        } else if let named = value as? any Named {
            writer.text(named.name)
        } else {
            return false
        }
        return true
    }

    private func kind(_ kind: String, _ field: (name: String, text: String)? = nil) {
        writer.open("{")
        writer.name("kind")
        writer.text(kind)
        if let field {
            writer.name(field.name)
            writer.text(field.text)
        }
        writer.close("}")
    }

    private func handler(_ handler: Handler) {
        switch handler {
        case .agent(let agent): kind("agent", ("agent", agent.rawValue))
        case .bot(let group): kind("bot", group.map { ("group", $0.rawValue) })
        case .queue: kind("queue")
        case .pool: kind("pool")
        }
    }

    private func sender(_ sender: Sender) {
        switch sender {
        case .agent(let agent): kind("agent", ("agent", agent.rawValue))
        case .bot: kind("bot")
        }
    }

    private func lane(_ lane: LaneKey) {
        switch lane {
        case .all: kind("all")
        case .unbound: kind("unbound")
        case .anyone: kind("anyone")
        case .groups(let groups):
            writer.open("{")
            writer.name("kind")
            writer.text("groups")
            writer.name("groups")
            writer.open("[")
            for group in groups { writer.text(group.rawValue) }
            writer.close("]")
            writer.close("}")
        }
    }

    private func owner(_ owner: BotOwner) {
        switch owner {
        case .shop: kind("shop")
        case .group(let group): kind("group", ("group", group.rawValue))
        }
    }

    /// The fingerprint as 16 hexadecimal digits: JSON readers would round it.
    private func stamp(_ stamp: CommandStamp) {
        let digits = String(stamp.fingerprint, radix: 16)
        writer.open("{")
        writer.name("id")
        writer.text(stamp.id.rawValue)
        writer.name("fingerprint")
        writer.text(String(repeating: "0", count: 16 - digits.count) + digits)
        writer.close("}")
    }
}

/// One value; which brackets it has is known when its container is asked for.
private final class ReadableValue: Encoder {
    let sink: JSONSink
    private var closing: Unicode.Scalar?

    init(sink: JSONSink) { self.sink = sink }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        begin("{", "}")
        return KeyedEncodingContainer(Fields<Key>(sink: sink))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        begin("[", "]")
        return Elements(sink: sink)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(sink: sink) }

    func finish() {
        if let closing { sink.writer.close(closing) }
    }

    private func begin(_ opening: Unicode.Scalar, _ closing: Unicode.Scalar) {
        guard self.closing == nil else { return }
        sink.writer.open(opening)
        self.closing = closing
    }
}

private enum NoForm: Error { case floatingPoint }

private struct Single: SingleValueEncodingContainer {
    let sink: JSONSink
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { sink.writer.null() }
    func encode(_ value: Bool) { sink.writer.flag(value) }
    func encode(_ value: String) { sink.writer.text(value) }
    func encode(_ value: Double) throws { throw NoForm.floatingPoint }
    func encode(_ value: Float) throws { throw NoForm.floatingPoint }
    func encode(_ value: Int) { sink.writer.number(value) }
    func encode(_ value: Int8) { sink.writer.number(value) }
    func encode(_ value: Int16) { sink.writer.number(value) }
    func encode(_ value: Int32) { sink.writer.number(value) }
    func encode(_ value: Int64) { sink.writer.number(value) }
    func encode(_ value: UInt) { sink.writer.number(value) }
    func encode(_ value: UInt8) { sink.writer.number(value) }
    func encode(_ value: UInt16) { sink.writer.number(value) }
    func encode(_ value: UInt32) { sink.writer.number(value) }
    func encode(_ value: UInt64) { sink.writer.number(value) }
    func encode(_ value: some Encodable) throws { try sink.put(value) }
}

private struct Fields<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let sink: JSONSink
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) {
        sink.writer.name(key.stringValue)
        sink.writer.null()
    }

    func encode(_ value: Bool, forKey key: Key) {
        sink.writer.name(key.stringValue)
        sink.writer.flag(value)
    }

    func encode(_ value: String, forKey key: Key) {
        sink.writer.name(key.stringValue)
        sink.writer.text(value)
    }

    func encode(_ value: Int, forKey key: Key) {
        sink.writer.name(key.stringValue)
        sink.writer.number(value)
    }

    func encode(_ value: UInt64, forKey key: Key) {
        sink.writer.name(key.stringValue)
        sink.writer.number(value)
    }

    func encode(_ value: some Encodable, forKey key: Key) throws {
        sink.writer.name(key.stringValue)
        try sink.put(value)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        preconditionFailure("nested containers are not used by the domain's values")
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        preconditionFailure("nested containers are not used by the domain's values")
    }

    func superEncoder() -> any Encoder { ReadableValue(sink: sink) }
    func superEncoder(forKey key: Key) -> any Encoder { ReadableValue(sink: sink) }
}

private struct Elements: UnkeyedEncodingContainer {
    let sink: JSONSink
    var codingPath: [any CodingKey] { [] }
    private(set) var count = 0

    init(sink: JSONSink) { self.sink = sink }

    mutating func encodeNil() {
        sink.writer.null()
        count += 1
    }

    mutating func encode(_ value: some Encodable) throws {
        try sink.put(value)
        count += 1
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        preconditionFailure("nested containers are not used by the domain's values")
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        preconditionFailure("nested containers are not used by the domain's values")
    }

    func superEncoder() -> any Encoder { ReadableValue(sink: sink) }
}
