// A body that is one object of texts, read without a tree: a buyer's message or one to a buyer, as nearly all of them
// are. Whatever is not valid, or is more than that, is for `JSONReader`, which knows what to say of it.

import Wire

struct PlainBody: Equatable {
    var account: String?
    var id: String?
    var intent: String?
    var item: String?
    var kind: String?
    var order: String?
    var text: String?
    var toAgent: String?
    /// Texts that there are.
    private(set) var count = 0

    /// Nil for anything but an object with texts of these names, each at most once.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard UTF8Check.isValid(bytes) else { return nil }
        var reader = PlainTexts(bytes)
        guard reader.take(UInt8(ascii: "{")) else { return nil }
        if !reader.take(UInt8(ascii: "}")) {
            repeat {
                guard let name = reader.name(), reader.take(UInt8(ascii: ":")), let value = reader.text(),
                    put(value, name, bytes)
                else { return nil }
            } while reader.take(UInt8(ascii: ","))
            guard reader.take(UInt8(ascii: "}")) else { return nil }
        }
        guard reader.isAtEnd else { return nil }
    }

    private mutating func put(_ value: String, _ name: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Bool {
        func put(_ place: inout String?) -> Bool {
            guard place == nil else { return false }
            place = value
            return true
        }
        count += 1
        func named(_ text: StaticString) -> Bool { PlainBytes.isAt(bytes, name.lowerBound, text) }
        switch name.count {
        case 2 where named("id"): return put(&id)
        case 4 where named("text"): return put(&text)
        case 4 where named("item"): return put(&item)
        case 4 where named("kind"): return put(&kind)
        case 5 where named("order"): return put(&order)
        case 6 where named("intent"): return put(&intent)
        case 7 where named("toAgent"): return put(&toAgent)
        case 7 where named("account"): return put(&account)
        default: return false
        }
    }
}

/// The names and texts of one object, in bytes that are UTF-8.
private struct PlainTexts {
    private let bytes: UnsafeRawBufferPointer
    private var at = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool {
        mutating get {
            skipSpace()
            return at == bytes.count
        }
    }

    private mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x09, 0x0a, 0x0d: at += 1
            default: return
            }
        }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    /// Where a name without escapes lies.
    mutating func name() -> Range<Int>? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = at
        guard toQuoteOrEscape(), bytes[at] == UInt8(ascii: "\"") else { return nil }
        at += 1
        return start..<(at - 1)
    }

    mutating func text() -> String? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = at
        guard toQuoteOrEscape() else { return nil }
        if bytes[at] == UInt8(ascii: "\"") {
            at += 1
            return PlainBytes.string(bytes, start..<(at - 1))
        }
        guard let (value, end) = JSONReader.text(in: bytes, from: start - 1) else { return nil }
        at = end
        return value
    }

    /// Stops also before a control character, which no text has: false.
    private mutating func toQuoteOrEscape() -> Bool {
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): return true
            case 0..<0x20: return false
            default: at += 1
            }
        }
        return false
    }
}
