// A follower that only scores reads of a record what scoring needs, straight from its bytes: texts, decisions and the
// rest of a conversation's messages are passed over. What it gives is what the whole record would give.

import Domain
import Wire

public enum ScoredRecord: Sendable {
    case turn(TurnEvent, at: Timestamp)
    /// An event that moves no turn, or one that is rare.
    case other(DecodedRecord)
    /// A message that answers nothing.
    case nothing(at: Timestamp)
}

extension RecordScanner {
    /// Throws `.corrupt` if the record's head cannot be read.
    public func scored(_ item: Item) throws(StoreFault) -> ScoredRecord {
        do {
            let found = try body.withUnsafeBytes { bytes in
                try Self.scored(UnsafeRawBufferPointer(rebasing: bytes[item.content]))
            }
            if let found { return found }
        } catch {
            // What cannot be read in part is judged whole.
        }
        return .other(try decode(item))
    }

    private static func scored(_ content: UnsafeRawBufferPointer) throws(CodingFault) -> ScoredRecord? {
        var reader = ByteReader(content)
        var at: Int64?
        while let field = try reader.nextField() {
            switch field.number {
            case RecordCoding.Field.at where at == nil: at = try reader.signed()
            case RecordCoding.Field.events + Event.CodingKeys.messageReceived.rawValue:
                guard let at else { return nil }
                return try received(try reader.nested()).map { .turn($0, at: Timestamp(millis: at)) }
            case RecordCoding.Field.events + Event.CodingKeys.messageSent.rawValue:
                guard let at else { return nil }
                guard let sent = try sent(try reader.nested()) else { return nil }
                switch sent {
                case .some(let event): return .turn(event, at: Timestamp(millis: at))
                case .none: return .nothing(at: Timestamp(millis: at))
                }
            case (RecordCoding.Field.events + 1)...: return nil
            default: try reader.skip()
            }
        }
        return nil
    }

    /// Nil if a field is missing.
    private static func received(_ content: ByteReader) throws(CodingFault) -> TurnEvent? {
        var r = content
        var buyer: String?
        var text: String??
        var session: UInt64?
        var opened: Bool?
        var account: ScoreAccount?
        var decided: ScoreAccount?
        var from: ScoreAccount?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where buyer == nil: buyer = try r.text()
            case 4 where text == nil:
                let bytes = try r.blob()
                text = .some(
                    bytes.count > ClosingPhrase.longest ? nil : String(decoding: bytes, as: UTF8.self))
            case 8 where session == nil: session = try r.varint()
            case 9 where opened == nil: opened = try r.flag()
            case 10 where account == nil: account = try handler(try r.nested())
            case 11 where decided == nil: decided = try firstHandler(try r.nested())
            case 12 where from == nil: from = try handler(try r.nested())
            default: try r.skip()
            }
        }
        guard let buyer, let text, let session, let opened, let account else { return nil }
        var consult: ConsultGiven?
        if let decided { consult = ConsultGiven(to: decided.agent, from: from?.agent, opened: opened) }
        return .asked(BuyerID(rawValue: buyer), SessionID(session), account, text: text, consult: consult)
    }

    /// Nil if a field is missing, `.some(nil)` if it answers nothing.
    private static func sent(_ content: ByteReader) throws(CodingFault) -> TurnEvent?? {
        var r = content
        var buyer: String?
        var sender: Sender?
        var messageClass: MessageClass?
        var automatic: Bool?
        var noAnswer: Bool?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where buyer == nil: buyer = try r.text()
            case 4 where sender == nil: sender = try who(try r.nested())
            case 6 where messageClass == nil: messageClass = try r.raw()
            case 7 where automatic == nil: automatic = try r.flag()
            case 9 where noAnswer == nil: noAnswer = try r.flag()
            default: try r.skip()
            }
        }
        guard let buyer, let sender, let messageClass, let automatic, let noAnswer else { return nil }
        return .some(
            TurnEvent.answer(sender, messageClass, automatic: automatic, noAnswer: noAnswer).map {
                .answered(BuyerID(rawValue: buyer), by: $0)
            })
    }

    private static func firstHandler(_ content: ByteReader) throws(CodingFault) -> ScoreAccount? {
        var r = content
        while let field = try r.nextField() {
            if field.number == 1 { return try handler(try r.nested()) }
            try r.skip()
        }
        throw .missing(field: 1)
    }

    private static func handler(_ content: ByteReader) throws(CodingFault) -> ScoreAccount {
        var r = content
        var kind: Int?
        var agent: String?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where kind == nil: kind = try r.int()
            case 2 where agent == nil: agent = try r.text()
            default: try r.skip()
            }
        }
        switch (kind, agent) {
        case (1, .some(let agent)): return .agent(AgentID(rawValue: agent))
        case (2, _): return .bot
        case (3, _): return .queue
        case (4, _): return .pool
        default: throw .missing(field: 1)
        }
    }

    private static func who(_ content: ByteReader) throws(CodingFault) -> Sender {
        var r = content
        var sender: Sender?
        while let field = try r.nextField() {
            switch field.number {
            case 1: return .agent(AgentID(rawValue: try r.text()))
            case 2: sender = try r.flag() ? .bot : sender
            default: try r.skip()
            }
        }
        guard let sender else { throw .missing(field: 1) }
        return sender
    }
}
