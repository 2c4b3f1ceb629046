import Testing

@testable import Domain

@Suite("Audit")
struct AuditTests {
    static let seeds: [UInt64] = [11, 12, 13, 14, 15, 16, 17, 18]

    @Test("DIV-1…DIV-9: an independent reading of the rules comes to the same, decision by decision", arguments: seeds)
    func decisions(seed: UInt64) {
        var run = RandomRun(seed: seed)
        var auditor = Auditor()
        var seen = 0
        for _ in 0..<1_600 {
            run.step()
            for record in run.records[seen...] { auditor.follow(record) }
            seen = run.records.count
            if let problem = auditor.problems.first {
                Issue.record("seed \(seed): \(problem)")
                return
            }
            let loads = run.desk.roster.agents.indices.allSatisfy { slot in
                let id = run.desk.roster.agents[slot].id
                return run.desk.roster.load(of: slot) == (auditor.open(id), auditor.pending(id))
            }
            let unreminded = auditor.unreminded(at: run.desk.now.millis)
            #expect(unreminded == nil, "seed \(seed) at \(run.desk.head): DIV-12")
            #expect(loads, "seed \(seed) at \(run.desk.head): a load is not the sum over its open sessions (I6)")
            #expect(run.desk.loadsAgree())
        }
        #expect(auditor.checked > 350)
        #expect(auditor.ruleCounts.count >= 10, "\(auditor.ruleCounts)")
    }

    @Test(
        "DIV-6: after every command nobody waits for whom there is a place, and the lines are in order",
        arguments: seeds)
    func nobodyForgotten(seed: UInt64) {
        var run = RandomRun(seed: seed)
        var auditor = Auditor()
        var seen = 0
        for _ in 0..<500 {
            run.step()
            for record in run.records[seen...] { auditor.follow(record) }
            seen = run.records.count
            let desk = run.desk
            let forgotten = auditor.forgotten(at: desk.now.millis)
            #expect(forgotten == nil, "seed \(seed) at \(desk.head)")
            if forgotten != nil { return }
            #expect(desk.lines.queue == desk.lines.queue.sorted())
            #expect(desk.lines.pool == desk.lines.pool.sorted())
            for slot in desk.sessions.sorted() where desk.sessions[slot].holder == .queue {
                let session = desk.sessions[slot]
                #expect(desk.lines.queue.contains(QueueEntry(key: session.queueKey, session: session.number)))
            }
        }
    }

    @Test("DIV-1: with no exception for stickiness no agent ever holds more than its capacity", arguments: seeds)
    func capacity(seed: UInt64) {
        var run = RandomRun(seed: seed)
        var diversion = run.desk.roster.settings.diversion
        diversion.stickyIgnoresCapacity = false
        run.give(.setSettings(SetSettings(diversion: diversion)))
        var given = 0
        for _ in 0..<3_000 {
            let before = run.records.count
            let loads = run.desk.roster.loads.map(\.open)
            run.step()
            let strict = !run.desk.roster.settings.diversion.stickyIgnoresCapacity
            guard strict, !run.records[before...].contains(where: { $0.event.changesCapacity }) else { continue }
            for slot in loads.indices {
                guard let capacity = run.desk.roster.agents[slot].capacity else { continue }
                let open = run.desk.roster.loads[slot].open
                #expect(open <= max(capacity, loads[slot]), "seed \(seed) at \(run.desk.head)")
                if open == capacity { given += 1 }
            }
        }
        #expect(given > 50)
    }

    @Test("DIV-3: whose turn it is by the tree is whose turn it is by a walk over all members", arguments: seeds)
    func treeAndWalk(seed: UInt64) {
        var run = RandomRun(seed: seed)
        var found = 0
        for _ in 0..<2_000 {
            run.step()
            var roster = run.desk.roster
            for lane in roster.lanes.indices {
                let tree = roster.look(lane, .none)
                // Nobody has this slot, so nobody is held back.
                let walk = roster.look(lane, Restriction(notSlot: -1))
                #expect(tree == walk, "seed \(seed) at \(run.desk.head), lane \(lane)")
                if tree.slot != nil { found += 1 }
            }
        }
        #expect(found > 500)
    }

    @Test("DIV-3: a roster that stays as it is follows the exact fractions, ties and all", arguments: seeds)
    func exact(seed: UInt64) throws {
        var random = Seeded(seed)
        var rig = try DeskRig()
        let weights = (0..<(2 + random.below(5))).map { _ in [1, 2, 3, 4, 6, 12][random.below(6)] }
        let names = weights.indices.map { AgentID(rawValue: "a\($0)") }
        for (name, weight) in zip(names, weights) { try rig.agent(name, weight: weight) }
        // Starts in twelfths of a turn of weight 1; the present is compared without dividing.
        var starts = weights.map { _ in 0 }
        var idle = weights.map { _ in 0 }
        let sum = weights.reduce(0, +)
        for count in 1...500 {
            let moment = zip(starts, weights).reduce(0) { $0 + $1.0 * $1.1 }
            let started = weights.indices.filter { starts[$0] * sum <= moment }
            let chosen = try #require(
                started.min {
                    (starts[$0] + 12 / weights[$0], idle[$0], names[$0].rawValue)
                        < (starts[$1] + 12 / weights[$1], idle[$1], names[$1].rawValue)
                })
            rig.wait(.seconds(1))
            let got = try rig.consult(BuyerID(rawValue: "n\(count)")).handler
            #expect(got == .agent(names[chosen]), "seed \(seed), consult \(count)")
            starts[chosen] += 12 / weights[chosen]
            idle[chosen] = count
        }
    }
}

extension Event {
    fileprivate var changesCapacity: Bool {
        switch self {
        case .agentSet, .settingsChanged: true
        default: false
        }
    }
}
