import Domain

extension SendMessage: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, varint: session.number)
        w.field(2, text: message.rawValue)
        w.field(3, hand: sender)
        w.field(4, text: text)
        w.field(5, signed: messageClass.rawValue)
        w.field(6, flag: automatic)
        w.field(7, flag: noAnswer)
    }

    public convenience init(reading r: inout ByteReader) throws {
        var session: SessionID?
        var message: MessageID?
        var sender: Sender?
        var text: String?
        var messageClass: MessageClass?
        var automatic: Bool?
        var noAnswer: Bool?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where session == nil: session = SessionID(try r.varint())
            case 2 where message == nil: message = MessageID(rawValue: try r.text())
            case 3 where sender == nil: sender = try r.hand()
            case 4 where text == nil: text = try r.text()
            case 5 where messageClass == nil: messageClass = try r.raw()
            case 6 where automatic == nil: automatic = try r.flag()
            case 7 where noAnswer == nil: noAnswer = try r.flag()
            default: try r.skip()
            }
        }
        self.init(
            session: try required(session, 1), message: try required(message, 2), sender: try required(sender, 3),
            text: try required(text, 4), messageClass: try required(messageClass, 5),
            automatic: try required(automatic, 6), noAnswer: try required(noAnswer, 7))
    }
}

extension Sender: HandCoded {
    public func write(into w: inout ByteWriter) {
        switch self {
        case .agent(let agent): w.field(1, text: agent.rawValue)
        case .bot: w.field(2, flag: true)
        }
    }

    public init(reading r: inout ByteReader) throws {
        var agent: AgentID?
        var bot: Bool?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where agent == nil: agent = AgentID(rawValue: try r.text())
            case 2 where bot == nil: bot = try r.flag()
            default: try r.skip()
            }
        }
        if let agent {
            self = .agent(agent)
        } else if bot == true {
            self = .bot
        } else {
            throw CodingFault.unknownCase
        }
    }
}
