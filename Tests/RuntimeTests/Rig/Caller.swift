// One connection to a router, as the runtime sees it: what it was sent counts only once it was flushed, and streams get
// no more than their credit. Tests wait for what they need to see.

import Domain
import Journal
import NIOCore
import Runtime
import Synchronization
import Wire

final class Caller: ReplySink {
    enum Output: Sendable {
        case reply(UInt64, RouterReply)
        case item(UInt64, [UInt8])
        case end(UInt64, WireFault?)
    }

    private struct State {
        var nextID: UInt64 = 1
        var unflushed: [Output] = []
        var seen: [Output] = []
        /// Flushes that had anything to write.
        var flushes = 0
        var credits: [UInt64: Int] = [:]
        var refusals = 0
        var waiting: [(until: @Sendable ([Output]) -> Bool, done: CheckedContinuation<Void, Never>)] = []
    }

    /// Bytes that an item costs besides its payload.
    static let itemHead = 16

    let router: Router
    private let state = Mutex(State())

    init(_ router: Router) { self.router = router }

    // MARK: Asking

    /// Hands over requests as one read of the socket; gives their numbers.
    @discardableResult
    func send(_ requests: [RouterRequest], credit: Int = 1 << 20) -> [UInt64] {
        let ids = state.withLock { state in
            requests.map { request in
                defer { state.nextID += 1 }
                switch request {
                case .followShard, .watchShop: state.credits[state.nextID] = credit
                case .command, .query, .status: break
                }
                return state.nextID
            }
        }
        let calls = zip(requests, ids).map { AskedRequest(request: $0, to: ReplyTo(sink: self, id: $1)) }
        router.loop.execute {
            self.router.set.onLoop { $0.receive(calls) }
            self.flush()
        }
        return ids
    }

    /// Numbers for calls that the test hands over itself.
    func numbers(_ count: Int) -> [UInt64] {
        state.withLock { state in
            defer { state.nextID += UInt64(count) }
            return (0..<UInt64(count)).map { state.nextID + $0 }
        }
    }

    func ask(_ request: RouterRequest) async -> RouterReply { await reply(send([request])[0]) }

    func reply(_ id: UInt64) async -> RouterReply {
        await until { outputs in outputs.contains { $0.isReply(to: id) } }
        for case .reply(id, let reply) in outputs { return reply }
        preconditionFailure("waited for")
    }

    func replies(_ ids: [UInt64]) async -> [RouterReply] {
        var all: [RouterReply] = []
        for id in ids { all.append(await reply(id)) }
        return all
    }

    /// Waits until what was flushed so far fits.
    func until(_ condition: @escaping @Sendable ([Output]) -> Bool) async {
        await withCheckedContinuation { done in
            let already = state.withLock { state in
                if condition(state.seen) { return true }
                state.waiting.append((condition, done))
                return false
            }
            if already { done.resume() }
        }
    }

    /// Refusals that it is still to be told.
    var refusalsWaiting: Int { state.withLock { $0.refusals } }
    var flushes: Int { state.withLock { $0.flushes } }
    var outputs: [Output] { state.withLock { $0.seen } }
    /// Numbers of the calls that were answered, in order.
    var answered: [UInt64] {
        outputs.compactMap { if case .reply(let id, _) = $0 { id } else { nil } }
    }

    func grant(_ id: UInt64, _ bytes: Int) async {
        let to = ReplyTo(sink: self, id: id)
        await router.onLoop { set in
            self.state.withLock { state in state.credits[id]? += bytes }
            set.credited(to)
            self.flush()
        }
    }

    /// Returns when the router's loop has done everything that was handed to it so far.
    func settled() async { await router.onLoop { _ in } }

    /// The connection is lost.
    func disconnect() async { await router.onLoop { $0.gone(self) } }

    // MARK: The sink

    func reply(_ id: UInt64, _ reply: RouterReply) { put(.reply(id, reply)) }
    func refusalsWait(_ change: Int) { state.withLock { $0.refusals += change } }
    func credit(for id: UInt64) -> Int? { state.withLock { $0.credits[id] } }

    func item(_ id: UInt64, _ payload: [UInt8]) -> Bool {
        let room = state.withLock { state -> Bool in
            guard let credit = state.credits[id], credit > 0 else { return false }
            state.credits[id] = credit - payload.count - Self.itemHead
            return true
        }
        if room { put(.item(id, payload)) }
        return room
    }

    func end(_ id: UInt64, _ fault: WireFault?) {
        state.withLock { $0.credits[id] = nil }
        put(.end(id, fault))
    }

    private func put(_ output: Output) { state.withLock { $0.unflushed.append(output) } }

    func flush() {
        let done = state.withLock { state in
            if !state.unflushed.isEmpty { state.flushes += 1 }
            state.seen += state.unflushed
            state.unflushed = []
            let met = state.waiting.filter { $0.until(state.seen) }
            state.waiting.removeAll { $0.until(state.seen) }
            return met
        }
        for waiting in done { waiting.done.resume() }
    }
}

extension Caller.Output {
    func isReply(to id: UInt64) -> Bool { if case .reply(id, _) = self { true } else { false } }
    func isItem(of id: UInt64) -> Bool { if case .item(id, _) = self { true } else { false } }
    func isEnd(of id: UInt64) -> Bool { if case .end(id, _) = self { true } else { false } }
}
