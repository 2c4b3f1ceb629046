import Testing

@testable import Domain

@Suite struct TimerQueueTests {
    /// Against a sorted array, in and out of order, also once it has been empty.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func givesTheNextOne(seed: UInt64) {
        var random = Seeded(seed)
        var timers = TimerQueue()
        var plain: [DeskTimer] = []
        #expect(timers.nextDue == .distantFuture)
        for step in 0..<6_000 {
            if plain.isEmpty || random.chance((step / 1_000) % 2 == 0 ? 70 : 30) {
                let timer = DeskTimer(
                    due: Timestamp(millis: Int64(step + random.below(50))), work: .session(UInt64(random.below(9))))
                timers.insert(timer)
                plain.append(timer)
                plain.sort()
            } else {
                timers.removeFirst()
                plain.removeFirst()
            }
            #expect(timers.count == plain.count)
            #expect(timers.first == plain.first)
            #expect(timers.nextDue == plain.first?.due ?? .distantFuture)
        }
    }
}
