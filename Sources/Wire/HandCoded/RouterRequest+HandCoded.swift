import Domain

extension RouterRequest: HandCoded {
    public func write(into w: inout ByteWriter) {
        switch self {
        case .command(let body): w.field(1, hand: body)
        case .query(let body): w.field(2, message: body)
        case .followShard(let body): w.field(3, message: body)
        case .watchShop(let body): w.field(4, message: body)
        case .status: w.field(5, flag: true)
        }
    }

    public init(reading r: inout ByteReader) throws {
        var found: RouterRequest?
        while let field = try r.nextField() {
            guard found == nil else {
                try r.skip()
                continue
            }
            switch field.number {
            case 1: found = .command(try r.hand())
            case 2: found = .query(try r.message())
            case 3: found = .followShard(try r.message())
            case 4: found = .watchShop(try r.message())
            case 5:
                try r.skip()
                found = .status
            default: try r.skip()
            }
        }
        guard let found else { throw CodingFault.unknownCase }
        self = found
    }
}
