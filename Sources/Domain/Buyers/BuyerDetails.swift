// What is kept of a buyer's orders, interests and imported messages. Bounded, and such that giving all of it again, in
// any order, changes nothing: what was dropped is older than all that is kept, so it never comes in again.

extension BuyerDetails {
    /// What an order means beside what is known of it.
    enum Precedence {
        /// Known as it is, or overtaken.
        case changesNothing
        case replaces
        /// The same state at the same time with other values.
        case contradicts
    }

    func precedence(of order: SetOrder) -> Precedence {
        guard let held = orders.first(where: { $0.order == order.order }) else {
            guard orders.count >= Self.ordersKept, let oldest = orders.min(by: Self.isOlder) else { return .replaces }
            return Self.isOlder(order, oldest) ? .changesNothing : .replaces
        }
        if held == order || order.updatedAt < held.updatedAt { return .changesNothing }
        if order.updatedAt > held.updatedAt { return .replaces }
        if order.state == held.state { return .contradicts }
        return order.state.rawValue > held.state.rawValue ? .replaces : .changesNothing
    }

    /// Known, or older than the interests that are kept.
    func passesOver(_ interest: RecordInterest) -> Bool {
        if interests.contains(interest) { return true }
        guard interests.count >= Self.interestsKept, let oldest = interests.min(by: Self.isOlder) else { return false }
        return Self.isOlder(interest, oldest)
    }

    func mark(like mark: ImportedMark) -> ImportedMark? { imported.first { $0.id == mark.id } }

    mutating func keep(_ order: SetOrder) {
        if let index = orders.firstIndex(where: { $0.order == order.order }) {
            orders[index] = order
        } else {
            let place = orders.firstIndex { order.order < $0.order } ?? orders.count
            orders.insert(order, at: place)
        }
        if orders.count > Self.ordersKept,
            let oldest = orders.indices.min(by: { Self.isOlder(orders[$0], orders[$1]) })
        {
            orders.remove(at: oldest)
        }
    }

    mutating func keep(_ interest: RecordInterest) {
        let place = interests.firstIndex { Self.isOlder(interest, $0) } ?? interests.count
        interests.insert(interest, at: place)
        if interests.count > Self.interestsKept,
            let oldest = interests.indices.min(by: { Self.isOlder(interests[$0], interests[$1]) })
        {
            interests.remove(at: oldest)
        }
    }

    mutating func keep(_ mark: ImportedMark) {
        imported.append(mark)
        // Only journals of releases that forgot the oldest hold more.
        let extra = imported.count - Self.importedKept
        if extra > 0 { imported.removeFirst(extra) }
    }

    private static func isOlder(_ a: SetOrder, _ b: SetOrder) -> Bool {
        a.updatedAt == b.updatedAt ? a.order < b.order : a.updatedAt < b.updatedAt
    }

    private static func isOlder(_ a: RecordInterest, _ b: RecordInterest) -> Bool {
        if a.at != b.at { return a.at < b.at }
        return a.item == b.item ? a.kind.rawValue < b.kind.rawValue : a.item < b.item
    }
}
