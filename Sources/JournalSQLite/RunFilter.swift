// Which keys may be in a run: a Bloom filter in blocks of a cache line, so that who is new costs no look-up. Never says
// no of a key that was put in; says yes wrongly of one in 500, about.

import Wire

struct RunFilter: Sendable {
    /// Bits of each key, and of the filter for each.
    private static let probes = 6
    private static let bitsPerKey = 16
    private static let wordsPerBlock = 8

    private var words: [UInt64]

    /// Bytes for so many keys.
    static func bytes(for keys: Int) -> Int { (keys * bitsPerKey / 512 + 1) * wordsPerBlock * 8 }

    init(keys: Int) { words = [UInt64](repeating: 0, count: Self.bytes(for: keys) / 8) }

    /// As `bytes` gave it; nil if it cannot have.
    init?(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, bytes.count % (Self.wordsPerBlock * 8) == 0 else { return nil }
        words = bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 8).map {
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self))
            }
        }
    }

    /// Little-endian.
    var bytes: [UInt8] {
        words.withUnsafeBufferPointer { words in
            [UInt8](unsafeUninitializedCapacity: words.count * 8) { bytes, count in
                let bytes = UnsafeMutableRawBufferPointer(bytes)
                for (place, word) in words.enumerated() {
                    bytes.storeBytes(of: word.littleEndian, toByteOffset: place * 8, as: UInt64.self)
                }
                count = words.count * 8
            }
        }
    }

    var count: Int { words.count * 8 }

    mutating func insert(_ key: UInt64) {
        let (block, bits) = place(key)
        for probe in 0..<Self.probes {
            let bit = Self.bit(bits, probe)
            words[block + bit >> 6] |= 1 << UInt64(bit & 63)
        }
    }

    func mayHold(_ key: UInt64) -> Bool {
        let (block, bits) = place(key)
        for probe in 0..<Self.probes {
            let bit = Self.bit(bits, probe)
            if words[block + bit >> 6] & 1 << UInt64(bit & 63) == 0 { return false }
        }
        return true
    }

    /// The first word of a key's block, and what chooses its bits there.
    private func place(_ key: UInt64) -> (block: Int, bits: UInt64) {
        let hash = ShardMap.mix(key)
        let block = ((hash >> 32) * UInt64(words.count / Self.wordsPerBlock)) >> 32
        return (Int(truncatingIfNeeded: block) * Self.wordsPerBlock, ShardMap.mix(hash))
    }

    private static func bit(_ bits: UInt64, _ probe: Int) -> Int {
        Int(truncatingIfNeeded: bits >> UInt64(9 * probe)) & 511
    }
}
