import Domain

/// A question to one shop's desk. Answered from what is durable.
public struct ShopQuery: Hashable, Codable, Sendable {
    public var shop: ShopID
    public var query: Query

    public init(shop: ShopID, query: Query) {
        self.shop = shop
        self.query = query
    }

    enum CodingKeys: Int, CodingKey {
        case shop = 1
        case query = 2
    }
}
