// Scores a day from the journals alone: nothing of the running scorer is read, so that anyone can check it (I8).

import ArgumentParser
import ClusterKit
import Domain
import Foundation
import Journal
import JournalSQLite
import ScorerService
import Transport
import Wire

struct Score: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Computes a shop's day from its journal, sharing nothing with the scorer.",
        discussion: "Works on a stopped cluster and on a running one.")

    @OptionGroup var data: DataOption

    @Option(help: "The shop.")
    var shop: String

    @Option(help: ArgumentHelp("The day in the shop's zone.", valueName: "yyyy-mm-dd"))
    var day: String

    @Option(help: "A definition's name, or name@version; default is what the shop's day is scored by.")
    var definition: String?

    @Option(
        help: ArgumentHelp(
            "What still waits is judged at that time, RFC 3339; default the cluster's clock.", valueName: "time"))
    var at: String?

    @Flag(help: "JSON, the integers only.")
    var json = false

    /// Bytes of bodies that are read at once.
    private static let chunk = 1 << 20

    func validate() throws {
        if (try? ShopID(checking: shop)) == nil { throw ValidationError("--shop is no identifier") }
        if CivilDay(text: day) == nil { throw ValidationError("--day must be a day such as 2022-03-14") }
        if let at, RFC3339.parse(at) == nil {
            throw ValidationError("--at must be a time such as 2022-03-14T08:00:00Z")
        }
    }

    func run() async throws {
        ignoreSIGPIPE()
        guard let day = CivilDay(text: day) else { return }
        let directory = try data.existing
        let engine: SQLiteEngine
        do throws(StoreFault) {
            engine = try SQLiteEngine(directory: directory.path, shards: nil)
        } catch {
            throw ClusterFault(.data, "--data \(error.message)")
        }
        var replay = JournalScore(shop: ShopID(rawValue: shop), day: day)
        try await read(engine, directory, &replay)
        guard replay.tally.facts.since != nil else { throw ClusterFault(.refused, "--shop \(shop): there is none") }
        let now = try at.flatMap(RFC3339.parse) ?? directory.presentTime()
        let facts = replay.tally.facts
        guard day <= replay.tally.zone.day(of: now) else {
            throw ClusterFault(.refused, "--day \(day): has not begun in the shop's zone")
        }
        var asked = facts.definition(on: day)
        if let definition {
            guard let found = ScoreDefinition.find(definition) ?? facts.ownDefinition(definition) else {
                let names = ScoreDefinition.presets.map(\.name).joined(separator: ", ")
                throw ClusterFault(.refused, "--definition must be one of \(names), or of the shop's own")
            }
            asked = found
        }
        let card = replay.card(asked, at: now)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            say(String(decoding: try encoder.encode(ScoreLine(card)), as: UTF8.self))
        } else {
            say(ScoreLine(card).text)
        }
    }

    private func read(
        _ engine: SQLiteEngine, _ directory: DataDirectory, _ replay: inout JournalScore
    ) async throws(ClusterFault) {
        let number = ShardMap.shard(of: replay.shop, shards: engine.shardCount)
        let store: any ShardStore
        do throws(StoreFault) {
            store = try engine.open(shard: number, holder: "fenliu score")
        } catch  where error.code == .leaseHeld {
            var local = replay
            try await ClusterLink.with(RunDirectory(of: directory)) { link throws(ClusterFault) in
                try await link.follow(shard: number, after: 0) { item throws(ClusterFault) in
                    do throws(StoreFault) {
                        try local.take(item.body)
                    } catch {
                        throw ClusterFault(.data, "shard \(number): \(error)")
                    }
                    return .more
                }
            }
            replay = local
            return
        } catch {
            throw ClusterFault(.data, "\(error)")
        }
        defer { store.close() }
        do throws(StoreFault) {
            let reader = try store.reader()
            defer { reader.close() }
            var place: UInt64 = 0
            while let last = try replay.take(rows: reader.rows(after: place, limitBytes: Self.chunk)) { place = last }
        } catch {
            throw ClusterFault(.data, "shard \(number): \(error)")
        }
    }
}

/// One shop's events, replayed for one day.
private struct JournalScore {
    let shop: ShopID
    let day: CivilDay
    var tally: ShopTally
    private var closed: [Turn] = []

    init(shop: ShopID, day: CivilDay) {
        self.shop = shop
        self.day = day
        tally = ShopTally(shop: shop, zones: Zones().source)
    }

    /// The last event of the rows; nil if there are none.
    mutating func take(rows: [JournalRow]) throws(StoreFault) -> UInt64? {
        for row in rows { try take(row.body) }
        return rows.last?.last
    }

    mutating func take(_ body: [UInt8]) throws(StoreFault) {
        var scanner = RecordScanner(body)
        var changes = TallyChanges()
        while let item = try scanner.next() {
            guard scanner.shop(of: item) == shop else { continue }
            switch try scanner.scored(item, letters: tally.phraseLetters) {
            case .turn(let event, let at): tally.apply(event, item.sequence, at: at, &changes)
            case .other(.event(let record)): tally.apply(record, &changes)
            case .nothing, .other(.setAside): break
            }
        }
        closed += changes.closed.filter { $0.day == day }
    }

    func card(_ definition: ScoreDefinition, at now: Timestamp) -> Scorecard {
        let turns = (closed + tally.running(of: day)).sorted { $0.number < $1.number }
        let ends = turns.map(\.dayEndsAt).max() ?? tally.zone.moment(day + 1)
        return definition.card(shop, day, turns, final: now >= ends, at: now)
    }
}

/// The figures of a card, as `…/scorecards/{date}` names them.
private struct ScoreLine: Codable {
    struct Account: Codable {
        var account: String
        var kind: String
        var numerator: Int
        var denominator: Int
        var missed: Int
    }

    var shop: String
    var date: String
    var definition: String
    var version: Int
    var numerator: Int
    var denominator: Int
    var servedByBot: Int
    var missed: Int
    var waiting: Int
    var canMiss: Int
    var agents: [Account]

    init(_ card: Scorecard) {
        shop = card.shop.rawValue
        date = card.day.description
        definition = card.definition.name
        version = card.definition.version
        numerator = card.counts.answered
        denominator = card.counts.total
        servedByBot = card.counts.byBot
        missed = card.counts.missed
        waiting = card.counts.waiting
        canMiss = card.canMiss
        agents = card.accounts.map {
            Account(
                account: $0.account.agent?.rawValue ?? $0.account.kind.name, kind: $0.account.kind.name,
                numerator: $0.counts.answered, denominator: $0.counts.total, missed: $0.counts.missed)
        }
    }

    var text: String {
        let rate = denominator == 0 ? "no rate" : "\(numerator)/\(denominator)"
        let head =
            "\(shop) \(date) \(definition)@\(version): \(rate) (bot \(servedByBot), missed \(missed), "
            + "waiting \(waiting), may miss \(canMiss))"
        return ([head] + agents.map { "  \($0.account) \($0.numerator)/\($0.denominator)" }).joined(separator: "\n")
    }
}
