import Domain
import Foundation
import NIOCore
import NIOPosix
import ScoreOracle
import Testing
import Wire

@testable import ScorerService

/// A book in a folder of its own, that can be let go of and opened again.
final class BookRig {
    let folder = NSTemporaryDirectory() + "fl-scorer-" + UUID().uuidString
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    var path: String { folder + "/scorer.db" }

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
        group.shutdownGracefully { _ in }
    }

    /// Without a pause between transactions unless one is given.
    func open(gather: TimeAmount = .zero) async throws -> ScoreBook {
        var settings = ScoreBookSettings()
        settings.gather = gather
        settings.gatherRest = 0
        let book = try ScoreBook(path: path, on: group.next(), settings: settings)
        await book.expect(shards: 1)
        return book
    }

    /// `answered/total` of every shop and day on which anything counted.
    func rates(_ book: ScoreBook, _ dealt: DealtDay, _ definition: String? = nil) async -> [String: String] {
        var rates: [String: String] = [:]
        let first = CivilDay(text: "2022-03-14") ?? CivilDay(0)
        for shop in DealtDay.shops {
            let ask = AskScorecards(
                shop: shop, at: dealt.end, definition: definition, from: first, to: first + 300)
            guard case .scorecards(let cards) = await book.answer(.scorecards(ask)) else { continue }
            for view in cards where view.card.counts.total > 0 {
                rates["\(shop) \(view.card.day.number)"] = "\(view.card.counts.answered)/\(view.card.counts.total)"
            }
        }
        return rates
    }
}

@Suite struct BookTests {
    /// Feeds the events in runs of up to `most`, opening the book anew after each run where `restarts` says so.
    private func fed(
        _ dealt: DealtDay, _ rig: BookRig, most: Int, restarts: (Int) -> Bool = { _ in false }
    ) async throws -> ScoreBook {
        var book = try await rig.open()
        var from = 0
        var run = 0
        while from < dealt.records.count {
            let to = min(dealt.records.count, from + 1 + (run * 7 + 3) % most)
            try await book.take(0, dealt.item(from..<to))
            from = to
            run += 1
            if restarts(run) {
                try await book.close()
                book = try await rig.open()
            }
        }
        return book
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6])
    func i8TheBooksIntegersAreThoseOfTheOracle(_ seed: UInt64) async throws {
        let dealt = DealtDay(seed: seed, events: 1_500)
        let rig = try BookRig()
        let book = try await fed(dealt, rig, most: 40)
        let oracle = RateOracle.rates(dealt.records)
        #expect(oracle.count > 6)
        #expect(await rig.rates(book, dealt) == oracle)
        // Once more from the cards that were kept.
        #expect(await rig.rates(book, dealt) == oracle)
        try await book.close()
    }

    @Test func batchesAndRestartsChangeNothing() async throws {
        let dealt = DealtDay(seed: 11, events: 900)
        var found: [[String: String]] = []
        for (most, every) in [(1, 0), (900, 0), (13, 1), (50, 3)] {
            let rig = try BookRig()
            let book = try await fed(dealt, rig, most: most) { every > 0 && $0 % every == 0 }
            found.append(await rig.rates(book, dealt))
            found.append(await rig.rates(book, dealt, "manual-rounds"))
            try await book.close()
        }
        #expect(found[0].count > 5)
        for index in stride(from: 2, to: found.count, by: 2) {
            #expect(found[index] == found[0])
            #expect(found[index + 1] == found[1])
        }
    }

    @Test func runsStayFewAndWhatAgentsWereGivenIsCountedOnceOverRestarts() async throws {
        let dealt = DealtDay(seed: 12, events: 500)
        var given: [ShopID: (consults: Int, agentDays: Int)] = [:]
        for shop in DealtDay.shops {
            var tally = ShopTally(shop: shop, zones: Zones().source)
            var changes = TallyChanges()
            for record in dealt.records where record.shop == shop { tally.apply(record, &changes) }
            let loads = changes.workloads
            given[shop] = (loads.values.reduce(0) { $0 + $1.consults }, loads.count)
        }
        #expect(given.values.contains { $0.consults > 20 && $0.agentDays > 5 })
        let first = CivilDay(text: "2022-03-01") ?? CivilDay(0)
        // In large pieces, in small ones, with restarts in between.
        for (most, every) in [(500, 0), (4, 0), (6, 30)] {
            let rig = try BookRig()
            let book = try await fed(dealt, rig, most: most) { every > 0 && $0 % every == 0 }
            for shop in DealtDay.shops {
                // Twice: what was added up is not added again.
                for _ in 0..<2 {
                    let load = try await book.workload(shop, from: first, before: first + 400)
                    #expect(load.consults == given[shop]?.consults)
                    #expect(load.agentDays == given[shop]?.agentDays)
                }
            }
            try await book.close()
            let file = try ScoreFile(path: rig.path)
            for stored in try file.tallies() {
                #expect(stored.runs.count <= 2 * stored.runs.reduce(0) { $0 + $1.turns.count } + 34)
                #expect(stored.loads.isEmpty)
            }
            try file.close()
        }
    }

    @Test func transactionsKeepTheirDistanceUnlessSomebodyWaits() async throws {
        let dealt = DealtDay(seed: 13, events: 60)
        let rig = try BookRig()
        let book = try await rig.open(gather: .seconds(60))
        try await book.take(0, dealt.item(0..<10))
        let second = Task { try await book.take(0, dealt.item(10..<20)) }
        for _ in 0..<200 {
            await Task.yield()
            #expect(await book.place(0) == 10)
        }
        await book.reach(0, 20)
        try await second.value
        #expect(await book.place(0) == 20)
        try await book.close()
    }

    @Test func whatIsTakenTwiceCountsOnce() async throws {
        let dealt = DealtDay(seed: 21, events: 400)
        let rig = try BookRig()
        let book = try await rig.open()
        try await book.take(0, dealt.item(0..<300))
        try await book.take(0, dealt.item(100..<400))
        #expect(await book.place(0) == 400)
        #expect(await rig.rates(book, dealt) == RateOracle.rates(dealt.records))
        try await book.close()
    }

    @Test func aGapIsRefusedAndNothingOfItIsKept() async throws {
        let dealt = DealtDay(seed: 31, events: 200)
        let rig = try BookRig()
        let book = try await rig.open()
        try await book.take(0, dealt.item(0..<100))
        await #expect(throws: WireFault.self) { try await book.take(0, dealt.item(150..<200)) }
        try await book.close()
        let again = try await rig.open()
        #expect(await again.place(0) == 100)
        try await again.take(0, dealt.item(100..<200))
        #expect(await rig.rates(again, dealt) == RateOracle.rates(dealt.records))
        try await again.close()
    }

    @Test func theOrderOfShopsChangesNothing() async throws {
        // Shop a alone gives the same cards as a among others.
        let dealt = DealtDay(seed: 41, events: 900)
        let rig = try BookRig()
        let book = try await fed(dealt, rig, most: 30)
        let all = await rig.rates(book, dealt)
        try await book.close()
        let alone = RateOracle.rates(dealt.records.filter { $0.shop.rawValue == "a" })
        #expect(!alone.isEmpty)
        #expect(all.filter { $0.key.hasPrefix("a ") } == alone)
    }

    @Test func commitsAreSyncedInFullAndTheLogIsMovedInSmallParts() throws {
        let rig = try BookRig()
        let file = try ScoreFile(path: rig.path)
        #expect(try file.pragma("synchronous") == 2)
        #expect(try file.pragma("wal_autocheckpoint") == ScoreFile.logPages)
        try file.close()
    }

    @Test func questionsThatCannotBeAnsweredAreRefused() async throws {
        let dealt = DealtDay(seed: 51, events: 50)
        let rig = try BookRig()
        let book = try await fed(dealt, rig, most: 50)
        let shop = DealtDay.shops[0]
        let day = CivilDay(text: "2022-03-14") ?? CivilDay(0)
        func ask(_ shop: ShopID, _ definition: String?, _ day: CivilDay) async -> ScorerReply {
            await book.answer(
                .scorecards(
                    AskScorecards(shop: shop, at: DealtDay.start, definition: definition, from: day, to: day)))
        }
        #expect(await ask(ShopID(rawValue: "none"), nil, day) == .refusal(.unknownShop))
        #expect(await ask(shop, "none", day) == .refusal(.unknownDefinition))
        #expect(await ask(shop, nil, day + 1) == .refusal(.futureDay))
        guard case .scorecards(let cards) = await ask(shop, "manual-rounds@1", day) else {
            Issue.record("no card")
            return
        }
        #expect(cards.first?.card.definition.name == "manual-rounds")
        try await book.close()
    }

    @Test func personTimesOpenTheFigures() async throws {
        let dealt = DealtDay(seed: 61, events: 600)
        let rig = try BookRig()
        let book = try await fed(dealt, rig, most: 50)
        let day = CivilDay(text: "2022-03-14") ?? CivilDay(0)
        let shop = DealtDay.shops[1]
        guard
            case .scorecards(let cards) = await book.answer(
                .scorecards(AskScorecards(shop: shop, at: dealt.end, from: day, to: day)))
        else {
            Issue.record("no card")
            return
        }
        var standings: [Standing] = []
        var after: UInt64? = 0
        while let from = after {
            let ask = AskPersonTimes(shop: shop, at: dealt.end, day: day, after: from, limit: 3)
            guard case .personTimes(let page) = await book.answer(.personTimes(ask)) else { break }
            #expect(page.units.count <= 3)
            standings += page.units.compactMap(\.standing)
            after = page.next
        }
        #expect(standings.count == cards.first?.card.counts.total)
        #expect(standings.count { $0 == .answered } == cards.first?.card.counts.answered)
        try await book.close()
    }

    @Test func oneStatementOverTheRowsGivesTheSameRate() async throws {
        let dealt = DealtDay(seed: 71, events: 1_200)
        let rig = try BookRig()
        let book = try await fed(dealt, rig, most: 50)
        let rates = await rig.rates(book, dealt)
        let running = Set(
            (try await DealtDay.shops.asyncMap { try await book.tally($0) }).flatMap { tally in
                tally.running.map { "\(tally.shop) \($0.day.number)" }
            })
        var compared = 0
        for (key, rate) in rates where !running.contains(key) {
            let parts = key.split(separator: " ")
            let day = CivilDay(Int(parts[1]) ?? 0)
            try await book.prepareSQL(ShopID(rawValue: String(parts[0])), day)
            let found = try await book.rateBySQL()
            #expect("\(found.answered)/\(found.total)" == rate)
            compared += 1
        }
        #expect(compared > 4)
        try await book.close()
    }

    @Test func zonesOfTheSystemHaveTheirChanges() {
        let zones = Zones()
        let day = CivilDay(text: "2022-03-13") ?? CivilDay(0)
        let york = zones.rules("America/New_York")
        #expect(york.moment(day + 1) - york.moment(day) == .hours(23))
        let shanghai = zones.rules("Asia/Shanghai")
        #expect(shanghai.moment(day) == RFC3339.parse("2022-03-13T00:00:00+08:00"))
        #expect(zones.rules("no/such").name == "UTC")
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
