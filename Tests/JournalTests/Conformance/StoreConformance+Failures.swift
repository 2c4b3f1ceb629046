import Domain
import Journal
import Testing

extension StoreConformance {
    static let failures: [StoreClaim] = [
        StoreClaim("aCommitThatFailedBeforeItTookEffectLeavesNothingI3") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            try store.write(rows: [row(1, 2, store)])
            rig.duringNextWrite(store, .beforeCommit) { throw PlannedFailure() }
            #expect(code { try store.write(rows: [row(3, 4, store)]) } == .unknownOutcome)
            try expectPoisoned(store)
            store.close()
            let again = try rig.engine.open(shard: 0, holder: "t")
            #expect(again.durable == 2)
            try again.write(rows: [row(3, 3, again)])
            again.close()
        },
        StoreClaim("aCommitThatFailedAfterItTookEffectLeavesAllOfItI3") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            try store.write(rows: [row(1, 2, store)])
            rig.duringNextWrite(store, .afterCommit) { throw PlannedFailure() }
            #expect(code { try store.write(rows: [row(3, 4, store)]) } == .unknownOutcome)
            #expect(store.durable == 2)
            try expectPoisoned(store)
            store.close()
            let again = try rig.engine.open(shard: 0, holder: "t")
            #expect(again.durable == 4)
            again.close()
        },
        StoreClaim("rowsThatFailedToBeWrittenAreThereInWholeOrNotAtAllAndNoEventIsLostI3") { rig in
            for moment in [StoreRig.Moment.beforeCommit, .afterCommit] {
                let store = try rig.engine.open(shard: 0, holder: "t")
                let last = store.durable + 2
                let before = try store.reader().shops()
                try store.write(rows: [row(last - 1, last, store)])
                rig.duringNextWrite(store, moment) { throw PlannedFailure() }
                #expect(code { try store.write(changes: batch(last)) } == .unknownOutcome)
                #expect(store.checkpoint == 0)
                try expectPoisoned(store)
                store.close()
                let again = try rig.engine.open(shard: 0, holder: "t")
                #expect(again.durable == last)
                let whole = again.checkpoint == last
                #expect(whole == (moment == .afterCommit))
                #expect(try again.reader().shops() == (whole ? [batchShop(last)] : before))
                again.close()
            }
        },
        StoreClaim("rowsAndJournalAreWrittenWithoutWaitingForEachOther") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            defer { store.close() }
            try store.write(rows: [row(1, 1, store)])
            rig.duringNextWrite(store, .beforeCommit) { try store.write(rows: [row(2, 2, store)]) }
            try store.write(changes: batch(1))
            #expect(store.durable == 2)
            #expect(store.checkpoint == 1)
            rig.duringNextWrite(store, .beforeCommit) {
                try store.write(changes: batch(2))
                // What is under way is not durable.
                #expect(code { try store.write(changes: batch(3)) } == .sequenceGap)
            }
            try store.write(rows: [row(3, 3, store)])
            #expect(store.durable == 3)
            #expect(store.checkpoint == 2)
        },
        StoreClaim("aCrashAtAnyTimeKeepsAllThatWasAcknowledgedI5") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            for number in UInt64(1)...20 {
                try store.write(rows: [row(number, number, store)])
                try store.write(changes: batch(number))
            }
            let copy = try rig.crashedCopy().open(shard: 0, holder: "after the crash")
            #expect(copy.durable == 20)
            #expect(copy.checkpoint == 20)
            #expect(copy.term == store.term + 1)
            let rows = try copy.reader().rows(after: 0, limitBytes: .max)
            #expect(rows.map(\.first) == Array(1...20))
            copy.close()
            store.close()
        },
        StoreClaim("aCrashInsideAWriteShowsNothingOfIt") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            try store.write(rows: [row(1, 1, store)])
            rig.duringNextWrite(store, .beforeCommit) {
                let copy = try rig.crashedCopy().open(shard: 0, holder: "after the crash")
                #expect(copy.durable == 1)
                #expect(try copy.reader().shops().isEmpty)
                copy.close()
            }
            try store.write(rows: [row(2, 2, store)])
            #expect(store.durable == 2)
            rig.duringNextWrite(store, .beforeCommit) {
                let copy = try rig.crashedCopy().open(shard: 0, holder: "after the crash")
                #expect(copy.durable == 2)
                #expect(copy.checkpoint == 0)
                #expect(try copy.reader().shops().isEmpty)
                copy.close()
            }
            try store.write(changes: batch(2))
            store.close()
        },
        StoreClaim("readersNeitherWaitForTheWriterNorSeeWhatIsNotDurableI2") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            defer { store.close() }
            let reader = try store.reader()
            try store.write(rows: [row(1, 1, store)])
            rig.duringNextWrite(store, .beforeCommit) { () throws -> Void in
                #expect(try reader.rows(after: 0, limitBytes: .max).map(\.last) == [1])
            }
            try store.write(rows: [row(2, 2, store)])
            rig.duringNextWrite(store, .beforeCommit) { () throws -> Void in #expect(try reader.shops().isEmpty) }
            try store.write(changes: batch(2))
            #expect(try reader.rows(after: 0, limitBytes: .max).map(\.last) == [1, 2])
            #expect(try reader.shops().count == 1)
        },
        StoreClaim("aClosedStoreAndItsReadersRefuseEverything") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            let reader = try store.reader()
            try store.write(rows: [row(1, 1, store)])
            store.close()
            store.close()
            #expect(code { try store.write(rows: [row(2, 2, store)]) } == .closed)
            #expect(code { try store.write(changes: batch(1)) } == .closed)
            #expect(code { try store.tend(walPages: 0) } == .closed)
            #expect(code { _ = try store.reader() } == .closed)
            #expect(code { _ = try reader.rows(after: 0, limitBytes: 1) } == .closed)
            reader.close()
        },
        StoreClaim("aReaderThatIsClosedEndsNothingElse") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            defer { store.close() }
            let reader = try store.reader()
            let other = try store.reader()
            reader.close()
            reader.close()
            #expect(code { _ = try reader.shops() } == .closed)
            try store.write(rows: [row(1, 1, store)])
            #expect(try other.rows(after: 0, limitBytes: 1).count == 1)
        },
        StoreClaim("tendingLosesNothingAndMayBeRepeated") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            let reader = try store.reader()
            for number in UInt64(1)...50 {
                try store.write(rows: [row(number, number, store, bytes: 5_000)])
                try store.tend(walPages: 4)
                try store.tend(walPages: 4)
            }
            #expect(try reader.rows(after: 0, limitBytes: .max).map(\.first) == Array(1...50))
            store.close()
            let again = try rig.engine.open(shard: 0, holder: "t")
            #expect(again.durable == 50)
            again.close()
        },
    ]

    /// Rows that reflect an event.
    static func batch(_ sequence: UInt64) -> [RowChange] {
        [.shop(S.shop, reflects: sequence, body: [UInt8(sequence)]), .checkpoint(sequence)]
    }

    static func batchShop(_ sequence: UInt64) -> StoredShop {
        StoredShop(shop: S.shop, reflects: sequence, body: [UInt8(sequence)])
    }

    static func expectPoisoned(_ store: any ShardStore) throws {
        #expect(code { try store.write(rows: []) } == .closed)
        #expect(code { try store.write(changes: []) } == .closed)
        #expect(code { try store.tend(walPages: 0) } == .closed)
        #expect(code { _ = try store.reader() } == .closed)
    }
}
