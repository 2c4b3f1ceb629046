// Sessions by their numbers, against a dictionary.

import Testing

@testable import Domain

@Suite struct NumberIndexTests {
    /// New numbers in a row, some far apart in regular steps, some at random; the oldest go.
    @Test(arguments: [1, 16, 256, 4_096, 1_000_003])
    func numbersAreFound(step: UInt64) {
        var random = Seeded(step)
        var index = NumberIndex()
        var held: [UInt64: Int32] = [:]
        var order: [UInt64] = []
        var next: UInt64 = 1
        for turn in 0..<20_000 {
            let number = turn % 7 == 0 ? next &+ random.next() >> 20 : next
            next += step
            guard held[number] == nil else { continue }
            index.insert(number, Int32(turn))
            held[number] = Int32(turn)
            order.append(number)
            if random.next() % 3 == 0 {
                let gone = order.remove(at: Int(random.next() % UInt64(min(order.count, 50))))
                index.remove(gone)
                held[gone] = nil
                #expect(index.find(gone) == nil)
            }
        }
        #expect(index.count == held.count)
        #expect(held.allSatisfy { index.find($0) == Int($1) })
        #expect(index.sorted == held.sorted { $0.key < $1.key }.map { Int($0.value) })
        #expect(index.find(0) == nil)
    }
}
