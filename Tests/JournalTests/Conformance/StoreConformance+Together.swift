import Domain
import Journal
import Testing

extension StoreConformance {
    static let together: [StoreClaim] = [
        StoreClaim("rowsOfSeveralShardsWrittenTogetherAreEachShardsOwn") { rig in
            let stores = try (0..<3).map { try rig.engine.open(shard: $0, holder: "t") }
            let readers = try stores.map { try $0.reader() }
            var expected: [[JournalRow]] = [[], [], []]
            for round in 1...12 {
                // Sometimes all of them, sometimes one alone.
                let batches = stores.indices.filter { round % 4 == 0 ? $0 == 1 : $0 != round % 3 }
                    .map { ShardBatch(store: stores[$0], rows: [next(stores[$0]), next(stores[$0], skipping: 1)]) }
                #expect(rig.engine.write(batches) == batches.map { _ in nil })
                for batch in batches {
                    expected[batch.store.shard] += batch.rows
                    #expect(batch.store.durable == batch.rows.last?.last)
                }
                for shard in stores.indices {
                    let last = stores[shard].durable
                    #expect(same(try readers[shard].rows(after: 0, limitBytes: .max), expected[shard]))
                    for row in expected[shard] {
                        let found = try readers[shard].row(containing: row.first)
                        #expect((found?.first ?? 0) <= row.first && (found?.last ?? 0) >= row.last)
                    }
                    #expect(try readers[shard].row(containing: last + 1) == nil)
                    let rest = try readers[shard].rows(after: last / 2, limitBytes: .max)
                    #expect(last == 0 || rest.last?.last == last)
                }
            }
            for store in stores { store.close() }
            for shard in stores.indices {
                let again = try rig.engine.open(shard: shard, holder: "t")
                #expect(same(try again.reader().rows(after: 0, limitBytes: .max), expected[shard]))
                again.close()
            }
        },
        StoreClaim("whatIsRefusedOfOneShardIsWrittenOfTheOthers") { rig in
            let stores = try (0..<3).map { try rig.engine.open(shard: $0, holder: "t") }
            for _ in 1...4 { _ = rig.engine.write(stores.map { ShardBatch(store: $0, rows: [next($0)]) }) }
            var stale = next(stores[1])
            stale.term += 1
            var faults = rig.engine.write([
                ShardBatch(store: stores[0], rows: [next(stores[0], skipping: 1)]),
                ShardBatch(store: stores[1], rows: [stale]), ShardBatch(store: stores[2], rows: [next(stores[2])]),
            ])
            #expect(faults.map { $0?.code } == [.sequenceGap, .staleTerm, nil])
            #expect(stores.map(\.durable) == [4, 4, 5])
            stores[1].close()
            faults = rig.engine.write(stores.map { ShardBatch(store: $0, rows: [next($0)]) })
            #expect(faults.map { $0?.code } == [nil, .closed, nil])
            #expect(rig.engine.write([]).isEmpty)
            stores[0].close()
            stores[2].close()
        },
        StoreClaim("aCrashKeepsWhatWasWrittenTogetherI5") { rig in
            let stores = try (0..<3).map { try rig.engine.open(shard: $0, holder: "t") }
            for round in 1...6 {
                for _ in 1...round { _ = rig.engine.write(stores.map { ShardBatch(store: $0, rows: [next($0)]) }) }
                try stores[0].write(rows: [next(stores[0])])
                let copy = try rig.crashedCopy()
                // Twice: what the first opening took over is its own.
                for _ in 1...2 {
                    for store in stores {
                        let opened = try copy.open(shard: store.shard, holder: "after the crash")
                        #expect(opened.durable == store.durable)
                        let rows = try opened.reader().rows(after: 0, limitBytes: .max)
                        #expect(same(rows, try store.reader().rows(after: 0, limitBytes: .max)))
                        try opened.write(rows: [next(opened)])
                        try opened.write(changes: [.checkpoint(opened.durable)])
                        opened.close()
                        _ = try copy.open(shard: store.shard, holder: "t").close()
                        try store.write(rows: [next(store)])
                    }
                }
            }
            for store in stores { store.close() }
        },
    ]

    /// A row of one event after the store's last.
    private static func next(_ store: any ShardStore, skipping: UInt64 = 0) -> JournalRow {
        row(store.durable + 1 + skipping, store.durable + 1 + skipping, store)
    }

    /// An engine may join rows: the same events with the same bytes.
    private static func same(_ rows: [JournalRow], _ others: [JournalRow]) -> Bool {
        rows.reduce(into: [UInt8]()) { $0 += $1.body } == others.reduce(into: []) { $0 += $1.body }
            && rows.last?.last == others.last?.last
            && zip(rows, rows.dropFirst()).allSatisfy { $0.last + 1 == $1.first }
    }
}
