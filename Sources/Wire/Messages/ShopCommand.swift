import Domain

/// One command to one shop's desk. Idempotent by `stamp`: the same ID gives the first answer, another fingerprint
/// under the same ID is refused with `commandReused` (I9). Without a stamp the command itself must be idempotent.
/// An object, so that handing it on from line to shard costs one reference count.
public final class ShopCommand: Hashable, Codable, Sendable {
    public let shop: ShopID
    /// When the ingress received it.
    public let at: Timestamp
    public let stamp: CommandStamp?
    public let command: Command

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
    public static func == (a: ShopCommand, b: ShopCommand) -> Bool {
        a === b || a.shop == b.shop && a.at == b.at && a.stamp == b.stamp && a.command == b.command
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(shop)
        hasher.combine(at)
        hasher.combine(stamp)
        hasher.combine(command)
    }
}
