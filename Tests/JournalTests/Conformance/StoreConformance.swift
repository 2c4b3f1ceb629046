// The claims that every engine of the journal keeps (ShardStore, ShardReader; Protocols/Journal.md). An engine's tests
// run all of them, each against a fresh rig.

import Domain
import Journal
import Testing

public enum StoreConformance {
    public static let claims: [StoreClaim] = journal + failures + rows + together

    static let journal: [StoreClaim] = [
        StoreClaim("anEmptyShardStartsAtZero") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            #expect(store.shard == 0)
            #expect(store.term == 1)
            #expect(store.durable == 0)
            #expect(store.checkpoint == 0)
            let reader = try store.reader()
            #expect(try reader.rows(after: 0, limitBytes: 1_000).isEmpty)
            #expect(try reader.row(containing: 1) == nil)
            #expect(try reader.shops().isEmpty)
            #expect(!reader.mayHold(S.shop, S.buyer))
            #expect(try reader.openBuyers(after: nil, limit: 10).isEmpty)
            #expect(try reader.answers(after: 0).isEmpty)
            store.close()
        },
        StoreClaim("rowsAreFollowedInOrderFromAnyNumber") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            defer { store.close() }
            let rows = [row(1, 3, store), row(4, 4, store), row(5, 9, store), row(10, 10, store)]
            try store.write(rows: Array(rows[..<2]))
            try store.write(rows: Array(rows[2...]))
            #expect(store.durable == 10)
            let reader = try store.reader()
            for after in UInt64(0)...12 {
                #expect(try reader.rows(after: after, limitBytes: .max) == rows.filter { $0.last > after })
                #expect(
                    try reader.row(containing: after) == rows.first { ($0.first...$0.last).contains(after) })
            }
            #expect(try reader.rows(after: .max, limitBytes: .max).isEmpty)
        },
        StoreClaim("aPageOfRowsEndsAtItsBytesAndHoldsAtLeastOne") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            defer { store.close() }
            let rows = (1...5).map { row(UInt64($0), UInt64($0), store, bytes: 100) }
            try store.write(rows: rows)
            let reader = try store.reader()
            #expect(try reader.rows(after: 0, limitBytes: 1).count == 1)
            #expect(try reader.rows(after: 0, limitBytes: 100).count == 1)
            #expect(try reader.rows(after: 0, limitBytes: 101).count == 2)
            #expect(try reader.rows(after: 3, limitBytes: 10_000) == Array(rows[3...]))
        },
        StoreClaim("bodiesOfAnySizeComeBackAsTheyWere") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            defer { store.close() }
            let sizes = [0, 1, 4_096, 1 << 20]
            let rows = sizes.enumerated().map { row(UInt64($0 + 1), UInt64($0 + 1), store, bytes: $1) }
            try store.write(rows: rows)
            #expect(try store.reader().rows(after: 0, limitBytes: .max) == rows)
        },
        StoreClaim("gapsOverlapsAndEmptyRowsAreRefusedAndWriteNothing") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            defer { store.close() }
            try store.write(rows: [row(1, 5, store)])
            for (first, last) in [(7, 8), (5, 6), (1, 5), (0, 0), (6, 5)] as [(UInt64, UInt64)] {
                #expect(code { try store.write(rows: [row(first, last, store)]) } == .sequenceGap)
            }
            #expect(code { try store.write(rows: [row(6, 6, store), row(8, 8, store)]) } == .sequenceGap)
            #expect(store.durable == 5)
            try store.write(rows: [row(6, 6, store)])
            #expect(store.durable == 6)
        },
        StoreClaim("aRowOfAnotherTermIsRefused") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            defer { store.close() }
            var stale = row(1, 1, store)
            stale.term -= 1
            #expect(code { try store.write(rows: [stale]) } == .staleTerm)
            stale.term += 2
            #expect(code { try store.write(rows: [stale]) } == .staleTerm)
            #expect(store.durable == 0)
            #expect(try store.reader().rows(after: 0, limitBytes: .max).isEmpty)
        },
        StoreClaim("whoLostTheTermWritesNothingI4") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            defer { store.close() }
            try store.write(rows: [row(1, 1, store)])
            try rig.raiseTerm(store)
            let shop = RowChange.shop(S.shop, reflects: 1, body: [1])
            #expect(code { try store.write(rows: [row(2, 2, store)]) } == .staleTerm)
            #expect(code { try store.write(changes: [shop]) } == .staleTerm)
            #expect(try store.reader().shops().isEmpty)
            #expect(try store.reader().rows(after: 0, limitBytes: .max).count == 1)
        },
        StoreClaim("theLeaseIsExclusiveAndPerShard") { rig in
            let store = try rig.engine.open(shard: 0, holder: "first")
            #expect(code { _ = try rig.engine.open(shard: 0, holder: "second") } == .leaseHeld)
            let other = try rig.engine.open(shard: 1, holder: "second")
            other.close()
            store.close()
            let again = try rig.engine.open(shard: 0, holder: "second")
            #expect(again.term == 2)
            again.close()
        },
        StoreClaim("theTermGrowsWithEachOpening") { rig in
            for term in UInt64(1)...4 {
                let store = try rig.engine.open(shard: 1, holder: "t")
                #expect(store.term == term)
                try store.write(rows: [row(term, term, store)])
                store.close()
            }
            let store = try rig.engine.open(shard: 1, holder: "t")
            #expect(try store.reader().rows(after: 0, limitBytes: .max).map(\.term) == [1, 2, 3, 4])
            store.close()
        },
        StoreClaim("shardsShareNothing") { rig in
            let a = try rig.engine.open(shard: 0, holder: "t")
            let b = try rig.engine.open(shard: 1, holder: "t")
            defer {
                a.close()
                b.close()
            }
            try a.write(rows: [row(1, 3, a)])
            try a.write(changes: [.shop(S.shop, reflects: 3, body: [1])])
            #expect(b.durable == 0)
            #expect(try b.reader().shops().isEmpty)
            try b.write(rows: [row(1, 1, b)])
            #expect(a.durable == 3)
        },
        StoreClaim("aShardBeyondTheCountIsRefused") { rig in
            #expect(code { _ = try rig.engine.open(shard: rig.engine.shardCount, holder: "t") } == .mismatch)
            #expect(code { _ = try rig.engine.open(shard: -1, holder: "t") } == .mismatch)
        },
    ]

    /// A row with a body that depends on its numbers.
    static func row(_ first: UInt64, _ last: UInt64, _ store: any ShardStore, bytes: Int = 10) -> JournalRow {
        JournalRow(
            first: first, last: last, term: store.term,
            body: (0..<bytes).map { UInt8(truncatingIfNeeded: UInt64($0) &* 31 &+ first) })
    }

    /// The code of the fault that a call throws; nil if it throws none.
    static func code(_ body: () throws -> Void) -> StoreFault.Code? {
        do {
            try body()
            return nil
        } catch let fault as StoreFault {
            return fault.code
        } catch {
            Issue.record("\(error) is no StoreFault")
            return nil
        }
    }
}

/// The names that claims use when one is as good as another.
enum S {
    static let shop = ShopID(rawValue: "s")
    static let buyer = BuyerID(rawValue: "b")
    static let agent = AgentID(rawValue: "a")
}
