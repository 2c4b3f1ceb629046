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

/// Slots of sessions by their numbers. A large one is in parts that grow each by itself, so that nobody waits until all of
/// them are moved.
struct NumberIndex: Sendable {
    private static let partBits = UInt64(6)
    /// Numbers at which it is put in parts.
    private static let most = 8_192

    private var parts = [NumberPart()]
    private(set) var count = 0

    private func part(_ number: UInt64) -> Int {
        parts.count == 1 ? 0 : Int(truncatingIfNeeded: NumberPart.hash(number) >> 20) & (1 << Int(Self.partBits) - 1)
    }

    /// Numbers begin at 1.
    func find(_ number: UInt64) -> Int? { parts[part(number)].find(number) }

    /// The number must not be there yet.
    mutating func insert(_ number: UInt64, _ slot: Int32) {
        if count == Self.most, parts.count == 1 {
            let old = parts[0]
            parts = Array(repeating: NumberPart(), count: 1 << Int(Self.partBits))
            for (number, slot) in old.held { parts[part(number)].insert(number, slot) }
        }
        parts[part(number)].insert(number, slot)
        count += 1
    }

    mutating func remove(_ number: UInt64) {
        if parts[part(number)].remove(number) { count -= 1 }
    }

    /// Slots in order of their numbers.
    var sorted: [Int] {
        parts.flatMap(\.held).sorted { $0.number < $1.number }.map { Int($0.slot) }
    }
}

/// Sixteen numbers in a row lie side by side, as new sessions mostly are; the highest bits of the rest's hash tell where, so
/// that growing walks from cell to cell.
private struct NumberPart: Sendable {
    private var cells: [(number: UInt64, slot: Int32)] = Array(repeating: (0, 0), count: 32)
    private var shift = UInt64(63)
    private(set) var count = 0

    /// Of a row of numbers.
    static func hash(_ number: UInt64) -> UInt64 { (number &>> 4) &* 0x9e37_79b9_7f4a_7c15 }

    private func home(_ number: UInt64) -> Int {
        Int(truncatingIfNeeded: (Self.hash(number) &>> shift) &<< 4 | number & 15)
    }

    var held: [(number: UInt64, slot: Int32)] { cells.filter { $0.number != 0 } }

    func find(_ number: UInt64) -> Int? {
        guard number > 0 else { return nil }
        return cells.withUnsafeBufferPointer { cells in
            var probe = home(number)
            while cells[probe].number != 0 {
                if cells[probe].number == number { return Int(cells[probe].slot) }
                probe = (probe + 1) & (cells.count - 1)
            }
            return nil
        }
    }

    mutating func insert(_ number: UInt64, _ slot: Int32) {
        if (count + 1) * 2 > cells.count {
            let old = cells
            cells = Array(repeating: (0, 0), count: old.count * 2)
            shift -= 1
            for cell in old where cell.number != 0 { place(cell) }
        }
        place((number, slot))
        count += 1
    }

    private mutating func place(_ cell: (number: UInt64, slot: Int32)) {
        var probe = home(cell.number)
        cells.withUnsafeMutableBufferPointer { cells in
            while cells[probe].number != 0 { probe = (probe + 1) & (cells.count - 1) }
            cells[probe] = cell
        }
    }

    /// True if it was there.
    mutating func remove(_ number: UInt64) -> Bool {
        guard number > 0 else { return false }
        let mask = cells.count - 1
        var hole = home(number)
        while cells[hole].number != number {
            if cells[hole].number == 0 { return false }
            hole = (hole + 1) & mask
        }
        count -= 1
        // Whoever was pushed past the hole moves up.
        var probe = hole
        while true {
            probe = (probe + 1) & mask
            if cells[probe].number == 0 { break }
            if (probe - home(cells[probe].number)) & mask >= (probe - hole) & mask {
                cells[hole] = cells[probe]
                hole = probe
            }
        }
        cells[hole] = (0, 0)
        return true
    }
}
