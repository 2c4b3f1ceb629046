// A second coder that shares nothing with the first: any `Codable` becomes a tree of typed fields, the tree becomes
// JSON and back, and bytes and back. The vectors in Protocols/Vectors hold these trees.

import Foundation

indirect enum Tree: Hashable, Sendable {
    struct Field: Hashable, Sendable {
        var number: Int
        var name: String
        var value: Tree
    }

    case unsigned(UInt64)
    case signed(Int64)
    case flag(Bool)
    case text(String)
    case blob([UInt8])
    case message([Field])
    case list([Tree])
}

struct TreeFault: Error { let text: String }

// MARK: JSON

extension Tree {
    /// Every value is an object with one key that names its type; numbers are decimal text.
    var json: Any {
        switch self {
        case .unsigned(let value): ["varint": "\(value)"]
        case .signed(let value): ["signed": "\(value)"]
        case .flag(let value): ["flag": value ? "true" : "false"]
        case .text(let value): ["text": value]
        case .blob(let value): ["bytes": value.hex]
        case .list(let values): ["list": values.map(\.json)]
        case .message(let fields):
            [
                "fields": fields.map { field in
                    ["number": "\(field.number)", "name": field.name, "value": field.value.json] as [String: Any]
                }
            ]
        }
    }

    init(json: Any) throws {
        guard let object = json as? [String: Any], object.count == 1, let (kind, body) = object.first else {
            throw TreeFault(text: "not one typed value")
        }
        let text = body as? String ?? ""
        switch kind {
        case "varint": self = .unsigned(try UInt64(text).orThrow("varint \(text)"))
        case "signed": self = .signed(try Int64(text).orThrow("signed \(text)"))
        case "flag": self = .flag(try Bool(text).orThrow("flag \(text)"))
        case "text": self = .text(text)
        case "bytes": self = .blob(try [UInt8](hex: text).orThrow("bytes \(text)"))
        case "list": self = .list(try (body as? [Any]).orThrow("list").map { try Tree(json: $0) })
        case "fields":
            self = .message(
                try (body as? [[String: Any]]).orThrow("fields").map { entry in
                    Field(
                        number: try Int(entry["number"] as? String ?? "").orThrow("number"),
                        name: try (entry["name"] as? String).orThrow("name"),
                        value: try Tree(json: try entry["value"].orThrow("value")))
                })
        default: throw TreeFault(text: "unknown type \(kind)")
        }
    }
}

extension Optional {
    func orThrow(_ text: String) throws -> Wrapped {
        guard let self else { throw TreeFault(text: text) }
        return self
    }
}

extension [UInt8] {
    var hex: String {
        map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }

    init?(hex: String) {
        let digits = hex.compactMap(\.hexDigitValue)
        guard digits.count == hex.count, digits.count % 2 == 0 else { return nil }
        self = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }
}

// MARK: Bytes

extension Tree {
    private static func varint(_ value: UInt64) -> [UInt8] {
        value < 128 ? [UInt8(value)] : [UInt8(value % 128) + 128] + varint(value / 128)
    }

    private static func zigzag(_ value: Int64) -> UInt64 {
        value >= 0 ? UInt64(value) * 2 : UInt64(-(value + 1)) * 2 + 1
    }

    /// As an element or a field, without a key.
    private var element: [UInt8] {
        switch self {
        case .unsigned(let value): Self.varint(value)
        case .signed(let value): Self.varint(Self.zigzag(value))
        case .flag(let value): [value ? 1 : 0]
        case .text(let value): Self.varint(UInt64(value.utf8.count)) + Array(value.utf8)
        case .blob(let value): Self.varint(UInt64(value.count)) + value
        case .message: Self.varint(UInt64(content.count)) + content
        case .list(let values):
            {
                let body = Self.varint(UInt64(values.count)) + values.flatMap(\.element)
                return Self.varint(UInt64(body.count)) + body
            }()
        }
    }

    private var type: UInt64 {
        switch self {
        case .unsigned, .signed, .flag: 0
        case .text, .blob, .message, .list: 2
        }
    }

    /// The bytes of a whole message.
    var content: [UInt8] {
        guard case .message(let fields) = self else {
            return Tree.message([.init(number: 1, name: "", value: self)]).content
        }
        return fields.flatMap { Self.varint(UInt64($0.number) * 8 + $0.value.type) + $0.value.element }
    }

    /// Reads bytes as a message of the same fields as this one; what it finds, or why it is another message.
    func reading(_ bytes: [UInt8]) throws -> Tree {
        var rest = bytes[...]
        guard case .message(let fields) = self else { throw TreeFault(text: "no message") }
        let found = try Self.readFields(&rest, like: fields)
        guard rest.isEmpty else { throw TreeFault(text: "bytes are left") }
        return .message(found)
    }

    private static func readVarint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
        var value: UInt64 = 0
        var scale: UInt64 = 1
        while let byte = rest.popFirst() {
            value &+= UInt64(byte % 128) &* scale
            if byte < 128 { return value }
            scale &*= 128
        }
        throw TreeFault(text: "a varint is cut off")
    }

    private static func readBlob(_ rest: inout ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
        let count = Int(try readVarint(&rest))
        guard count <= rest.count else { throw TreeFault(text: "a value is cut off") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    private static func readFields(_ rest: inout ArraySlice<UInt8>, like fields: [Field]) throws -> [Field] {
        try fields.map { field in
            let key = try readVarint(&rest)
            guard key / 8 == UInt64(field.number), key % 8 == field.value.type else {
                throw TreeFault(text: "key \(key) where \(field.name) should be")
            }
            return Field(number: field.number, name: field.name, value: try readElement(&rest, like: field.value))
        }
    }

    private static func readElement(_ rest: inout ArraySlice<UInt8>, like shape: Tree) throws -> Tree {
        switch shape {
        case .unsigned: return .unsigned(try readVarint(&rest))
        case .signed:
            let value = try readVarint(&rest)
            return .signed(value % 2 == 0 ? Int64(value / 2) : -Int64(value / 2) - 1)
        case .flag: return .flag(try readVarint(&rest) == 1)
        case .text: return .text(String(decoding: try readBlob(&rest), as: UTF8.self))
        case .blob: return .blob(Array(try readBlob(&rest)))
        case .message(let fields):
            var body = try readBlob(&rest)
            let found = try readFields(&body, like: fields)
            guard body.isEmpty else { throw TreeFault(text: "a message has more fields") }
            return .message(found)
        case .list(let shapes):
            var body = try readBlob(&rest)
            guard try readVarint(&body) == UInt64(shapes.count) else { throw TreeFault(text: "another count") }
            let found = try shapes.map { try readElement(&body, like: $0) }
            guard body.isEmpty else { throw TreeFault(text: "an array has more elements") }
            return .list(found)
        }
    }
}
