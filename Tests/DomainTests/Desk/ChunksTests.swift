import Testing

@testable import Domain

@Suite("Elements in chunks")
struct ChunksTests {
    private final class Counted: Sendable {
        let number: Int
        init(_ number: Int) { self.number = number }
    }

    /// More than two chunks.
    private static let count = 2_500

    @Test func aCopyKeepsWhatItHad() {
        var chunks = Chunks<Counted>()
        for number in 0..<Self.count { #expect(chunks.append(Counted(number)) == number) }
        let before = chunks
        chunks[7] = Counted(-1)
        _ = chunks.append(Counted(-2))
        #expect(before.count == Self.count)
        #expect((0..<Self.count).allSatisfy { before[$0].number == $0 })
        #expect(chunks.count == Self.count + 1)
        #expect(chunks[7].number == -1)
        #expect(chunks[Self.count].number == -2)
        #expect((0..<Self.count).allSatisfy { $0 == 7 || chunks[$0].number == $0 })
    }

    @Test func elementsGoWithTheLastThatHoldsThem() {
        weak var first: Counted?
        weak var last: Counted?
        weak var replaced: Counted?
        do {
            var chunks = Chunks<Counted>()
            for number in 0..<Self.count { _ = chunks.append(Counted(number)) }
            replaced = chunks[1_500]
            chunks[1_500] = Counted(0)
            #expect(replaced == nil)
            let copy = chunks
            chunks[0] = Counted(0)
            (first, last) = (copy[0], copy[Self.count - 1])
            #expect(first != nil && last != nil)
            withExtendedLifetime((chunks, copy)) {}
        }
        #expect(first == nil)
        #expect(last == nil)
    }
}
