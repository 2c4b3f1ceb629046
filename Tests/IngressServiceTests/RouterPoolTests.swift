// Routers that come, go and move shards: nothing is lost, nothing is reordered, nothing waits for ever.

import Domain
import NIOEmbedded
import Synchronization
import Testing
import Wire

@testable import IngressService

/// A router made up by the test: keeps the calls, answers when told.
private final class FakeRouter: RouterLink {
    typealias Completion = @Sendable (Result<[UInt8], WireFault>) -> Void

    private struct State {
        var calls: [(ShopCommand, Completion)] = []
        var seen: [String] = []
        var reply: (@Sendable (ShopCommand) -> RouterReply)?
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var streams: [(after: UInt64?, items: [ShopItem], end: WireFault?)] = []
        var asked: [UInt64?] = []
    }

    private let state = Mutex(State())

    /// Answers every call at once from now on, also those that wait.
    func answer(_ reply: @escaping @Sendable (ShopCommand) -> RouterReply) {
        let calls = state.withLock { state in
            state.reply = reply
            defer { state.calls = [] }
            return state.calls
        }
        for (command, done) in calls { Self.finish(done, reply(command)) }
    }

    /// Every call that waits for its answer fails so.
    func failAll(_ fault: WireFault) {
        let calls = state.withLock { state in
            defer { state.calls = [] }
            return state.calls
        }
        for (_, done) in calls { done(.failure(fault)) }
    }

    /// The texts of the commands that came, in order.
    var seen: [String] { state.withLock { $0.seen } }
    var asked: [UInt64?] { state.withLock { $0.asked } }

    /// Returns when so many commands have come in all.
    func came(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let there = state.withLock { state in
                if state.seen.count >= count { return true }
                state.waiting.append((count, continuation))
                return false
            }
            if there { continuation.resume() }
        }
    }

    func script(_ streams: [([ShopItem], WireFault?)]) {
        state.withLock { $0.streams = streams.map { (nil, $0.0, $0.1) } }
    }

    func submit(_ payload: [UInt8], deadline: Duration, completion: @escaping Completion) {
        guard case .command(let command)? = try? BinaryDecoder().decode(RouterRequest.self, from: payload) else {
            return completion(.failure(WireFault(.badRequest, "")))
        }
        let (reply, ready) = state.withLock { state in
            state.seen.append(command.stamp?.id.rawValue ?? "")
            if state.reply == nil { state.calls.append((command, completion)) }
            let ready = state.waiting.filter { $0.count <= state.seen.count }
            state.waiting.removeAll { $0.count <= state.seen.count }
            return (state.reply, ready)
        }
        if let reply { Self.finish(completion, reply(command)) }
        for one in ready { one.continuation.resume() }
    }

    private static func finish(_ done: Completion, _ reply: RouterReply) {
        if let bytes = try? BinaryEncoder().encode(reply) { done(.success(bytes)) }
    }

    func stream(
        _ payload: [UInt8], credit: Int, deliver: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        guard case .watchShop(let watch)? = try? BinaryDecoder().decode(RouterRequest.self, from: payload) else {
            return
        }
        let script = state.withLock { state in
            state.asked.append(watch.after)
            return state.streams.isEmpty ? nil : state.streams.removeFirst()
        }
        guard let script else { throw WireFault(.badRequest, "the script is over") }
        for item in script.items { try await deliver(try BinaryEncoder().encode(item)) }
        if let end = script.end { throw end }
    }

    func close() async { failAll(WireFault(.disconnected, "closed")) }
}

/// Time that the test moves. A pause ends when the test says so.
private final class FakeTime: Sendable {
    private struct State {
        var now = Duration.zero
        var pauses: [CheckedContinuation<Void, Never>] = []
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    var time: PoolTime {
        PoolTime(now: { [self] in state.withLock { $0.now } }, pause: { [self] _ in await pause() })
    }

    private func pause() async {
        await withCheckedContinuation { continuation in
            let waiting = state.withLock { state in
                state.pauses.append(continuation)
                defer { state.waiting = nil }
                return state.waiting
            }
            waiting?.resume()
        }
    }

    /// Waits until somebody pauses, then ends every pause, after moving the time.
    func tick(_ step: Duration = .zero) async {
        await withCheckedContinuation { continuation in
            let there = state.withLock { state in
                if !state.pauses.isEmpty { return true }
                state.waiting = continuation
                return false
            }
            if there { continuation.resume() }
        }
        let pauses = state.withLock { state in
            state.now += step
            defer { state.pauses = [] }
            return state.pauses
        }
        for pause in pauses { pause.resume() }
    }
}

/// Answers of one test's commands, in order of arrival.
private final class Answers: Sendable {
    private let state = Mutex<
        (done: [(String, Result<Answer, DeskError>)], waiting: (Int, CheckedContinuation<Void, Never>)?)
    >(([], nil))

    func note(_ name: String, _ result: Result<Answer, DeskError>) {
        let ready = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.done.append((name, result))
            guard let (count, continuation) = state.waiting, state.done.count >= count else { return nil }
            state.waiting = nil
            return continuation
        }
        ready?.resume()
    }

    func all(_ count: Int) async -> [(String, Result<Answer, DeskError>)] {
        await withCheckedContinuation { continuation in
            let there = state.withLock { state in
                if state.done.count >= count { return true }
                state.waiting = (count, continuation)
                return false
            }
            if there { continuation.resume() }
        }
        return state.withLock { $0.done }
    }
}

@Suite struct RouterPoolTests {
    private let shop = ShopID(rawValue: "s1")
    private let time = FakeTime()
    private let answers = Answers()

    private func membership(_ epoch: UInt64, _ names: String...) -> Membership {
        Membership(epoch: epoch, shards: 1, routers: names.map { Member(name: $0, socket: "\($0).sock") })
    }

    private func pool(_ routers: [String: FakeRouter], held: Int = 4_096) -> RouterPool {
        var settings = RouterPoolSettings()
        settings.heldPerShard = held
        return RouterPool(settings: settings, time: time.time) { member in
            guard let router = routers[member.name] else { preconditionFailure("no router \(member.name)") }
            return router
        }
    }

    private func give(_ pool: RouterPool, _ names: Int...) {
        for name in names {
            let stamp = CommandStamp(id: CommandID(rawValue: "\(name)"), fingerprint: 1)
            let command = ShopCommand(
                shop: shop, at: Timestamp(millis: 0), stamp: stamp,
                command: .removeAgent(RemoveAgent(agent: AgentID(rawValue: "a"))))
            pool.submit(command) { [answers] in answers.note("\(name)", $0) }
        }
    }

    private let ok: @Sendable (ShopCommand) -> RouterReply = { command in
        .answer(Answer(sequence: UInt64(command.stamp?.id.rawValue ?? "") ?? 0))
    }

    @Test func eachLoopHasLinksOfItsOwn() async {
        let loops = [EmbeddedEventLoop(), EmbeddedEventLoop()]
        let routers = [FakeRouter(), FakeRouter()]
        let pools = RouterPools(on: loops, settings: .init()) { _, loop in
            loop === loops[0] ? routers[0] : routers[1]
        }
        #expect(!pools.isReady)
        pools.update(membership(3, "r1"))
        #expect(pools.isReady)
        #expect(pools.epoch == 3)
        give(pools.on(loops[1]), 1)
        await routers[1].came(1)
        #expect(routers[0].seen.isEmpty)
        give(pools.shared, 2)
        await routers[0].came(1)
        #expect(routers[1].seen == ["1"])
        for router in routers { router.answer(ok) }
        _ = await answers.all(2)
        await pools.close()
    }

    @Test func commandsOfAShopGoOutInTheOrderTheyCame() async {
        let router = FakeRouter()
        let pool = pool(["r1": router])
        pool.update(membership(1, "r1"))
        give(pool, 1, 2, 3)
        await router.came(3)
        router.answer(ok)
        let done = await answers.all(3)
        #expect(router.seen == ["1", "2", "3"])
        #expect(done.map { try? $0.1.get().sequence } == [1, 2, 3])
    }

    @Test func whatARouterDropsGoesToTheNextOneInOrderUnderTheSameStamp() async {
        let (first, second) = (FakeRouter(), FakeRouter())
        let pool = pool(["r1": first, "r2": second])
        pool.update(membership(1, "r1"))
        give(pool, 1, 2, 3)
        await first.came(3)
        first.failAll(WireFault(.disconnected, "killed"))
        give(pool, 4)
        #expect(pool.heldCount == 4)
        pool.update(membership(2, "r2"))
        await time.tick()
        await second.came(1)
        #expect(second.seen == ["1"])
        #expect(pool.heldCount == 3)
        second.answer(ok)
        _ = await answers.all(4)
        #expect(second.seen == ["1", "2", "3", "4"])
        #expect(pool.heldCount == 0)
    }

    @Test func aShardThatMovesIsTriedByItsOldestUntilItOpens() async {
        let router = FakeRouter()
        let pool = pool(["r1": router])
        pool.update(membership(1, "r1"))
        router.answer { _ in .fault(WireFault(.notHolder, "opening")) }
        give(pool, 1, 2)
        await time.tick()
        await router.came(2)
        await time.tick()
        await router.came(3)
        router.answer(ok)
        await time.tick()
        _ = await answers.all(2)
        #expect(router.seen == ["1", "1", "1", "1", "2"])
    }

    @Test func anUnknownOutcomeIsTriedAgainAndARefusalIsNot() async {
        let router = FakeRouter()
        let pool = pool(["r1": router])
        pool.update(membership(1, "r1"))
        give(pool, 1)
        await router.came(1)
        router.failAll(WireFault(.unknownOutcome, "commit failed"))
        await time.tick()
        await router.came(2)
        router.answer { _ in .refusal(.notHandler) }
        let done = await answers.all(1)
        #expect(done[0].1 == .failure(.refused(.notHandler)))
        #expect(router.seen == ["1", "1"])
    }

    @Test func nothingIsHeldLongerThanTheBound() async {
        let pool = pool([:])
        pool.update(membership(1))
        give(pool, 1)
        await time.tick(.seconds(4))
        await time.tick(.milliseconds(999))
        #expect(pool.heldCount == 1)
        await time.tick(.milliseconds(1))
        let done = await answers.all(1)
        guard case .failure(.failed(let fault)) = done[0].1 else {
            Issue.record("an answer without a router")
            return
        }
        #expect(fault.code == .unknownOutcome)
        #expect(pool.heldCount == 0)
    }

    @Test func noMoreAreHeldThanTheBound() async {
        let pool = pool([:], held: 2)
        pool.update(membership(1))
        give(pool, 1, 2, 3)
        let done = await answers.all(1)
        #expect(done[0].0 == "3")
        guard case .failure(.failed(let fault)) = done[0].1 else {
            Issue.record("not refused")
            return
        }
        #expect(fault.code == .overloaded)
        #expect(pool.heldCount == 2)
    }

    @Test func whatIsInFlightEndsBeforeANewHolderIsAsked() async {
        let (first, second) = (FakeRouter(), FakeRouter())
        let pool = pool(["r1": first, "r2": second])
        pool.update(membership(1, "r1"))
        give(pool, 1)
        await first.came(1)
        // Both live, and the only shard goes to whichever the map names: r1 leaves.
        var lane = ShardLane(heldLimit: 8)
        guard case .send = lane.arrive(payload: [], expires: .seconds(1), reachable: true, finish: { _ in }) else {
            Issue.record("not sent")
            return
        }
        lane.moved()
        guard case .held = lane.arrive(payload: [], expires: .seconds(1), reachable: true, finish: { _ in }) else {
            Issue.record("sent past what is in flight")
            return
        }
        #expect(lane.probe() == nil)
        _ = lane.succeeded()
        #expect(lane.probe() != nil)
        first.answer(ok)
        _ = await answers.all(1)
    }

    @Test func anOlderMembershipIsIgnored() async {
        let (first, second) = (FakeRouter(), FakeRouter())
        let pool = pool(["r1": first, "r2": second])
        pool.update(membership(5, "r2"))
        pool.update(membership(4, "r1"))
        give(pool, 1)
        await second.came(1)
        #expect(first.seen.isEmpty)
        #expect(pool.epoch == 5)
    }

    @Test func aWatchGoesOnAfterTheLastEventWhenTheShardMoves() async throws {
        let router = FakeRouter()
        let pool = pool(["r1": router])
        pool.update(membership(1, "r1"))
        router.script([
            ([ShopItem(last: 7, body: []), ShopItem(last: 9, body: [])], WireFault(.disconnected, "killed")),
            ([], WireFault(.notHolder, "opening")),
            ([ShopItem(last: 12, body: [])], WireFault(.badRequest, "end of the test")),
        ])
        let got = Mutex<[UInt64]>([])
        let watching = Task {
            try await pool.watch(WatchShop(shop: shop, after: 5)) { item in got.withLock { $0.append(item.last) } }
        }
        await time.tick()
        await time.tick()
        await #expect(throws: DeskError.self) { try await watching.value }
        #expect(got.withLock { $0 } == [7, 9, 12])
        #expect(router.asked == [5, 9, 9])
    }
}
