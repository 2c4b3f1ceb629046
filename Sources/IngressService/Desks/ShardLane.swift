// The calls of one shard, in order. While its router answers, they flow. When the shard cannot be reached or moves,
// they are held: those in flight come to their end first, then the oldest is tried alone, and once it goes through,
// the others follow in the order in which they came. So a move of a shard neither loses nor reorders what a client
// gave one after the other. A pure value; `RouterPool` performs what it returns.

import Wire

/// One request on its way.
struct LaneCall {
    /// Rises with each call of the lane.
    var ticket: UInt64
    var payload: [UInt8]
    /// On the pool's monotonic clock; at this time the caller is told that it failed.
    var expires: Duration
    var finish: @Sendable (Result<RouterReply, WireFault>) -> Void
}

struct ShardLane {
    enum State: Equatable {
        case flowing
        /// Waits for the right moment to try one call.
        case holding
        /// One call was sent alone.
        case probing
    }

    private(set) var state = State.flowing
    /// Sorted by ticket.
    private(set) var held: [LaneCall] = []
    private(set) var inFlight = 0
    private var nextTicket: UInt64 = 1
    private let heldLimit: Int

    init(heldLimit: Int) {
        self.heldLimit = heldLimit
    }

    /// What becomes of a call that comes in.
    enum Arrival {
        case send(LaneCall)
        case held
        /// The bound of held calls is reached.
        case refused(LaneCall)
    }

    mutating func arrive(
        payload: [UInt8], expires: Duration, reachable: Bool,
        finish: @escaping @Sendable (Result<RouterReply, WireFault>) -> Void
    ) -> Arrival {
        let call = LaneCall(ticket: nextTicket, payload: payload, expires: expires, finish: finish)
        nextTicket += 1
        if state == .flowing, reachable {
            inFlight += 1
            return .send(call)
        }
        guard held.count < heldLimit else { return .refused(call) }
        if state == .flowing { state = .holding }
        held.append(call)
        return .held
    }

    /// A call got the last word: an answer, a refusal, or a fault that trying again does not mend. Returns the calls
    /// to send now, in order.
    mutating func succeeded() -> [LaneCall] {
        inFlight -= 1
        guard state == .probing else { return [] }
        state = .flowing
        let released = held
        held = []
        inFlight += released.count
        return released
    }

    /// A call must be tried again. The bound does not apply: it was let in before.
    mutating func failed(_ call: LaneCall) {
        inFlight -= 1
        state = .holding
        let place = held.firstIndex { $0.ticket > call.ticket } ?? held.count
        held.insert(call, at: place)
    }

    /// The shard has another router now: what is in flight comes to its end before anything goes there.
    mutating func moved() {
        if state == .flowing, inFlight > 0 { state = .holding }
    }

    /// Takes out the calls whose time is over.
    mutating func expire(now: Duration) -> [LaneCall] {
        let late = held.filter { $0.expires <= now }
        if !late.isEmpty { held.removeAll { $0.expires <= now } }
        if held.isEmpty, state == .holding { state = .flowing }
        return late
    }

    /// The call to try alone; nil while others are in flight or none is held.
    mutating func probe() -> LaneCall? {
        guard state == .holding, inFlight == 0, !held.isEmpty else { return nil }
        state = .probing
        inFlight = 1
        return held.removeFirst()
    }
}
