import Domain

extension RouterReply: HandCoded {
    public func write(into w: inout ByteWriter) {
        switch self {
        case .answer(let body): w.field(1, hand: body)
        case .refusal(let body): w.field(2, message: body)
        case .view(let body): w.field(3, message: body)
        case .status(let body): w.field(4, message: body)
        case .fault(let body): w.field(5, message: body)
        }
    }

    public init(reading r: inout ByteReader) throws {
        var found: RouterReply?
        while let field = try r.nextField() {
            guard found == nil else {
                try r.skip()
                continue
            }
            switch field.number {
            case 1: found = .answer(try r.hand())
            case 2: found = .refusal(try r.message())
            case 3: found = .view(try r.message())
            case 4: found = .status(try r.message())
            case 5: found = .fault(try r.message())
            default: try r.skip()
            }
        }
        guard let found else { throw CodingFault.unknownCase }
        self = found
    }
}
