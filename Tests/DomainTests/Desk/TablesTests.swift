// The tables under the desk against plain ones: what was put in is found, whatever came and went between.

import Testing

@testable import Domain

@Suite struct TablesTests {
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

    /// A value that was copied does not see what the copy changes, nor the other way round.
    @Test func chunksAreValues() {
        var first = Chunks<[Int]>()
        for number in 0..<3_000 { #expect(first.append([number]) == number) }
        var second = first
        second[1_500].append(7)
        first[2_999] = []
        #expect(second.append([-1]) == 3_000)
        #expect(first.count == 3_000)
        #expect(second.count == 3_001)
        #expect(first[1_500] == [1_500])
        #expect(second[1_500] == [1_500, 7])
        #expect(first[2_999].isEmpty)
        #expect(second[2_999] == [2_999])
        #expect((0..<1_500).allSatisfy { first[$0] == [$0] && second[$0] == [$0] })
    }
}
