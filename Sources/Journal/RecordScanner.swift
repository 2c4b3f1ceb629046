// Walks a body record by record and reads only the head, so that a follower can cut and filter what it passes on
// without decoding events.

import Domain
import Wire

public struct RecordScanner: Sendable {
    public struct Item: Hashable, Sendable {
        public var sequence: UInt64
        /// 0 if there is none.
        public var previousOfShop: UInt64
        /// The whole record in the body, its length included.
        public var range: Range<Int>
        /// The record's fields.
        public var content: Range<Int>
        /// The bytes of the shop's ID.
        public var shop: Range<Int>
        /// What of the content was read: it goes on here.
        var rest: Int
        /// Milliseconds; nil if the stamp is not in the part that was read.
        var at: Int64?
    }

    public let body: [UInt8]
    private var place = 0

    public init(_ body: [UInt8]) { self.body = body }

    /// The next record, nil at the end. Throws `.corrupt` if the rest is no record.
    public mutating func next() throws(StoreFault) -> Item? {
        if place == body.count { return nil }
        do {
            let item = try body.withUnsafeBytes { try Self.item(in: $0, at: place) }
            place = item.range.upperBound
            return item
        } catch {
            throw StoreFault(.corrupt, "no record at byte \(place)", cause: "\(error)")
        }
    }

    public func shop(of item: Item) -> ShopID { ShopID(rawValue: String(decoding: body[item.shop], as: UTF8.self)) }

    /// Compares bytes; `shop` is the ID's UTF-8.
    public func isOf(_ shop: [UInt8], _ item: Item) -> Bool {
        guard item.shop.count == shop.count else { return false }
        return body.withUnsafeBytes { bytes in
            shop.withUnsafeBytes { wanted in
                var place = 0
                while place < wanted.count, bytes[item.shop.lowerBound + place] == wanted[place] { place += 1 }
                return place == wanted.count
            }
        }
    }

    /// The whole record. Throws `.corrupt` if its head cannot be read.
    public func decode(_ item: Item) throws(StoreFault) -> DecodedRecord {
        do {
            return try body.withUnsafeBytes { try Self.decode(UnsafeRawBufferPointer(rebasing: $0[item.content])) }
        } catch {
            throw StoreFault(.corrupt, "record \(item.sequence) has no head", cause: "\(error)")
        }
    }

    private static func item(in body: UnsafeRawBufferPointer, at start: Int) throws(CodingFault) -> Item {
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: body[start...]))
        let length = try reader.rawVarint()
        guard length <= UInt64(reader.remaining) else { throw .truncated }
        let begin = body.count - reader.remaining
        let content = begin..<begin + Int(truncatingIfNeeded: length)
        var walk = FieldWalk(body, content)
        var sequence: UInt64?
        var back: UInt64 = 0
        var shop: Range<Int>?
        var at: Int64?
        var rest = content.lowerBound
        fields: while walk.next() {
            switch walk.number {
            case RecordCoding.Field.sequence where sequence == nil: sequence = try number(walk)
            case RecordCoding.Field.at where at == nil:
                _ = try number(walk)
                at = walk.signed
            case RecordCoding.Field.shop where shop == nil:
                guard walk.type == .bytes else { throw .wrongType(field: walk.number) }
                shop = walk.range
            case RecordCoding.Field.previousOfShop where back == 0: back = try number(walk)
            case RecordCoding.Field.previousOfBuyer...: break fields
            default: break
            }
            rest = walk.place
        }
        if walk.broken { throw .badField }
        guard let sequence else { throw .missing(field: RecordCoding.Field.sequence) }
        guard let shop else { throw .missing(field: RecordCoding.Field.shop) }
        guard back <= sequence else { throw .outOfRange(field: RecordCoding.Field.previousOfShop) }
        return Item(
            sequence: sequence, previousOfShop: back == 0 ? 0 : sequence - back, range: start..<content.upperBound,
            content: content, shop: shop, rest: rest, at: at)
    }

    private static func number(_ walk: FieldWalk) throws(CodingFault) -> UInt64 {
        guard walk.type == .varint else { throw .wrongType(field: walk.number) }
        return walk.value
    }

    private static func decode(_ content: UnsafeRawBufferPointer) throws -> DecodedRecord {
        var reader = ByteReader(content)
        var sequence: UInt64?
        var at: Int64?
        var shop: String?
        var ofShop: UInt64 = 0
        var ofBuyer: UInt64 = 0
        var command: String?
        var fingerprint: UInt64?
        var event: (number: Int, content: UnsafeRawBufferPointer)?
        while let field = try reader.nextField() {
            switch field.number {
            case RecordCoding.Field.sequence where sequence == nil: sequence = try reader.varint()
            case RecordCoding.Field.at where at == nil: at = try reader.signed()
            case RecordCoding.Field.shop where shop == nil: shop = try reader.text()
            case RecordCoding.Field.previousOfShop where ofShop == 0: ofShop = try reader.varint()
            case RecordCoding.Field.previousOfBuyer where ofBuyer == 0: ofBuyer = try reader.varint()
            case RecordCoding.Field.command where command == nil: command = try reader.text()
            case RecordCoding.Field.fingerprint where fingerprint == nil: fingerprint = try reader.fixed64()
            case RecordCoding.Field.events + 1..<1_024 where event == nil:
                event = (field.number - RecordCoding.Field.events, try reader.blob())
            default: try reader.skip()
            }
        }
        guard let sequence, let at, let shop else { throw CodingFault.missing(field: RecordCoding.Field.sequence) }
        guard ofShop <= sequence, ofBuyer <= sequence else {
            throw CodingFault.outOfRange(field: RecordCoding.Field.previousOfShop)
        }
        let head = RecordHead(
            sequence: sequence, at: Timestamp(millis: at), shop: ShopID(rawValue: shop),
            previousOfShop: ofShop == 0 ? 0 : sequence - ofShop,
            previousOfBuyer: ofBuyer == 0 ? 0 : sequence - ofBuyer,
            command: command.map { CommandStamp(id: CommandID(rawValue: $0), fingerprint: fingerprint ?? 0) })
        guard let event else { return .setAside(head, reason: "no event") }
        do {
            return .event(EventRecord(head: head, event: try EventCoding.decode(event.number, event.content)))
        } catch {
            return .setAside(head, reason: "event \(event.number): \(error)")
        }
    }
}

extension EventRecord {
    init(head: RecordHead, event: Event) {
        self.init(
            sequence: head.sequence, at: head.at, shop: head.shop, previousOfShop: head.previousOfShop,
            previousOfBuyer: head.previousOfBuyer, command: head.command, event: event)
    }
}

extension ByteReader {
    /// A field of bytes, not copied.
    mutating func blob() throws(CodingFault) -> UnsafeRawBufferPointer {
        var copy = self
        _ = try copy.nested()
        return try rawBlob()
    }
}
