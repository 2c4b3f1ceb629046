// Whether bytes are UTF-8, eight ASCII bytes at a time. `String(validating:as:)` looks its types up at run time, which
// takes longer than most names.

public enum UTF8Check {
    /// By the table of well-formed sequences in the Unicode standard: no overlong forms, no surrogates, nothing beyond
    /// U+10FFFF.
    public static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var at = 0
        let end = bytes.count
        while at < end {
            if at + 8 <= end,
                bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                at += 8
                continue
            }
            let first = bytes[at]
            at += 1
            if first < 0x80 { continue }
            let more: Int
            var low: UInt8 = 0x80
            var high: UInt8 = 0xbf
            switch first {
            case 0xc2...0xdf: more = 1
            case 0xe0: (more, low) = (2, 0xa0)
            case 0xed: (more, high) = (2, 0x9f)
            case 0xe1...0xef: more = 2
            case 0xf0: (more, low) = (3, 0x90)
            case 0xf1...0xf3: more = 3
            case 0xf4: (more, high) = (3, 0x8f)
            default: return false
            }
            guard at + more <= end, bytes[at] >= low, bytes[at] <= high else { return false }
            for place in at + 1..<at + more where bytes[place] & 0xc0 != 0x80 { return false }
            at += more
        }
        return true
    }
}
