// A run: buyers' rows in the order of their keys, in leaves, in a file that is written once and then only read. A buyer who
// changes stands again in a newer run.

import Domain
import Foundation
import GRDB
import Journal
import Synchronization

final class BuyerRun: Sendable {
    let number: Int
    let path: String
    let rows: Int
    /// None of a run that is too large for one.
    let filter: RunFilter?
    private let settings: SQLiteSettings
    private let isGone = Atomic<Bool>(false)
    /// Where files go: a large one takes long, and the last who reads one may be a loop.
    private static let removals = SideQueue("fenliu.runs")

    init(number: Int, path: String, rows: Int, filter: RunFilter?, settings: SQLiteSettings) {
        self.number = number
        self.path = path
        self.rows = rows
        self.filter = filter
        self.settings = settings
    }

    /// One that is there. Throws `.corrupt` if it is not this run.
    convenience init(number: Int, path: String, shard: Int, settings: SQLiteSettings) throws {
        let file = try RunFile(path, settings)
        defer { file.close() }
        let (rows, filter): (Int, [UInt8]) = try file.read { db in
            let select = try db.raw("SELECT rows, filter FROM run WHERE shard = ?1 AND number = ?2")
            select.bind(1, Int64(shard))
            select.bind(2, Int64(number))
            var found: (Int, [UInt8])?
            try select.each {
                found = (Int(select.signed(0)), select.body(1))
                return false
            }
            guard let found else { throw StoreFault(.corrupt, "\(path) is not run \(number) of shard \(shard)") }
            return found
        }
        self.init(number: number, path: path, rows: rows, filter: RunFilter(filter), settings: settings)
    }

    /// Another run has its rows: the file goes with the last who reads it.
    func retire() { isGone.store(true, ordering: .relaxed) }

    deinit {
        guard isGone.load(ordering: .relaxed) else { return }
        Self.removals.async { [path, settings] in HeldRoom.remove(path, settings) }
    }

    /// Waits until the files are gone that nobody reads any more.
    static func settle() { removals.settle() }

    /// A seam for tests: no file goes during the body.
    static func keepingFiles<Value>(_ body: () throws -> Value) rethrows -> Value {
        try removals.whileSuspended(body)
    }

    func mayHold(_ key: UInt64) -> Bool { filter?.mayHold(key) ?? true }
}

/// A connection that reads a run.
struct RunFile: Sendable {
    private let queue: DatabaseQueue

    init(_ path: String, _ settings: SQLiteSettings) throws {
        var configuration = ShardFile.configuration(settings, cacheKiB: nil)
        configuration.prepareDatabase { [cache = settings.runCacheKiB] db in
            try db.execute(sql: "PRAGMA cache_size = \(-cache)")
            // Nobody writes it: what was read stays true.
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
        }
        queue = try DatabaseQueue(path: path, configuration: configuration)
    }

    func close() { try? queue.close() }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value { try queue.unsafeRead(body) }

    /// A copy of the leaf where a key is or would be; nil before the first.
    func leaf(of key: UInt64) throws -> Leaf? {
        try read { db in
            let select = try db.raw(
                """
                SELECT first, body FROM buyers
                WHERE first >= (SELECT first FROM buyers WHERE first <= ?1 ORDER BY first DESC LIMIT 1)
                ORDER BY first LIMIT 2
                """)
            select.bind(1, key)
            var leaf: Leaf?
            try select.each {
                if let leaf {
                    leaf.end = select.number(0)
                    return false
                }
                leaf = Leaf(first: select.number(0), select.bytes(1))
                return true
            }
            return leaf
        }
    }

    /// Copies of up to `most` leaves in order, from the one with a key on.
    func leaves(from key: UInt64, openOnly: Bool = false, most: Int) throws -> [Leaf] {
        try read { db in
            let select = try db.raw(
                """
                SELECT first, body FROM buyers WHERE \(openOnly ? "open = 1 AND" : "") first >=
                coalesce((SELECT first FROM buyers WHERE first <= ?1 ORDER BY first DESC LIMIT 1), 0)
                ORDER BY first LIMIT ?2
                """)
            select.bind(1, key)
            select.bind(2, Int64(most))
            var leaves: [Leaf] = []
            try select.each {
                leaves.append(Leaf(first: select.number(0), select.bytes(1)))
                return true
            }
            return leaves
        }
    }

    /// Leaves in order after the one that begins with `first`.
    func leaves(after first: UInt64, most: Int) throws -> [Leaf] {
        try leaves(from: first, most: most + 1).filter { $0.first > first }
    }

    /// The entry with these names.
    func find(_ wanted: PackedBuyer) throws -> StoredBuyer? {
        try read { db in
            let select = try db.raw("SELECT body FROM buyers WHERE first <= ?1 ORDER BY first DESC LIMIT 1")
            select.bind(1, wanted.key)
            var found: StoredBuyer?
            try select.each {
                var offset = 0
                found = try PackedBuyer.find(wanted, in: select.bytes(0), from: &offset)?.stored
                return false
            }
            return found
        }
    }
}

/// A leaf's entries in memory of their own, which stay valid as long as it is there.
final class Leaf {
    let first: UInt64
    /// The first key of the next leaf; beyond the last there is none.
    fileprivate(set) var end = UInt64.max
    let bytes: UnsafeRawBufferPointer

    fileprivate init(first: UInt64, _ body: UnsafeRawBufferPointer) {
        self.first = first
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, body.count), alignment: 8)
        copy.copyMemory(from: body)
        bytes = UnsafeRawBufferPointer(rebasing: copy[..<body.count])
    }

    deinit { bytes.deallocate() }
}
