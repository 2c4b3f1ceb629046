import Domain

extension MessageSent: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, text: buyer.rawValue)
        w.field(2, text: message.rawValue)
        w.field(3, varint: session.number)
        w.field(4, hand: sender)
        w.field(5, text: text)
        w.field(6, signed: messageClass.rawValue)
        w.field(7, flag: automatic)
        w.field(8, flag: answered)
        w.field(9, flag: noAnswer)
    }

    public convenience init(reading r: inout ByteReader) throws {
        var buyer: BuyerID?
        var message: MessageID?
        var session: SessionID?
        var sender: Sender?
        var text: String?
        var messageClass: MessageClass?
        var automatic: Bool?
        var answered: Bool?
        var noAnswer: Bool?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where buyer == nil: buyer = BuyerID(rawValue: try r.text())
            case 2 where message == nil: message = MessageID(rawValue: try r.text())
            case 3 where session == nil: session = SessionID(try r.varint())
            case 4 where sender == nil: sender = try r.hand()
            case 5 where text == nil: text = try r.text()
            case 6 where messageClass == nil: messageClass = try r.raw()
            case 7 where automatic == nil: automatic = try r.flag()
            case 8 where answered == nil: answered = try r.flag()
            case 9 where noAnswer == nil: noAnswer = try r.flag()
            default: try r.skip()
            }
        }
        self.init(
            buyer: try required(buyer, 1), message: try required(message, 2), session: try required(session, 3),
            sender: try required(sender, 4), text: try required(text, 5),
            messageClass: try required(messageClass, 6), automatic: try required(automatic, 7),
            answered: try required(answered, 8), noAnswer: try required(noAnswer, 9))
    }
}
