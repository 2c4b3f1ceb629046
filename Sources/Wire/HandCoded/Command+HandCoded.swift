// Messages both ways are written by hand, whatever else is asked goes through the generic coder.

import Domain

extension Command: HandCoded {
    public func write(into w: inout ByteWriter) {
        switch self {
        case .receiveMessage(let body): w.field(12, hand: body)
        case .sendMessage(let body): w.field(13, hand: body)
        case .setShop(let body): w.field(1, message: body)
        case .setSettings(let body): w.field(2, message: body)
        case .setAgent(let body): w.field(3, message: body)
        case .removeAgent(let body): w.field(4, message: body)
        case .setGroup(let body): w.field(5, message: body)
        case .removeGroup(let body): w.field(6, message: body)
        case .setBuyer(let body): w.field(7, message: body)
        case .setOrder(let body): w.field(8, message: body)
        case .recordInterest(let body): w.field(9, message: body)
        case .setPresence(let body): w.field(10, message: body)
        case .noteStream(let body): w.field(11, message: body)
        case .askForHuman(let body): w.field(14, message: body)
        case .transferSession(let body): w.field(15, message: body)
        case .closeSession(let body): w.field(16, hand: body)
        case .importMessage(let body): w.field(17, message: body)
        case .recordViolation(let body): w.field(18, message: body)
        case .decideEscalation(let body): w.field(19, message: body)
        case .noteRestrictions(let body): w.field(20, message: body)
        }
    }

    public init(reading r: inout ByteReader) throws {
        var found: Command?
        while let field = try r.nextField() {
            guard found == nil else {
                try r.skip()
                continue
            }
            switch field.number {
            case 12: found = .receiveMessage(try r.hand())
            case 13: found = .sendMessage(try r.hand())
            case 1: found = .setShop(try r.message())
            case 2: found = .setSettings(try r.message())
            case 3: found = .setAgent(try r.message())
            case 4: found = .removeAgent(try r.message())
            case 5: found = .setGroup(try r.message())
            case 6: found = .removeGroup(try r.message())
            case 7: found = .setBuyer(try r.message())
            case 8: found = .setOrder(try r.message())
            case 9: found = .recordInterest(try r.message())
            case 10: found = .setPresence(try r.message())
            case 11: found = .noteStream(try r.message())
            case 14: found = .askForHuman(try r.message())
            case 15: found = .transferSession(try r.message())
            case 16: found = .closeSession(try r.hand())
            case 17: found = .importMessage(try r.message())
            case 18: found = .recordViolation(try r.message())
            case 19: found = .decideEscalation(try r.message())
            case 20: found = .noteRestrictions(try r.message())
            default: try r.skip()
            }
        }
        guard let found else { throw CodingFault.unknownCase }
        self = found
    }
}
