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
        func due(_ rows: [Int]) -> ClosedRange<Int>? { BuyerRuns.due(rows, atOnce: 4, most: 10) }
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
        // Too many in all.
        #expect(due([20_000, 20_000, 20_000, 5_000, 5_000, 5_000, 2, 2, 2]) == nil)
        #expect(due([20_000, 20_000, 20_000, 5_000, 5_000, 5_000, 2, 2, 2, 1_500]) == 5...9)
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
        #expect(try rounds(reader, 0..<900) == wanted)
        #expect(try reader.openBuyers(after: nil, limit: 1_000).count == wanted.filter(isOpen).count)
        // The former ones went with their last reader.
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

    @Test func aMergeThatIsClosedLeavesTheRunsAsTheyWere() throws {
        let rig = try SQLiteRig(settings: { $0.leavesPerStep = 1 })
        var store = try open(rig)
        for round in 1...4 { try store.write(changes: changes(0..<400, round: round)) }
        #expect(try store.mergeRows())
        store.close()
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
