// What is done beside the commits, one thing after the other.

import CCalls
import Dispatch

final class SideQueue: Sendable {
    private let queue: DispatchQueue
    private let givesWay: Bool

    /// `givesWay`: to those who commit and decide. Such threads serve no other queues: Dispatch has threads of their own for
    /// the serial queues of each quality of service.
    init(_ label: String, givesWay: Bool = true) {
        queue = DispatchQueue(label: label, qos: givesWay ? .utility : .userInitiated)
        self.givesWay = givesWay
    }

    func async(_ body: @escaping @Sendable () -> Void) {
        queue.async { [givesWay] in
            if givesWay { give_way(Self.nice) }
            body()
        }
    }

    private static let nice: Int32 = 15

    /// Waits for what is under way.
    func settle() { queue.sync {} }

    /// Seam for tests: nothing is done meanwhile.
    func whileSuspended<Value>(_ body: () throws -> Value) rethrows -> Value {
        queue.suspend()
        defer { queue.resume() }
        return try body()
    }
}
