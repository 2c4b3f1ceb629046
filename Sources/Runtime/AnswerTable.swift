// Answers by key, in open addressing: the keys are hashes already, so they need no further hashing. A tenth of a
// dictionary's time. Grows as it fills; whoever owns it bounds it.

struct AnswerTable {
    private struct Cell {
        var key = AnswerKey(high: 0, low: 0)
        /// 0 in an empty cell; no event has it.
        var sequence: UInt64 = 0
        var fingerprint: UInt64 = 0
    }

    private var cells = [Cell](repeating: Cell(), count: 64)
    private(set) var count = 0
    /// Nobody can choose command IDs that crowd one place.
    private let seed = UInt64.random(in: .min ... .max)

    private var mask: Int { cells.count - 1 }

    private func home(_ key: AnswerKey) -> Int {
        Int(truncatingIfNeeded: ((key.low ^ seed) &* (key.high | 1)) >> 24) & mask
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

    /// Puts an entry in, or over the one that is there; its sequence number is not 0.
    mutating func set(_ key: AnswerKey, _ entry: AnswerIndex.Entry) {
        if (count + 1) * 10 > cells.count * 7 { grow() }
        let place = cell(of: key)
        if cells[place].sequence == 0 { count += 1 }
        cells[place] = Cell(key: key, sequence: entry.sequence, fingerprint: entry.fingerprint)
    }

    mutating func remove(_ key: AnswerKey) {
        var hole = cell(of: key)
        guard cells[hole].sequence != 0 else { return }
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
    }

    private mutating func grow() {
        let old = cells
        cells = [Cell](repeating: Cell(), count: old.count * 2)
        for cell in old where cell.sequence != 0 { cells[self.cell(of: cell.key)] = cell }
    }
}
