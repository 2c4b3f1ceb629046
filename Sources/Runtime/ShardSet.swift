// The shards of one router: which are its own, who asks which, and the loop's ticks. Lives on the router's event loop.
// A shard belongs to the router that `ShardMap` names for the membership; commands for others are answered `notHolder`.

import Domain
import Logging
import NIOCore
import Synchronization
import Wire

public actor ShardSet {
    private nonisolated let executor: any SerialExecutor
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    public nonisolated let name: String
    nonisolated let around: Shard.Surroundings
    nonisolated let shards: [Shard]
    private var epoch: UInt64 = 0
    private var mine: Set<Int> = []
    private var ticking: RepeatedTask?
    /// More than one turn can serve; see `ShardSet+Inbound.swift`.
    var inbound: Inbound<Waiting>
    var cells = PayloadCells()
    /// Who found no place there and is still to be told.
    var turnedAway = Queue<ReplyTo>()
    /// Refusals since the last turn that others on the connection paid for.
    var paidFor = 0
    /// The connection's read that is under way.
    var read = CrowdedRead()
    var working = false
    /// Shards that were asked since their last commit began, and the same by number.
    private var touched: [Int] = []
    private var isTouched: [Bool]
    /// See `lookAhead`.
    var seen = 0

    public init(name: String, around: Shard.Surroundings) {
        self.name = name
        self.around = around
        let count = around.engine.shardCount
        inbound = Inbound(limits: around.settings.inbound) { ShardMap.shard(of: $0, shards: count) }
        executor = around.loop.executor
        shards = (0..<count).map { Shard(number: $0, around: around) }
        isTouched = Array(repeating: false, count: count)
    }

    /// Runs on the router's loop, in one piece; anywhere else it traps.
    public nonisolated func onLoop<T: Sendable>(_ body: (isolated ShardSet) -> T) -> T {
        withoutActuallyEscaping(body) { body in
            // The caller is on the loop, which `assumeIsolated` checks.
            nonisolated(unsafe) let body = body
            return assumeIsolated { body($0) }
        }
    }

    public func start() {
        ticking = around.loop.scheduleRepeatedTask(initialDelay: .zero, delay: around.settings.tick) { _ in
            self.tick()
        }
    }

    private nonisolated func tick() {
        around.loop.preconditionInEventLoop()
        around.commits.gathering {
            for shard in shards { shard.tick() }
        }
    }

    // MARK: Membership

    /// Takes what is this router's under the membership and lets go of the rest. An older one than known is ignored.
    public func apply(_ membership: Membership) {
        guard membership.epoch > epoch else { return }
        epoch = membership.epoch
        let owners = ShardMap.owners(shards: shards.count, routers: membership.routers.map(\.name))
        mine = Set(owners.indices.filter { owners[$0] == name })
        for shard in shards {
            if mine.contains(shard.number) {
                shard.claim()
            } else {
                shard.release {}
            }
        }
    }

    /// Every shard that is this router's is open, but for those that cannot be opened (I12).
    public var ready: Bool {
        epoch > 0 && mine.allSatisfy { shards[$0].phase == .open || shards[$0].failure != nil }
    }

    /// Lets go of everything; `done` is called when all is durable and every lease is free.
    public func stop(_ done: @escaping @Sendable () -> Void) {
        ticking?.cancel()
        ticking = nil
        mine = []
        let left = Countdown(shards.count, done)
        for shard in shards { shard.release { left.one() } }
    }

    // MARK: Requests

    /// The requests of one read, in order.
    public func receive(_ requests: [AskedRequest]) {
        guard isCrowded(requests.count) else { return serve(requests) }
        for asked in requests { line(up: asked) }
        finish()
    }

    /// Each shard that got any commits them together, every now and then of many: then the disk is busy while the rest is
    /// decided.
    func serve(_ requests: [AskedRequest]) {
        let most = around.settings.commitEvery
        var place = 0
        var commitAt = most
        while place < requests.count {
            let end = min(place + ShopRun.most, requests.count, commitAt)
            serve(few: requests[place..<end])
            place = end
            if place >= commitAt {
                commit()
                commitAt = place + most
            }
        }
        commit()
    }

    /// No more than are looked at together.
    private func serve(few requests: ArraySlice<AskedRequest>) {
        withLook(at: requests) { look in
            for run in look.runs {
                guard let number = run.shard else {
                    for place in run.requests { serve(shardless: requests[place]) }
                    continue
                }
                shards[number].receive(run, of: requests, look)
                if !isTouched[number] {
                    isTouched[number] = true
                    touched.append(number)
                }
            }
        }
    }

    private func serve(shardless asked: AskedRequest) {
        if case .status = asked.request {
            asked.to.sink.reply(asked.to.id, .status(status()))
        } else {
            refuse(asked.request, asked.to)
        }
    }

    private func commit() {
        around.commits.gathering {
            for number in touched {
                isTouched[number] = false
                shards[number].kick()
            }
        }
        touched.removeAll(keepingCapacity: true)
    }

    func shardNumber(of request: RouterRequest) -> Int? {
        switch request {
        case .command(let call): ShardMap.shard(of: call.shop, shards: shards.count)
        case .query(let call): ShardMap.shard(of: call.shop, shards: shards.count)
        case .watchShop(let watch): ShardMap.shard(of: watch.shop, shards: shards.count)
        case .followShard(let follow): shards.indices.contains(follow.shard) ? follow.shard : nil
        case .status: nil
        }
    }

    private func refuse(_ request: RouterRequest, _ to: ReplyTo) {
        let fault = WireFault(.badRequest, "no such shard")
        if case .followShard = request { to.sink.end(to.id, fault) } else { to.sink.reply(to.id, .fault(fault)) }
    }

    /// A stream's reader has room again.
    public func credited(_ to: ReplyTo) {
        for shard in shards where shard.hasStream(to) { shard.credited(to) }
    }

    /// A stream was cancelled.
    public func cancelled(_ to: ReplyTo) {
        for shard in shards where shard.hasStream(to) { shard.drop(to) }
    }

    /// A caller is gone with all its streams.
    public func gone(_ sink: any ReplySink) {
        for shard in shards { shard.drop(sink: sink) }
    }

    // MARK: Time

    /// Fires everything due until the clock's time; `done` is called when it is durable and every shard that is this
    /// router's is there.
    public func reach(_ done: @escaping @Sendable () -> Void) {
        let left = Countdown(mine.count + 1, done)
        for number in mine.sorted() { shards[number].reach { left.one() } }
        left.one()
    }

    // MARK: Status

    public func status() -> RouterStatus {
        RouterStatus(
            name: name, epoch: epoch, shards: shards.compactMap { $0.status() },
            connections: 0)
    }
}

/// Calls `done` once, after so many times.
final class Countdown: Sendable {
    private let left: Mutex<Int>
    private let done: @Sendable () -> Void

    init(_ count: Int, _ done: @escaping @Sendable () -> Void) {
        left = Mutex(count)
        self.done = done
        if count == 0 { done() }
    }

    func one() {
        let last = left.withLock { left in
            left -= 1
            return left == 0
        }
        if last { done() }
    }
}
