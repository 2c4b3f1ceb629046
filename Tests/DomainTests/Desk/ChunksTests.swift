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

    /// Before, at and after each growth of the first chunk, and in the third.
    @Test(arguments: [1, 7, 8, 9, 16, 100, 512, 1_023, 1_024, 1_025, 2_048, count])
    func aCopyKeepsWhatItHad(count: Int) {
        var chunks = Chunks<Counted>()
        for number in 0..<count { #expect(chunks.append(Counted(number)) == number) }
        let before = chunks
        let changed = count / 2
        chunks[changed] = Counted(-1)
        _ = chunks.append(Counted(-2))
        #expect(before.count == count)
        #expect((0..<count).allSatisfy { before[$0].number == $0 })
        #expect(chunks.count == count + 1)
        #expect(chunks[changed].number == -1)
        #expect(chunks[count].number == -2)
        #expect((0..<count).allSatisfy { $0 == changed || chunks[$0].number == $0 })
        // The copy grows by itself.
        var copy = before
        for number in 0..<count { _ = copy.append(Counted(number)) }
        #expect((0..<2 * count).allSatisfy { copy[$0].number == $0 % count })
        #expect(before.count == count)
    }

    @Test(arguments: [20, count])
    func elementsGoWithTheLastThatHoldsThem(count: Int) {
        let middle = count / 2
        weak var first: Counted?
        weak var last: Counted?
        weak var replaced: Counted?
        do {
            var chunks = Chunks<Counted>()
            for number in 0..<count { _ = chunks.append(Counted(number)) }
            replaced = chunks[middle]
            chunks[middle] = Counted(0)
            #expect(replaced == nil)
            let copy = chunks
            chunks[0] = Counted(0)
            (first, last) = (copy[0], copy[count - 1])
            #expect(first != nil && last != nil)
            withExtendedLifetime((chunks, copy)) {}
        }
        #expect(first == nil)
        #expect(last == nil)
    }
}
