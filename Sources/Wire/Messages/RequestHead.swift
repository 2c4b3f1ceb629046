// What a request to a router is and whose, read without the rest of it: whoever has to refuse many need not read them
// whole. It says what the whole request would say (`RequestHeadTests`).

public struct RequestHead {
    public enum Kind: Hashable, Sendable {
        /// The command's number on the wire (Protocols/Messages.md).
        case command(Int)
        case query
    }

    public let kind: Kind
    /// The bytes of the shop's ID, where the request's bytes are.
    public let shop: UnsafeRawBufferPointer

    /// Nil of what is about no shop's desk, and of what cannot be read so far.
    public init?(peeking bytes: UnsafeRawBufferPointer) {
        guard let found = try? Self.peek(ByteReader(bytes)) else { return nil }
        self = found
    }

    private init(_ kind: Kind, _ shop: UnsafeRawBufferPointer) {
        self.kind = kind
        self.shop = shop
    }

    private static func peek(_ request: ByteReader) throws(CodingFault) -> RequestHead? {
        var r = request
        while let field = try r.nextField() {
            switch field.number {
            case 1: return try command(try r.nested())
            case 2: return try query(try r.nested())
            case 3, 4, 5: return nil
            default: try r.skip()
            }
        }
        return nil
    }

    private static func command(_ content: ByteReader) throws(CodingFault) -> RequestHead? {
        var r = content
        var shop: UnsafeRawBufferPointer?
        while let field = try r.nextField() {
            switch field.number {
            case 1 where shop == nil && field.type == .bytes: shop = try r.rawBlob()
            case 4:
                // The shop comes before; if not, the request is read whole.
                guard let shop, let number = try number(try r.nested()) else { return nil }
                return RequestHead(.command(number), shop)
            default: try r.skip()
            }
        }
        return nil
    }

    /// That of the first field which is a command.
    private static func number(_ content: ByteReader) throws(CodingFault) -> Int? {
        var r = content
        while let field = try r.nextField() {
            if Self.commands.contains(field.number) { return field.number }
            try r.skip()
        }
        return nil
    }

    private static func query(_ content: ByteReader) throws(CodingFault) -> RequestHead? {
        var r = content
        while let field = try r.nextField() {
            if field.number == 1, field.type == .bytes { return RequestHead(.query, try r.rawBlob()) }
            try r.skip()
        }
        return nil
    }

    /// Numbers of commands that there are.
    public static let commands = 1...20
}
