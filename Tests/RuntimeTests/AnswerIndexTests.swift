import Domain
import Journal
import Testing
import Wire

@testable import Runtime

@Suite struct AnswerIndexTests {
    /// The same numbers each time.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            return ShardMap.mix(state)
        }
    }

    /// What was noted and is not forgotten, oldest first, in the plainest way.
    private struct Plain {
        let most: Int
        var items: [(key: AnswerKey, entry: AnswerIndex.Entry)] = []
        var known: [AnswerKey: AnswerIndex.Entry] = [:]

        mutating func note(_ key: AnswerKey, _ entry: AnswerIndex.Entry) {
            if let held = known[key], held.sequence >= entry.sequence { return }
            // Of thousands several go at once, so that no fewer than the most are kept.
            let atOnce = min(64, 1 + most / 1_024)
            if items.count == most + atOnce - 1 {
                for gone in items.prefix(atOnce) where known[gone.key] == gone.entry { known[gone.key] = nil }
                items.removeFirst(atOnce)
            }
            items.append((key, entry))
            known[key] = entry
        }
    }

    /// Words of a packed row, four for each entry.
    private func words(_ row: AnswerRow?) -> [UInt64] {
        let bytes = row?.body ?? []
        return stride(from: 0, to: bytes.count, by: 8).map { start in
            bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private func words(_ items: ArraySlice<(key: AnswerKey, entry: AnswerIndex.Entry)>) -> [UInt64] {
        items.flatMap { [$0.key.high, $0.key.low, $0.entry.sequence, $0.entry.fingerprint] }
    }

    private func key(_ number: UInt64) -> AnswerKey {
        // Of one pair in eight only one half differs.
        AnswerKey(high: ShardMap.mix(number >> 3), low: ShardMap.mix(~number))
    }

    @Test(
        "I9: an index knows what a plain list knows, whatever is noted, forgotten, noted again and packed",
        arguments: [1, 2, 37, 1_023, 4_093, 4_096, 12_000])
    func knowsWhatAPlainListKnows(most: Int) throws {
        var numbers = Numbers(state: UInt64(most))
        var index = AnswerIndex(most: most)
        var plain = Plain(most: most)
        var sequence: UInt64 = 0
        // Round the ring, whose room is a multiple of 4,096: with 4,093 all of it is taken.
        for step in 0..<24_000 {
            sequence += .random(in: 1...3, using: &numbers)
            let again = UInt64.random(in: 0..<4, using: &numbers) == 0
            let number = again ? UInt64.random(in: 0..<UInt64(step + 1), using: &numbers) : UInt64(step)
            let key = key(number)
            // Sometimes what it knows already, or something older.
            let back = UInt64.random(in: 0..<8, using: &numbers)
            let known = plain.known[key]?.sequence
            let at = back == 0 ? known ?? sequence : back == 1 ? known.map { $0 - 1 } ?? sequence : sequence
            let entry = AnswerIndex.Entry(sequence: at, fingerprint: numbers.next())
            index.note(key, sequence: entry.sequence, fingerprint: entry.fingerprint)
            plain.note(key, entry)
            try #require(index.entry(key) == plain.known[key], "step \(step)")
            let other = self.key(.random(in: 0..<UInt64(step + 100), using: &numbers))
            try #require(index.entry(other) == plain.known[other], "step \(step)")
            try #require(index.count == plain.known.count && index.oldest == plain.items.first?.entry.sequence)
            if step % 997 == 0 {
                let after = UInt64.random(in: 0...sequence, using: &numbers)
                let through = UInt64.random(in: after...sequence, using: &numbers)
                let within = plain.items.filter { $0.entry.sequence > after && $0.entry.sequence <= through }
                let row = index.packed(after: after, through: through, most: 300)
                try #require(words(row) == words(within.prefix(300)))
                try #require(row?.first == within.first?.entry.sequence)
                try #require(row?.last == within.prefix(300).last?.entry.sequence)
            }
        }
        for number in 0..<24_000 { #expect(index.entry(key(UInt64(number))) == plain.known[key(UInt64(number))]) }
    }

    @Test("I9: of many answers that many are known, and few more")
    func knowsThatManyOfMore() throws {
        let (most, all): (UInt64, UInt64) = (70_000, 210_000)
        var index = AnswerIndex(most: Int(most))
        for number in 1...all { index.note(key(number), sequence: number, fingerprint: ~number) }
        let first = index.oldest
        let oldest = try #require(first)
        #expect((Int(most)...Int(most) + 63).contains(index.count))
        #expect(oldest == all - UInt64(index.count) + 1)
        for number in 1...all {
            let entry = AnswerIndex.Entry(sequence: number, fingerprint: ~number)
            try #require(index.entry(key(number)) == (number < oldest ? nil : entry))
        }
    }

    @Test("I9: an index that grew to its bound knows all of it, from its packed rows as well, and nothing else")
    func knowsAllUpToItsBound() throws {
        let most: UInt64 = 50_000
        var index = AnswerIndex(most: Int(most))
        for number in 1...most { index.note(key(number), sequence: number, fingerprint: ~number) }
        var items: [AnswerIndex.Item] = []
        var packed: UInt64 = 0
        while let row = index.packed(after: packed, through: .max, most: 4_000) {
            try AnswerIndex.unpack(row.body, into: &items)
            packed = row.last
        }
        let copy = AnswerIndex(most: Int(most), of: items)
        #expect(index.count == Int(most) && copy.count == Int(most))
        for number in 1...most {
            let entry = AnswerIndex.Entry(sequence: number, fingerprint: ~number)
            try #require(index.entry(key(number)) == entry && copy.entry(key(number)) == entry)
            try #require(index.entry(key(number + most)) == nil)
        }
    }

    @Test("I9: one beyond the bound costs the oldest its place and nobody else")
    func bound() {
        var index = AnswerIndex(most: 3)
        for number in 1...4 { index.note(key(UInt64(number)), sequence: UInt64(number), fingerprint: 0) }
        #expect((1...4).map { index.entry(key(UInt64($0)))?.sequence } == [nil, 2, 3, 4])
        #expect(index.oldest == 2 && index.count == 3)
    }

    @Test("I9: of two answers to one command the later stays, in whatever order, and outlives the earlier")
    func laterStays() {
        var index = AnswerIndex(most: 3)
        index.note(key(1), sequence: 5, fingerprint: 50)
        index.note(key(1), sequence: 4, fingerprint: 40)
        #expect(index.entry(key(1)) == AnswerIndex.Entry(sequence: 5, fingerprint: 50))
        index.note(key(1), sequence: 6, fingerprint: 60)
        index.note(key(2), sequence: 7, fingerprint: 70)
        index.note(key(3), sequence: 8, fingerprint: 80)
        #expect(index.entry(key(1)) == AnswerIndex.Entry(sequence: 6, fingerprint: 60))
        index.note(key(4), sequence: 9, fingerprint: 90)
        #expect(index.entry(key(1)) == nil)
    }

    @Test("a packed row that ends within an entry is refused, and what stood before is known")
    func tornRow() {
        var index = AnswerIndex(most: 9)
        index.note(key(1), sequence: 1, fingerprint: 10)
        index.note(key(2), sequence: 2, fingerprint: 20)
        let body = index.packed(after: 0, through: .max, most: 9)?.body ?? []
        var items: [AnswerIndex.Item] = []
        #expect(throws: (any Error).self) { try AnswerIndex.unpack(body.dropLast(), into: &items) }
        #expect(items.map(\.key) == [key(1)])
    }

    @Test("I9: rows that are newer than the events after them, and a gap among the rows, lose no answer")
    func entriesOutOfOrder() {
        func item(_ number: UInt64) -> AnswerIndex.Item {
            .init(key: key(number), entry: .init(sequence: number, fingerprint: number))
        }
        let rows = Array(1...20) + Array(41...60)
        let events = Array(11...70)
        let index = AnswerIndex(most: 50, of: (rows + events).map { item(UInt64($0)) })
        #expect(index.oldest == 21 && index.count == 50)
        let row = index.packed(after: 30, through: 45, most: 100)
        #expect(words(row) == (31...45).flatMap { [key($0).high, key($0).low, $0, $0] as [UInt64] })
    }
}
