// Places by hash, against a dictionary.

import Testing

@testable import Domain

@Suite struct PlaceTableTests {
    private func places(_ held: [Int: UInt32], _ table: PlaceTable) -> Bool {
        held.allSatisfy { place, hash in table.find(hash) { $0 == UInt32(place) } == UInt32(place) }
    }

    /// `bits`: how many of a hash differ; the fewer, the more share one. Sizes go beyond what stands outside of parts.
    @Test(arguments: [UInt32(4), 12, 32], [false, true])
    func whatWasPutInIsFoundUntilItIsTakenOut(bits: UInt32, lowest: Bool) {
        var random = Seeded(UInt64(bits))
        var table = PlaceTable()
        var held: [Int: UInt32] = [:]
        let most = bits == 4 ? 400 : 9_000
        for place in 0..<2 * most {
            let hash = (UInt32(truncatingIfNeeded: random.next()) >> (32 - bits)) << (lowest ? 0 : 32 - bits)
            table.insert(hash, UInt32(place))
            held[place] = hash
            if place >= most {
                let gone = place - most
                if let hash = held.removeValue(forKey: gone) {
                    table.remove(hash, UInt32(gone))
                    #expect(table.find(hash) { $0 == UInt32(gone) } == nil)
                    table.remove(hash, UInt32(gone))
                }
            }
        }
        #expect(table.count == most && held.count == most)
        #expect(places(held, table))
        for (place, hash) in held { table.remove(hash, UInt32(place)) }
        #expect(table.count == 0)
        #expect(held.values.allSatisfy { table.find($0) { _ in true } == nil })
    }

    /// 10: all in one row of cells; 5,000: in parts.
    @Test(arguments: [10, 5_000])
    func aCopyKeepsWhatItHas(count: Int) {
        var random = Seeded(7)
        var table = PlaceTable()
        var held: [Int: UInt32] = [:]
        for place in 0..<count {
            let hash = UInt32(truncatingIfNeeded: random.next())
            table.insert(hash, UInt32(place))
            held[place] = hash
        }
        let copy = table
        for place in 0..<count / 2 { held[place].map { table.remove($0, UInt32(place)) } }
        for place in count..<2 * count { table.insert(UInt32(truncatingIfNeeded: random.next()), UInt32(place)) }
        #expect(copy.count == count && table.count == count - count / 2 + count)
        #expect(places(held, copy))
        var again = copy
        for place in 0..<count { held[place].map { again.remove($0, UInt32(place)) } }
        #expect(again.count == 0 && places(held, copy))
    }

    @Test func whereASearchBeginsIsTheCellOfAnOnlyEntry() {
        var table = PlaceTable()
        table.insert(0xdead_beef, 41)
        #expect(table.withHome(0xdead_beef) { $0.pointee & 0xffff_ffff } == 42)
        for place in 0..<5_000 { table.insert(UInt32(place) &* 0x9e37_79b9, UInt32(100 + place)) }
        #expect(table.find(0xdead_beef) { $0 == 41 } == 41)
    }
}
