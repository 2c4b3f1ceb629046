// Answers by key, in open addressing: the keys are hashes already, so they need no further hashing. A tenth of a
// dictionary's time. In parts that grow each by itself, so that nobody waits until all of them are moved. Grows as it
// fills; whoever owns it bounds it.

struct AnswerTable {
    private var parts: [AnswerPart]

    init() {
        // Nobody can choose command IDs that crowd one place.
        let seed = UInt64.random(in: .min ... .max)
        parts = Array(repeating: AnswerPart(seed: seed), count: 64)
    }

    private func part(_ key: AnswerKey) -> Int { Int(truncatingIfNeeded: parts[0].hash(key) >> 58) }

    private(set) var count = 0

    subscript(key: AnswerKey) -> AnswerIndex.Entry? { parts[part(key)][key] }

    /// Puts an entry in, or over the one that is there; its sequence number is not 0.
    mutating func set(_ key: AnswerKey, _ entry: AnswerIndex.Entry) {
        if parts[part(key)].set(key, entry) { count += 1 }
    }

    mutating func remove(_ key: AnswerKey) {
        if parts[part(key)].remove(key) { count -= 1 }
    }
}

private struct AnswerPart {
    struct Cell {
        var key = AnswerKey(high: 0, low: 0)
        /// 0 in an empty cell; no event has it.
        var sequence: UInt64 = 0
        var fingerprint: UInt64 = 0
    }

    private let seed: UInt64
    private var cells = [Cell](repeating: Cell(), count: 16)
    private(set) var count = 0

    init(seed: UInt64) { self.seed = seed }

    /// Its highest bits name the part, those in the middle the place there.
    func hash(_ key: AnswerKey) -> UInt64 { (key.low ^ seed) &* (key.high | 1) }

    private var mask: Int { cells.count - 1 }

    private func home(_ key: AnswerKey) -> Int {
        Int(truncatingIfNeeded: hash(key) >> 24) & mask
    }

    /// The cell that holds the key, or the empty one where it would go.
    private func cell(of key: AnswerKey) -> Int {
        var place = home(key)
        while cells[place].sequence != 0, cells[place].key != key { place = (place + 1) & mask }
        return place
    }

    subscript(key: AnswerKey) -> AnswerIndex.Entry? {
        let cell = cells[cell(of: key)]
        return cell.sequence == 0 ? nil : .init(sequence: cell.sequence, fingerprint: cell.fingerprint)
    }

    /// True if it was not there.
    mutating func set(_ key: AnswerKey, _ entry: AnswerIndex.Entry) -> Bool {
        if (count + 1) * 10 > cells.count * 7 { grow() }
        let place = cell(of: key)
        let isNew = cells[place].sequence == 0
        if isNew { count += 1 }
        cells[place] = Cell(key: key, sequence: entry.sequence, fingerprint: entry.fingerprint)
        return isNew
    }

    /// True if it was there.
    mutating func remove(_ key: AnswerKey) -> Bool {
        var hole = cell(of: key)
        guard cells[hole].sequence != 0 else { return false }
        count -= 1
        // Whoever was pushed past this cell moves up.
        var place = hole
        while true {
            place = (place + 1) & mask
            if cells[place].sequence == 0 { break }
            if (place - home(cells[place].key)) & mask >= (place - hole) & mask {
                cells[hole] = cells[place]
                hole = place
            }
        }
        cells[hole] = Cell()
        return true
    }

    private mutating func grow() {
        let old = cells
        cells = [Cell](repeating: Cell(), count: old.count * 2)
        for cell in old where cell.sequence != 0 { cells[self.cell(of: cell.key)] = cell }
    }
}
