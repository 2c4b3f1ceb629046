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
    /// Events of turns that are read and not applied; none between two items.
    private var ahead = ScoreAhead()
    /// For changes of the next transaction.
    private var rooms: [TallyChanges] = []
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
    /// Of what waits, the most of one reader.
    private var pendingBytes = 0
    /// The next transaction, when its time has come.
    private var gathering: Scheduled<Void>?
    private var pace: GatherPace
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
        pace = GatherPace(settings, now: .now())
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
            pendingBytes = max(pendingBytes, Self.bytes(items))
            schedule()
        }
    }

    private func schedule() {
        guard !isScheduled, !pending.isEmpty else { return }
        // Whatever else has arrived by then goes into the same transaction.
        if pace.notBefore > .now(), waiters.isEmpty, !pace.isUrgent(events: pendingEvents, bytes: pendingBytes) {
            guard gathering == nil else { return }
            gathering = loop.scheduleTask(deadline: pace.notBefore) { [self] in
                assumeIsolated { book in
                    book.gathering = nil
                    book.schedule()
                }
            }
        } else {
            isScheduled = true
            loop.execute { [self] in assumeIsolated { $0.commit() } }
        }
    }

    private static func bytes(_ items: [ShardItem]) -> Int { items.reduce(0) { $0 + $1.body.count } }

    private func commit() {
        isScheduled = false
        gathering?.cancel()
        gathering = nil
        var events: UInt64 = 0
        var count = 0
        var mostBytes = 0
        while count < pending.count, count == 0 || events < UInt64(Self.batchLimit) {
            for item in pending[count].items { events += item.last - item.first + 1 }
            mostBytes = max(mostBytes, Self.bytes(pending[count].items))
            count += 1
        }
        pendingEvents -= events
        let taken = pending.prefix(count)
        pending.removeFirst(count)
        pendingBytes = pending.reduce(0) { max($0, Self.bytes($1.items)) }
        let begin = NIODeadline.now()
        do {
            try goOn()
            try score(taken.flatMap { entry in entry.items.map { (entry.shard, $0) } })
        } catch {
            failure = error
            for entry in taken { entry.done.resume(throwing: error) }
            schedule()
            return
        }
        for entry in taken { entry.done.resume() }
        pace.made(from: begin, to: .now(), bytes: mostBytes)
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
        batch.shops.reserveCapacity(changed.count)
        for score in changed {
            lastRun += 1
            batch.shops.append(score.scoring.stored(as: lastRun))
        }
        try file.write(batch)
        for score in changed {
            follow(score)
            let room = score.scoring.end()
            if rooms.count < settings.rooms, !room.isLarge { rooms.append(room) }
            score.isChanged = false
        }
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
            let scored = try scanner.scored(found, letters: score.scoring.tally.phraseLetters)
            if !score.isChanged {
                score.isChanged = true
                score.scoring.begin(rooms.popLast() ?? TallyChanges())
                changed.append(score)
            }
            if case .turn = scored {} else { ahead.apply() }
            switch scored {
            case .turn(let event, let at):
                time = max(time, at)
                ahead.append(event, found.sequence, at: at, of: score)
            case .other(.event(let record)):
                time = max(time, record.at)
                score.scoring.apply(record)
            case .nothing(let at):
                time = max(time, at)
                score.scoring.pass(found.sequence)
            case .other(.setAside(let head, _)):
                time = max(time, head.at)
                setAside += 1
                score.scoring.pass(found.sequence)
            }
        }
        ahead.apply()
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
    private func follow(_ score: ShopScore) {
        if score.scoring.changes.factsChanged { reviews.set(score.scoring.tally.shop, .distantPast) }
        guard !boards.isEmpty, let own = boards[score.scoring.tally.shop] else { return }
        for (key, counted) in own {
            for turn in score.scoring.changes.closed where turn.day == key.day { counted.board.add(turn) }
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
            running: shops.values.reduce(0) { $0 + $1.scoring.tally.runningCount }, setAside: setAside)
    }

    // MARK: Reading

    /// After a failed transaction what is in memory may be in no file (I3): nothing is made of it any more.
    func goOn() throws { if let failure { throw failure } }

    func tally(_ shop: ShopID) throws(ScoreRefusal) -> ShopTally {
        guard let score = shops[shop], score.scoring.tally.facts.since != nil else { throw .unknownShop }
        return score.scoring.tally
    }

    func shard(of shop: ShopID) -> Int? { shards.map { ShardMap.shard(of: shop, shards: $0) } }

    /// Every event up to that time is in the shop's scores; later ones may come.
    func seen(_ shop: ShopID) -> Timestamp { shard(of: shop).flatMap { times[$0] } ?? .distantPast }

    func workload(_ shop: ShopID, from: CivilDay, before: CivilDay) throws -> (consults: Int, agentDays: Int) {
        if let score = shops[shop], !score.scoring.loads.isEmpty {
            do {
                try file.add(score.scoring.takeLoads(), of: shop, upTo: lastRun)
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
    /// Shops of a transaction whose room the next one uses again. Default 16,384.
    public var rooms = 16_384
    /// Transactions begin so far apart, unless anybody waits, or so many events, or so many bytes of one shard. Defaults
    /// 25 ms, 32,768, 512 KiB (half of a reader's credit).
    public var gather = TimeAmount.milliseconds(25)
    public var gatherMost: UInt64 = 32_768
    public var gatherBytes = 512 << 10
    /// And one begins no sooner than so many times as long after the last as that took, but `gatherLongest` at most.
    /// Defaults 2, 50 ms.
    public var gatherRest: Int64 = 2
    public var gatherLongest = TimeAmount.milliseconds(50)

    public init() {}
}
