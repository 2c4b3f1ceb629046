// Prints events as the journal has them. Of a stopped cluster it opens the shard itself (which takes its lease and
// raises its term, no more); of a running one it follows the shard through the router that holds it.

import ArgumentParser
import ClusterKit
import Domain
import Foundation
import Journal
import JournalSQLite
import Transport
import Wire

struct JournalDump: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump", abstract: "Prints events, in order within each shard.")

    @OptionGroup var data: DataOption

    @Option(help: ArgumentHelp("Only this shard; else all of them.", valueName: "n"))
    var shard: Int?

    @Option(help: "Only this shop (and so only its shard).")
    var shop: String?

    @Option(help: ArgumentHelp("Only events of a shard with a larger sequence number.", valueName: "n"))
    var after: UInt64 = 0

    @Option(help: ArgumentHelp("At most so many events.", valueName: "n"))
    var limit: Int?

    @Flag(help: "One JSON object a line, whole; else a line for the eye.")
    var json = false

    /// Bytes of bodies that are read at once.
    private static let chunk = 1 << 20

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
        if let shop, (try? ShopID(checking: shop)) == nil { throw ValidationError("--shop is no identifier") }
    }

    func run() async throws {
        ignoreSIGPIPE()
        let directory = try data.existing
        let engine: SQLiteEngine
        do throws(StoreFault) {
            engine = try SQLiteEngine(directory: directory.path, shards: nil)
        } catch {
            throw ClusterFault(.data, "--data \(error.message)")
        }
        var printer = Printer(shop: shop.map { ShopID(rawValue: $0) }, left: limit ?? .max, json: json)
        for number in try shards(of: engine) where printer.left > 0 {
            try await dump(number, engine, directory, &printer)
        }
        if printer.setAside > 0 {
            complain("\(printer.setAside) events cannot be read by this release")
            throw ExitCode(ExitStatus.findings.rawValue)
        }
    }

    private func shards(of engine: SQLiteEngine) throws(ClusterFault) -> [Int] {
        if let shard, !(0..<engine.shardCount).contains(shard) {
            throw ClusterFault(.usage, "--shard must be 0…\(engine.shardCount - 1)")
        }
        let own = shop.map { ShardMap.shard(of: ShopID(rawValue: $0), shards: engine.shardCount) }
        if let shard, let own, shard != own {
            throw ClusterFault(.usage, "--shop \(shop ?? "") is in shard \(own), not in --shard \(shard)")
        }
        return (shard ?? own).map { [$0] } ?? Array(0..<engine.shardCount)
    }

    private func dump(
        _ number: Int, _ engine: SQLiteEngine, _ directory: DataDirectory, _ printer: inout Printer
    ) async throws(ClusterFault) {
        let store: any ShardStore
        do throws(StoreFault) {
            store = try engine.open(shard: number, holder: "fenliu journal dump")
        } catch  where error.code == .leaseHeld {
            return try await follow(number, directory, &printer)
        } catch {
            throw ClusterFault(.data, "\(error)")
        }
        defer { store.close() }
        do throws(StoreFault) {
            let reader = try store.reader()
            defer { reader.close() }
            var place = after
            while printer.left > 0 {
                let rows = try reader.rows(after: place, limitBytes: Self.chunk)
                guard let last = rows.last else { break }
                for row in rows { try printer.show(row.body, after: after) }
                place = last.last
            }
        } catch {
            throw ClusterFault(.data, "shard \(number): \(error)")
        }
    }

    private func follow(
        _ number: Int, _ directory: DataDirectory, _ printer: inout Printer
    ) async throws(ClusterFault) {
        var local = printer
        try await ClusterLink.with(RunDirectory(of: directory)) { link throws(ClusterFault) in
            try await link.follow(shard: number, after: after) { item throws(ClusterFault) in
                do throws(StoreFault) {
                    try local.show(item.body, after: after)
                } catch {
                    throw ClusterFault(.data, "shard \(number): \(error)")
                }
                return local.left > 0 ? .more : .enough
            }
        }
        printer = local
    }
}

private struct Printer {
    let shop: ShopID?
    var left: Int
    let json: Bool
    var setAside = 0

    mutating func show(_ body: [UInt8], after: UInt64) throws(StoreFault) {
        var scanner = RecordScanner(body)
        var lines: [UInt8] = []
        while left > 0, let item = try scanner.next() {
            if item.sequence <= after { continue }
            if let shop, scanner.shop(of: item) != shop { continue }
            let record = try scanner.decode(item)
            if record.record == nil { setAside += 1 }
            lines += json ? RecordJSON.text(record) : Array(line(record, scanner.shop(of: item)).utf8)
            lines.append(0x0a)
            left -= 1
        }
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(lines))
        } catch {
            // Whoever read it has seen enough (`| head`).
            left = 0
        }
    }

    private func line(_ record: DecodedRecord, _ shop: ShopID) -> String {
        guard let event = record.record else { return "\(record.sequence)  \(shop)  (cannot be read)" }
        return "\(event.sequence)  \(event.at)  \(shop)  \(RecordJSON.name(of: event.event))"
    }
}
