// All scores of the cluster: takes runs of events, one transaction for everything that came in meanwhile, and answers
// from memory and file together, which always agree. An actor that lives on an event loop of its own, where a commit
// may take its time. A failed commit ends the process: what it did is unknown, and the file knows (I3).

import Domain
import Journal
import NIOCore
import Wire

public actor ScoreBook {
    private nonisolated let loop: any EventLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// Most events of one transaction; what is beyond goes into the next. Default 65,536 (by whole items).
    public static let batchLimit = 65_536

    /// One shop's scoring, changed in place.
    final class ShopScore {
        var tally: ShopTally
        var changes = TallyChanges()
        var isChanged = false
        /// MEM-4: what agents were given since it was last added to the days' sums, and in how many runs.
        var loads: [WorkloadKey: Int] = [:]
        var loadRuns = 0
        let name: [UInt8]

        init(_ tally: ShopTally, loads: [WorkloadKey: Int] = [:]) {
            self.tally = tally
            self.loads = loads
            loadRuns = tally.runCount
            name = Array(tally.shop.rawValue.utf8)
        }
    }

    let file: ScoreFile
    private let zones: Zones
    let settings: ScoreBookSettings
    let definitions: [ScoreDefinition]
    private var shops: [ShopID: ShopScore] = [:]
    private var places: [Int: UInt64] = [:]
    /// Time of each shard's last event; a shard's time never goes back.
    private var times: [Int: Timestamp] = [:]
    private var shards: Int?
    private var setAside = 0
    /// The last run of the file.
    private var lastRun: Int64 = 0

    // Derived, and made again when missing: ScoreBook+Days.
    var boards: [ShopID: [BoardKey: CountedDay]] = [:]
    var boardCount = 0
    var sealed: [SealedKey: [CivilDay: Scorecard]] = [:]
    var sealedAccounts = 0
    var finished: [ShopID: FinishedDays] = [:]
    /// Sealed cards that are not in the file yet.
    var unsaved: [Scorecard] = []

    // ScoreBook+Restrictions.
    var noted: [ShopID: RestrictionPlace] = [:]
    var reviews = ReviewTimes()

    private var pending: [(shard: Int, items: [ShardItem], done: CheckedContinuation<Void, any Error>)] = []
    private var pendingEvents: UInt64 = 0
    private var isScheduled = false
    private var isGathering = false
    /// Before which the next transaction does not begin.
    private var notBefore = NIODeadline.distantPast
    private var failure: (any Error)?
    private var waiters: [(shard: Int, sequence: UInt64, done: CheckedContinuation<Void, Never>)] = []

    /// Opens the file. `loop` must be nobody else's.
    public init(
        path: String, on loop: any EventLoop, zones: Zones = Zones(),
        definitions: [ScoreDefinition] = ScoreDefinition.presets, settings: ScoreBookSettings = .init()
    ) throws {
        self.loop = loop
        self.zones = zones
        self.definitions = definitions
        self.settings = settings
        let file = try ScoreFile(path: path)
        self.file = file
        for place in try file.places() {
            places[place.shard] = place.sequence
            times[place.shard] = place.at
        }
        lastRun = try file.lastRun()
        for stored in try file.tallies() {
            shops[stored.shop] = ShopScore(
                ShopTally(
                    shop: stored.shop, facts: stored.facts, head: stored.head, lastTurn: stored.lastTurn,
                    runs: stored.runs, zones: zones.source), loads: stored.loads)
            noted[stored.shop] = stored.noted
            reviews.set(stored.shop, .distantPast)
        }
    }

    public func close() throws { try file.close() }

    // MARK: Taking events

    /// The last event of a shard that is in the scores.
    public func place(_ shard: Int) -> UInt64 { places[shard] ?? 0 }

    public func expect(shards: Int) { self.shards = shards }

    /// Comes back when the item's events and its place are durable. Events that are in it already change nothing.
    public func take(_ shard: Int, _ item: ShardItem) async throws { try await take(shard, [item]) }

    /// The same for items that follow each other.
    public func take(_ shard: Int, _ items: [ShardItem]) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            pending.append((shard, items, done))
            for item in items { pendingEvents += item.last - item.first + 1 }
            schedule()
        }
    }

    private func schedule() {
        guard !isScheduled, !pending.isEmpty else { return }
        // Whatever else has arrived by then goes into the same transaction.
        if notBefore > .now(), waiters.isEmpty, pendingEvents < settings.gatherMost {
            guard !isGathering else { return }
            isGathering = true
            loop.scheduleTask(deadline: notBefore) { [self] in
                assumeIsolated { book in
                    book.isGathering = false
                    book.schedule()
                }
            }
        } else {
            isScheduled = true
            loop.execute { [self] in assumeIsolated { $0.commit() } }
        }
    }

    private func commit() {
        isScheduled = false
        var events: UInt64 = 0
        var count = 0
        while count < pending.count, count == 0 || events < UInt64(Self.batchLimit) {
            for item in pending[count].items { events += item.last - item.first + 1 }
            count += 1
        }
        pendingEvents -= events
        // What comes in small pieces is gathered: each transaction takes the disk from the routers for a moment.
        notBefore = .now() + settings.gather
        let taken = pending.prefix(count)
        pending.removeFirst(count)
        do {
            if let failure { throw failure }
            try score(taken.flatMap { entry in entry.items.map { (entry.shard, $0) } })
        } catch {
            failure = error
            for entry in taken { entry.done.resume(throwing: error) }
            schedule()
            return
        }
        for entry in taken { entry.done.resume() }
        if !waiters.isEmpty {
            let reached = waiters.filter { place($0.shard) >= $0.sequence }
            waiters.removeAll { place($0.shard) >= $0.sequence }
            for waiter in reached { waiter.done.resume() }
        }
        schedule()
    }

    /// One transaction.
    private func score(_ items: [(shard: Int, item: ShardItem)]) throws {
        var changed: [ShopScore] = []
        var moved: Set<Int> = []
        for (shard, item) in items {
            if try score(shard, item, &changed) { moved.insert(shard) }
        }
        var batch = ScoreBatch()
        for shard in moved.sorted() {
            batch.places.append((shard, place(shard), times[shard] ?? .distantPast))
        }
        for score in changed { batch.shops.append(stored(score)) }
        try file.write(batch)
        for score in changed {
            follow(score.tally.shop, score.changes)
            score.changes.clear()
            score.isChanged = false
        }
    }

    /// What the transaction writes of a shop.
    private func stored(_ score: ShopScore) -> ScoreBatch.Shop {
        lastRun += 1
        let changes = score.changes
        let run = score.tally.store(changes, as: lastRun)
        let tally = score.tally
        var body = ByteWriter(reserving: 64 + run.places.count * 64 + changes.dropped.count * 5)
        var days: [CivilDay] = []
        func note(_ turn: Turn) { if days.last != turn.day { days.append(turn.day) } }
        for turn in changes.closed { note(turn) }
        PackedRun.write(
            head: tally.head, lastTurn: tally.lastTurn, changes, run.places,
            { place in
                let turn = tally.turn(at: place)
                note(turn)
                return turn
            }, into: &body)
        for load in changes.loads {
            score.loads[WorkloadKey(day: load.day, agent: load.agent), default: 0] += load.consults
        }
        score.loadRuns += 1
        // They are in the runs until then, and no run goes before.
        var loads: [WorkloadKey: Int]?
        if !run.gone.isEmpty, score.loadRuns > tally.runCount { loads = take(score) }
        return ScoreBatch.Shop(
            shop: tally.shop, facts: changes.factsChanged ? tally.facts : nil, closed: changes.closed, run: lastRun,
            body: body.bytes, days: days, gone: run.gone, loads: loads)
    }

    private func take(_ score: ShopScore) -> [WorkloadKey: Int] {
        defer {
            score.loads.removeAll(keepingCapacity: true)
            score.loadRuns = 0
        }
        return score.loads
    }

    /// One item in memory. True if anything of it was new.
    private func score(_ shard: Int, _ item: ShardItem, _ changed: inout [ShopScore]) throws -> Bool {
        let start = place(shard)
        var place = start
        var time = times[shard] ?? .distantPast
        var scanner = RecordScanner(item.body)
        var last: ShopScore?
        while let found = try scanner.next() {
            guard found.sequence > place else { continue }
            guard found.sequence == place + 1 else {
                throw WireFault(.internalFault, "shard \(shard): event \(place + 1) is missing")
            }
            place = found.sequence
            let score: ShopScore
            if let last, scanner.isOf(last.name, found) {
                score = last
            } else {
                score = self.score(of: scanner.shop(of: found))
                last = score
            }
            let scored = try scanner.scored(found, letters: score.tally.phraseLetters)
            if !score.isChanged {
                score.isChanged = true
                changed.append(score)
            }
            switch scored {
            case .turn(let event, let at):
                time = max(time, at)
                score.tally.apply(event, found.sequence, at: at, &score.changes)
            case .other(.event(let record)):
                time = max(time, record.at)
                score.tally.apply(record, &score.changes)
            case .nothing(let at):
                time = max(time, at)
                score.tally.pass(found.sequence)
            case .other(.setAside(let head, _)):
                time = max(time, head.at)
                setAside += 1
                score.tally.pass(found.sequence)
            }
        }
        guard place > start else { return false }
        places[shard] = place
        times[shard] = time
        return true
    }

    private func score(of shop: ShopID) -> ShopScore {
        if let known = shops[shop] { return known }
        let made = ShopScore(ShopTally(shop: shop, zones: zones.source))
        shops[shop] = made
        return made
    }

    /// What depends on the turns, once they are durable.
    private func follow(_ shop: ShopID, _ changes: TallyChanges) {
        if changes.factsChanged { reviews.set(shop, .distantPast) }
        for (key, counted) in boards[shop] ?? [:] {
            for turn in changes.closed where turn.day == key.day { counted.board.add(turn) }
        }
    }

    // MARK: Waiting

    /// Comes back when every event of the shard up to that one is in the scores.
    public func reach(_ shard: Int, _ sequence: UInt64) async {
        guard place(shard) < sequence else { return }
        await withCheckedContinuation {
            waiters.append((shard, sequence, $0))
            schedule()
        }
    }

    public var status: ScorerStatus {
        let count = shards ?? ((places.keys.max() ?? -1) + 1)
        return ScorerStatus(
            places: (0..<count).map { place($0) }, shops: shops.count,
            running: shops.values.reduce(0) { $0 + $1.tally.runningCount }, setAside: setAside)
    }

    // MARK: Reading

    func tally(_ shop: ShopID) throws(ScoreRefusal) -> ShopTally {
        guard let score = shops[shop], score.tally.facts.since != nil else { throw .unknownShop }
        return score.tally
    }

    func shard(of shop: ShopID) -> Int? { shards.map { ShardMap.shard(of: shop, shards: $0) } }

    /// Every event up to that time is in the shop's scores; later ones may come.
    func seen(_ shop: ShopID) -> Timestamp { shard(of: shop).flatMap { times[$0] } ?? .distantPast }

    func workload(_ shop: ShopID, from: CivilDay, before: CivilDay) throws -> (consults: Int, agentDays: Int) {
        if let score = shops[shop], !score.loads.isEmpty {
            do {
                try file.add(take(score), of: shop, upTo: lastRun)
            } catch {
                failure = error
                throw error
            }
        }
        return try file.workload(shop, from: from, before: before)
    }

    /// One day's standard rate of the ended turns by the database alone; `prepared` has to be called before.
    public func rateBySQL() throws -> (answered: Int, total: Int) { try file.rateBySQL() }
    public func prepareSQL(_ shop: ShopID, _ day: CivilDay) throws { try file.spread(shop, day) }
}

public struct ScoreBookSettings: Sendable {
    /// Days after which the turns of a sealed day go; its cards stay. 8…3,660, default 400.
    public var keepDays = 400
    /// Most days that are kept counted in memory, over all shops and definitions. Default 4,096.
    public var boards = 4_096
    /// Most accounts of sealed cards in memory. Default 262,144.
    public var sealedAccounts = 1 << 18
    /// Most shops that one review looks at. Default 64.
    public var reviewShops = 64
    /// Transactions begin so far apart, unless `gatherMost` events or anybody wait. Defaults 25 ms, 4,096.
    public var gather = TimeAmount.milliseconds(25)
    public var gatherMost: UInt64 = 4_096

    public init() {}
}
