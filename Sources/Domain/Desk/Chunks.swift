/// Elements in chunks, by place: growing moves none of them, and a read or a change of one field copies nothing else and
/// touches no other memory than the element's.
struct Chunks<Element: Sendable>: @unchecked Sendable {
    // Nobody changes storage that two values hold.
    private final class Storage {
        var chunks: [UnsafeMutablePointer<Element>] = []
        var count = 0

        func append(_ element: Element) {
            if count & Chunks.mask == 0 { chunks.append(.allocate(capacity: 1 << Chunks.bits)) }
            (chunks[count >> Chunks.bits] + count & Chunks.mask).initialize(to: element)
            count += 1
        }

        deinit {
            for chunk in chunks {
                let held = min(count, 1 << Chunks.bits)
                chunk.deinitialize(count: held)
                chunk.deallocate()
                count -= held
            }
        }
    }

    private static var bits: Int { 10 }
    private static var mask: Int { 1 << bits - 1 }

    private var storage = Storage()

    var count: Int { storage.count }

    private func address(_ place: Int) -> UnsafeMutablePointer<Element> {
        precondition(place >= 0 && place < storage.count)
        return storage.chunks[place >> Self.bits] + place & Self.mask
    }

    subscript(place: Int) -> Element {
        // The pointers live for one access, during which this holds the storage.
        @inline(__always) unsafeAddress { UnsafePointer(address(place)) }
        @inline(__always) unsafeMutableAddress {
            becomeSole()
            return address(place)
        }
    }

    /// Gives the element's place.
    mutating func append(_ element: Element) -> Int {
        becomeSole()
        storage.append(element)
        return count - 1
    }

    private mutating func becomeSole() {
        if isKnownUniquelyReferenced(&storage) { return }
        let copy = Storage()
        for place in 0..<count { copy.append(self[place]) }
        storage = copy
    }
}
