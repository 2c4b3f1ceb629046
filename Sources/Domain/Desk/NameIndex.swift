// Open addressing from names and numbers to small places, for the look-ups of every message. Derived, never stored; its
// layout depends on nothing but what was put in, and no order of it reaches a decision.

public enum NameHash {
    /// A stable hash of a name's bytes, eight at a time.
    @inlinable
    @inline(__always)
    public static func of(_ name: String) -> UInt64 {
        var name = name
        return name.withUTF8 { bytes in
            let raw = UnsafeRawBufferPointer(bytes)
            var hash = 0x9e37_79b9_7f4a_7c15 ^ UInt64(truncatingIfNeeded: raw.count)
            var place = 0
            while place + 8 <= raw.count {
                hash = mix(hash ^ raw.loadUnaligned(fromByteOffset: place, as: UInt64.self).littleEndian)
                place += 8
            }
            var rest: UInt64 = 0
            while place < raw.count {
                rest = rest << 8 | UInt64(raw[place])
                place += 1
            }
            return mix(hash ^ rest)
        }
    }

    @inlinable
    @inline(__always)
    static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xa076_1d64_78bd_642f)
        return product.high ^ product.low
    }
}

/// Places of agents by their IDs.
struct SlotIndex: Hashable, Sendable {
    private var cells: [Int32] = Array(repeating: -1, count: 16)
    private(set) var names: [AgentID] = []

    subscript(_ id: AgentID) -> Int? {
        let mask = cells.count - 1
        var probe = Int(truncatingIfNeeded: NameHash.of(id.rawValue)) & mask
        while true {
            let cell = Int(cells[probe])
            if cell < 0 { return nil }
            if names[cell] == id { return cell }
            probe = (probe + 1) & mask
        }
    }

    /// Adds the next place.
    mutating func append(_ id: AgentID) {
        names.append(id)
        if names.count * 2 > cells.count {
            cells = Array(repeating: -1, count: cells.count * 2)
            for place in names.indices { link(place) }
        } else {
            link(names.count - 1)
        }
    }

    private mutating func link(_ place: Int) {
        let mask = cells.count - 1
        var probe = Int(truncatingIfNeeded: NameHash.of(names[place].rawValue)) & mask
        while cells[probe] >= 0 { probe = (probe + 1) & mask }
        cells[probe] = Int32(place)
    }
}

/// Slots of sessions by their numbers. Sixteen numbers in a row lie side by side, as new sessions mostly are.
struct NumberIndex: Sendable {
    private static let perRow: UInt64 = 16
    /// Rows at which the index of rows is put in parts.
    private static let most = 4_096
    private static let partBits = UInt64(6)

    /// By row; −1 for none.
    private var rows = Chunks<SIMD16<Int32>>()
    /// By row: its numbers that are there.
    private var used: [UInt8] = []
    private var free: [Int32] = []
    /// A large one is in parts that grow each by itself, so that nobody waits until all of them are moved.
    private var parts = [RowIndex()]
    private var rowCount = 0
    /// The row of the latest number; most go there.
    private var latest: (key: UInt64, row: Int)?
    private(set) var count = 0

    private func part(_ key: UInt64) -> Int {
        parts.count == 1 ? 0 : Int(truncatingIfNeeded: RowIndex.hash(key) >> 20) & (1 << Int(Self.partBits) - 1)
    }

    func find(_ number: UInt64) -> Int? {
        let key = number / Self.perRow
        guard let row = parts[part(key)].find(key) else { return nil }
        let slot = rows[row][Int(number % Self.perRow)]
        return slot < 0 ? nil : Int(slot)
    }

    /// For `Desk.lookAhead`: the parts, and then what is in them for the latest number.
    var seenParts: Int { rows.count &+ used.count &+ parts.count }
    var seenLatest: Int {
        guard let latest else { return 0 }
        return Int(rows[latest.row][0]) &+ Int(used[latest.row]) &+ parts[0].room
    }

    /// The number must not be there yet.
    mutating func insert(_ number: UInt64, _ slot: Int32) {
        let key = number / Self.perRow
        let row: Int
        if let latest, latest.key == key {
            row = latest.row
        } else {
            row = parts[part(key)].find(key) ?? newRow(key)
            latest = (key, row)
        }
        rows[row][Int(number % Self.perRow)] = slot
        used[row] += 1
        count += 1
    }

    private mutating func newRow(_ key: UInt64) -> Int {
        if rowCount == Self.most, parts.count == 1 {
            let old = parts[0]
            parts = Array(repeating: RowIndex(), count: 1 << Int(Self.partBits))
            for (key, row) in old.held { parts[part(key)].insert(key, Int32(row)) }
        }
        let row: Int
        if let reused = free.last {
            free.removeLast()
            row = Int(reused)
        } else {
            row = rows.append(SIMD16(repeating: -1))
            used.append(0)
        }
        parts[part(key)].insert(key, Int32(row))
        rowCount += 1
        return row
    }

    mutating func remove(_ number: UInt64) {
        let key = number / Self.perRow
        guard let row = parts[part(key)].find(key), rows[row][Int(number % Self.perRow)] >= 0 else { return }
        rows[row][Int(number % Self.perRow)] = -1
        used[row] -= 1
        count -= 1
        guard used[row] == 0 else { return }
        parts[part(key)].remove(key)
        free.append(Int32(row))
        rowCount -= 1
        if latest?.row == row { latest = nil }
    }

    /// Slots in order of their numbers.
    var sorted: [Int] {
        parts.flatMap(\.held).sorted { $0.key < $1.key }.flatMap { held in
            (0..<Int(Self.perRow)).map { Int(rows[held.row][$0]) }.filter { $0 >= 0 }
        }
    }
}

/// Rows by what their numbers begin with; the highest bits of its hash tell where, so that growing walks from cell to cell.
private struct RowIndex: Sendable {
    /// Of the key plus one; 0 is empty.
    private var cells: [(key: UInt64, row: Int32)] = Array(repeating: (0, 0), count: 4)
    private var shift = UInt64(62)
    private var count = 0

    var room: Int { cells.count }

    static func hash(_ key: UInt64) -> UInt64 { (key &+ 1) &* 0x9e37_79b9_7f4a_7c15 }

    private func home(_ cell: UInt64) -> Int { Int(truncatingIfNeeded: Self.hash(cell &- 1) &>> shift) }

    var held: [(key: UInt64, row: Int)] {
        cells.filter { $0.key != 0 }.map { ($0.key - 1, Int($0.row)) }
    }

    func find(_ key: UInt64) -> Int? {
        cells.withUnsafeBufferPointer { cells in
            var probe = home(key &+ 1)
            while cells[probe].key != 0 {
                if cells[probe].key == key &+ 1 { return Int(cells[probe].row) }
                probe = (probe + 1) & (cells.count - 1)
            }
            return nil
        }
    }

    mutating func insert(_ key: UInt64, _ row: Int32) {
        if (count + 1) * 2 > cells.count {
            let old = cells
            cells = Array(repeating: (0, 0), count: old.count * 2)
            shift -= 1
            for cell in old where cell.key != 0 { place(cell) }
        }
        place((key &+ 1, row))
        count += 1
    }

    private mutating func place(_ cell: (key: UInt64, row: Int32)) {
        var probe = home(cell.key)
        cells.withUnsafeMutableBufferPointer { cells in
            while cells[probe].key != 0 { probe = (probe + 1) & (cells.count - 1) }
            cells[probe] = cell
        }
    }

    /// The key must be there.
    mutating func remove(_ key: UInt64) {
        let mask = cells.count - 1
        var hole = home(key &+ 1)
        while cells[hole].key != key &+ 1 { hole = (hole + 1) & mask }
        count -= 1
        // Whoever was pushed past the hole moves up.
        var probe = hole
        while true {
            probe = (probe + 1) & mask
            if cells[probe].key == 0 { break }
            if (probe - home(cells[probe].key)) & mask >= (probe - hole) & mask {
                cells[hole] = cells[probe]
                hole = probe
            }
        }
        cells[hole] = (0, 0)
    }
}
