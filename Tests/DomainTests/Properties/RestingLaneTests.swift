// A lane that nobody has asked keeps no claims; once asked it says what one says that always kept them (DIV-3).

import Testing

@testable import Domain

@Suite("Resting lanes")
struct RestingLaneTests {
    /// What every lane says if it is asked now.
    private func looks(_ roster: Roster) -> [LaneLook] {
        var roster = roster
        return roster.lanes.indices.map { roster.look($0, .none) }
    }

    private func wakeAll(_ roster: inout Roster) {
        for lane in roster.lanes.indices where roster.lanes[lane].rests { roster.wake(lane) }
    }

    @Test("DIV-3: asked late or early, whose turn it is stays the same", arguments: ReplayTests.seeds)
    func asTheAwake(seed: UInt64) throws {
        var run = RandomRun(seed: seed)
        var late = Roster()
        var early = Roster()
        var rested = 0
        for _ in 0..<1_500 {
            let known = run.records.count
            run.step()
            for record in run.records[known...] {
                late.apply(record.event, at: record.at)
                early.apply(record.event, at: record.at)
                wakeAll(&early)
                rested += late.lanes.count { $0.rests && !$0.members.isEmpty }
            }
            #expect(late == early)
            #expect(looks(late) == looks(early))
        }
        #expect(rested > 1_000)
        #expect(Roster(late.parts) == late)
        #expect(looks(Roster(late.parts)) == looks(early))
    }

    @Test("DIV-10: a diagnosis tells the shares of a lane that nobody has asked")
    func diagnosis() throws {
        var rig = try DeskRig()
        try rig.agent("a", weight: 30)
        try rig.agent("b", weight: 10)
        let shares = try #require(rig.desk.diagnosis("a")).lanes
        #expect(shares.map(\.candidates) == [2])
        #expect(shares.map(\.sharePerMillion) == [750_000])
        #expect(rig.desk.roster.lanes.map(\.rests) == [true, true, true])
        try rig.hear("b1")
        #expect(rig.desk.roster.lanes.map(\.rests) == [false, true, true])
        #expect(try #require(rig.desk.diagnosis("b")).lanes.map(\.sharePerMillion) == [250_000])
    }
}
