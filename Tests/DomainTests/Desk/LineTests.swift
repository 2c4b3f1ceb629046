import Testing

@testable import Domain

@Suite struct LineTests {
    /// Against an array, over many blocks, with more leaving than coming now and then.
    @Test func standsInTheOrderOfArrival() {
        var random = Seeded(7)
        var line = Line<Int>()
        var plain: [Int] = []
        for number in 0..<40_000 {
            if (number / 5_000) % 2 == 0 || random.chance(40) {
                line.append(number)
                plain.append(number)
            } else {
                line.removeFirst()
                if !plain.isEmpty { plain.removeFirst() }
            }
            #expect(line.count == plain.count)
            #expect(line.first == plain.first)
            #expect(line.last == plain.last)
            if !plain.isEmpty {
                let place = random.below(plain.count)
                #expect(line[place] == plain[place])
            }
        }
        while !plain.isEmpty {
            #expect(line.first == plain.removeFirst())
            line.removeFirst()
        }
        line.removeFirst()
        #expect(line.isEmpty)
        line.append(1)
        #expect(line.first == 1)
    }
}
