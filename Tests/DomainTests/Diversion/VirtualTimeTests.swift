import Testing

@testable import Domain

@Suite("DIV-3 virtual time")
struct VirtualTimeTests {
    /// Around the bounds of a word, and of what two factors of a word's half come to.
    private static let spans: [Int128] = [
        0, 1, 2, 3, 1 << 31, 1 << 32, 219_060_189_739_591_200, (1 << 62) - 1, 1 << 62, (1 << 63) - 1, 1 << 63,
        (1 << 63) + 1, 1 << 64, 1 << 77, 43 * 219_060_189_739_591_200,
    ]
    private static let factors = [0, 1, 2, 7, 41, 42, 43, 1_000, 999_999_937, Int(Int32.max), 1 << 40]

    @Test("DIV-3: products and parts are those of whole numbers, whether they fit in a word or not")
    func exact() {
        for span in Self.spans + Self.spans.map({ -$0 }) {
            for factor in Self.factors {
                #expect(VirtualTime.product(Int64(factor), span) == Int128(factor) * span)
                for whole in Self.factors where whole > 0 {
                    let part = VirtualTime.part(span, factor, of: whole)
                    // Rounded towards zero: what is left has the sign of the whole product and is less than a part.
                    let left = span * Int128(factor) - part * Int128(whole)
                    #expect(left.magnitude < UInt128(whole))
                    #expect(left == 0 || (left < 0) == (span < 0))
                }
            }
        }
    }
}
