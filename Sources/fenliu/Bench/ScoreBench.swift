// (g): the three-minute response rate. Events of one shop as the journal holds them: scored in memory, scored with the
// scorer's own transactions, a month asked for, and one day's rate by a single SQL statement over the same rows.

import ClusterKit
import Domain
import Foundation
import Journal
import NIOPosix
import ScorerService
import Wire

struct ScoreBench {
    let plan: BenchPlan

    /// Events of one item, as a busy router's group commit.
    private static let perItem = 1_000
    private static let days = 30
    private static let shop = BenchID.shop(0)
    private static let start = RFC3339.parse("2022-03-01T08:00:00+08:00") ?? Timestamp(millis: 0)

    func run(into report: inout BenchReport) throws {
        // First: what was used before and is free again would not count.
        let openBytes = memory()
        let items = items()
        let events = items.reduce(0) { $0 + Int($1.last - $1.first) + 1 }
        let size = "1 shop, \(count(plan.scorePerDay)) person-times a day, \(Self.days) days"
        func add(_ what: String, _ unit: String, _ runs: [Double], goal: Double?, most: Bool = false) {
            report.figures.append(
                Figure(
                    workload: "g", what: what, unit: unit, value: median(runs) { $0 } ?? 0, runs: runs, goal: goal,
                    goalIsMost: most))
        }
        let memory = try (0..<plan.runs).map { _ in try inMemory(items, events) }
        add("scored in memory from the journal's bytes, \(size)", "events/s", memory, goal: 500_000)
        var written: [Double] = []
        var month: [Double] = []
        var core: [Double] = []
        var sql: [Double] = []
        for _ in 0..<plan.runs {
            let run = try blocking { try await stored(items, events) }
            written.append(run.events)
            month.append(run.month)
            core.append(run.core)
            sql.append(run.sql)
        }
        add("scored with transactions, FULL, \(count(Self.perItem)) events at once", "events/s", written, goal: 150_000)
        add("a month of cards, \(size)", "ms", month, goal: 50, most: true)
        add("one day counted from its rows by the core", "turns/s", core, goal: nil)
        add("the same rate by one SQL statement over the same rows", "turns/s", sql, goal: nil)
        add("memory of an open person-time", "bytes", [openBytes], goal: nil)
        try LagBench(plan: plan).run(into: &report)
    }

    private func inMemory(_ items: [ShardItem], _ events: Int) throws -> Double {
        var tally = ShopTally(shop: Self.shop, zones: Zones().source)
        let before = monotonicNanos()
        var changes = TallyChanges()
        for (number, item) in items.enumerated() {
            var scanner = RecordScanner(item.body)
            while let found = try scanner.next() {
                switch try scanner.scored(found, letters: tally.phraseLetters) {
                case .turn(let event, let at): tally.apply(event, found.sequence, at: at, &changes)
                case .other(.event(let record)): tally.apply(record, &changes)
                case .nothing, .other(.setAside): break
                }
            }
            _ = tally.store(changes, as: Int64(number + 1))
            changes.clear()
        }
        return Double(events) / (Double(monotonicNanos() - before) / 1e9)
    }

    /// Resident bytes for each of many buyers who wait, counted or not.
    private func memory() -> Double {
        var tally = ShopTally(shop: Self.shop, zones: Zones().source)
        var board = DayBoard(.standard)
        let before = Usage.residentBytes()
        for number in 0..<plan.openTurns {
            let sequence = UInt64(number + 1)
            var changes = TallyChanges()
            tally.apply(
                .asked(
                    BenchID.buyer(sequence), SessionID(sequence), .agent(AgentID(rawValue: "agent-\(number % 100)")),
                    text: nil, consult: nil), sequence, at: Self.start, &changes)
            _ = tally.store(changes, as: Int64(sequence))
        }
        for turn in tally.running {
            var ended = turn
            ended.end = .answered
            ended.endedAt = turn.startedAt
            board.add(ended)
        }
        let used = Usage.residentBytes() - before
        precondition(tally.runningCount == plan.openTurns && board.unitCount == plan.openTurns, "all of them are open")
        return Double(max(1, used)) / Double(plan.openTurns)
    }

    private struct Stored: Sendable {
        var events: Double
        var month: Double
        var core: Double
        var sql: Double
    }

    private func stored(_ items: [ShardItem], _ events: Int) async throws -> Stored {
        let folder = try BenchFolder(in: plan.folder)
        defer { folder.remove() }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var settings = ScoreBookSettings()
        settings.gather = .zero
        settings.gatherRest = 0
        let book = try ScoreBook(path: folder.path + "/scorer.db", on: group.next(), settings: settings)
        await book.expect(shards: 1)
        var begin = monotonicNanos()
        for item in items { try await book.take(0, item) }
        let taken = monotonicNanos() - begin
        let first = Zones().rules("Asia/Shanghai").day(of: Self.start)
        let end = Self.start + .days(Self.days + 1)
        let ask = AskScorecards(shop: Self.shop, at: end, from: first, to: first + (Self.days - 1))
        _ = await book.answer(.scorecards(ask))
        begin = monotonicNanos()
        guard case .scorecards(let cards) = await book.answer(.scorecards(ask)), cards.count == Self.days else {
            throw ClusterFault(.data, "the scorer's month is not whole")
        }
        let month = monotonicNanos() - begin
        begin = monotonicNanos()
        let manual = AskScorecards(shop: Self.shop, at: end, definition: "manual-rounds", from: first, to: first)
        _ = await book.answer(.scorecards(manual))
        let core = monotonicNanos() - begin
        try await book.prepareSQL(Self.shop, first)
        begin = monotonicNanos()
        let rate = try await book.rateBySQL()
        let sql = monotonicNanos() - begin
        guard rate.total == cards[0].card.counts.total, rate.answered == cards[0].card.counts.answered else {
            throw ClusterFault(.data, "SQL says \(rate), the scorer \(cards[0].card.counts)")
        }
        try await book.close()
        try await group.shutdownGracefully()
        let turns = Double(plan.scorePerDay)
        return Stored(
            events: Double(events) / (Double(taken) / 1e9), month: Double(month) / 1e6,
            core: turns / (Double(core) / 1e9), sql: turns / (Double(sql) / 1e9))
    }

    /// A question and its answer for each person-time; one in four comes too late.
    private func items() -> [ShardItem] {
        var items: [ShardItem] = []
        var writer = ByteWriter(reserving: 1 << 17)
        var sequence: UInt64 = 0
        var first: UInt64 = 1
        func put(_ event: Event, _ at: Timestamp) {
            sequence += 1
            RecordCoding.append(
                EventRecord(sequence: sequence, at: at, shop: Self.shop, previousOfShop: sequence - 1, event: event),
                to: &writer)
            if sequence - first + 1 == UInt64(Self.perItem) { flush() }
        }
        func flush() {
            guard sequence >= first else { return }
            items.append(ShardItem(first: first, last: sequence, body: writer.bytes))
            writer = ByteWriter(reserving: 1 << 17)
            first = sequence + 1
        }
        put(.shopSet(ShopSet(shop: SetShop(name: "bench"))), Self.start)
        let step = 14 * 3_600_000 / Int64(plan.scorePerDay)
        for day in 0..<Self.days {
            for number in 0..<plan.scorePerDay {
                let asked = Self.start + .days(day) + Span(millis: Int64(number) * step)
                let buyer = BenchID.buyer(UInt64(number))
                let agent = AgentID(rawValue: "agent-\(number % 100)")
                let session = SessionID(UInt64(day * plan.scorePerDay + number + 1))
                put(
                    .messageReceived(
                        MessageReceived(
                            buyer: buyer, message: BenchID.message(sequence), text: benchText, session: session,
                            opened: true, handler: .agent(agent))), asked)
                // The answer's stamp is what is scored; a shard's own order of stamps does not matter to it.
                put(
                    .messageSent(
                        MessageSent(
                            buyer: buyer, message: BenchID.message(sequence), session: session, sender: .agent(agent),
                            text: "Yes.", answered: true)),
                    asked + .seconds(number % 4 == 0 ? 200 : 60))
            }
        }
        flush()
        return items
    }

    /// Waits for a task, on the bench's own thread.
    private func blocking<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let done = DispatchSemaphore(value: 0)
        let result = ResultBox<Value>()
        Task {
            do {
                result.value = .success(try await body())
            } catch {
                result.value = .failure(error)
            }
            done.signal()
        }
        done.wait()
        guard let value = result.value else { throw ClusterFault(.data, "no result") }
        return try value.get()
    }
}

/// Written before the semaphore is signalled, read after it was waited for.
private final class ResultBox<Value: Sendable>: @unchecked Sendable {
    var value: Result<Value, any Error>?
}
