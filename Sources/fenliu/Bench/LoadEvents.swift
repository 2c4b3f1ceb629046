// Which of the load generator's connections are ready, by epoll: a turn costs what is ready, not what there is. Each
// arrival is told once, so whoever is ready is to be read until nothing is left.

import ClusterKit
import Foundation
import CCalls

struct LoadEvents: ~Copyable {
    private static let arrivals = EPOLLIN.rawValue | EPOLLET.rawValue
    private let descriptor: Int32
    private var events: [epoll_event]

    /// Descriptors are known by their places. Whoever may be written to is looked for on `watch` alone.
    init(_ descriptors: [Int32]) throws(ClusterFault) {
        descriptor = epoll_create1(0)
        events = [epoll_event](repeating: epoll_event(), count: max(1, descriptors.count))
        guard descriptor >= 0 else { throw ClusterFault(.notRunning, "epoll: error \(errno)") }
        for (place, other) in descriptors.enumerated() {
            try control(EPOLL_CTL_ADD, other, place, Self.arrivals)
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Whether it also counts that a connection takes bytes again.
    func watch(_ other: Int32, at place: Int, writing: Bool) throws(ClusterFault) {
        try control(EPOLL_CTL_MOD, other, place, Self.arrivals | (writing ? EPOLLOUT.rawValue : 0))
    }

    private func control(_ what: Int32, _ other: Int32, _ place: Int, _ wanted: UInt32) throws(ClusterFault) {
        var event = epoll_event()
        event.events = wanted
        event.data.u64 = UInt64(place)
        guard epoll_ctl(descriptor, what, other, &event) == 0 else {
            throw ClusterFault(.notRunning, "epoll: error \(errno)")
        }
    }

    /// Puts the places that are ready in place of what is in `ready`; waits for the first at most so long.
    mutating func wait(millis: Int32, into ready: inout [Int]) {
        ready.removeAll(keepingCapacity: true)
        let count = epoll_wait(descriptor, &events, Int32(events.count), millis)
        for place in 0..<max(0, Int(count)) { ready.append(Int(events[place].data.u64)) }
    }
}
