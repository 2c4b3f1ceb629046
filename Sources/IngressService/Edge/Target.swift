/// The target of a request: its path in decoded segments, its query in decoded pairs.
struct Target: Equatable {
    struct Parameter: Equatable, Sendable {
        var name: String
        var value: String
    }

    var segments: [String]
    var parameters: [Parameter]

    /// Nil for an escape that is none, bytes that are no UTF-8, or a control character.
    init?(_ text: String) {
        var text = text
        let read = text.withUTF8 { bytes -> (segments: [String], parameters: [Parameter])? in
            guard bytes.first == UInt8(ascii: "/") else { return nil }
            let mark = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.count
            var segments: [String] = []
            segments.reserveCapacity(8)
            var start = 1
            while start <= mark {
                let end = bytes[start..<mark].firstIndex(of: UInt8(ascii: "/")) ?? mark
                guard let segment = Self.decode(bytes[start..<end], plusIsSpace: false) else { return nil }
                segments.append(segment)
                start = end + 1
            }
            if mark == bytes.count { return (segments, []) }
            var parameters: [Parameter] = []
            for part in bytes[(mark + 1)...].split(separator: UInt8(ascii: "&")) {
                let middle = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
                guard let name = Self.decode(part[..<middle], plusIsSpace: true),
                    let value = Self.decode(part[middle...].dropFirst(), plusIsSpace: true)
                else { return nil }
                parameters.append(Parameter(name: name, value: value))
            }
            return (segments, parameters)
        }
        guard let read else { return nil }
        (segments, parameters) = read
    }

    private static func decode(_ part: Slice<UnsafeBufferPointer<UInt8>>, plusIsSpace: Bool) -> String? {
        let plain = part.allSatisfy {
            $0 != UInt8(ascii: "%") && $0 != UInt8(ascii: "+") && $0 >= 0x20 && $0 != 0x7f
        }
        // Whole characters of a valid text.
        if plain { return String(decoding: UnsafeBufferPointer(rebasing: part), as: UTF8.self) }
        var result: [UInt8] = []
        result.reserveCapacity(part.count)
        var at = part.startIndex
        while at < part.endIndex {
            var byte = part[at]
            if byte == UInt8(ascii: "%") {
                guard at + 2 < part.endIndex, let high = hex(part[at + 1]), let low = hex(part[at + 2]) else {
                    return nil
                }
                byte = high << 4 | low
                at += 2
            } else if plusIsSpace, byte == UInt8(ascii: "+") {
                byte = 0x20
            }
            if byte < 0x20 || byte == 0x7f { return nil }
            result.append(byte)
            at += 1
        }
        return String(validating: result, as: UTF8.self)
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
