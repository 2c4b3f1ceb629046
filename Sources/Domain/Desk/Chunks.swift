/// Elements in chunks, by place: growing moves none of them, and a read or a change of one field copies nothing else.
struct Chunks<Element: Sendable>: Sendable {
    private static var bits: Int { 10 }
    private static var mask: Int { 1 << bits - 1 }

    private var chunks: [[Element]] = []
    private(set) var count = 0

    subscript(place: Int) -> Element {
        // The pointers live for one access, during which this holds the chunk.
        @inline(__always) unsafeAddress {
            chunks[place >> Self.bits].withUnsafeBufferPointer { chunk in
                precondition(place & Self.mask < chunk.count)
                return chunk.baseAddress.unsafelyUnwrapped + place & Self.mask
            }
        }
        @inline(__always) unsafeMutableAddress {
            chunks[place >> Self.bits].withUnsafeMutableBufferPointer { chunk in
                precondition(place & Self.mask < chunk.count)
                return chunk.baseAddress.unsafelyUnwrapped + place & Self.mask
            }
        }
    }

    /// Gives the element's place.
    mutating func append(_ element: Element) -> Int {
        if count & Self.mask == 0 {
            var chunk: [Element] = []
            chunk.reserveCapacity(1 << Self.bits)
            chunks.append(chunk)
        }
        chunks[chunks.count - 1].append(element)
        count += 1
        return count - 1
    }
}
