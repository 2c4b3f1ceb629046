import Testing

@testable import Domain

@Suite("DIV-3 tournament")
struct TournamentTests {
    /// Values that differ by less than what is rounded off, by more, not at all, and by more than has room.
    private static let values: [Int128] = [
        0, 1, 2, 1 << 35, 1 << 36, 1 << 57, (1 << 57) + 1, 1 << 76, 1 << 77, (1 << 77) + 1, 1 << 90, -1, -(1 << 90),
    ]

    @Test(
        "DIV-3: whoever comes first of all that take part wins, alike or nearly so, also beyond the room of a key",
        arguments: [1, 2, 3, 16, 100])
    func first(members: Int) {
        var dice = Seeded(UInt64(members))
        var claims = (0..<members).map { Claim(start: 0, rank: Int32(members - $0)) }
        var takesPart = [Bool](repeating: false, count: members)
        var due = Tournament<DueFirst>(room: members)
        var starting = Tournament<StartsFirst>(room: members)
        #expect(due.first == nil)
        for _ in 0..<2_000 {
            let place = Int.random(in: 0..<members, using: &dice)
            takesPart[place] = Int.random(in: 0..<4, using: &dice) > 0
            claims[place].start = Self.values.randomElement(using: &dice) ?? 0
            claims[place].finish = Self.values.randomElement(using: &dice) ?? 0
            claims[place].idleSince = Timestamp(millis: Int64.random(in: 0..<3, using: &dice))
            claims.withUnsafeBufferPointer {
                due.set(place, takesPart[place], $0)
                starting.set(place, takesPart[place], $0)
            }
            let there = claims.indices.filter { takesPart[$0] }
            #expect(due.first == there.min { DueFirst.comesFirst(claims[$0], claims[$1]) })
            #expect(starting.first == there.min { StartsFirst.comesFirst(claims[$0], claims[$1]) })
        }
    }
}
