// A strict reader of one JSON document (RFC 8259). What most readers let through is refused here, because a client
// that sends it does not mean what it seems to: duplicate names, NUL, lone surrogates, invalid UTF-8, numbers that do
// not fit, trailing bytes, and documents nested deeper than `JSONReader.depthLimit`.

/// Why bytes are no document, and where.
public struct JSONFault: Error, Equatable, Sendable {
    /// Byte offset in the document.
    public var offset: Int
    public var reason: String
}

public struct JSONReader {
    /// Deepest nesting of arrays and objects.
    public static let depthLimit = 16

    /// Reads one whole document.
    public static func read(_ bytes: some Collection<UInt8>) throws(JSONFault) -> JSONValue {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw JSONFault(offset: 0, reason: "is not valid UTF-8")
        }
        return try read(validated: text)
    }

    private static func read(validated text: String) throws(JSONFault) -> JSONValue {
        var text = text
        let result: Result<JSONValue, JSONFault> = text.withUTF8 { buffer in
            var reader = JSONReader(bytes: buffer)
            do throws(JSONFault) {
                reader.skipSpace()
                let value = try reader.value(depth: 0)
                reader.skipSpace()
                if reader.at < buffer.count { throw reader.fault("has bytes after its end") }
                return .success(value)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// The text whose quote is at `start`, and the place behind it, in bytes that are UTF-8; nil if it is none.
    static func text(in bytes: UnsafeRawBufferPointer, from start: Int) -> (text: String, end: Int)? {
        bytes.withMemoryRebound(to: UInt8.self) { buffer in
            var reader = JSONReader(bytes: buffer)
            reader.at = start
            guard reader.next == UInt8(ascii: "\""), let text = try? reader.string() else { return nil }
            return (text, reader.at)
        }
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var at = 0

    private init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    private func fault(_ reason: String) -> JSONFault { JSONFault(offset: at, reason: reason) }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x09, 0x0a, 0x0d: at += 1
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws(JSONFault) -> JSONValue {
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try list(depth: depth + 1)
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"):
            try word("true")
            return .flag(true)
        case UInt8(ascii: "f"):
            try word("false")
            return .flag(false)
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        case UInt8(ascii: "-"): return try number()
        case let byte? where (0x30...0x39).contains(byte): return try number()
        case nil: throw fault("ends too early")
        default: throw fault("has an unexpected character")
        }
    }

    private mutating func word(_ word: StaticString) throws(JSONFault) {
        for index in 0..<word.utf8CodeUnitCount {
            guard next == word.utf8Start[index] else { throw fault("has an unexpected character") }
            at += 1
        }
    }

    private mutating func object(depth: Int) throws(JSONFault) -> JSONValue {
        guard depth <= Self.depthLimit else { throw fault("is nested too deep") }
        at += 1
        var members: [JSONMember] = []
        var names: Set<String> = []
        skipSpace()
        if next == UInt8(ascii: "}") {
            at += 1
            return .object([])
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fault("must have a name here") }
            let start = at
            let name = try string()
            let isNew: Bool
            if members.count < 8 {
                isNew = !members.contains { $0.name == name }
            } else {
                if names.isEmpty { names = Set(members.map(\.name)) }
                isNew = names.insert(name).inserted
            }
            guard isNew else { throw JSONFault(offset: start, reason: "has the name \(name) twice") }
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw fault("must have a colon here") }
            at += 1
            skipSpace()
            members.append(JSONMember(name, try value(depth: depth)))
            skipSpace()
            switch next {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "}"):
                at += 1
                return .object(members)
            default: throw fault("must have a comma or the end of an object here")
            }
        }
    }

    private mutating func list(depth: Int) throws(JSONFault) -> JSONValue {
        guard depth <= Self.depthLimit else { throw fault("is nested too deep") }
        at += 1
        var elements: [JSONValue] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            at += 1
            return .list([])
        }
        while true {
            skipSpace()
            elements.append(try value(depth: depth))
            skipSpace()
            switch next {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "]"):
                at += 1
                return .list(elements)
            default: throw fault("must have a comma or the end of an array here")
            }
        }
    }

    private mutating func number() throws(JSONFault) -> JSONValue {
        let start = at
        if next == UInt8(ascii: "-") { at += 1 }
        let firstDigit = at
        try digits()
        if bytes[firstDigit] == 0x30, at - firstDigit > 1 { throw fault("has a number with a leading zero") }
        var isInteger = true
        if next == UInt8(ascii: ".") {
            isInteger = false
            at += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isInteger = false
            at += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isInteger {
            guard let value = Int64(text) else { throw fault("has a number out of range") }
            return .integer(value)
        }
        guard let value = Double(text), value.isFinite else { throw fault("has a number out of range") }
        return .decimal(value)
    }

    private mutating func digits() throws(JSONFault) {
        let start = at
        while let byte = next, (0x30...0x39).contains(byte) { at += 1 }
        if at == start { throw fault("must have a digit here") }
    }

    private mutating func string() throws(JSONFault) -> String {
        at += 1
        let start = at
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                defer { at += 1 }
                return String(decoding: bytes[start..<at], as: UTF8.self)
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            case 0..<0x20: throw fault("has a control character in a string")
            default: at += 1
            }
        }
        throw fault("ends inside a string")
    }

    private mutating func escapedString(from start: Int) throws(JSONFault) -> String {
        var result = [UInt8](bytes[start..<at])
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"):
                at += 1
                try escape(into: &result)
            case 0..<0x20: throw fault("has a control character in a string")
            default:
                result.append(byte)
                at += 1
            }
        }
        throw fault("ends inside a string")
    }

    private mutating func escape(into result: inout [UInt8]) throws(JSONFault) {
        guard let byte = next else { throw fault("ends inside a string") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0c)
        case UInt8(ascii: "n"): result.append(0x0a)
        case UInt8(ascii: "r"): result.append(0x0d)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "u"):
            let first = try fourHexDigits()
            if first == 0 { throw fault("has NUL in a string") }
            var code = UInt32(first)
            if (0xd800..<0xdc00).contains(first) {
                guard next == UInt8(ascii: "\\") else { throw fault("has a lone surrogate") }
                at += 1
                guard next == UInt8(ascii: "u") else { throw fault("has a lone surrogate") }
                at += 1
                let second = try fourHexDigits()
                guard (0xdc00..<0xe000).contains(second) else { throw fault("has a lone surrogate") }
                code = 0x10000 + ((UInt32(first) - 0xd800) << 10) + (UInt32(second) - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw fault("has a lone surrogate") }
            result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default: throw fault("has an unknown escape in a string")
        }
    }

    private mutating func fourHexDigits() throws(JSONFault) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch next {
            case let byte? where (0x30...0x39).contains(byte): digit = byte - 0x30
            case let byte? where (0x41...0x46).contains(byte): digit = byte - 0x41 + 10
            case let byte? where (0x61...0x66).contains(byte): digit = byte - 0x61 + 10
            default: throw fault("must have four hexadecimal digits here")
            }
            value = value << 4 | UInt16(digit)
            at += 1
        }
        return value
    }
}
