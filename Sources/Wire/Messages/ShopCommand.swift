import Domain

/// One command to one shop's desk. Idempotent by `stamp`: the same ID gives the first answer, another fingerprint
/// under the same ID is refused with `commandReused` (I9). Without a stamp the command itself must be idempotent.
public struct ShopCommand: Hashable, Codable, Sendable {
    public var shop: ShopID
    /// When the ingress received it.
    public var at: Timestamp
    public var stamp: CommandStamp?
    public var command: Command

    public init(shop: ShopID, at: Timestamp, stamp: CommandStamp? = nil, command: Command) {
        self.shop = shop
        self.at = at
        self.stamp = stamp
        self.command = command
    }

    public enum CodingKeys: Int, CodingKey {
        case shop = 1
        case at = 2
        case stamp = 3
        case command = 4
    }
}
