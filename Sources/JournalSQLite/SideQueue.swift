// What is done beside the commits, one thing after the other.

import CCalls
import Dispatch

final class SideQueue: Sendable {
    private let queue: DispatchQueue

    init(_ label: String) { queue = DispatchQueue(label: label, qos: .utility) }

    /// The thread gives way to those who commit and decide. It serves no queue but these: Dispatch has threads of their own
    /// for the serial queues of each quality of service.
    func async(_ body: @escaping @Sendable () -> Void) {
        queue.async {
            give_way(Self.nice)
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
