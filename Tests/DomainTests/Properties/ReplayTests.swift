// Whatever way a desk comes to its state, it goes on the same: live, from its events, from its rows, after evictions.

import Foundation
import Testing

@testable import Domain

@Suite("Replay")
struct ReplayTests {
    static let seeds: [UInt64] = [1, 2, 3, 4, 5, 6]

    /// Goes on with a run's later commands on another desk and returns what came of them.
    private func goOn(_ desk: Desk, _ run: RandomRun, from place: Int, next: UInt64) -> [EventRecord] {
        var desk = desk
        var next = next
        var records: [EventRecord] = []
        for (command, at) in run.given[place...] {
            RandomRun.give(command, at: at, to: &desk, &next, &records)
        }
        return records
    }

    @Test("The same commands give the same events", arguments: seeds)
    func deterministic(seed: UInt64) {
        var first = RandomRun(seed: seed)
        var second = RandomRun(seed: seed)
        for _ in 0..<2_000 {
            first.step()
            second.step()
        }
        #expect(first.records == second.records)
        #expect(first.records.count > 2_000)
    }

    @Test("A desk rebuilt from its events goes on as the live one does", arguments: seeds)
    func fromEvents(seed: UInt64) {
        var run = RandomRun(seed: seed)
        for _ in 0..<900 { run.step() }
        var rebuilt = Desk(id: "shop")
        for record in run.records { rebuilt.apply(record) }
        rebuilt.resume()
        #expect(rebuilt.roster == run.desk.roster)
        let (place, known) = (run.given.count, run.records.count)
        let next = run.next
        for _ in 0..<900 { run.step() }
        #expect(goOn(rebuilt, run, from: place, next: next) == Array(run.records[known...]), "seed \(seed)")
    }

    @Test(
        "A desk taken in from rows written at different moments, and later events, goes on the same", arguments: seeds)
    func fromRows(seed: UInt64) {
        var run = RandomRun(seed: seed)
        var rows: [BuyerID: BuyerRow] = [:]
        func write(_ limit: Int) {
            for row in run.desk.takeDirtyBuyers(limit).rows { rows[row.buyer.buyer] = row }
        }
        for _ in 0..<400 { run.step() }
        write(.max)
        let from = run.records.count
        for _ in 0..<200 { run.step() }
        write(7)
        let shopRow = run.desk.takeShopRow()
        for _ in 0..<200 { run.step() }
        write(5)
        for _ in 0..<100 { run.step() }

        var rebuilt = Desk(id: "shop", limits: .init(), row: shopRow)
        for row in rows.values.sorted(by: { $0.buyer.buyer < $1.buyer.buyer }) { rebuilt.admit(row) }
        for record in run.records[from...] { rebuilt.apply(record) }
        rebuilt.resume()
        #expect(rebuilt.roster == run.desk.roster)
        #expect(rebuilt.loadsAgree())
        #expect(rebuilt.board == run.desk.board)
        let (place, known) = (run.given.count, run.records.count)
        let next = run.next
        for _ in 0..<600 { run.step() }
        #expect(goOn(rebuilt, run, from: place, next: next) == Array(run.records[known...]), "seed \(seed)")
    }

    @Test("Dropping every buyer that may be dropped, between all commands, changes nothing", arguments: seeds)
    func eviction(seed: UInt64) {
        var run = RandomRun(seed: seed)
        for _ in 0..<1_200 { run.step() }
        var desk = Desk(id: "shop")
        var rows: [BuyerID: BuyerRow] = [:]
        var next: UInt64 = 1
        var records: [EventRecord] = []
        var dropped = 0
        for (command, at) in run.given {
            if let buyer = command.buyer, !desk.isResident(buyer), let row = rows[buyer] { desk.admit(row) }
            RandomRun.give(command, at: at, to: &desk, &next, &records)
            for row in desk.takeDirtyBuyers(.max).rows { rows[row.buyer.buyer] = row }
            let before = desk.residentBuyers
            desk.trimBuyers(to: 0)
            dropped += before - desk.residentBuyers
        }
        #expect(records == run.records, "seed \(seed)")
        #expect(dropped > 100)
    }

    @Test("A roster that was encoded and decoded is the same", arguments: seeds)
    func rosterCoding(seed: UInt64) throws {
        var run = RandomRun(seed: seed)
        for _ in 0..<150 {
            run.step()
            let copy = try JSONDecoder().decode(Roster.self, from: JSONEncoder().encode(run.desk.roster))
            #expect(copy == run.desk.roster)
        }
    }

    @Test("A refused command leaves no event", arguments: seeds)
    func refusals(seed: UInt64) {
        var run = RandomRun(seed: seed)
        for _ in 0..<2_000 {
            let (refused, head) = (run.refused, run.desk.head)
            run.now = run.now + run.shop.pause()
            run.desk.advance(to: run.now, next: &run.next, into: &run.records)
            let (count, due) = (run.records.count, run.desk.head)
            run.give(run.shop.command(run.desk))
            guard run.refused > refused else { continue }
            #expect(run.records.count == count)
            #expect(run.desk.head == due)
            #expect(head <= due)
        }
        #expect(run.refused > 50)
    }

    @Test("Each event names the shop's and the buyer's event before it", arguments: seeds)
    func chains(seed: UInt64) {
        var run = RandomRun(seed: seed)
        for _ in 0..<800 { run.step() }
        var ofBuyer: [BuyerID: UInt64] = [:]
        for (place, record) in run.records.enumerated() {
            #expect(record.sequence == UInt64(place + 1))
            #expect(record.previousOfShop == UInt64(place))
            guard let buyer = record.event.buyer else {
                #expect(record.previousOfBuyer == 0)
                continue
            }
            #expect(record.previousOfBuyer == ofBuyer[buyer, default: 0])
            ofBuyer[buyer] = record.sequence
        }
    }

    @Test(
        "DIV-10: every decision of a long run is reproduced from the journal, starting at noted rosters",
        arguments: seeds)
    func reproduced(seed: UInt64) throws {
        var limits = DeskLimits()
        limits.noteEvery = 60
        var run = RandomRun(seed: seed, limits: limits)
        for _ in 0..<1_500 { run.step() }
        var start = 0
        var decisions = 0
        for (place, record) in run.records.enumerated() {
            if case .rosterNoted = record.event { start = place }
            guard HandlerStep(record) != nil else { continue }
            let why = try #require(Explanation(history: Array(run.records[start...place])))
            #expect(why.reproduced, "seed \(seed), decision \(record.sequence), rule \(why.rule)")
            decisions += 1
        }
        #expect(decisions > 300)
    }
}
