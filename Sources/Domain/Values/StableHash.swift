/// A 64-bit hash that is the same in every process and release (FNV-1a, mixed), for what is remembered on disk.
struct StableHash {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    var value: UInt64 {
        let mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        return mixed ^ (mixed >> 27)
    }

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte) }
    }

    mutating func add(_ number: Int64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            add(UInt8(truncatingIfNeeded: UInt64(bitPattern: number) >> UInt64(shift)))
        }
    }

    private mutating func add(_ byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x100_0000_01b3
    }
}
