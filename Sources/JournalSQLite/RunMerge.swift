// Several runs made into one, a step at a time. Of a buyer in several the newest row stays.

import Journal

final class RunMerge {
    /// Oldest first; each follows the one before it.
    let runs: [BuyerRun]
    private var sources: [Source] = []
    private let draft: RunDraft

    init(_ runs: [BuyerRun], into draft: RunDraft, settings: SQLiteSettings) throws {
        self.runs = runs
        self.draft = draft
        for run in runs { sources.append(Source(try RunFile(run.path, settings))) }
        for place in sources.indices { try sources[place].begin() }
    }

    deinit { for source in sources { source.file.close() } }

    /// Writes one step's leaves; the run once there is nothing left.
    func step(pause: () -> UInt32) throws -> BuyerRun? {
        while !draft.isFull {
            var newest: Int?
            for place in sources.indices {
                guard let entry = sources[place].entry else { continue }
                guard let held = newest, let other = sources[held].entry else {
                    newest = place
                    continue
                }
                // A later one is newer.
                if entry.order(other) <= 0 { newest = place }
            }
            guard let newest, let entry = sources[newest].entry else { return try draft.finish(pause: pause) }
            draft.add(entry)
            for place in sources.indices where place < newest {
                if let other = sources[place].entry, other.order(entry) == 0 { try sources[place].advance() }
            }
            try sources[newest].advance()
        }
        try draft.step(pause: pause)
        return nil
    }

    /// Gives the file up.
    func discard() { draft.discard() }

    /// A run read from its beginning to its end.
    private struct Source {
        private static let leavesAtOnce = 16

        let file: RunFile
        private var leaves: ArraySlice<Leaf> = []
        private var offset = 0
        /// The next one.
        private(set) var entry: PackedBuyer?

        init(_ file: RunFile) { self.file = file }

        mutating func begin() throws {
            leaves = try file.leaves(from: 0, most: Self.leavesAtOnce)[...]
            try load()
        }

        mutating func advance() throws {
            offset += entry?.bytes.count ?? 0
            if let leaf = leaves.first, offset >= leaf.bytes.count {
                if leaves.count == 1 { leaves += try file.leaves(after: leaf.first, most: Self.leavesAtOnce) }
                leaves.removeFirst()
                offset = 0
            }
            try load()
        }

        private mutating func load() throws {
            entry = try leaves.first.map { try PackedBuyer(at: offset, in: $0.bytes) }
        }
    }
}
