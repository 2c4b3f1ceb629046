import Domain

extension Handler: HandCoded {
    public func write(into w: inout ByteWriter) {
        switch self {
        case .agent(let agent):
            w.field(1, signed: 1)
            w.field(2, text: agent.rawValue)
        case .bot(let group):
            w.field(1, signed: 2)
            if let group { w.field(3, text: group.rawValue) }
        case .queue: w.field(1, signed: 3)
        case .pool: w.field(1, signed: 4)
        }
    }

    public init(reading r: inout ByteReader) throws {
        var kind: Int?
        var agent: AgentID?
        var group: GroupID?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where kind == nil: kind = try r.int()
            case 2 where agent == nil: agent = AgentID(rawValue: try r.text())
            case 3 where group == nil: group = GroupID(rawValue: try r.text())
            default: try r.skip()
            }
        }
        switch try required(kind, 1) {
        case 1: self = .agent(try required(agent, 2))
        case 2: self = .bot(group)
        case 3: self = .queue
        case 4: self = .pool
        default: throw CodingFault.unknownCase
        }
    }
}
