import Testing

@testable import Wire

@Suite("Lengths and texts in place")
struct LengthTests {
    /// A varint written bit by bit.
    private func varint(_ value: Int) -> [UInt8] {
        var (rest, bytes) = (value, [UInt8]())
        repeat {
            bytes.append(UInt8(rest % 128) + (rest >= 128 ? 128 : 0))
            rest /= 128
        } while rest > 0
        return bytes
    }

    @Test(
        "A length takes as many bytes as it needs, however many were left for it",
        arguments: [0, 1, 127, 128, 129, 16_383, 16_384, 70_000], [1, 2])
    func length(count: Int, width: Int) {
        let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var writer = ByteWriter()
        writer.append([1, 2, 3])
        let start = writer.beginLength(width: width)
        writer.append(body)
        writer.endLength(start, width: width)
        writer.append([4])
        #expect(writer.bytes == [1, 2, 3] + varint(count) + body + [4])
    }

    @Test("A text field is key, length and bytes, whatever its length", arguments: Array(0...40) + [127, 128, 300])
    func text(count: Int) {
        for letters in ["abcdefghij", "请问这把茶壶还有货吗"] {
            let text = String((0..<count).map { letters[letters.index(letters.startIndex, offsetBy: $0 % 10)] })
            var writer = ByteWriter()
            writer.field(4, text: text)
            writer.field(40, text: text)
            let field = varint(text.utf8.count) + Array(text.utf8)
            #expect(writer.bytes == varint(4 << 3 | 2) + field + varint(40 << 3 | 2) + field)
        }
    }
}
