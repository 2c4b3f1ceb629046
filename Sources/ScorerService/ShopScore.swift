// One shop's scoring as the book keeps it: the tally, what is not stored yet, and what a transaction writes of it.

import Domain
import Wire

final class ShopScore {
    var scoring: ShopScoring
    /// It is in the transaction that is being made.
    var isChanged = false
    let name: [UInt8]

    init(_ tally: ShopTally, loads: [WorkloadKey: Int] = [:]) {
        scoring = ShopScoring(tally, loads: loads)
        name = Array(tally.shop.rawValue.utf8)
    }
}

/// Changed in place: a copy would count a reference for each of its parts.
struct ShopScoring {
    private(set) var tally: ShopTally
    /// Of the transaction that is being made, between `begin` and `end`.
    private(set) var changes = TallyChanges()
    /// MEM-4: what agents were given since it was last added to the days' sums, and in how many runs.
    private(set) var loads: [WorkloadKey: Int]
    private var loadRuns: Int

    init(_ tally: ShopTally, loads: [WorkloadKey: Int]) {
        self.tally = tally
        self.loads = loads
        loadRuns = tally.runCount
    }

    mutating func apply(_ event: TurnEvent, _ sequence: UInt64, at: Timestamp) {
        tally.apply(event, sequence, at: at, &changes)
    }

    mutating func apply(_ record: EventRecord) { tally.apply(record, &changes) }

    mutating func lookAhead(_ step: ShopTally.LookAhead, _ hash: UInt32) -> Int { tally.lookAhead(step, hash) }

    mutating func pass(_ sequence: UInt64) { tally.pass(sequence) }

    /// What the transaction writes of the shop, as that run.
    mutating func stored(as number: Int64) -> ScoreBatch.Shop {
        let run = tally.store(changes, as: number)
        var body = ByteWriter(reserving: 64 + run.places.count * 64 + changes.dropped.count * 5)
        var days: [CivilDay] = []
        for turn in changes.closed where days.last != turn.day { days.append(turn.day) }
        PackedRun.write(tally, changes, run.places, days: &days, into: &body)
        for load in changes.loads {
            loads[WorkloadKey(day: load.day, agent: load.agent), default: 0] += load.consults
        }
        loadRuns += 1
        // They are in the runs until then, and no run goes before.
        let isTime = !run.gone.isEmpty && loadRuns > tally.runCount
        return ScoreBatch.Shop(
            shop: tally.shop, facts: changes.factsChanged ? tally.facts : nil, closed: changes.closed, run: number,
            body: body.bytes, days: days, gone: run.gone, loads: isTime ? takeLoads() : nil)
    }

    mutating func takeLoads() -> [WorkloadKey: Int] {
        defer {
            loads.removeAll(keepingCapacity: true)
            loadRuns = 0
        }
        return loads
    }

    /// A transaction begins; `room` is empty, and its memory at hand.
    mutating func begin(_ room: consuming TallyChanges) { changes = room }

    /// It is written. Gives the room back, empty.
    mutating func end() -> TallyChanges {
        var room = TallyChanges()
        swap(&room, &changes)
        room.clear()
        return room
    }
}
