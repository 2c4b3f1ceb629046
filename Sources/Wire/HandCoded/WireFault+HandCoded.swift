extension WireFault: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, text: code.rawValue)
        w.field(2, text: message)
        if let retryAfterMillis { w.field(3, signed: retryAfterMillis) }
    }

    public init(reading r: inout ByteReader) throws {
        var code: Code?
        var message: String?
        var retryAfterMillis: Int?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where code == nil: code = Code(rawValue: try r.text())
            case 2 where message == nil: message = try r.text()
            case 3 where retryAfterMillis == nil: retryAfterMillis = try r.int()
            default: try r.skip()
            }
        }
        self.init(try required(code, 1), try required(message, 2), retryAfterMillis: retryAfterMillis)
    }
}
