/// The two targets that are most asked for, as they stand there: `/v1/shops/{shop}/buyers/{buyer}/messages` and
/// `/v1/shops/{shop}/sessions/{session}/messages`.
struct PlainPath: Equatable {
    enum Kind: Equatable {
        /// From a buyer.
        case buyer
        /// To a buyer.
        case session
    }

    let kind: Kind
    let shop: String
    /// The buyer or the session.
    let name: String

    /// `nil` for every other target, also for one with escapes, a query or a name that is none.
    init?(_ bytes: UnsafeRawBufferPointer, _ target: Range<Int>) {
        let target = UnsafeRawBufferPointer(rebasing: bytes[target])
        guard PlainBytes.isAt(target, 0, "/v1/shops/"),
            let shop = Self.segment(target, from: 10)
        else { return nil }
        let kind: Kind
        let start: Int
        if PlainBytes.isAt(target, shop.upperBound, "/buyers/") {
            kind = .buyer
            start = shop.upperBound + 8
        } else if PlainBytes.isAt(target, shop.upperBound, "/sessions/") {
            kind = .session
            start = shop.upperBound + 10
        } else {
            return nil
        }
        guard let name = Self.segment(target, from: start), target.count == name.upperBound + 9,
            PlainBytes.isAt(target, name.upperBound, "/messages")
        else { return nil }
        self.kind = kind
        self.shop = PlainBytes.string(target, shop)
        self.name = PlainBytes.string(target, name)
    }

    /// To the next slash: 1–64 bytes that stand for themselves.
    private static func segment(_ target: UnsafeRawBufferPointer, from start: Int) -> Range<Int>? {
        var at = start
        while at < target.count, target[at] != UInt8(ascii: "/") {
            switch target[at] {
            case UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "+"): return nil
            default: at += 1
            }
        }
        return (1...64).contains(at - start) ? start..<at : nil
    }

    var collection: String {
        switch kind {
        case .buyer: "buyers"
        case .session: "sessions"
        }
    }
}
