// I9: which commands a shard has answered, and by which event. The answer itself is read from that event. Bounded:
// the oldest are forgotten first. Kept across openings by rows of packed entries and by the events after them.
// The entries stand in order in a ring of blocks, beside it a table says where: a new command touches one cell of the
// table and the ring's end, the oldest one cell and the ring's beginning.

import CCalls
import Domain
import Journal
import Wire

struct AnswerKey: Hashable {
    /// What the keys of a shop's commands begin with.
    struct Beginning {
        fileprivate var a: UInt64 = 0xcbf2_9ce4_8422_2325
        fileprivate var b: UInt64 = 0x9e37_79b9_7f4a_7c15

        init(_ shop: ShopID) {
            add(shop.rawValue)
            // No ID holds this byte.
            add(0)
        }

        @inline(__always)
        private mutating func add(_ byte: UInt8) {
            a = (a ^ UInt64(byte)) &* 0x100_0000_01b3
            b = (b &+ UInt64(byte)) &* 0xff51_afd7_ed55_8ccd
            b ^= b >> 29
        }

        @inline(__always)
        fileprivate mutating func add(_ text: String) {
            var text = text
            text.withUTF8 { for byte in $0 { add(byte) } }
        }
    }

    var high: UInt64
    var low: UInt64

    /// Two independent 64-bit hashes of the shop and the command's ID.
    init(_ shop: ShopID, _ command: CommandID) { self.init(Beginning(shop), command) }

    init(_ beginning: Beginning, _ command: CommandID) {
        var whole = beginning
        whole.add(command.rawValue)
        high = ShardMap.mix(whole.a)
        low = ShardMap.mix(whole.b)
    }

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

struct AnswerIndex: ~Copyable {
    struct Entry: Equatable {
        var sequence: UInt64
        var fingerprint: UInt64
    }

    /// As it is in a row.
    struct Item: Equatable {
        var key: AnswerKey
        var entry: Entry
    }

    private static var blockBits: Int { 12 }
    /// Forgotten at once if thousands are kept: none of them waits for the memory of another.
    private static var forgottenAtOnce: Int { 64 }

    private let most: Int
    private let atOnce: Int
    /// Blocks of the ring, made when it first gets there.
    private var blocks: [UnsafeMutablePointer<Item>] = []
    /// Places that the ring has.
    private let room: Int
    /// The oldest entry's place, and how many there are from there on.
    private var start = 0
    private var held = 0
    private var places = PlaceTable()
    /// Nobody can choose command IDs that crowd one cell.
    private let seeds = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

    /// `most`: 1…1,000,000,000; of thousands up to 63 more are kept.
    init(most kept: Int) {
        precondition((1...1_000_000_000).contains(kept), "answers kept: 1…1,000,000,000")
        atOnce = min(Self.forgottenAtOnce, 1 + kept / 1_024)
        most = kept + atOnce - 1
        let perBlock = 1 << Self.blockBits
        room = (most + perBlock - 1) / perBlock * perBlock
    }

    /// Of a shard that was read: from whatever order the entries of rows and of events are in.
    init(most: Int, of given: [Item]) {
        self.init(most: most)
        var items = given
        let inOrder = zip(items, items.dropFirst()).allSatisfy { $0.entry.sequence <= $1.entry.sequence }
        if !inOrder { items.sort { $0.entry.sequence < $1.entry.sequence } }
        for item in items { note(item.key, sequence: item.entry.sequence, fingerprint: item.entry.fingerprint) }
    }

    deinit { for block in blocks { block.deallocate() } }

    /// Commands whose answers are known.
    var count: Int { places.count }
    /// Sequence number of the oldest entry.
    var oldest: UInt64? { held > 0 ? item(0).pointee.entry.sequence : nil }

    @inline(__always)
    func entry(_ key: AnswerKey) -> Entry? {
        place(key, hash(key)).map { at($0).pointee.entry }
    }

    /// Whoever asks for it next does not wait for memory.
    @inline(__always)
    func prefetch(_ key: AnswerKey) { places.withHome(hash(key)) { will_be_read($0) } }

    /// The one with the highest sequence number stays.
    mutating func note(_ key: AnswerKey, sequence: UInt64, fingerprint: UInt64) {
        let hash = hash(key)
        if let older = place(key, hash) {
            if at(older).pointee.entry.sequence >= sequence { return }
            places.remove(hash, older)
        }
        if held == most { forgetOldest(atOnce) }
        let place = place(held)
        if place >> Self.blockBits == blocks.count { blocks.append(.allocate(capacity: 1 << Self.blockBits)) }
        at(UInt32(place)).initialize(to: Item(key: key, entry: Entry(sequence: sequence, fingerprint: fingerprint)))
        held += 1
        places.insert(hash, UInt32(place))
    }

    /// An older entry of a command that was noted again has no cell any more.
    private mutating func forgetOldest(_ count: Int) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count) { hashes in
            for number in 0..<count {
                hashes[number] = hash(item(number).pointee.key)
                places.withHome(hashes[number]) { will_be_read($0) }
            }
            for number in 0..<count { places.remove(hashes[number], UInt32(place(number))) }
        }
        start = place(count)
        held -= count
    }

    @inline(__always)
    private func place(_ key: AnswerKey, _ hash: UInt32) -> UInt32? {
        places.find(hash) { at($0).pointee.key == key }
    }

    private func hash(_ key: AnswerKey) -> UInt32 {
        let product = (key.low ^ seeds.0).multipliedFullWidth(by: key.high ^ seeds.1)
        return UInt32(truncatingIfNeeded: (product.high ^ product.low) >> 32)
    }

    private func at(_ place: UInt32) -> UnsafeMutablePointer<Item> {
        blocks[Int(place) >> Self.blockBits] + Int(place) & ((1 << Self.blockBits) - 1)
    }

    /// Counted from the oldest.
    private func item(_ number: Int) -> UnsafeMutablePointer<Item> { at(UInt32(place(number))) }

    private func place(_ number: Int) -> Int {
        let place = start + number
        return place < room ? place : place - room
    }

    /// Up to `most` entries after a sequence number, up to another, packed: four little-endian 64-bit numbers each.
    func packed(after sequence: UInt64, through: UInt64, most: Int) -> AnswerRow? {
        var low = 0
        var high = held
        while low < high {
            let middle = (low + high) / 2
            if item(middle).pointee.entry.sequence <= sequence { low = middle + 1 } else { high = middle }
        }
        var end = low
        while end < held, end - low < most, item(end).pointee.entry.sequence <= through { end += 1 }
        guard low < end else { return nil }
        var writer = ByteWriter(reserving: 32 * (end - low))
        for number in low..<end {
            let item = item(number).pointee
            writer.little(item.key.high)
            writer.little(item.key.low)
            writer.little(item.entry.sequence)
            writer.little(item.entry.fingerprint)
        }
        return AnswerRow(
            first: item(low).pointee.entry.sequence, last: item(end - 1).pointee.entry.sequence, body: writer.bytes)
    }

    /// Adds the entries of a packed row. Throws if it ends within one, after adding those before.
    static func unpack(_ body: [UInt8], into items: inout [Item]) throws(CodingFault) {
        var failure: CodingFault?
        body.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            do throws(CodingFault) {
                while reader.remaining > 0 {
                    let key = AnswerKey(high: try reader.rawFixed(), low: try reader.rawFixed())
                    let entry = Entry(sequence: try reader.rawFixed(), fingerprint: try reader.rawFixed())
                    items.append(Item(key: key, entry: entry))
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
