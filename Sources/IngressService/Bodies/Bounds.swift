/// Bounds of the parts of a body that no rule bounds: what a desk keeps in memory is kept small.
enum BodyBounds {
    /// Bytes of a name that people read.
    static let name = 0...256
    /// Bytes of a reason or an intent.
    static let reason = 0...1_024
    /// Groups of an agent, products of a group, segments of a buyer, items or packages of an order.
    static let list = 1_000
    static let segment = 1...64
}
