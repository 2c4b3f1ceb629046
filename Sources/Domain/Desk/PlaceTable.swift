/// Places by hash, in open addressing: 8 bytes an entry, so that most of it stays in the caches. A large one is in parts
/// that grow each by itself, so that nobody waits until all of them are moved. Grows as it fills; whoever owns it bounds
/// it.
package struct PlaceTable: @unchecked Sendable {
    /// Cells of which no more are kept outside of parts.
    private static var most: Int { 4_096 }

    /// Where all are while they are few, behind no further pointer.
    @usableFromInline
    var few: [UInt64] = Array(repeating: 0, count: 16)
    @usableFromInline
    var fewBits = UInt64(4)
    /// Those of `held`, as long as this holds it.
    @usableFromInline
    var parts: UnsafeMutablePointer<PlacePart>?
    private var held: HeldParts?
    package private(set) var count = 0

    package init() {}

    /// The place with that hash of which `isIt` is true.
    @inlinable
    @inline(__always)
    package func find(_ hash: UInt32, _ isIt: (UInt32) -> Bool) -> UInt32? {
        let cell = withCells(hash) { cells, rest in cells.cells[cells.number(rest, isIt)] }
        return cell == 0 ? nil : UInt32(truncatingIfNeeded: cell) &- 1
    }

    /// The cell where a search for that hash begins, for whoever will want it soon.
    @inlinable
    @inline(__always)
    package func withHome<Value>(_ hash: UInt32, _ look: (UnsafePointer<UInt64>) -> Value) -> Value {
        withCells(hash) { cells, rest in look(cells.cells + cells.home(UInt64(rest) << 32)) }
    }

    /// Puts a place in that is not there; it is less than 2^32 - 1.
    package mutating func insert(_ hash: UInt32, _ place: UInt32) {
        count += 1
        guard parts == nil else { return own(hash).pointee.insert(PlacePart.rest(hash), place) }
        if PlaceCells.isFull(count, of: few.count) {
            growFew()
            guard parts == nil else { return own(hash).pointee.insert(PlacePart.rest(hash), place) }
        }
        withFew { $0.put(hash, place) }
    }

    /// Does nothing if that place is not there.
    package mutating func remove(_ hash: UInt32, _ place: UInt32) {
        let wasThere =
            parts == nil
            ? withFew { $0.take(hash, place) } : own(hash).pointee.remove(PlacePart.rest(hash), place)
        if wasThere { count -= 1 }
    }

    /// The cells of a hash, and what of it tells where in these.
    @inlinable
    @inline(__always)
    func withCells<Value>(_ hash: UInt32, _ body: (PlaceCells, UInt32) -> Value) -> Value {
        if let parts { return body(parts[PlacePart.number(hash)].cells, PlacePart.rest(hash)) }
        return few.withUnsafeBufferPointer { few in
            body(PlaceCells(UnsafeMutablePointer(mutating: few.baseAddress.unsafelyUnwrapped), fewBits), hash)
        }
    }

    @inline(__always)
    private mutating func withFew<Value>(_ body: (PlaceCells) -> Value) -> Value {
        let bits = fewBits
        return few.withUnsafeMutableBufferPointer { body(PlaceCells($0.baseAddress.unsafelyUnwrapped, bits)) }
    }

    /// The part of a hash, which no other table has.
    @inline(__always)
    private mutating func own(_ hash: UInt32) -> UnsafeMutablePointer<PlacePart> {
        if !isKnownUniquelyReferenced(&held), let shared = held { hold(shared.copied()) }
        return parts.unsafelyUnwrapped + PlacePart.number(hash)
    }

    private mutating func hold(_ parts: HeldParts) {
        held = parts
        self.parts = parts.parts
    }

    @inline(never)
    private mutating func growFew() {
        let old = few
        if old.count < Self.most {
            few = Array(repeating: 0, count: old.count * 2)
            fewBits += 1
            withFew { cells in
                for cell in old where cell != 0 { cells.put(UInt32(cell >> 32), UInt32(truncatingIfNeeded: cell) &- 1) }
            }
        } else {
            few = []
            hold(HeldParts { _ in PlacePart() })
            for cell in old where cell != 0 {
                let hash = UInt32(cell >> 32)
                own(hash).pointee.insert(PlacePart.rest(hash), UInt32(truncatingIfNeeded: cell) &- 1)
            }
        }
    }
}

/// Changed by the one table that holds it alone.
private final class HeldParts: @unchecked Sendable {
    let parts: UnsafeMutablePointer<PlacePart>

    init(_ part: (Int) -> PlacePart) {
        parts = .allocate(capacity: PlacePart.all)
        for number in 0..<PlacePart.all { (parts + number).initialize(to: part(number)) }
    }

    deinit {
        for number in 0..<PlacePart.all { parts[number].cells.cells.deallocate() }
        parts.deallocate()
    }

    func copied() -> HeldParts { HeldParts { parts[$0].copied() } }
}

/// Owns its cells; whoever holds it deallocates them.
@usableFromInline
struct PlacePart {
    @usableFromInline
    static var bits: UInt32 { 6 }
    static var all: Int { 1 << Int(bits) }

    @usableFromInline
    var cells: PlaceCells
    private var count = 0

    init() { cells = Self.empty(7) }

    private static func empty(_ bits: UInt64) -> PlaceCells {
        let cells = UnsafeMutablePointer<UInt64>.allocate(capacity: 1 << Int(bits))
        cells.initialize(repeating: 0, count: 1 << Int(bits))
        return PlaceCells(cells, bits)
    }

    /// The highest bits of a hash name its part, those after them its cell there.
    @inlinable
    @inline(__always)
    static func number(_ hash: UInt32) -> Int { Int(hash >> (32 &- bits)) }

    @inlinable
    @inline(__always)
    static func rest(_ hash: UInt32) -> UInt32 { hash << bits }

    @inline(__always)
    mutating func insert(_ hash: UInt32, _ place: UInt32) {
        count += 1
        if PlaceCells.isFull(count, of: cells.mask + 1) { grow() }
        cells.put(hash, place)
    }

    /// True if it was there.
    mutating func remove(_ hash: UInt32, _ place: UInt32) -> Bool {
        guard cells.take(hash, place) else { return false }
        count -= 1
        return true
    }

    @inline(never)
    private mutating func grow() {
        let old = cells
        precondition(old.bits < 32, "a part of 2^32 cells")
        cells = Self.empty(old.bits + 1)
        for number in 0...old.mask where old.cells[number] != 0 {
            cells.put(UInt32(old.cells[number] >> 32), UInt32(truncatingIfNeeded: old.cells[number]) &- 1)
        }
        old.cells.deallocate()
    }

    func copied() -> PlacePart {
        var copy = self
        copy.cells = Self.empty(cells.bits)
        copy.cells.cells.update(from: cells.cells, count: cells.mask + 1)
        return copy
    }
}

/// A power of two of them. A hash in the upper half, a place + 1 in the lower; 0 if it is empty. The hash's highest bits
/// tell where the cell belongs: growing goes through the cells in order and looks at nothing else.
@usableFromInline
struct PlaceCells {
    @usableFromInline
    let cells: UnsafeMutablePointer<UInt64>
    @usableFromInline
    let bits: UInt64

    @inlinable
    @inline(__always)
    init(_ cells: UnsafeMutablePointer<UInt64>, _ bits: UInt64) {
        self.cells = cells
        self.bits = bits
    }

    /// At most seven tenths are taken.
    @inline(__always)
    static func isFull(_ count: Int, of cells: Int) -> Bool { count * 10 > cells * 7 }

    @inlinable
    @inline(__always)
    var mask: Int { (1 << Int(bits)) - 1 }

    @inlinable
    @inline(__always)
    func home(_ cell: UInt64) -> Int { Int(truncatingIfNeeded: cell &>> (64 &- bits)) }

    /// The cell that holds such a place, or the empty one where it would go.
    @inlinable
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

    /// There must be an empty cell.
    @inline(__always)
    func put(_ hash: UInt32, _ place: UInt32) {
        cells[number(hash) { _ in false }] = UInt64(hash) << 32 | UInt64(place + 1)
    }

    /// True if it was there.
    func take(_ hash: UInt32, _ place: UInt32) -> Bool {
        var hole = number(hash) { $0 == place }
        guard cells[hole] != 0 else { return false }
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
}
