// Buyers' rows, packed as a store keeps them: a run of rows one after the other. The key is a stable hash of shop and
// buyer; a shop's buyers lie together. A row is its key, the bytes that follow, `reflects`, open, lengths of the names,
// shop, buyer, body. All numbers are little-endian.

import Domain
import Wire

public enum BuyerKey {
    private static let buyerBits: UInt64 = 39

    /// 63 bits: 24 of the shop, 39 of the buyer.
    public static func of(_ shop: ShopID, _ buyer: BuyerID) -> UInt64 { prefix(shop) | suffix(buyer) }

    /// The shop's part of a key.
    public static func prefix(_ shop: ShopID) -> UInt64 { (hash(shop.rawValue) >> 40) << buyerBits }

    fileprivate static func suffix(_ buyer: BuyerID) -> UInt64 { hash(buyer.rawValue) >> (64 - buyerBits) }

    /// FNV-1a, mixed; stands in files, so it never changes.
    private static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        return hash ^ (hash >> 31)
    }
}

/// One row where it stands; valid as long as the bytes are.
public struct PackedBuyer {
    fileprivate static let headBytes = 8 + 4 + 8 + 1 + 2 + 2
    /// Where the bytes that follow are counted, and from where on.
    fileprivate static let sizeAt = 8
    fileprivate static let countedFrom = 8 + 4
    /// Where the lengths of the names begin.
    private static let namesAt = 8 + 4 + 8 + 1

    /// From its key to the end of its body.
    public let bytes: UnsafeRawBufferPointer
    private let shopBytes: Int
    private let buyerBytes: Int

    /// The row that begins at `offset`. Throws `.corrupt` if there is none.
    public init(at offset: Int, in run: UnsafeRawBufferPointer) throws(StoreFault) {
        guard run.count - offset >= Self.headBytes else { throw Self.damage }
        let counted = run.loadUnaligned(fromByteOffset: offset + Self.sizeAt, as: UInt32.self)
        let size = Self.countedFrom + Int(UInt32(littleEndian: counted))
        guard size >= Self.headBytes, size <= run.count - offset else { throw Self.damage }
        bytes = UnsafeRawBufferPointer(rebasing: run[offset..<offset + size])
        let names = bytes.loadUnaligned(fromByteOffset: Self.namesAt, as: UInt32.self).littleEndian
        shopBytes = Int(names & 0xffff)
        buyerBytes = Int(names >> 16)
        guard Self.headBytes + shopBytes + buyerBytes <= size else { throw Self.damage }
    }

    private static var damage: StoreFault { StoreFault(.corrupt, "packed buyers are no run of rows") }

    public var key: UInt64 { UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) }
    public var reflects: UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: Self.countedFrom, as: UInt64.self))
    }
    public var open: Bool { bytes[Self.namesAt - 1] == 1 }
    private var names: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Self.namesAt..<Self.headBytes + shopBytes + buyerBytes])
    }

    public var stored: StoredBuyer {
        let buyerAt = Self.headBytes + shopBytes
        let bodyAt = buyerAt + buyerBytes
        return StoredBuyer(
            shop: ShopID(rawValue: String(decoding: bytes[Self.headBytes..<buyerAt], as: UTF8.self)),
            buyer: BuyerID(rawValue: String(decoding: bytes[buyerAt..<bodyAt], as: UTF8.self)),
            reflects: reflects, open: open, body: Array(bytes[bodyAt...]))
    }

    /// −1, 0 or 1: by key, then by names in an order of their own.
    public func order(_ other: PackedBuyer) -> Int {
        let (own, its) = (key, other.key)
        if own != its { return own < its ? -1 : 1 }
        let (mine, theirs) = (names, other.names)
        for (a, b) in zip(mine, theirs) where a != b { return a < b ? -1 : 1 }
        return mine.count == theirs.count ? 0 : mine.count < theirs.count ? -1 : 1
    }

    /// The row with these names in a run that is in order, from `offset` on, which goes on to the first that is not before
    /// it. Throws `.corrupt` if the run is none.
    public static func find(
        _ wanted: PackedBuyer, in run: UnsafeRawBufferPointer, from offset: inout Int
    ) throws(StoreFault) -> PackedBuyer? {
        while offset < run.count {
            let row = try PackedBuyer(at: offset, in: run)
            let order = row.order(wanted)
            if order >= 0 { return order == 0 ? row : nil }
            offset += row.bytes.count
        }
        return nil
    }
}

/// Rows in memory of their own, in the order in which they were added; nobody changes them.
public final class PackedBuyers: @unchecked Sendable {
    public struct Place: Sendable {
        public var key: UInt64
        /// In `bytes`.
        public var offset: Int
    }

    /// Valid as long as somebody holds this.
    public let bytes: UnsafeRawBufferPointer
    public let places: [Place]
    /// The last event that one of them holds.
    public let reflects: UInt64

    fileprivate init(copying rows: UnsafeRawBufferPointer, _ places: [Place], reflects: UInt64) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: rows.count, alignment: 8)
        copy.copyMemory(from: rows)
        bytes = UnsafeRawBufferPointer(copy)
        self.places = places
        self.reflects = reflects
    }

    deinit { bytes.deallocate() }

    /// One row without a body, to look for others by its names.
    public static func named(_ shop: ShopID, _ buyer: BuyerID) -> PackedBuyers {
        var packer = BuyerPacker()
        packer.begin(shop)
        packer.add(buyer, reflects: 0, open: false) { _ in }
        return packer.finish()
    }

    /// Calls `body` with the row at an offset. Throws `.corrupt` if there is none, and what `body` throws.
    public func row<Value>(at offset: Int, _ body: (PackedBuyer) throws -> Value) throws -> Value {
        try withExtendedLifetime(self) { try body(try PackedBuyer(at: offset, in: bytes)) }
    }
}

/// Packs rows of buyers, each written in place.
public struct BuyerPacker: ~Copyable {
    private var writer: ByteWriter
    private var places: [PackedBuyers.Place] = []
    private var reflects: UInt64 = 0
    private var shop = ShopID(rawValue: "")
    private var prefix: UInt64 = 0

    /// `count` rows to come, about; of so many bytes in all.
    public init(reserving count: Int = 1, bytes: Int = 64) {
        writer = ByteWriter(reserving: bytes)
        places.reserveCapacity(count)
    }

    /// Those that are added next are this shop's.
    public mutating func begin(_ shop: ShopID) {
        self.shop = shop
        prefix = BuyerKey.prefix(shop)
    }

    /// `body` appends the row's body. `reflects`: number of the last event in it; `open`: the buyer has an open session.
    /// Names of more than 65,535 bytes and rows of 4 GiB trap.
    public mutating func add(_ buyer: BuyerID, reflects: UInt64, open: Bool, body: (inout ByteWriter) -> Void) {
        let offset = writer.count
        let key = prefix | BuyerKey.suffix(buyer)
        let (shopBytes, buyerBytes) = (shop.rawValue.utf8.count, buyer.rawValue.utf8.count)
        precondition(shopBytes <= 0xffff && buyerBytes <= 0xffff, "names are short")
        writer.little(key)
        writer.little(UInt32(0))
        writer.little(reflects)
        writer.little(UInt8(open ? 1 : 0))
        writer.little(UInt32(shopBytes) | UInt32(buyerBytes) << 16)
        writer.raw(shop.rawValue)
        writer.raw(buyer.rawValue)
        body(&writer)
        writer.put(UInt32(writer.count - offset - PackedBuyer.countedFrom), at: offset + PackedBuyer.sizeAt)
        places.append(PackedBuyers.Place(key: key, offset: offset))
        self.reflects = max(self.reflects, reflects)
    }

    /// Bytes of the rows.
    public var bytes: Int { writer.count }

    /// The rows, in no more memory than they need.
    public consuming func finish() -> PackedBuyers {
        writer.withUnsafeBytes { PackedBuyers(copying: $0, places, reflects: reflects) }
    }
}
