// What answers of the HTTP interface are made of. A field whose value is nil is left out. Names are literals without
// characters that need escaping.

import Domain
import Journal

extension JSONWriter {
    /// The bytes of one object.
    static func object(reserving count: Int = 512, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(reserving: count)
        writer.object(body)
        return writer.bytes
    }

    mutating func object(_ body: (inout JSONWriter) -> Void) {
        open("{")
        body(&self)
        close("}")
    }

    mutating func list<S: Sequence>(_ elements: S, _ body: (inout JSONWriter, S.Element) -> Void) {
        open("[")
        for element in elements { body(&self, element) }
        close("]")
    }

    mutating func field(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        self.name(name)
        text(value)
    }

    mutating func field(_ name: StaticString, _ value: Int?) {
        guard let value else { return }
        self.name(name)
        number(value)
    }

    mutating func field(_ name: StaticString, number value: some BinaryInteger) {
        self.name(name)
        number(value)
    }

    mutating func field(_ name: StaticString, _ value: Bool) {
        self.name(name)
        flag(value)
    }

    mutating func field(_ name: StaticString, _ value: Timestamp?) {
        guard let value else { return }
        self.name(name)
        text(RFC3339.text(value))
    }

    mutating func field(_ name: StaticString, _ value: (some Identifier)?) {
        guard let value else { return }
        self.name(name)
        text(value.rawValue)
    }

    mutating func field(_ name: StaticString, _ value: some Named) {
        self.name(name)
        text(value.name)
    }

    mutating func field(_ name: StaticString, _ value: SessionID?) {
        guard let value else { return }
        self.name(name)
        text(value.description)
    }

    mutating func field(_ name: StaticString, _ value: DecisionID?) {
        guard let value else { return }
        self.name(name)
        text(value.description)
    }

    mutating func field(_ name: StaticString, texts: some Sequence<String>) {
        self.name(name)
        list(texts) { $0.text($1) }
    }

    mutating func field(_ name: StaticString, object body: (inout JSONWriter) -> Void) {
        self.name(name)
        object(body)
    }

    mutating func field<S: Sequence>(
        _ name: StaticString, list elements: S, _ body: (inout JSONWriter, S.Element) -> Void
    ) {
        self.name(name)
        list(elements, body)
    }
}
