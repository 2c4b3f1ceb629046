// Buyers with an open session, in the order of the runs' keys: those that are open in their newest row. A run names the
// leaves that hold such ones; the newer runs are asked whether they know better.

import Domain
import Journal

struct OpenEntries {
    private static let leavesAtOnce = 8

    /// One run, read in order.
    private struct Source {
        let run: BuyerRun
        let file: RunFile
        /// Leaves with open entries that were read and are not done.
        var leaves: ArraySlice<Leaf> = []
        var offset = 0
        /// The next open entry.
        var entry: PackedBuyer?
        /// The leaf that was asked last.
        var asked: Leaf?
        var askedAt = 0

        /// Goes on to the next open entry after `begin`.
        mutating func advance(after begin: PackedBuyer?) throws {
            while true {
                guard let leaf = leaves.first else {
                    entry = nil
                    return
                }
                while offset < leaf.bytes.count {
                    let next = try PackedBuyer(at: offset, in: leaf.bytes)
                    offset += next.bytes.count
                    guard next.open else { continue }
                    if let begin, next.order(begin) <= 0 { continue }
                    entry = next
                    return
                }
                if leaves.count == 1 {
                    leaves += try file.leaves(
                        from: leaf.first, openOnly: true, most: OpenEntries.leavesAtOnce + 1
                    ).filter { $0.first > leaf.first }
                }
                leaves.removeFirst()
                offset = 0
            }
        }

        /// It has a row of this buyer. Asked in order.
        mutating func knows(_ wanted: PackedBuyer) throws -> Bool {
            let key = wanted.key
            guard run.mayHold(key) else { return false }
            if asked.map({ key < $0.first || key >= $0.end }) ?? true {
                asked = try file.leaf(of: key)
                askedAt = 0
            }
            guard let asked else { return false }
            return try PackedBuyer.find(wanted, in: asked.bytes, from: &askedAt) != nil
        }
    }

    /// Oldest first.
    private var sources: [Source]
    private let after: PackedBuyers?

    init(_ files: [(BuyerRun, RunFile)], after: BuyerPlace?) {
        sources = files.map { Source(run: $0.0, file: $0.1) }
        self.after = after.map { PackedBuyers.named($0.shop, $0.buyer) }
    }

    /// Up to so many.
    mutating func next(_ most: Int) throws -> [StoredBuyer] {
        guard let after else { return try next(most, after: nil) }
        return try after.row(at: 0) { try next(most, after: $0) }
    }

    private mutating func next(_ most: Int, after begin: PackedBuyer?) throws -> [StoredBuyer] {
        for place in sources.indices {
            sources[place].leaves = try sources[place].file.leaves(
                from: begin?.key ?? 0, openOnly: true, most: Self.leavesAtOnce)[...]
            try sources[place].advance(after: begin)
        }
        var found: [StoredBuyer] = []
        while found.count < most {
            var newest: Int?
            for place in sources.indices {
                guard let entry = sources[place].entry else { continue }
                if let held = newest, let other = sources[held].entry, entry.order(other) > 0 { continue }
                newest = place
            }
            guard let newest, let entry = sources[newest].entry else { break }
            var isOpen = true
            for place in sources.indices where place > newest {
                if try sources[place].knows(entry) {
                    isOpen = false
                    break
                }
            }
            if isOpen { found.append(entry.stored) }
            for place in sources.indices where place < newest {
                if let other = sources[place].entry, other.order(entry) == 0 {
                    try sources[place].advance(after: begin)
                }
            }
            try sources[newest].advance(after: begin)
        }
        return found
    }
}
