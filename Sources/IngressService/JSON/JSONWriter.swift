import Domain

/// Writes JSON straight into bytes. Names are literals without characters that need escaping; commas are its own care.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init(reserving count: Int = 512) {
        bytes.reserveCapacity(count)
    }

    /// The bytes of one object.
    static func object(reserving count: Int = 512, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(reserving: count)
        writer.object(body)
        return writer.bytes
    }

    mutating func object(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        body(&self)
        close(UInt8(ascii: "}"))
    }

    mutating func list<S: Sequence>(_ elements: S, _ body: (inout JSONWriter, S.Element) -> Void) {
        open(UInt8(ascii: "["))
        for element in elements { body(&self, element) }
        close(UInt8(ascii: "]"))
    }

    mutating func text(_ value: String) {
        comma()
        quote(value)
        needsComma = true
    }

    mutating func integer(_ value: some BinaryInteger) {
        comma()
        bytes.append(contentsOf: String(value).utf8)
        needsComma = true
    }

    mutating func flag(_ value: Bool) {
        comma()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
        needsComma = true
    }

    mutating func null() {
        comma()
        bytes.append(contentsOf: "null".utf8)
        needsComma = true
    }

    /// Bytes that are JSON already.
    mutating func verbatim(_ json: some Sequence<UInt8>) {
        comma()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    mutating func name(_ name: StaticString) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func field(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        self.name(name)
        text(value)
    }

    mutating func field(_ name: StaticString, _ value: Int?) {
        guard let value else { return }
        self.name(name)
        integer(value)
    }

    mutating func field(_ name: StaticString, number value: some BinaryInteger) {
        self.name(name)
        integer(value)
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

    private mutating func open(_ byte: UInt8) {
        comma()
        bytes.append(byte)
        needsComma = false
    }

    private mutating func close(_ byte: UInt8) {
        bytes.append(byte)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func quote(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        if value.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 != 0x7f }) {
            bytes.append(contentsOf: value.utf8)
        } else {
            escape(value)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ value: String) {
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0a: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
            case 0x0d: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
            case 0x09: bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "t")])
            case 0..<0x20, 0x7f:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(Self.hexDigit(byte >> 4))
                bytes.append(Self.hexDigit(byte & 0x0f))
            default: bytes.append(byte)
            }
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x61 + value - 10
    }
}
