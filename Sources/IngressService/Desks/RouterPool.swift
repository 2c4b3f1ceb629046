// Sends each shop's requests to the router that holds its shard (Protocols/Messages.md, "Shards") and hides moves:
// requests are held meanwhile, bounded in number and time, and go out again in order under the same stamp, which is
// safe because the same command ID gives the same answer (I9). Membership comes from the supervisor.

import Domain
import Synchronization
import Wire

public struct RouterPoolSettings: Sendable {
    /// Most requests of one shard that wait for its router.
    public var heldPerShard = 4_096
    /// A request that has no answer after so long is given up.
    public var holdLimit = Duration.seconds(5)
    /// Between two attempts while a shard cannot be reached; the second is the upper bound.
    public var firstPause = Duration.milliseconds(10)
    public var longestPause = Duration.milliseconds(200)
    /// Bytes of a stream that may wait for its reader.
    public var streamCredit = 262_144
    /// A stream that cannot be served for so long ends.
    public var streamPatience = Duration.seconds(30)

    public init() {}
}

/// Monotonic time and waiting, so that tests decide when a pause ends.
public struct PoolTime: Sendable {
    public var now: @Sendable () -> Duration
    /// Returns early when the task is cancelled.
    public var pause: @Sendable (Duration) async -> Void

    public init(now: @escaping @Sendable () -> Duration, pause: @escaping @Sendable (Duration) async -> Void) {
        self.now = now
        self.pause = pause
    }

    public static var system: PoolTime {
        let start = ContinuousClock.now
        return PoolTime(now: { ContinuousClock.now - start }, pause: { try? await Task.sleep(for: $0) })
    }
}

public final class RouterPool: Desks {
    private struct Lane {
        var calls: ShardLane
        /// Of the shard's router.
        var link: (any RouterLink)?
        /// Calls to send, in order; whoever finds `pumping` false sends them.
        var outbox: [LaneCall] = []
        var pumping = false
        /// A task looks after the calls held.
        var tended = false

        /// True if the caller is to look after the calls held from now on.
        mutating func startTending() -> Bool {
            guard !tended, !calls.held.isEmpty else { return false }
            tended = true
            return true
        }
    }

    private struct State {
        var epoch: UInt64 = 0
        var links: [String: any RouterLink] = [:]
        var sockets: [String: String] = [:]
        /// Name of each shard's router.
        var owners: [String] = []
        var lanes: [Lane] = []
        var closed = false
    }

    private let settings: RouterPoolSettings
    private let time: PoolTime
    private let connect: @Sendable (Member) -> any RouterLink
    private let state = Mutex(State())

    /// `connect` makes a link; it may connect in the background.
    public init(
        settings: RouterPoolSettings = .init(), time: PoolTime = .system,
        connect: @escaping @Sendable (Member) -> any RouterLink
    ) {
        self.settings = settings
        self.time = time
        self.connect = connect
    }

    /// Takes over a membership; an older one than the present is ignored. Links to routers that left are closed, so
    /// what was in flight there is tried again elsewhere.
    public func update(_ membership: Membership) {
        let leaving: [any RouterLink] = state.withLock { state in
            guard !state.closed, membership.epoch >= state.epoch else { return [] }
            state.epoch = membership.epoch
            if state.lanes.isEmpty {
                let lane = Lane(calls: ShardLane(heldLimit: settings.heldPerShard))
                state.lanes = Array(repeating: lane, count: membership.shards)
            }
            var leaving: [any RouterLink] = []
            let present = Dictionary(membership.routers.map { ($0.name, $0.socket) }, uniquingKeysWith: { a, _ in a })
            for (name, link) in state.links where present[name] != state.sockets[name] {
                leaving.append(link)
                state.links[name] = nil
                state.sockets[name] = nil
            }
            for member in membership.routers where state.links[member.name] == nil {
                state.links[member.name] = connect(member)
                state.sockets[member.name] = member.socket
            }
            let owners = ShardMap.owners(shards: state.lanes.count, routers: membership.routers.map(\.name))
            for shard in state.lanes.indices {
                if owners.isEmpty || state.owners.isEmpty || owners[shard] != state.owners[shard] {
                    state.lanes[shard].calls.moved()
                }
                state.lanes[shard].link = owners.isEmpty ? nil : state.links[owners[shard]]
            }
            state.owners = owners
            return leaving
        }
        for link in leaving { Task { await link.close() } }
    }

    /// There is a router for every shard.
    public var isReady: Bool { state.withLock { !$0.owners.isEmpty } }
    public var epoch: UInt64 { state.withLock { $0.epoch } }
    /// Requests that wait for a router.
    public var heldCount: Int { state.withLock { $0.lanes.reduce(0) { $0 + $1.calls.held.count } } }

    public func close() async {
        let links = state.withLock { state in
            state.closed = true
            defer { state.links = [:] }
            for shard in state.lanes.indices { state.lanes[shard].link = nil }
            return Array(state.links.values)
        }
        for link in links { await link.close() }
    }

    public func submit(_ command: ShopCommand, completion: @escaping @Sendable (Result<Answer, DeskError>) -> Void) {
        request(.command(command), shop: command.shop) { result in
            switch result {
            case .success(.answer(let answer)): completion(.success(answer))
            case .success(.refusal(let refusal)): completion(.failure(.refused(refusal)))
            case .success: completion(.failure(.failed(WireFault(.internalFault, "not an answer to a command"))))
            case .failure(let fault): completion(.failure(.failed(fault)))
            }
        }
    }

    public func query(_ query: ShopQuery) async throws(DeskError) -> View {
        let result: Result<RouterReply, WireFault> = await withCheckedContinuation { continuation in
            request(.query(query), shop: query.shop) { continuation.resume(returning: $0) }
        }
        switch result {
        case .success(.view(let view)): return view
        case .success(.refusal(let refusal)): throw .refused(refusal)
        case .success: throw .failed(WireFault(.internalFault, "not an answer to a query"))
        case .failure(let fault): throw .failed(fault)
        }
    }

    public func watch(_ watch: WatchShop, deliver: @escaping @Sendable (ShopItem) async throws -> Void) async throws {
        let position = Mutex(watch.after)
        var lostAt: Duration?
        var pause = settings.firstPause
        while !Task.isCancelled {
            let before = position.withLock { $0 }
            do {
                guard let link = link(of: watch.shop) else { throw WireFault(.notHolder, "no router") }
                let request = WatchShop(shop: watch.shop, after: before, agent: watch.agent)
                let payload = try BinaryEncoder().encode(RouterRequest.watchShop(request))
                try await link.stream(payload, credit: settings.streamCredit) { bytes in
                    let item = try BinaryDecoder().decode(ShopItem.self, from: bytes)
                    try await deliver(item)
                    position.withLock { $0 = item.last }
                }
            } catch let fault as WireFault {
                guard Self.mayRetry(fault) else { throw DeskError.failed(fault) }
            }
            // The stream ended or failed: from the last event on, with whoever holds the shard then.
            let now = time.now()
            if position.withLock({ $0 }) != before {
                lostAt = nil
                pause = settings.firstPause
            }
            let since = lostAt ?? now
            lostAt = since
            if now - since >= settings.streamPatience {
                throw DeskError.failed(WireFault(.notHolder, "the shop has no router"))
            }
            await time.pause(pause)
            pause = min(pause * 2, settings.longestPause)
        }
        throw CancellationError()
    }

    private func link(of shop: ShopID) -> (any RouterLink)? {
        state.withLock { state in
            if state.lanes.isEmpty { return nil }
            return state.lanes[ShardMap.shard(of: shop, shards: state.lanes.count)].link
        }
    }

    private static func mayRetry(_ fault: WireFault) -> Bool {
        switch fault.code {
        case .notHolder, .disconnected, .unknownOutcome, .stopping, .deadlineExceeded, .tooSlow: true
        default: false
        }
    }

    // MARK: requests

    private func request(
        _ request: RouterRequest, shop: ShopID, finish: @escaping @Sendable (Result<RouterReply, WireFault>) -> Void
    ) {
        let payload = request.encoded(reserving: 256)
        let expires = time.now() + settings.holdLimit
        let step = state.withLock { state -> Step in
            guard !state.lanes.isEmpty, !state.closed else { return .unknown }
            let shard = ShardMap.shard(of: shop, shards: state.lanes.count)
            let arrival = state.lanes[shard].calls.arrive(
                payload: payload, expires: expires, reachable: !state.owners.isEmpty, finish: finish)
            switch arrival {
            case .send(let call):
                if !state.lanes[shard].pumping, state.lanes[shard].outbox.isEmpty, let link = state.lanes[shard].link {
                    state.lanes[shard].pumping = true
                    return .send(call, link, shard)
                }
                state.lanes[shard].outbox.append(call)
                return .pump(shard)
            case .held: return .pump(shard)
            case .refused: return .refused
            }
        }
        switch step {
        case .send(let call, let link, let shard):
            send(call, link, within: settings.holdLimit, shard)
            pump(shard, isMine: true)
        case .pump(let shard): pump(shard)
        case .refused: finish(.failure(WireFault(.overloaded, "too many requests wait for the shop's router")))
        case .unknown: finish(.failure(WireFault(.notHolder, "no membership yet")))
        }
    }

    /// What is to be done for a request that came in.
    private enum Step {
        /// At once; the sending of this shard is the caller's.
        case send(LaneCall, any RouterLink, Int)
        case pump(Int)
        case refused
        case unknown
    }

    private func send(_ call: LaneCall, _ link: any RouterLink, within limit: Duration, _ shard: Int) {
        link.submit(call.payload, deadline: limit) { [self] result in
            ended(call, Self.reply(result), shard: shard)
        }
    }

    /// Sends what is in the outbox, in order; one thread at a time per shard. `isMine`: the caller has begun.
    private func pump(_ shard: Int, isMine: Bool = false) {
        var mine = isMine
        var starts = false
        while true {
            let (batch, link) = state.withLock { state -> ([LaneCall], (any RouterLink)?) in
                let batch = mine || !state.lanes[shard].pumping ? state.lanes[shard].outbox : []
                if batch.isEmpty {
                    if mine { state.lanes[shard].pumping = false }
                    starts = state.lanes[shard].startTending()
                    return ([], nil)
                }
                state.lanes[shard].outbox = []
                state.lanes[shard].pumping = true
                return (batch, state.lanes[shard].link)
            }
            if batch.isEmpty { break }
            mine = true
            for call in batch {
                guard let link else {
                    ended(call, .failure(WireFault(.notHolder, "no router")), shard: shard)
                    continue
                }
                send(call, link, within: max(.milliseconds(1), call.expires - time.now()), shard)
            }
        }
        if starts { tend(shard) }
    }

    private static func reply(_ result: Result<[UInt8], WireFault>) -> Result<RouterReply, WireFault> {
        switch result {
        case .failure(let fault): return .failure(fault)
        case .success(let bytes):
            do {
                let reply = try RouterReply(decoding: bytes)
                if case .fault(let fault) = reply { return .failure(fault) }
                return .success(reply)
            } catch {
                return .failure(WireFault(.internalFault, "cannot read the reply: \(error)"))
            }
        }
    }

    private func ended(_ call: LaneCall, _ result: Result<RouterReply, WireFault>, shard: Int) {
        if case .failure(let fault) = result, Self.mayRetry(fault), fault.code != .deadlineExceeded {
            let starts = state.withLock { state in
                state.lanes[shard].calls.failed(call)
                return state.lanes[shard].startTending()
            }
            if starts { tend(shard) }
            return
        }
        let (releases, starts) = state.withLock { state in
            let released = state.lanes[shard].calls.succeeded()
            if released.isEmpty { return (false, state.lanes[shard].startTending()) }
            state.lanes[shard].outbox.append(contentsOf: released)
            return (true, false)
        }
        call.finish(result)
        if releases { pump(shard) }
        if starts { tend(shard) }
    }

    /// Looks after the calls held, as long as there are any. One task at a time per shard (`startTending`).
    private func tend(_ shard: Int) {
        Task {
            var pause = settings.firstPause
            while true {
                await time.pause(pause)
                pause = min(pause * 2, settings.longestPause)
                let now = time.now()
                let (late, goesOn, probes) = state.withLock { state -> ([LaneCall], Bool, Bool) in
                    let late = state.lanes[shard].calls.expire(now: now)
                    if state.lanes[shard].calls.held.isEmpty {
                        state.lanes[shard].tended = false
                        return (late, false, false)
                    }
                    if !state.owners.isEmpty, let probe = state.lanes[shard].calls.probe() {
                        state.lanes[shard].outbox.append(probe)
                        return (late, true, true)
                    }
                    return (late, true, false)
                }
                for call in late {
                    call.finish(.failure(WireFault(.unknownOutcome, "no router answered in time")))
                }
                if !goesOn { break }
                if probes { pump(shard) }
            }
        }
    }
}
