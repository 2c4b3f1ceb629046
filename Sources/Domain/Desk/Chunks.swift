/// Elements in chunks, by place: growing moves few of them, and a read or a change of one field copies nothing else. A
/// shop that has few of them takes little memory: the first chunk grows to its size.
struct Chunks<Element: Sendable>: Sendable {
    private var held = HeldChunks<Element>()

    var count: Int { held.count }

    subscript(place: Int) -> Element {
        // The pointers live for one access, during which this holds the chunks.
        @inline(__always) unsafeAddress { UnsafePointer(held.address(place)) }
        @inline(__always) unsafeMutableAddress {
            makeOwn()
            return held.address(place)
        }
    }

    /// Gives the element's place.
    mutating func append(_ element: consuming Element) -> Int {
        makeOwn()
        return held.append(element)
    }

    @inline(__always)
    private mutating func makeOwn() {
        if !isKnownUniquelyReferenced(&held) { held = held.copied() }
    }
}

/// Changed by the one `Chunks` that holds it alone.
private final class HeldChunks<Element: Sendable>: @unchecked Sendable {
    private static var bits: Int { 10 }
    private static var mask: Int { 1 << bits - 1 }
    /// Of the first chunk, at the beginning.
    private static var fewest: Int { 8 }

    /// The first chunk, found without a look at the others: of most shops it is the only one.
    private var first: UnsafeMutablePointer<Element>?
    private var chunks: [UnsafeMutablePointer<Element>] = [] {
        didSet { first = chunks.first }
    }
    private(set) var count = 0
    /// Of the chunks that are there.
    private var room = 0

    deinit {
        for (number, chunk) in chunks.enumerated() {
            chunk.deinitialize(count: Swift.min(Self.mask + 1, count - number << Self.bits))
            chunk.deallocate()
        }
    }

    /// Elements whose size is that of cache lines stand in lines of their own.
    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
        let size = MemoryLayout<Element>.stride
        let line = size % 64 == 0 ? 64 : MemoryLayout<Element>.alignment
        return UnsafeMutableRawPointer.allocate(byteCount: count * size, alignment: line)
            .bindMemory(to: Element.self, capacity: count)
    }

    @inline(__always)
    func address(_ place: Int) -> UnsafeMutablePointer<Element> {
        precondition(place >= 0 && place < count, "no such place")
        if place <= Self.mask { return first.unsafelyUnwrapped + place }
        return chunks.withUnsafeBufferPointer { $0[place >> Self.bits] } + place & Self.mask
    }

    func append(_ element: consuming Element) -> Int {
        if count == room { grow() }
        (chunks[count >> Self.bits] + count & Self.mask).initialize(to: element)
        count += 1
        return count - 1
    }

    private func grow() {
        if room > Self.mask || room == 0 {
            let more = room == 0 ? Self.fewest : Self.mask + 1
            chunks.append(Self.allocate(more))
            room += more
            return
        }
        let larger = Self.allocate(2 * room)
        larger.moveInitialize(from: chunks[0], count: count)
        chunks[0].deallocate()
        chunks[0] = larger
        room *= 2
    }

    func copied() -> HeldChunks {
        let copy = HeldChunks()
        copy.count = count
        copy.room = room
        copy.chunks = chunks.enumerated().map { number, chunk in
            let own = Self.allocate(min(room, Self.mask + 1))
            own.initialize(from: chunk, count: Swift.min(Self.mask + 1, count - number << Self.bits))
            return own
        }
        return copy
    }
}
