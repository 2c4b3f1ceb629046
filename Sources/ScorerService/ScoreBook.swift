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

    private let file: ScoreFile
    private let zones: Zones
    let settings: PenaltySettings
    let definitions: [ScoreDefinition]
    private var tallies: [ShopID: ShopTally] = [:]
    private var places: [Int: UInt64] = [:]
    /// Time of each shard's last event; a shard's time never goes back.
    private var times: [Int: Timestamp] = [:]
    private var shards: Int?
    private var setAside = 0
    /// Cards of days that are over but that a late event could still reach, as of the shop's last event.
    private var over: [OverKey: (head: UInt64, card: Scorecard)] = [:]
    /// Most of those that are remembered. Default 4,096.
    private static let overLimit = 4_096

    private struct OverKey: Hashable {
        var shop: ShopID
        var day: CivilDay
        var definition: String
    }
    private var pending: [(shard: Int, item: ShardItem, done: CheckedContinuation<Void, any Error>)] = []
    private var isScheduled = false
    private var failure: (any Error)?
    private var waiters: [(shard: Int, sequence: UInt64, done: CheckedContinuation<Void, Never>)] = []

    /// Opens the file. `loop` must be nobody else's.
    public init(
        path: String, on loop: any EventLoop, zones: Zones = Zones(),
        definitions: [ScoreDefinition] = ScoreDefinition.presets, settings: PenaltySettings = .init()
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
        for stored in try file.tallies() {
            tallies[stored.shop] = ShopTally(
                shop: stored.shop, facts: stored.facts, head: stored.head, lastTurn: stored.lastTurn,
                running: stored.running, zones: zones.source)
        }
    }

    public func close() throws { try file.close() }

    // MARK: Taking events

    /// The last event of a shard that is in the scores.
    public func place(_ shard: Int) -> UInt64 { places[shard] ?? 0 }

    public func expect(shards: Int) { self.shards = shards }

    /// Comes back when the item's events and its place are durable. Events that are in it already change nothing.
    public func take(_ shard: Int, _ item: ShardItem) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            pending.append((shard, item, done))
            schedule()
        }
    }

    private func schedule() {
        guard !isScheduled, !pending.isEmpty else { return }
        isScheduled = true
        // Whatever else has arrived by then goes into the same transaction.
        loop.execute { [self] in assumeIsolated { $0.commit() } }
    }

    private func commit() {
        isScheduled = false
        var events: UInt64 = 0
        var count = 0
        while count < pending.count, count == 0 || events < UInt64(Self.batchLimit) {
            events += pending[count].item.last - pending[count].item.first + 1
            count += 1
        }
        let taken = pending.prefix(count)
        pending.removeFirst(count)
        do {
            if let failure { throw failure }
            try score(taken.map { ($0.shard, $0.item) })
        } catch {
            failure = error
            for entry in taken { entry.done.resume(throwing: error) }
            schedule()
            return
        }
        for entry in taken { entry.done.resume() }
        let reached = waiters.filter { place($0.shard) >= $0.sequence }
        waiters.removeAll { place($0.shard) >= $0.sequence }
        for waiter in reached { waiter.done.resume() }
        schedule()
    }

    /// One transaction.
    private func score(_ items: [(shard: Int, item: ShardItem)]) throws {
        var changes: [ShopID: TallyChanges] = [:]
        var moved: [Int: Timestamp] = [:]
        for (shard, item) in items {
            var scanner = RecordScanner(item.body)
            while let found = try scanner.next() {
                guard found.sequence > place(shard) else { continue }
                guard found.sequence == place(shard) + 1 else {
                    throw WireFault(.internalFault, "shard \(shard): event \(place(shard) + 1) is missing")
                }
                places[shard] = found.sequence
                switch try scanner.decode(found) {
                case .setAside(let head, _):
                    setAside += 1
                    times[shard] = max(times[shard] ?? .distantPast, head.at)
                case .event(let record):
                    times[shard] = max(times[shard] ?? .distantPast, record.at)
                    take(record, &changes)
                }
                moved[shard] = times[shard]
            }
        }
        var batch = ScoreBatch()
        for shard in moved.keys.sorted() {
            batch.places.append((shard, place(shard), moved[shard] ?? .distantPast))
        }
        for shop in changes.keys.sorted() {
            guard let tally = tallies[shop], let change = changes[shop] else { continue }
            batch.shops.append(
                ScoreBatch.Shop(
                    shop: shop, head: tally.head, lastTurn: tally.lastTurn,
                    facts: change.factsChanged ? tally.facts : nil, changes: change,
                    running: Set(change.touched).map { ($0, tally.running[$0]) }))
        }
        try file.write(batch)
    }

    private func take(_ record: EventRecord, _ changes: inout [ShopID: TallyChanges]) {
        // In place, so that nothing is copied.
        var change = changes.removeValue(forKey: record.shop) ?? TallyChanges()
        tallies[
            record.shop, default: ShopTally(shop: record.shop, zones: zones.source)
        ].apply(record, &change)
        changes[record.shop] = change
    }

    // MARK: Waiting

    /// Comes back when every event of the shard up to that one is in the scores.
    public func reach(_ shard: Int, _ sequence: UInt64) async {
        guard place(shard) < sequence else { return }
        await withCheckedContinuation { waiters.append((shard, sequence, $0)) }
    }

    public var status: ScorerStatus {
        let count = shards ?? ((places.keys.max() ?? -1) + 1)
        return ScorerStatus(
            places: (0..<count).map { place($0) }, shops: tallies.count,
            running: tallies.values.reduce(0) { $0 + $1.running.count }, setAside: setAside)
    }

    // MARK: Reading

    func tally(_ shop: ShopID) throws(ScoreRefusal) -> ShopTally {
        guard let tally = tallies[shop], tally.facts.since != nil else { throw .unknownShop }
        return tally
    }

    /// Every turn of a day, ended or running, in order of their numbers.
    func turns(_ tally: ShopTally, _ day: CivilDay) throws -> [Turn] {
        let running = tally.running.values.filter { $0.day == day }
        let ended = try file.turns(tally.shop, day)
        return running.isEmpty ? ended : (ended + running).sorted { $0.number < $1.number }
    }

    /// The cards of days on which something was asked. Those whose day no further event can touch are kept.
    func cards(
        _ tally: ShopTally, _ definition: ScoreDefinition, from: CivilDay, to: CivilDay, at now: Timestamp
    ) throws -> [Scorecard] {
        let key = "\(definition.name)@\(definition.version)"
        let kept = try file.cards(tally.shop, key, from: from, to: to)
        let seen = shards.map { times[ShardMap.shard(of: tally.shop, shards: $0)] ?? .distantPast } ?? .distantPast
        var fresh: [Scorecard] = []
        let cards = try file.days(tally.shop, from: from, to: to).map { day -> Scorecard in
            if let card = kept[day] { return card }
            let place = OverKey(shop: tally.shop, day: day, definition: key)
            if let known = over[place], known.head == tally.head { return known.card }
            let turns = try turns(tally, day)
            let endsAt = max(tally.zone.moment(day + 1), turns.map(\.dayEndsAt).max() ?? .distantPast)
            let card = definition.card(tally.shop, day, turns, final: now >= endsAt, at: now)
            if card.final, seen >= endsAt {
                fresh.append(card)
            } else if card.final {
                if over.count >= Self.overLimit { over = [:] }
                over[place] = (tally.head, card)
            }
            return card
        }
        try file.keep(fresh, key)
        return cards
    }

    func workload(_ shop: ShopID, from: CivilDay, before: CivilDay) throws -> (consults: Int, agentDays: Int) {
        try file.workload(shop, from: from, before: before)
    }

    /// One day's standard rate of the ended turns, by the database alone.
    public func rateBySQL(_ shop: ShopID, _ day: CivilDay) throws -> (answered: Int, total: Int) {
        try file.rateBySQL(shop, day)
    }

    func knownDays(_ shop: ShopID, to day: CivilDay) throws -> [CivilDay] {
        try file.days(shop, from: CivilDay(-1_000_000), to: day)
    }
}
