// The bytes of requests that stand in line, in cells of one size that are used again: whoever waits costs no allocation.

struct PayloadCells {
    /// Longest payload that finds a cell.
    static let size = 256

    private var bytes: [UInt8] = []
    /// Cells that are free; the last one was used last.
    private var unused: [Int32] = []

    /// Cells that there are, in use or not.
    var count: Int { bytes.count / Self.size }

    /// The cell; nil if the payload is too long.
    mutating func put(_ payload: ArraySlice<UInt8>) -> Int32? {
        guard payload.count <= Self.size else { return nil }
        let cell = unused.popLast() ?? append()
        bytes.withUnsafeMutableBytes { bytes in
            let place = Int(cell) * Self.size
            let own = UnsafeMutableRawBufferPointer(rebasing: bytes[place..<place + Self.size])
            payload.withUnsafeBytes { own.copyMemory(from: $0) }
        }
        return cell
    }

    private mutating func append() -> Int32 {
        bytes.append(contentsOf: repeatElement(0, count: Self.size))
        return Int32(count - 1)
    }

    mutating func free(_ cell: Int32) { unused.append(cell) }

    /// Reads so many bytes of a cell, and frees it.
    mutating func take<Value>(
        _ cell: Int32, count: Int, _ body: (UnsafeRawBufferPointer) throws -> Value
    ) rethrows -> Value {
        free(cell)
        return try bytes.withUnsafeBytes { bytes in
            try body(UnsafeRawBufferPointer(rebasing: bytes[Int(cell) * Self.size..<Int(cell) * Self.size + count]))
        }
    }
}
