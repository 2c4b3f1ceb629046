import Domain

extension CommandStamp: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, text: id.rawValue)
        w.field(2, varint: fingerprint)
    }

    public init(reading r: inout ByteReader) throws {
        var id: CommandID?
        var fingerprint: UInt64?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where id == nil: id = CommandID(rawValue: try r.text())
            case 2 where fingerprint == nil: fingerprint = try r.varint()
            default: try r.skip()
            }
        }
        self.init(id: try required(id, 1), fingerprint: try required(fingerprint, 2))
    }
}
