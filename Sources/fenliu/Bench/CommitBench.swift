// (d): the limit of the disk. Records of consults, as the router packs them, straight into the product's own store in
// group commits, one after the other in this thread.

import ClusterKit
import Domain
import Foundation
import Journal
import JournalSQLite

struct CommitBench {
    let plan: BenchPlan

    func run(into report: inout BenchReport) throws {
        for group in plan.inFlight {
            let runs = try (0..<plan.runs).map { _ in try one(group) }
            report.figures.append(
                Figure(
                    workload: "d", what: BenchName.commits, inFlight: group, unit: "/s",
                    value: median(runs) { $0 } ?? 0, runs: runs))
        }
    }

    private func one(_ group: Int) throws -> Double {
        let folder = try BenchFolder(in: plan.folder)
        defer { folder.remove() }
        let engine = try SQLiteEngine(directory: folder.path, shards: 1)
        let store = try engine.open(shard: 0, holder: "fenliu bench")
        defer { store.close() }
        let rows = try packed(group, term: store.term)
        let begin = monotonicNanos()
        let end = begin + UInt64(plan.seconds * 1e9)
        var last = store.durable
        var commits = 0
        while monotonicNanos() < end {
            let moved = rows.map {
                JournalRow(first: last + $0.first, last: last + $0.last, term: $0.term, body: $0.body)
            }
            try store.write(rows: moved)
            last += UInt64(group)
            commits += 1
        }
        return Double(commits * group) / (Double(monotonicNanos() - begin) / 1e9)
    }

    /// The rows of a commit of so many consults, numbered from 1.
    private func packed(_ group: Int, term: UInt64) throws -> [JournalRow] {
        let shop = BenchID.shop(0)
        var desk = Desk(id: shop)
        let at = Timestamp(millis: 1_772_413_200_000)
        var next: UInt64 = 1
        var out: [EventRecord] = []
        for command in BenchShop.commands(0, agents: 100, at: at) {
            _ = try desk.handle(command.command, at: at, next: &next, into: &out)
        }
        out = []
        for number in 0..<UInt64(group) {
            _ = try desk.handle(
                .receiveMessage(
                    ReceiveMessage(buyer: BenchID.buyer(number), message: BenchID.message(number), text: benchText)),
                stamp: CommandStamp(id: BenchID.command(number), fingerprint: number), at: at, next: &next, into: &out)
        }
        var packer = RowPacker(term: term)
        for (place, record) in out.prefix(group).enumerated() {
            var numbered = record
            numbered.sequence = UInt64(place) + 1
            packer.append(numbered)
        }
        return packer.finish()
    }
}
