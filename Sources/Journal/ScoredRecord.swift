// A follower that only scores reads of a record what scoring needs, straight from its bytes: texts, decisions and the
// rest of a conversation's messages are passed over. What it gives is what the whole record would give.

import Domain
import Wire

public enum ScoredRecord: Sendable {
    case turn(TurnEvent, at: Timestamp)
    /// An event that moves no turn, or one that is rare.
    indirect case other(DecodedRecord)
    /// A message that answers nothing, or a roster that was noted for explanations.
    case nothing(at: Timestamp)
}

extension RecordScanner {
    /// A text with more letters than `letters` is left out (`ShopTally.phraseLetters`). Throws `.corrupt` if the record's
    /// head cannot be read.
    public func scored(_ item: Item, letters: Int = .max) throws(StoreFault) -> ScoredRecord {
        let found = body.withUnsafeBytes { bytes in
            Self.scored(FieldWalk(bytes, item.rest..<item.content.upperBound), at: item.at, letters)
        }
        if let found { return found }
        // What cannot be read in part is judged whole.
        return .other(try decode(item))
    }

    private static func scored(_ content: FieldWalk, at stamp: Int64?, _ letters: Int) -> ScoredRecord? {
        var walk = content
        var at = stamp
        while walk.next() {
            switch walk.number {
            case RecordCoding.Field.at where at == nil && walk.type == .varint: at = walk.signed
            case RecordCoding.Field.events + Event.CodingKeys.messageReceived.rawValue:
                guard let at, let event = received(walk.inner, letters) else { return nil }
                return .turn(event, at: Timestamp(millis: at))
            case RecordCoding.Field.events + Event.CodingKeys.messageSent.rawValue:
                guard let at, let sent = sent(walk.inner) else { return nil }
                guard let event = sent else { return .nothing(at: Timestamp(millis: at)) }
                return .turn(event, at: Timestamp(millis: at))
            case RecordCoding.Field.events + Event.CodingKeys.rosterNoted.rawValue:
                return at.map { .nothing(at: Timestamp(millis: $0)) }
            case (RecordCoding.Field.events + 1)...: return nil
            default: break
            }
        }
        return nil
    }

    /// Nil if a field is missing or of another type.
    private static func received(_ content: FieldWalk, _ letters: Int) -> TurnEvent? {
        var walk = content
        var buyer: String?
        var closing: UnsafeRawBufferPointer?
        var session: UInt64?
        var opened: UInt64?
        var account: FieldWalk?
        var decided: FieldWalk?
        var from: FieldWalk?
        while walk.next() {
            switch walk.number {
            case 1 where buyer == nil: buyer = name(walk)
            case 4 where closing == nil && walk.type == .bytes: closing = walk.bytes
            case 8 where session == nil && walk.type == .varint: session = walk.value
            case 9 where opened == nil && walk.type == .varint: opened = walk.value
            case 10 where account == nil: account = walk.inner
            case 11 where decided == nil: decided = walk.inner
            case 12 where from == nil: from = walk.inner
            case 1, 4, 8, 9: return nil
            default: break
            }
        }
        guard !walk.broken, let buyer, let closing, let session, let opened, opened <= 1, let account,
            let handler = handler(account)
        else { return nil }
        var consult: ConsultGiven?
        if let decided {
            guard let given = firstHandler(decided, like: account, handler) else { return nil }
            var before: ScoreAccount?
            if let from {
                before = self.handler(from)
                if before == nil { return nil }
            }
            consult = ConsultGiven(to: given.agent, from: before?.agent, opened: opened == 1)
        }
        let short = closing.count <= ClosingPhrase.longest && ClosingPhrase.letters(closing) <= letters
        return .asked(
            BuyerID(rawValue: buyer), SessionID(session), handler,
            text: short ? String(decoding: closing, as: UTF8.self) : nil, consult: consult)
    }

    /// Nil if a field is missing or of another type, `.some(nil)` if it answers nothing.
    private static func sent(_ content: FieldWalk) -> TurnEvent?? {
        var walk = content
        var buyer: String?
        var sender: Sender?
        var messageClass: MessageClass?
        var automatic: UInt64?
        var noAnswer: UInt64?
        while walk.next() {
            switch walk.number {
            case 1 where buyer == nil: buyer = name(walk)
            case 4 where sender == nil: sender = who(walk.inner)
            case 6 where messageClass == nil && walk.type == .varint:
                messageClass = Int(exactly: walk.signed).flatMap(MessageClass.init(rawValue:))
            case 7 where automatic == nil && walk.type == .varint: automatic = walk.value
            case 9 where noAnswer == nil && walk.type == .varint: noAnswer = walk.value
            case 1, 4, 6, 7, 9: return nil
            default: break
            }
        }
        guard !walk.broken, let buyer, let sender, let messageClass, let automatic, let noAnswer, automatic <= 1,
            noAnswer <= 1
        else { return nil }
        return .some(
            TurnEvent.answer(sender, messageClass, automatic: automatic == 1, noAnswer: noAnswer == 1).map {
                .answered(BuyerID(rawValue: buyer), by: $0)
            })
    }

    /// Mostly the handler decided for is the session's, which is known.
    private static func firstHandler(
        _ content: FieldWalk, like known: FieldWalk, _ account: ScoreAccount
    ) -> ScoreAccount? {
        var walk = content
        while walk.next() {
            guard walk.number == 1 else { continue }
            return walk.inner.holdsSame(known) ? account : handler(walk.inner)
        }
        return nil
    }

    private static func handler(_ content: FieldWalk) -> ScoreAccount? {
        var walk = content
        var kind: Int64?
        var agent: String?
        while walk.next() {
            switch walk.number {
            case 1 where kind == nil && walk.type == .varint: kind = walk.signed
            case 2 where agent == nil: agent = name(walk)
            case 1, 2: return nil
            default: break
            }
        }
        if walk.broken { return nil }
        switch (kind, agent) {
        case (1, .some(let agent)): return .agent(AgentID(rawValue: agent))
        case (2, _): return .bot
        case (3, _): return .queue
        case (4, _): return .pool
        default: return nil
        }
    }

    private static func who(_ content: FieldWalk) -> Sender? {
        var walk = content
        var sender: Sender?
        while walk.next() {
            switch walk.number {
            case 1: return name(walk).map { .agent(AgentID(rawValue: $0)) }
            case 2 where walk.type == .varint && walk.value <= 1: sender = walk.value == 1 ? .bot : sender
            case 2: return nil
            default: break
            }
        }
        return walk.broken ? nil : sender
    }

    /// Nil if it is no text. Names are short, and a short one takes no memory of its own.
    private static func name(_ field: FieldWalk) -> String? {
        guard field.type == .bytes else { return nil }
        let bytes = field.bytes
        var all: UInt8 = 0
        for place in 0..<bytes.count { all |= bytes[place] }
        return all < 0x80 ? String(decoding: bytes, as: UTF8.self) : String(validating: bytes, as: UTF8.self)
    }
}
