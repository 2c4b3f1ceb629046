import Domain
import Foundation
import GRDB
import Journal
import Synchronization
import Testing

@testable import JournalSQLite

/// Buyers' runs: which are merged, what a merge leaves, and what a crash leaves.
struct BuyerRunsTests {
    private let shop = ShopID(rawValue: "s")

    private func row(_ sequence: UInt64, _ store: any ShardStore) -> JournalRow {
        JournalRow(first: sequence, last: sequence, term: store.term, body: [1])
    }

    /// Buyers with the round that wrote them, open in even rounds.
    private func changes(_ buyers: some Sequence<Int>, round: Int) -> [RowChange] {
        buyers.map {
            .buyer(
                shop, BuyerID(rawValue: "b\($0)"), reflects: 1, open: round % 2 == 0,
                body: [UInt8](repeating: UInt8(round), count: 40))
        }
    }

    private func open(_ rig: SQLiteRig) throws -> SQLiteShardStore {
        let store = try rig.open()
        if store.durable == 0 { try store.write(rows: [row(1, store)]) }
        return store
    }

    private func rounds(_ reader: any ShardReader, _ buyers: Range<Int>) throws -> [UInt8?] {
        try buyers.map { try reader.buyer(shop, BuyerID(rawValue: "b\($0)"))?.body.first }
    }

    @Test func runsOfOneSizeThatFollowEachOtherAreMerged() {
        func due(_ rows: [Int]) -> ClosedRange<Int>? { BuyerRuns.due(rows, atOnce: 4, most: 9) }
        #expect(due([]) == nil)
        #expect(due([10, 10, 10]) == nil)
        #expect(due([10, 10, 10, 10]) == 0...3)
        #expect(due([10, 999, 0, 1]) == 0...3)
        // 1,000 is the next size, 4,000 the one after it.
        #expect(due([1_000, 999, 0, 1]) == nil)
        #expect(due([1_000, 3_999, 1_000, 1, 1, 1, 1_500]) == 0...6)
        #expect(due([4_000, 3_999, 1_000, 1, 1, 1, 1_500]) == nil)
        // The smaller size first; what is newer than the last of a size stays.
        #expect(due([5_000, 5_000, 5_000, 5_000, 2, 2, 2, 2]) == 4...7)
        #expect(due([5_000, 5_000, 5_000, 5_000, 2, 2, 2]) == 0...3)
        // Small ones before a larger one wait for it.
        #expect(due([2, 2, 2, 2, 5_000]) == nil)
        // Not if there are too many: the smallest four that follow each other.
        #expect(due([5_000, 9, 2, 2, 5_000, 2, 2, 2]) == nil)
        #expect(due([5_000, 9, 2, 2, 5_000, 2, 2, 3, 5_000]) == 2...5)
        #expect(due([30_000, 9, 2, 2, 2, 9_000, 2, 2, 3_000]) == 1...4)
        #expect(BuyerRuns.due([9, 1_000], atOnce: 4, most: 2) == 0...1)
        #expect(BuyerRuns.due([9], atOnce: 4, most: 1) == nil)
    }

    @Test func aMergeLeavesTheNewestRowOfEachBuyerAndOneFile() throws {
        let rig = try SQLiteRig(settings: { $0.leavesPerStep = 1 })
        var store = try open(rig)
        let reader = try store.reader()
        // Each round writes a part of the former one's again.
        for round in 1...4 { try store.write(changes: changes(stride(from: 0, to: 900, by: round), round: round)) }
        let wanted = (0..<900).map { number in UInt8((1...4).last { number % $0 == 0 } ?? 0) }
        let isOpen = { (round: UInt8) in round % 2 == 0 }
        #expect(try rounds(reader, 0..<900) == wanted)
        #expect(try reader.openBuyers(after: nil, limit: 1_000).count == wanted.filter(isOpen).count)
        var steps = 1
        while try store.mergeRows() {
            steps += 1
            // Read while it is made.
            if steps % 5 == 0 { #expect(try rounds(reader, 0..<90) == Array(wanted[..<90])) }
        }
        #expect(steps > 5)
        #expect(store.runs.map(\.rows) == [900])
        #expect(try rig.runFiles() == [1, 2, 3, 4, 5])
        try BuyerRun.keepingFiles { () throws in
            #expect(try rounds(reader, 0..<900) == wanted)
            // Who reads does not wait for it.
            #expect(try rig.runFiles() == [1, 2, 3, 4, 5])
        }
        #expect(try reader.openBuyers(after: nil, limit: 1_000).count == wanted.filter(isOpen).count)
        // The former ones went with their last reader.
        BuyerRun.settle()
        #expect(try rig.runFiles() == [5])
        // Newer ones come after it, also by the order that the file keeps.
        try store.write(changes: changes(0..<3, round: 7))
        #expect(try rounds(reader, 0..<4) == [7, 7, 7, wanted[3]])
        store.close()
        store = try open(rig)
        #expect(try rounds(try store.reader(), 0..<4) == [7, 7, 7, wanted[3]])
        store.close()
    }

    @Test func runsThatComeDuringAMergeStayNewerThanIt() throws {
        let rig = try SQLiteRig(settings: { $0.leavesPerStep = 1 })
        var store = try open(rig)
        for round in 1...4 { try store.write(changes: changes(0..<400, round: round)) }
        #expect(try store.mergeRows())
        try store.write(changes: changes(0..<2, round: 9))
        while try store.mergeRows() {}
        #expect(store.runs.map(\.rows) == [400, 2])
        #expect(try rounds(try store.reader(), 0..<3) == [9, 9, 4])
        store.close()
        store = try open(rig)
        #expect(store.runs.map(\.rows) == [400, 2])
        #expect(try rounds(try store.reader(), 0..<3) == [9, 9, 4])
        store.close()
    }

    @Test func aCrashDuringAMergeLeavesTheRunsAsTheyWere() throws {
        let rig = try SQLiteRig(settings: { $0.leavesPerStep = 1 })
        let store = try open(rig)
        for round in 1...4 { try store.write(changes: changes(0..<400, round: round)) }
        #expect(try store.mergeRows())
        let during = try rig.copyOfFiles()
        while try store.mergeRows() {}
        let after = try rig.copyOfFiles()
        store.close()
        for (copy, rows) in [(during, [400, 400, 400, 400]), (after, [400])] {
            let engine = try SQLiteEngine(directory: copy, shards: nil)
            let again = try engine.openShard(0, holder: "test")
            #expect(again.runs.map(\.rows) == rows)
            #expect(try engine.directory.runs(0) == again.runs.map(\.number))
            #expect(try rounds(try again.reader(), 0..<400) == [UInt8?](repeating: 4, count: 400))
            again.close()
        }
    }

    @Test func aReaderThatIsAskedForNobodyKeepsNoFileOnceItIsRefreshed() throws {
        let rig = try SQLiteRig()
        let store = try open(rig)
        let reader = try store.reader()
        for round in 1...4 { try store.write(changes: changes(0..<400, round: round)) }
        #expect(try rounds(reader, 0..<1) == [4])
        while try store.mergeRows() {}
        BuyerRun.settle()
        #expect(try rig.runFiles() == [1, 2, 3, 4, 5])
        reader.refresh()
        BuyerRun.settle()
        #expect(try rig.runFiles() == [5])
        #expect(try rounds(reader, 0..<400) == [UInt8?](repeating: 4, count: 400))
        store.close()
        reader.refresh()
    }

    @Test func aMergeThatIsClosedLeavesTheRunsAsTheyWere() throws {
        let rig = try SQLiteRig(settings: { $0.leavesPerStep = 1 })
        var store = try open(rig)
        for round in 1...4 { try store.write(changes: changes(0..<400, round: round)) }
        #expect(try store.mergeRows())
        let reader = try store.reader()
        #expect(!reader.mayHold(shop, BuyerID(rawValue: "nobody")))
        store.close()
        // Nobody is taken for new by a reader that knows nothing any more.
        #expect(reader.mayHold(shop, BuyerID(rawValue: "nobody")))
        #expect(throws: StoreFault.self) { _ = try reader.buyer(shop, BuyerID(rawValue: "nobody")) }
        #expect(try rig.runFiles() == [1, 2, 3, 4])
        #expect(throws: StoreFault.self) { _ = try store.mergeRows() }
        store = try open(rig)
        #expect(store.runs.count == 4)
        store.close()
    }

    @Test func aMissingRunMakesAllRowsAgainFromTheEvents() throws {
        let rig = try SQLiteRig()
        var store = try open(rig)
        for round in 1...2 {
            try store.write(changes: [.shop(shop, reflects: 1, body: [1])] + changes(0..<10, round: round))
        }
        try store.write(changes: [.checkpoint(1)])
        store.close()
        try FileManager.default.removeItem(atPath: rig.engine.directory.runFile(0, 1))
        store = try open(rig)
        #expect(store.durable == 1)
        #expect(store.checkpoint == 0)
        #expect(try store.reader().shops().isEmpty)
        #expect(try rig.runFiles().isEmpty)
        store.close()
    }

    @Test func aRunOfAnotherShardIsRefused() throws {
        let rig = try SQLiteRig()
        for shard in 0...1 {
            let store = try rig.open(shard)
            try store.write(rows: [row(1, store)])
            try store.write(changes: changes(0..<10, round: shard))
            store.close()
        }
        let path = rig.engine.directory.runFile(0, 1)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.copyItem(atPath: rig.engine.directory.runFile(1, 1), toPath: path)
        #expect {
            _ = try rig.open()
        } throws: {
            ($0 as? StoreFault)?.code == .corrupt
                && ($0 as? StoreFault)?.message.contains("is not run 1 of shard 0") == true
        }
    }

    @Test func writesWaitWhileThereAreTooManyRuns() throws {
        // None is due by its size.
        let rig = try SQLiteRig(settings: {
            $0.mostRuns = 6
            $0.runsMerged = 100
        })
        let store = try open(rig)
        for round in 1...40 {
            try store.write(changes: changes(0..<10 * round, round: round))
            #expect(store.runs.count <= 6)
        }
        #expect(try rounds(try store.reader(), 0..<400) == [UInt8?](repeating: 40, count: 400))
        store.close()
    }

    @Test func aLossOfPowerAfterRowsWereMadeAgainLeavesNoWrongOnes() throws {
        let rig = try SQLiteRig()
        var store = try open(rig)
        for part in 0..<3 { try store.write(changes: changes(part * 10..<part * 10 + 10, round: 1)) }
        try store.write(changes: [.checkpoint(1)])
        store.close()
        let rows = rig.engine.directory.rowFile(0)
        let former = rig.scratch.path + "/former"
        try FileManager.default.copyItem(atPath: rows, toPath: former)
        try FileManager.default.removeItem(atPath: rig.engine.directory.runFile(0, 2))
        store = try open(rig)
        #expect(store.checkpoint == 0)
        for part in 0..<3 { try store.write(changes: changes(part..<part + 1, round: 3)) }
        store.close()
        // What was not synced is lost.
        try FileManager.default.removeItem(atPath: rows)
        try FileManager.default.copyItem(atPath: former, toPath: rows)
        store = try open(rig)
        #expect(store.checkpoint == 0)
        #expect(store.runs.isEmpty)
        store.close()
    }

    @Test func runsOfSizesThatAreNeverDueAreMergedBeforeThereAreTooMany() throws {
        let rig = try SQLiteRig(settings: { $0.mostRuns = 6 })
        let store = try open(rig)
        for round in 1...60 {
            // Three small ones before each larger one.
            try store.write(changes: changes(0..<(round % 4 == 0 ? 1_000 : 10), round: round))
            while try store.mergeRows() {}
            #expect(store.runs.count <= 6)
        }
        let reader = try store.reader()
        #expect(try rounds(reader, 0..<1_000) == [UInt8?](repeating: 60, count: 1_000))
        store.close()
    }

    @Test func aMergeThatFailsLeavesNoFile() throws {
        let rig = try SQLiteRig(settings: { $0.leavesPerStep = 1 })
        let store = try open(rig)
        for round in 1...4 { try store.write(changes: changes(0..<400, round: round)) }
        let path = rig.engine.directory.runFile(0, 2)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes.replaceSubrange(8_192..., with: repeatElement(0xff, count: bytes.count - 8_192))
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(throws: StoreFault.self) { while try store.mergeRows() {} }
        #expect(try rig.runFiles() == [1, 2, 3, 4])
        store.close()
    }

    /// Shops whose parts of the key meet: their buyers of one name have one key.
    private static let shopsThatMeet: [ShopID] = {
        var seen: [UInt64: ShopID] = [:]
        var found: [ShopID] = []
        for number in 0... {
            let shop = ShopID(rawValue: "s\(number)")
            if let other = seen.updateValue(shop, forKey: BuyerKey.prefix(shop)) {
                found += [other, shop]
                if found.count == 6 { break }
            }
        }
        return found
    }()

    @Test(arguments: 1...4) func runsAgreeWithWhatWasWritten(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let rig = try SQLiteRig(settings: {
            $0.leavesPerStep = 2
            $0.runsMerged = seed % 2 == 0 ? 2 : 4
            $0.mostRuns = 5
            if seed % 3 == 0 { $0.filterBytes = 0 }
        })
        var store = try open(rig)
        var reader = try store.reader()
        var wanted: [String: StoredBuyer] = [:]
        for round in 0..<60 {
            var changes: [RowChange] = []
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                let shop = Self.shopsThatMeet[Int.random(in: 0..<6, using: &random)]
                let buyer = BuyerID(rawValue: "b\(Int.random(in: 0..<60, using: &random))")
                let size = [3, 300, 3_000, 9_000][Int.random(in: 0..<4, using: &random)]
                let row = StoredBuyer(
                    shop: shop, buyer: buyer, reflects: 1, open: Int.random(in: 0..<3, using: &random) == 0,
                    body: [UInt8](repeating: UInt8(round), count: size))
                changes.append(.buyer(shop, buyer, reflects: 1, open: row.open, body: row.body))
                wanted["\(shop.rawValue)/\(buyer.rawValue)"] = row
            }
            try store.write(changes: changes)
            for _ in 0..<Int.random(in: 0...6, using: &random) { if try !store.mergeRows() { break } }
            if Int.random(in: 0..<15, using: &random) == 0 {
                store.close()
                store = try open(rig)
                reader = try store.reader()
            }
            guard round % 4 == 0 else { continue }
            var wrong: [String] = []
            for shop in Self.shopsThatMeet {
                for number in 0..<60 {
                    let buyer = BuyerID(rawValue: "b\(number)")
                    let row = wanted["\(shop.rawValue)/\(buyer.rawValue)"]
                    if try reader.buyer(shop, buyer) != row { wrong.append("\(shop) \(buyer)") }
                    if row != nil, !reader.mayHold(shop, buyer) { wrong.append("not \(shop) \(buyer)") }
                }
            }
            #expect(wrong == [])
            var open: [StoredBuyer] = []
            let limit = Int.random(in: 1...9, using: &random)
            while true {
                let page = try reader.openBuyers(after: open.last?.place, limit: limit)
                open += page
                if page.count < limit { break }
            }
            let names = Set(open.map { "\($0.shop.rawValue)/\($0.buyer.rawValue)" })
            #expect(names.count == open.count)
            #expect(names == Set(wanted.filter(\.value.open).keys))
            #expect(open.allSatisfy { wanted["\($0.shop.rawValue)/\($0.buyer.rawValue)"] == $0 })
        }
        store.close()
    }

    @Test func readersSeeEachRowWhileRunsAreMerged() throws {
        let rig = try SQLiteRig(settings: {
            $0.leavesPerStep = 1
            $0.runsMerged = 2
            $0.movePauseMicros = 0
        })
        let store = try open(rig)
        try store.write(changes: changes(0..<300, round: 1))
        let isDone = Atomic<Bool>(false)
        let wrong = Mutex<[String]>([])
        let group = DispatchGroup()
        let queue = DispatchQueue(label: "readers", attributes: .concurrent)
        for number in 0..<3 {
            queue.async(group: group) {
                do {
                    let reader = try store.reader()
                    var seen = [UInt8](repeating: 1, count: 300)
                    var at = number * 100
                    while !isDone.load(ordering: .relaxed) {
                        let buyer = BuyerID(rawValue: "b\(at)")
                        let found = try reader.buyer(shop, buyer)?.body.first ?? 0
                        if found < seen[at] || !reader.mayHold(shop, buyer) {
                            wrong.withLock { $0.append("b\(at): \(found) after \(seen[at])") }
                        }
                        seen[at] = found
                        at = (at + 7) % 300
                    }
                } catch {
                    wrong.withLock { $0.append("\(error)") }
                }
            }
        }
        queue.async(group: group) {
            while !isDone.load(ordering: .relaxed) {
                do { _ = try store.mergeRows() } catch { wrong.withLock { $0.append("\(error)") } }
            }
        }
        for round in 2...60 { try store.write(changes: changes(0..<300, round: round)) }
        isDone.store(true, ordering: .relaxed)
        group.wait()
        #expect(wrong.withLock { $0 } == [])
        store.close()
    }

    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    @Test func aFilterKnowsWhoIsThereAndFewWhoAreNot() {
        var filter = RunFilter(keys: 10_000)
        for key in UInt64(0)..<10_000 { filter.insert(key &* 0x9e37_79b9_7f4a_7c15) }
        #expect((UInt64(0)..<10_000).allSatisfy { filter.mayHold($0 &* 0x9e37_79b9_7f4a_7c15) })
        let wrong = (UInt64(10_000)..<110_000).filter { filter.mayHold($0 &* 0x9e37_79b9_7f4a_7c15) }
        #expect(wrong.count < 400)
        #expect(RunFilter(filter.bytes)?.bytes == filter.bytes)
        #expect(filter.count == RunFilter.bytes(for: 10_000))
        #expect(RunFilter([]) == nil)
        #expect(RunFilter([1, 2, 3]) == nil)
    }

    @Test func aRunBeyondTheBoundOfTheFiltersIsLookedUp() throws {
        let rig = try SQLiteRig(settings: { $0.filterBytes = RunFilter.bytes(for: 100) })
        var store = try open(rig)
        try store.write(changes: changes(0..<100, round: 1))
        #expect(try !store.reader().mayHold(shop, BuyerID(rawValue: "nobody")))
        try store.write(changes: changes(100..<200, round: 2))
        #expect(store.runs.map { $0.filter == nil } == [false, true])
        for _ in 1...2 {
            let reader = try store.reader()
            #expect(reader.mayHold(shop, BuyerID(rawValue: "nobody")))
            #expect(try reader.buyer(shop, BuyerID(rawValue: "nobody")) == nil)
            #expect(try rounds(reader, 99..<101) == [1, 2])
            store.close()
            store = try open(rig)
        }
        store.close()
    }
}
