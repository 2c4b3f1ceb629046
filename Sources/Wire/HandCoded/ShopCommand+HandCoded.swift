import Domain

extension ShopCommand: HandCoded {
    public func write(into w: inout ByteWriter) {
        w.field(1, text: shop.rawValue)
        w.field(2, signed: at.millis)
        if let stamp { w.field(3, hand: stamp) }
        w.field(4, hand: command)
    }

    public convenience init(reading r: inout ByteReader) throws {
        var shop: ShopID?
        var at: Timestamp?
        var stamp: CommandStamp?
        var command: Command?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where shop == nil: shop = ShopID(rawValue: try r.text())
            case 2 where at == nil: at = Timestamp(millis: try r.signed())
            case 3 where stamp == nil: stamp = try r.hand()
            case 4 where command == nil: command = try r.hand()
            default: try r.skip()
            }
        }
        self.init(
            shop: try required(shop, 1), at: try required(at, 2), stamp: stamp, command: try required(command, 4))
    }
}
