// Buyers' rows, packed: a leaf holds the rows of a range of keys, so that a run in key order enters SQLite once for many
// buyers. The key is a stable hash of shop and buyer; a shop's buyers lie together. A leaf is a run of entries in
// order of (key, names): key, bytes that follow, `reflects`, open, lengths of the names, shop, buyer, body. All numbers
// are little-endian.

import Domain
import Journal

enum BuyerKey {
    private static let buyerBits: UInt64 = 39

    /// 63 bits: 24 of the shop, 39 of the buyer.
    static func of(_ shop: ShopID, _ buyer: BuyerID) -> UInt64 {
        prefix(shop) | (hash(buyer.rawValue) >> (64 - buyerBits))
    }

    /// The shop's part of a key.
    static func prefix(_ shop: ShopID) -> UInt64 { (hash(shop.rawValue) >> 40) << buyerBits }

    /// FNV-1a, mixed; stands in files, so it never changes.
    private static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        return hash ^ (hash >> 31)
    }
}

/// One entry where it stands; valid as long as the bytes are.
struct LeafEntry {
    private static let headBytes = 8 + 4 + 8 + 1 + 2 + 2
    /// Where the lengths of the names begin.
    private static let namesAt = 8 + 4 + 8 + 1

    /// From its key to the end of its body.
    let bytes: UnsafeRawBufferPointer
    private let shopBytes: Int
    private let buyerBytes: Int

    /// The entry that begins at `offset`. Throws `.corrupt` if there is none.
    init(at offset: Int, in leaf: UnsafeRawBufferPointer) throws(StoreFault) {
        guard leaf.count - offset >= Self.headBytes else { throw Self.damage }
        let size = 12 + Int(UInt32(littleEndian: leaf.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self)))
        guard size >= Self.headBytes, size <= leaf.count - offset else { throw Self.damage }
        bytes = UnsafeRawBufferPointer(rebasing: leaf[offset..<offset + size])
        let names = bytes.loadUnaligned(fromByteOffset: Self.namesAt, as: UInt32.self).littleEndian
        shopBytes = Int(names & 0xffff)
        buyerBytes = Int(names >> 16)
        guard Self.headBytes + shopBytes + buyerBytes <= size else { throw Self.damage }
    }

    private static var damage: StoreFault { StoreFault(.corrupt, "a leaf of buyers is no run of entries") }

    var key: UInt64 { UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) }
    var reflects: UInt64 { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt64.self)) }
    var open: Bool { bytes[20] == 1 }
    private var names: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Self.namesAt..<Self.headBytes + shopBytes + buyerBytes])
    }

    var stored: StoredBuyer {
        let buyerAt = Self.headBytes + shopBytes
        let bodyAt = buyerAt + buyerBytes
        return StoredBuyer(
            shop: ShopID(rawValue: String(decoding: bytes[Self.headBytes..<buyerAt], as: UTF8.self)),
            buyer: BuyerID(rawValue: String(decoding: bytes[buyerAt..<bodyAt], as: UTF8.self)),
            reflects: reflects, open: open, body: Array(bytes[bodyAt...]))
    }

    /// −1, 0 or 1: by key, then by names in an order of their own.
    func order(_ other: LeafEntry) -> Int {
        let (own, its) = (key, other.key)
        if own != its { return own < its ? -1 : 1 }
        let (mine, theirs) = (names, other.names)
        for (a, b) in zip(mine, theirs) where a != b { return a < b ? -1 : 1 }
        return mine.count == theirs.count ? 0 : mine.count < theirs.count ? -1 : 1
    }

    /// The entry with these names in a leaf, from `offset` on, which goes on to the first that is not before it.
    static func find(
        _ wanted: LeafEntry, in leaf: UnsafeRawBufferPointer, from offset: inout Int
    ) throws(StoreFault) -> LeafEntry? {
        while offset < leaf.count {
            let entry = try LeafEntry(at: offset, in: leaf)
            let order = entry.order(wanted)
            if order >= 0 { return order == 0 ? entry : nil }
            offset += entry.bytes.count
        }
        return nil
    }

    /// Adds an entry to `leaf`.
    @discardableResult
    static func append(
        _ shop: ShopID, _ buyer: BuyerID, reflects: UInt64, open: Bool, body: [UInt8], to leaf: inout [UInt8]
    ) -> UInt64 {
        let key = BuyerKey.of(shop, buyer)
        let size = size(shop, buyer, body)
        var (shop, buyer) = (shop.rawValue, buyer.rawValue)
        precondition(shop.utf8.count <= 0xffff && buyer.utf8.count <= 0xffff && size <= UInt32.max, "names are short")
        leaf.reserve(size)
        withUnsafeBytes(of: key.littleEndian) { leaf.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt32(size - 12).littleEndian) { leaf.append(contentsOf: $0) }
        withUnsafeBytes(of: reflects.littleEndian) { leaf.append(contentsOf: $0) }
        leaf.append(open ? 1 : 0)
        let names = UInt32(shop.utf8.count) | UInt32(buyer.utf8.count) << 16
        withUnsafeBytes(of: names.littleEndian) { leaf.append(contentsOf: $0) }
        shop.withUTF8 { leaf.append(contentsOf: $0) }
        buyer.withUTF8 { leaf.append(contentsOf: $0) }
        leaf.append(contentsOf: body)
        return key
    }

    static func size(_ shop: ShopID, _ buyer: BuyerID, _ body: [UInt8]) -> Int {
        headBytes + shop.rawValue.utf8.count + buyer.rawValue.utf8.count + body.count
    }
}

extension [UInt8] {
    /// Room for so many more; grows by doubling.
    fileprivate mutating func reserve(_ more: Int) {
        if count + more > capacity { reserveCapacity(Swift.max(2 * capacity, count + more)) }
    }
}

/// Entries to be written: packed one after the other, then put in order.
struct LeafBatch {
    private var bytes: [UInt8] = []
    private var places: [(key: UInt64, offset: Int)] = []

    var isEmpty: Bool { places.isEmpty }

    /// Room for so many, of so many bytes in all (`LeafEntry.size`), so that none of them is moved.
    mutating func reserve(_ count: Int, bytes: Int) {
        places.reserveCapacity(count)
        self.bytes.reserveCapacity(bytes)
    }

    mutating func add(_ shop: ShopID, _ buyer: BuyerID, reflects: UInt64, open: Bool, body: [UInt8]) {
        let offset = bytes.count
        let key = LeafEntry.append(shop, buyer, reflects: reflects, open: open, body: body, to: &bytes)
        places.append((key, offset))
    }

    /// Calls `body` with the entries in order; of those with the same names only the last is there.
    mutating func sorted<Value>(_ body: ([LeafEntry]) throws -> Value) throws -> Value {
        places.sort { $0.key == $1.key ? $0.offset < $1.offset : $0.key < $1.key }
        return try bytes.withUnsafeBytes { bytes in
            var entries: [LeafEntry] = []
            entries.reserveCapacity(places.count)
            var first = 0
            while first < places.count {
                var end = first + 1
                while end < places.count, places[end].key == places[first].key { end += 1 }
                if end == first + 1 {
                    entries.append(try LeafEntry(at: places[first].offset, in: bytes))
                } else {
                    // The same buyer again, or two whose keys meet.
                    var same: [LeafEntry] = []
                    for place in places[first..<end] {
                        let entry = try LeafEntry(at: place.offset, in: bytes)
                        same.removeAll { $0.order(entry) == 0 }
                        same.append(entry)
                    }
                    entries += same.sorted { $0.order($1) < 0 }
                }
                first = end
            }
            return try body(entries)
        }
    }
}

/// Puts entries, which come in order, into leaves.
struct LeafPacker {
    struct Leaf {
        /// Of its first entry.
        var first: UInt64
        /// One of its entries is open.
        var open: Bool
        var range: Range<Int>
    }

    /// Most bytes of a leaf, so that it fits into a page. Entries with one key stay together, so a leaf may be larger.
    private let most: Int
    private(set) var bytes: [UInt8] = []
    /// Those that are full.
    private(set) var leaves: [Leaf] = []
    private var start = 0
    private var first: UInt64 = 0
    private var last: UInt64 = 0
    private var open = false

    init(most: Int) { self.most = most }

    mutating func add(_ entry: LeafEntry) {
        let key = entry.key
        if bytes.count - start + entry.bytes.count > most, key != last { cut() }
        if bytes.count == start { first = key }
        last = key
        open = open || entry.open
        bytes.append(contentsOf: entry.bytes)
    }

    /// Ends the leaf that is being filled.
    mutating func cut() {
        if bytes.count == start { return }
        leaves.append(Leaf(first: first, open: open, range: start..<bytes.count))
        start = bytes.count
        open = false
    }

    /// Forgets the leaves that are full.
    mutating func drop() {
        bytes.removeFirst(start)
        start = 0
        leaves.removeAll(keepingCapacity: true)
    }
}
