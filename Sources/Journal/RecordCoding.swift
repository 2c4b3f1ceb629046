// Events as bytes. A record is a varint length and then fields; a body is records one after the other. Fields 1–7, the
// head, come first and ascending; the event is the one field from 17 on, numbered 16 + the event's number, with the
// bytes of its Codable form. Additive: unknown fields are passed over, an unknown event is set aside (I12).
// Format, chains and numbers: Protocols/Journal.md.

import Domain
import Wire

/// What every record says, whatever its event.
public struct RecordHead: Hashable, Sendable {
    public var sequence: UInt64
    public var at: Timestamp
    public var shop: ShopID
    /// 0 if there is none.
    public var previousOfShop: UInt64
    /// 0 if there is none.
    public var previousOfBuyer: UInt64
    public var command: CommandStamp?
}

public enum DecodedRecord: Hashable, Sendable {
    case event(EventRecord)
    /// The event cannot be read by this program: unknown, or not what its number promises. It changes nothing (I12).
    case setAside(RecordHead, reason: String)

    public var sequence: UInt64 {
        switch self {
        case .event(let record): record.sequence
        case .setAside(let head, _): head.sequence
        }
    }

    public var record: EventRecord? {
        if case .event(let record) = self { record } else { nil }
    }
}

public enum RecordCoding {
    enum Field {
        static let sequence = 1
        static let at = 2
        static let shop = 3
        static let previousOfShop = 4
        static let previousOfBuyer = 5
        static let command = 6
        static let fingerprint = 7
        static let events = 16
    }

    /// Adds a record's bytes.
    public static func append(_ record: EventRecord, to writer: inout ByteWriter) {
        // Most lengths take two bytes.
        let start = writer.beginLength(width: 2)
        writer.field(Field.sequence, varint: record.sequence)
        writer.field(Field.at, signed: record.at.millis)
        writer.field(Field.shop, text: record.shop.rawValue)
        if record.previousOfShop != 0 {
            writer.field(Field.previousOfShop, varint: record.sequence &- record.previousOfShop)
        }
        if record.previousOfBuyer != 0 {
            writer.field(Field.previousOfBuyer, varint: record.sequence &- record.previousOfBuyer)
        }
        if let command = record.command {
            writer.field(Field.command, text: command.id.rawValue)
            writer.field(Field.fingerprint, fixed64: command.fingerprint)
        }
        EventCoding.append(record.event, to: &writer)
        writer.endLength(start, width: 2)
    }

    /// All records of a body. Throws `.corrupt` if it is no run of records; an event that cannot be read is set aside.
    public static func decode(_ body: [UInt8]) throws(StoreFault) -> [DecodedRecord] {
        var scanner = RecordScanner(body)
        var records: [DecodedRecord] = []
        while let item = try scanner.next() { records.append(try scanner.decode(item)) }
        return records
    }

    /// The one record of that number; nil if the body does not hold it.
    public static func decodeOne(_ sequence: UInt64, in body: [UInt8]) throws(StoreFault) -> DecodedRecord? {
        var scanner = RecordScanner(body)
        while let item = try scanner.next() {
            if item.sequence == sequence { return try scanner.decode(item) }
        }
        return nil
    }
}
