// I9: which commands a shard has answered, and by which event. The answer itself is read from that event. Bounded:
// the oldest are forgotten first. Kept across openings by rows of packed entries and by the events after them.

import Domain
import Journal
import Wire

struct AnswerKey: Hashable {
    var high: UInt64
    var low: UInt64

    /// Two independent 64-bit hashes of the shop and the command's ID.
    init(_ shop: ShopID, _ command: CommandID) {
        var a: UInt64 = 0xcbf2_9ce4_8422_2325
        var b: UInt64 = 0x9e37_79b9_7f4a_7c15
        @inline(__always)
        func add(_ byte: UInt8) {
            a = (a ^ UInt64(byte)) &* 0x100_0000_01b3
            b = (b &+ UInt64(byte)) &* 0xff51_afd7_ed55_8ccd
            b ^= b >> 29
        }
        @inline(__always)
        func add(_ text: String) {
            var text = text
            text.withUTF8 { for byte in $0 { add(byte) } }
        }
        add(shop.rawValue)
        // No ID holds this byte.
        add(0)
        add(command.rawValue)
        high = ShardMap.mix(a)
        low = ShardMap.mix(b)
    }

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

struct AnswerIndex {
    struct Entry {
        var sequence: UInt64
        var fingerprint: UInt64
    }

    private let most: Int
    private var entries = AnswerTable()
    /// Keys in order of their sequence numbers.
    private var order = Line<(key: AnswerKey, sequence: UInt64)>()

    init(most: Int) { self.most = most }

    subscript(key: AnswerKey) -> Entry? { entries[key] }
    var count: Int { entries.count }
    /// Sequence number of the oldest entry.
    var oldest: UInt64? { order.first?.sequence }

    mutating func note(_ key: AnswerKey, sequence: UInt64, fingerprint: UInt64) {
        if let held = entries[key], held.sequence >= sequence { return }
        entries.set(key, Entry(sequence: sequence, fingerprint: fingerprint))
        order.append((key, sequence))
        while entries.count > most, let gone = order.first {
            order.removeFirst()
            if entries[gone.key]?.sequence == gone.sequence { entries.remove(gone.key) }
        }
    }

    /// Up to `most` entries after a sequence number, up to another, packed: four little-endian 64-bit numbers each.
    func packed(after sequence: UInt64, through: UInt64, most: Int) -> AnswerRow? {
        var low = 0
        var high = order.count
        while low < high {
            let middle = (low + high) / 2
            if order[middle].sequence <= sequence { low = middle + 1 } else { high = middle }
        }
        var end = low
        while end < order.count, end - low < most, order[end].sequence <= through { end += 1 }
        guard low < end else { return nil }
        var writer = ByteWriter(reserving: 32 * (end - low))
        for place in low..<end {
            let item = order[place]
            guard let entry = entries[item.key], entry.sequence == item.sequence else { continue }
            writer.fixed(item.key.high)
            writer.fixed(item.key.low)
            writer.fixed(entry.sequence)
            writer.fixed(entry.fingerprint)
        }
        return AnswerRow(first: order[low].sequence, last: order[end - 1].sequence, body: writer.bytes)
    }

    mutating func unpack(_ body: [UInt8]) throws(CodingFault) {
        var failure: CodingFault?
        body.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            do throws(CodingFault) {
                while reader.remaining > 0 {
                    let high = try reader.rawFixed()
                    let low = try reader.rawFixed()
                    let sequence = try reader.rawFixed()
                    note(AnswerKey(high: high, low: low), sequence: sequence, fingerprint: try reader.rawFixed())
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
