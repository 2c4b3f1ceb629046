// The commits of a router's shards. One is under way at a time; whatever the shards decide meanwhile goes into the next,
// all of it, so that one sync is for all of them. On the router's loop; coding and writing are a writer's thread's.

import Domain
import Journal
import NIOCore
import NIOPosix

final class GroupCommit: @unchecked Sendable {
    /// What one shard writes. The loop's, then the writer's, then the loop's again.
    final class Part: @unchecked Sendable {
        let shard: Shard
        let store: any ShardStore
        /// Of the shard's opening.
        let generation: Int
        fileprivate var records: [EventRecord]
        fileprivate var outcome: Result<[JournalRow], StoreFault> = .success([])

        init(shard: Shard, store: any ShardStore, generation: Int, records: [EventRecord]) {
            self.shard = shard
            self.store = store
            self.generation = generation
            self.records = records
        }

        /// Codes the records.
        fileprivate func code() -> ShardBatch {
            var packer = RowPacker(term: store.term)
            for record in records { packer.append(record) }
            let rows = packer.finish()
            outcome = .success(rows)
            return ShardBatch(store: store, rows: rows)
        }

        /// Lets go of the records and gives their room. On the loop, which made them: their memory is at hand for the next
        /// ones, where a thread that commits would keep it for itself.
        fileprivate func takeRoom() -> [EventRecord] {
            defer { records = [] }
            records.removeAll(keepingCapacity: records.capacity <= 8_192)
            return records
        }
    }

    private let loop: any EventLoop
    private let engine: any StoreEngine
    private let writers: NIOThreadPool
    private struct Waiting {
        let shard: Shard
        /// Of the shard's opening; one that was opened again since waits for itself.
        let generation: Int
    }

    private var waiting: [Waiting] = []
    private var isWriting = false
    private var isGathering = false

    init(on loop: any EventLoop, engine: any StoreEngine, writers: NIOThreadPool) {
        self.loop = loop
        self.engine = engine
        self.writers = writers
    }

    /// The shard's decisions go into the next commit, which begins at once if none is under way.
    func join(_ shard: Shard) {
        waiting.append(Waiting(shard: shard, generation: shard.generation))
        begin()
    }

    /// Whoever joins in `body` is in one commit.
    func gathering(_ body: () -> Void) {
        let isOutermost = !isGathering
        isGathering = true
        body()
        if isOutermost {
            isGathering = false
            begin()
        }
    }

    private func begin() {
        guard !isWriting, !isGathering, !waiting.isEmpty else { return }
        let parts = waiting.compactMap { waiting in
            waiting.shard.generation == waiting.generation ? waiting.shard.takeUncommitted() : nil
        }
        waiting.removeAll(keepingCapacity: true)
        if parts.isEmpty { return }
        isWriting = true
        let engine = engine
        writers.runIfActive(eventLoop: loop) {
            let faults = engine.write(parts.map { $0.code() })
            for (part, fault) in zip(parts, faults) {
                if let fault { part.outcome = .failure(fault) }
            }
        }.whenComplete { outcome in
            if case .failure(let error) = outcome {
                for part in parts { part.outcome = .failure(StoreFault(.closed, "no writer", cause: "\(error)")) }
            }
            self.ended(parts)
        }
    }

    private func ended(_ parts: [Part]) {
        isWriting = false
        gathering {
            var sinks = FlushList()
            for part in parts {
                guard part.shard.generation == part.generation else { continue }
                part.shard.committed(part.outcome, &sinks)
            }
            sinks.flush()
            // Nobody waits for it.
            for part in parts { part.shard.takeRoom(part.takeRoom()) }
        }
    }
}
