import NIOCore

/// The calls of one client that have no answer yet, and the moment at which the next look at their deadlines is due.
/// Pure; driven by `ClientCore`.
struct PendingCalls<Call> {
    private struct Entry {
        var deadline: NIODeadline
        var call: Call
    }

    private var entries: [UInt64: Entry] = [:]
    /// No deadline lies before it.
    private(set) var earliest = NIODeadline.distantFuture

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    mutating func insert(_ id: UInt64, deadline: NIODeadline, _ call: Call) {
        entries[id] = Entry(deadline: deadline, call: call)
        earliest = min(earliest, deadline)
    }

    mutating func take(_ id: UInt64) -> Call? {
        let call = entries.removeValue(forKey: id)?.call
        if entries.isEmpty { earliest = .distantFuture }
        return call
    }

    mutating func update(_ id: UInt64, _ body: (inout Call, NIODeadline) -> Void) {
        guard let index = entries.index(forKey: id) else { return }
        body(&entries.values[index].call, entries.values[index].deadline)
    }

    /// Takes out the calls whose deadline has come, oldest first.
    mutating func expired(at now: NIODeadline) -> [Call] {
        guard now >= earliest else { return [] }
        return takeAll { _, deadline in deadline <= now }
    }

    /// Takes out the calls that fit, oldest first.
    mutating func takeAll(where fits: (Call, NIODeadline) -> Bool = { _, _ in true }) -> [Call] {
        let ids = entries.filter { fits($0.value.call, $0.value.deadline) }.keys.sorted()
        let calls = ids.compactMap { entries.removeValue(forKey: $0)?.call }
        earliest = entries.values.map(\.deadline).min() ?? .distantFuture
        return calls
    }
}
