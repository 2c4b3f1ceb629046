// The head of a request, read by hand if nothing in it is unusual: one of five methods, a target of common characters,
// HTTP/1.1, fields on one line each, a length in digits or none. Whatever else there is in HTTP is for the parser; what
// is read here it reads the same way. No bytes are copied.

/// Places are offsets from the request's first byte.
struct PlainHead: Equatable {
    enum Method: Equatable {
        case get
        case post
        case other
    }

    var method: Method
    var target: Range<Int>
    /// Of the first line and the fields, the empty line included.
    var count = 0
    /// Bytes of the body.
    var length = 0
    /// Values of the fields that matter; nil if there is no such field.
    var authorization: Range<Int>?
    var requestID: Range<Int>?
    var idempotencyKey: Range<Int>?

    /// Bytes of the whole request.
    var whole: Int { count + length }

    enum Reading: Equatable {
        case read(PlainHead)
        /// It does not end here, and is plain as far as it goes.
        case tooShort
        case unusual
    }

    /// Longest head that is read by hand, in bytes.
    static let longest = 8_192

    /// Reads the head at the beginning of the bytes. `known` is the value that `Authorization` probably has; then it is
    /// compared, not read.
    static func read(_ bytes: UnsafeRawBufferPointer, known: [UInt8] = []) -> Reading {
        guard let base = bytes.baseAddress else { return .tooShort }
        var reader = PlainReader(base: base, end: min(bytes.count, longest))
        switch reader.head(known: known) {
        case .tooShort where bytes.count >= longest: return .unusual
        case let reading: return reading
        }
    }
}

private struct PlainReader {
    let base: UnsafeRawPointer
    let end: Int
    var at = 0

    init(base: UnsafeRawPointer, end: Int) {
        self.base = base
        self.end = end
    }

    private enum Found {
        case line
        case tooShort
        case unusual
    }

    private subscript(_ place: Int) -> UInt8 { base.load(fromByteOffset: place, as: UInt8.self) }

    mutating func head(known: [UInt8]) -> PlainHead.Reading {
        guard let method = method() else { return end < 8 && isMethodSoFar ? .tooShort : .unusual }
        let target = at
        switch toSpace() {
        case .line: break
        case .tooShort: return .tooShort
        case .unusual: return .unusual
        }
        var head = PlainHead(method: method, target: target..<at)
        at += 1
        switch literal(" HTTP/1.1\r\n", from: 1) {
        case .line: break
        case .tooShort: return .tooShort
        case .unusual: return .unusual
        }
        var fields = 0
        var hasLength = false
        var hasConnection = false
        while true {
            guard at < end else { return .tooShort }
            if self[at] == 0x0d {
                guard at + 1 < end else { return .tooShort }
                guard self[at + 1] == 0x0a else { return .unusual }
                head.count = at + 2
                return .read(head)
            }
            fields += 1
            guard fields <= 64 else { return .unusual }
            let start = at
            switch toColon() {
            case .line: break
            case .tooShort: return .tooShort
            case .unusual: return .unusual
            }
            let name = at - start
            at += 1
            if at < end, self[at] == 0x20 { at += 1 }
            let value = at
            if name == 13, known.isEmpty == false, isAt(known), same(start, "authorization") {
                at += known.count
            }
            switch toLineEnd(from: value) {
            case .line: break
            case .tooShort: return .tooShort
            case .unusual: return .unusual
            }
            let range = value..<at
            at += 2
            switch name {
            case 6 where same(start, "expect"), 7 where same(start, "upgrade"),
                16 where same(start, "proxy-connection"),
                17 where same(start, "transfer-encoding"):
                return .unusual
            case 10 where same(start, "connection"):
                guard !hasConnection, range.count == 10, same(value, "keep-alive") else { return .unusual }
                hasConnection = true
            case 12 where same(start, "x-request-id"):
                guard head.requestID == nil else { return .unusual }
                head.requestID = range
            case 13 where same(start, "authorization"):
                guard head.authorization == nil else { return .unusual }
                head.authorization = range
            case 14 where same(start, "content-length"):
                guard !hasLength, let length = number(range) else { return .unusual }
                hasLength = true
                head.length = length
            case 15 where same(start, "idempotency-key"):
                guard head.idempotencyKey == nil else { return .unusual }
                head.idempotencyKey = range
            default: break
            }
        }
    }

    /// Leaves `at` behind the space.
    private mutating func method() -> PlainHead.Method? {
        guard end >= 8 else { return nil }
        let word = UInt32(bigEndian: base.loadUnaligned(as: UInt32.self))
        switch word {
        case 0x504f_5354 where self[4] == 0x20:  // POST
            at = 5
            return .post
        case 0x4745_5420:  // GET
            at = 4
            return .get
        case 0x5055_5420:  // PUT
            at = 4
            return .other
        case 0x4845_4144 where self[4] == 0x20:  // HEAD
            at = 5
            return .other
        case 0x4445_4c45 where self[4] == 0x54 && self[5] == 0x45 && self[6] == 0x20:  // DELETE
            at = 7
            return .other
        default: return nil
        }
    }

    private var isMethodSoFar: Bool {
        func begins(_ text: StaticString) -> Bool {
            (0..<min(end, text.utf8CodeUnitCount)).allSatisfy { self[$0] == text.utf8Start[$0] }
        }
        return begins("POST /") || begins("GET /") || begins("PUT /") || begins("HEAD /") || begins("DELETE /")
    }

    /// To the end of the target.
    private mutating func toSpace() -> Found {
        guard at < end else { return .tooShort }
        guard self[at] == UInt8(ascii: "/") else { return .unusual }
        while at < end {
            switch self[at] {
            case 0x61...0x7a, 0x30...0x39, 0x2d...0x2f, 0x41...0x5a, UInt8(ascii: "%"), UInt8(ascii: "?"),
                UInt8(ascii: "="), UInt8(ascii: "&"), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ":"),
                UInt8(ascii: "@"), UInt8(ascii: "+"), UInt8(ascii: ","):
                at += 1
            case 0x20: return .line
            default: return .unusual
            }
        }
        return .tooShort
    }

    /// The rest of the literal is here.
    private mutating func literal(_ text: StaticString, from start: Int) -> Found {
        for place in start..<text.utf8CodeUnitCount {
            guard at < end else { return .tooShort }
            guard self[at] == text.utf8Start[place] else { return .unusual }
            at += 1
        }
        return .line
    }

    /// To the end of a field's name.
    private mutating func toColon() -> Found {
        let start = at
        while at < end {
            switch self[at] {
            case 0x61...0x7a, 0x41...0x5a, 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "_"): at += 1
            case UInt8(ascii: ":"): return at > start ? .line : .unusual
            default: return .unusual
            }
        }
        return .tooShort
    }

    /// To the end of a field's value, which neither begins nor ends with a space and is visible ASCII.
    private mutating func toLineEnd(from start: Int) -> Found {
        while at + 8 <= end {
            let word = base.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            let low = (word &- 0x2020_2020_2020_2020) & ~word
            let high = word | ((word & 0x7f7f_7f7f_7f7f_7f7f) &+ 0x0101_0101_0101_0101)
            if (low | high) & 0x8080_8080_8080_8080 != 0 { break }
            at += 8
        }
        while at < end, (0x20...0x7e).contains(self[at]) { at += 1 }
        guard at < end else { return .tooShort }
        guard self[at] == 0x0d else { return .unusual }
        guard at == start || (self[start] != 0x20 && self[at - 1] != 0x20) else { return .unusual }
        guard at + 1 < end else { return .tooShort }
        return self[at + 1] == 0x0a ? .line : .unusual
    }

    private func isAt(_ known: [UInt8]) -> Bool {
        guard end - at > known.count else { return false }
        return known.withUnsafeBytes { known in
            guard let start = known.baseAddress else { return false }
            return PlainBytes.same(base + at, start, known.count)
        }
    }

    /// The lowercase text is here, in whatever case; its length was compared.
    private func same(_ place: Int, _ lowercase: StaticString) -> Bool {
        for offset in 0..<lowercase.utf8CodeUnitCount {
            let byte = self[place + offset]
            let lower = (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
            guard lower == lowercase.utf8Start[offset] else { return false }
        }
        return true
    }

    /// One to nine digits.
    private func number(_ range: Range<Int>) -> Int? {
        guard (1...9).contains(range.count) else { return nil }
        var value = 0
        for place in range {
            guard (0x30...0x39).contains(self[place]) else { return nil }
            value = value * 10 + Int(self[place] - 0x30)
        }
        return value
    }
}
