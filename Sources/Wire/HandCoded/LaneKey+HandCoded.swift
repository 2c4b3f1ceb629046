import Domain

extension LaneKey: HandCoded {
    public func write(into w: inout ByteWriter) {
        switch self {
        case .all: w.field(1, signed: 1)
        case .groups(let groups):
            w.field(1, signed: 2)
            w.array(2, count: groups.count) { w in
                for group in groups { w.text(group.rawValue) }
            }
        case .unbound: w.field(1, signed: 3)
        case .anyone: w.field(1, signed: 4)
        }
    }

    public init(reading r: inout ByteReader) throws {
        var kind: Int?
        var groups: [GroupID]?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where kind == nil: kind = try r.int()
            case 2 where groups == nil: groups = try r.array { GroupID(rawValue: try $0.rawText()) }
            default: try r.skip()
            }
        }
        switch try required(kind, 1) {
        case 1: self = .all
        case 2: self = .groups(groups ?? [])
        case 3: self = .unbound
        case 4: self = .anyone
        default: throw CodingFault.unknownCase
        }
    }
}
