// Places by hash, in open addressing: 8 bytes an entry, so that most of it stays in the caches. In parts that grow each
// by itself, so that nobody waits until all of them are moved. Grows as it fills; whoever owns it bounds it.

import CCalls

struct AnswerTable: ~Copyable {
    private static var partBits: UInt32 { 6 }

    private let parts: UnsafeMutablePointer<AnswerPart>
    private(set) var count = 0

    init() {
        parts = .allocate(capacity: 1 << Int(Self.partBits))
        for number in 0..<1 << Int(Self.partBits) { (parts + number).initialize(to: AnswerPart()) }
    }

    deinit {
        for number in 0..<1 << Int(Self.partBits) { parts[number].cells.deallocate() }
        parts.deallocate()
    }

    /// The highest bits of a hash name its part, those after them its cell there.
    @inline(__always)
    private func part(_ hash: UInt32) -> UnsafeMutablePointer<AnswerPart> {
        parts + Int(hash >> (32 &- Self.partBits))
    }

    /// The place with that hash of which `isIt` is true.
    @inline(__always)
    func find(_ hash: UInt32, _ isIt: (UInt32) -> Bool) -> UInt32? {
        let part = part(hash)
        let cell = part.pointee.cells[part.pointee.number(hash << Self.partBits, isIt)]
        return cell == 0 ? nil : UInt32(truncatingIfNeeded: cell) &- 1
    }

    /// Whoever looks for it next does not wait for memory.
    @inline(__always)
    func prefetch(_ hash: UInt32) { part(hash).pointee.prefetch(hash << Self.partBits) }

    /// Puts a place in that is not there; it is less than 2^32 - 1.
    @inline(__always)
    mutating func insert(_ hash: UInt32, _ place: UInt32) {
        part(hash).pointee.insert(hash << Self.partBits, place)
        count += 1
    }

    /// Does nothing if that place is not there.
    mutating func remove(_ hash: UInt32, _ place: UInt32) {
        if part(hash).pointee.remove(hash << Self.partBits, place) { count -= 1 }
    }
}

/// Owned by the table, which deallocates the cells.
private struct AnswerPart {
    /// A hash in the upper half, a place + 1 in the lower; 0 if it is empty. The hash's highest bits tell where the cell
    /// belongs: growing goes through the cells in order and looks at nothing else.
    var cells: UnsafeMutablePointer<UInt64>
    private var bits: UInt64
    private var count = 0

    init() {
        bits = 4
        cells = Self.empty(bits)
    }

    private static func empty(_ bits: UInt64) -> UnsafeMutablePointer<UInt64> {
        let cells = UnsafeMutablePointer<UInt64>.allocate(capacity: 1 << Int(bits))
        cells.initialize(repeating: 0, count: 1 << Int(bits))
        return cells
    }

    private var mask: Int { (1 << Int(bits)) - 1 }

    @inline(__always)
    private func home(_ cell: UInt64) -> Int { Int(truncatingIfNeeded: cell &>> (64 &- bits)) }

    @inline(__always)
    func prefetch(_ hash: UInt32) { will_be_read(cells + home(UInt64(hash) << 32)) }

    /// The cell that holds such a place, or the empty one where it would go.
    @inline(__always)
    func number(_ hash: UInt32, _ isIt: (UInt32) -> Bool) -> Int {
        let mask = mask
        var number = home(UInt64(hash) << 32)
        while true {
            let cell = cells[number]
            if cell == 0 || (cell >> 32 == UInt64(hash) && isIt(UInt32(truncatingIfNeeded: cell) &- 1)) {
                return number
            }
            number = (number &+ 1) & mask
        }
    }

    @inline(__always)
    mutating func insert(_ hash: UInt32, _ place: UInt32) {
        // At most seven tenths are taken.
        if (count + 1) * 10 > (mask + 1) * 7 { grow() }
        cells[number(hash) { _ in false }] = UInt64(hash) << 32 | UInt64(place + 1)
        count += 1
    }

    /// True if it was there.
    mutating func remove(_ hash: UInt32, _ place: UInt32) -> Bool {
        var hole = number(hash) { $0 == place }
        guard cells[hole] != 0 else { return false }
        count -= 1
        // Whoever was pushed past this cell moves up.
        let mask = mask
        var number = hole
        while true {
            number = (number &+ 1) & mask
            let cell = cells[number]
            if cell == 0 { break }
            if (number &- home(cell)) & mask >= (number &- hole) & mask {
                cells[hole] = cell
                hole = number
            }
        }
        cells[hole] = 0
        return true
    }

    @inline(never)
    private mutating func grow() {
        let (old, size) = (cells, mask + 1)
        bits += 1
        precondition(bits <= 32, "a part of 2^32 cells")
        cells = Self.empty(bits)
        for number in 0..<size where old[number] != 0 {
            cells[self.number(UInt32(old[number] >> 32)) { _ in false }] = old[number]
        }
        old.deallocate()
    }
}
