// One read of a connection while not everything can be served: who found a place and who did not. A connection most of
// whose requests find none is read no further than it can be told so; but on a connection that several share nobody is
// to wait behind whoever floods.

import Domain

struct CrowdedRead {
    /// Monotonic nanoseconds of its first request; nil before.
    var at: UInt64?
    /// Those that found no place, in order.
    private(set) var refused: [ReplyTo] = []
    private var full: Set<InboundLine> = []
    private var placed: [InboundLine] = []
    /// Mostly the next one of a read that is refused is of the same line.
    private var lastFull: InboundLine?

    mutating func placed(_ line: InboundLine) { placed.append(line) }

    mutating func refused(_ to: ReplyTo, _ line: InboundLine) {
        refused.append(to)
        if line == lastFull { return }
        full.insert(line)
        lastFull = line
    }

    /// Requests of the shops and ranks of which none was refused.
    var others: Int { full.isEmpty ? placed.count : placed.count { !full.contains($0) } }

    /// Whether the refusals are told at once, so that the connection is read on: each request of others pays for so
    /// many. Refusing costs about as much as serving then, at most.
    func isRead(on paid: Int) -> Bool { refused.isEmpty || refused.count <= others * paid }

    /// For the next read.
    mutating func end() {
        at = nil
        refused.removeAll(keepingCapacity: true)
        full.removeAll(keepingCapacity: true)
        placed.removeAll(keepingCapacity: true)
        lastFull = nil
    }
}
