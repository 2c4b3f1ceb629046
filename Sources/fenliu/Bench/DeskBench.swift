// (a) and the desk's part of (f): the pure desk in this process, one thread, no wire and no disk.

import Domain
import Wire

/// One desk under load: makes commands outside the measured time, gives them inside it.
struct DeskFloor {
    private(set) var desk: Desk
    private var next: UInt64 = 1
    private var out: [EventRecord] = []
    private(set) var now = Timestamp(millis: 1_772_413_200_000)
    /// What looking ahead came to; kept so that it is not left out.
    private var seen = 0
    /// Commands that are decided before a commit begins, and those that are looked at together.
    static let turn = 256
    static let lookedAt = 16
    private var commands: UInt64 = 0
    private var newBuyers: UInt64 = 0
    let shop: ShopID

    init(shop: UInt64 = 0, agents: Int) throws {
        self.shop = BenchID.shop(shop)
        desk = Desk(id: self.shop)
        try give(.setShop(SetShop(name: "Bench")))
        for number in 0..<agents {
            try give(.setAgent(SetAgent(agent: BenchID.agent(number), weight: 50 + number % 100)))
            try give(.setPresence(SetPresence(agent: BenchID.agent(number), state: .online)))
        }
    }

    @discardableResult
    mutating func give(_ command: Command) throws -> Answer {
        commands += 1
        return try give(command, CommandStamp(id: BenchID.command(commands), fingerprint: commands))
    }

    mutating func give(_ command: Command, _ stamp: CommandStamp) throws -> Answer {
        out.removeAll(keepingCapacity: true)
        return try desk.handle(command, stamp: stamp, at: now, next: &next, into: &out)
    }

    mutating func wait(minutes: Int) {
        now = now + .minutes(minutes)
        out.removeAll(keepingCapacity: true)
        desk.advance(to: now, next: &next, into: &out)
        tidy()
    }

    /// As a checkpoint does, so that nothing piles up.
    mutating func tidy() {
        desk.dropEndedSessions(desk.takeEndedSessions(desk.endedCount).count)
        while desk.dirtyBuyerCount > 0 { _ = desk.takeDirtyBuyers(min(10_000, desk.dirtyBuyerCount)) }
    }

    mutating func stamped(_ batch: [Command]) -> [(Command, CommandStamp)] {
        batch.map { command in
            commands += 1
            return (command, CommandStamp(id: BenchID.command(commands), fingerprint: commands))
        }
    }

    /// Commands with stamps, so many as a router decides before a commit begins, made before the clock runs and looked at
    /// together as there. Gives the nanoseconds and the answers.
    mutating func timed(
        _ count: Int, _ commands: (inout Self, Range<Int>) -> [Command]
    ) throws -> (nanos: UInt64, answers: [Answer]) {
        var nanos: UInt64 = 0
        var answers: [Answer] = []
        answers.reserveCapacity(count)
        for start in stride(from: 0, to: count, by: Self.turn) {
            let batch = stamped(commands(&self, start..<min(start + Self.turn, count)))
            let before = monotonicNanos()
            for start in stride(from: 0, to: batch.count, by: Self.lookedAt) {
                let few = batch[start..<min(start + Self.lookedAt, batch.count)]
                lookAhead(few)
                for (command, stamp) in few { answers.append(try give(command, stamp)) }
            }
            nanos += monotonicNanos() - before
        }
        return (nanos, answers)
    }

    /// As a router does (`ShardSet.lookAhead`).
    private mutating func lookAhead(_ few: ArraySlice<(Command, CommandStamp)>) {
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: few.count) { hashes in
            var count = 0
            for (command, _) in few {
                guard let buyer = command.buyer else { continue }
                hashes[count] = Desk.hash(of: buyer)
                count += 1
            }
            let own = UnsafeMutableBufferPointer(rebasing: hashes[..<count])
            for step in Desk.LookAhead.inOrder { lookAhead(step, own) }
        }
    }

    mutating func lookAhead(_ step: Desk.LookAhead, _ hashes: UnsafeMutableBufferPointer<UInt64>) {
        seen &+= desk.lookAhead(step, hashes)
    }

    mutating func messages(_ buyers: some Sequence<UInt64>) -> [Command] {
        buyers.map { buyer in
            commands += 1
            return .receiveMessage(
                ReceiveMessage(buyer: BenchID.buyer(buyer), message: BenchID.message(commands), text: benchText))
        }
    }

    /// Buyers who were never here.
    mutating func strangers(_ count: Int) -> [Command] {
        let from = 500_000_000 + newBuyers
        newBuyers += UInt64(count)
        return messages(from..<from + UInt64(count))
    }

    func replies(_ answers: some Sequence<Answer>) -> [Command] {
        answers.compactMap { answer in
            guard let session = answer.session, let agent = answer.handler?.agent else { return nil }
            return .sendMessage(
                SendMessage(
                    session: session, message: BenchID.message(session.number), sender: .agent(agent), text: "Yes."))
        }
    }

    func closes(_ answers: some Sequence<Answer>) -> [Command] {
        answers.compactMap { answer in answer.session.map { .closeSession(CloseSession(session: $0)) } }
    }

    /// Replies to sessions and closes them.
    mutating func finish(_ answers: [Answer]) throws {
        try giveAll(replies(answers) + closes(answers))
        tidy()
    }

    mutating func giveAll(_ batch: [Command]) throws {
        for command in batch { try give(command) }
    }

    /// Buyers with an agent as their recent contact and nothing open.
    mutating func settle(buyers: Int) throws {
        // A short life of unanswered sessions, so that their timers are gone before the figures are taken.
        var diversion = DiversionSettings()
        diversion.abandonHours = 1
        try give(.setSettings(SetSettings(diversion: diversion)))
        var start = 0
        while start < buyers {
            let end = min(start + 200, buyers)
            for command in messages(UInt64(start)..<UInt64(end)) {
                let answer = try give(command)
                try giveAll(replies([answer]) + closes([answer]))
            }
            tidy()
            start = end
            if start % 100_000 == 0 { wait(minutes: 61) }
        }
        wait(minutes: 61)
        try give(.setSettings(SetSettings(diversion: DiversionSettings())))
    }
}

struct DeskBench {
    let plan: BenchPlan

    /// (a)
    func decisions(into report: inout BenchReport) throws {
        let agents = 100
        let before = Usage.residentBytes()
        var floor = try DeskFloor(agents: agents)
        try floor.settle(buyers: plan.deskBuyers)
        let bytes = Double(Usage.residentBytes() - before) / Double(plan.deskBuyers)
        let size = "\(agents) agents, \(count(plan.deskBuyers)) buyers"
        func add(_ what: String, goal: Double?, _ run: (inout DeskFloor) throws -> Double) throws {
            let runs = try (0..<plan.runs).map { _ in try run(&floor) }
            report.figures.append(
                Figure(
                    workload: "a", what: "desk, \(what), \(size)", unit: "/s", value: median(runs) { $0 } ?? 0,
                    runs: runs, goal: goal))
        }
        try add("returning buyers", goal: 4_000_000) { try returning(&$0, plan.deskBuyers) }
        try add("new consults by weight", goal: 4_000_000) { try shared(&$0) }
        try add("continued messages", goal: 4_000_000) { try continued(&$0, plan.deskBuyers) }
        try add("commands of consult, answer, close", goal: 4_000_000) { try mixed(&$0) }
        report.figures.append(
            Figure(
                workload: "a", what: "desk, a resident buyer with a recent contact", unit: "bytes", value: bytes,
                runs: [bytes], goal: 100, goalIsMost: true))
    }

    /// (f)
    func growth(into report: inout BenchReport) throws {
        func add(_ what: String, _ runs: [Double]) {
            report.figures.append(
                Figure(workload: "f", what: what, unit: "/s", value: median(runs) { $0 } ?? 0, runs: runs))
        }
        for agents in plan.agentSizes {
            var floor = try DeskFloor(agents: agents)
            let runs = try (0..<plan.runs).map { _ in try shared(&floor) }
            add("desk, new consults by weight, \(count(agents)) agents", runs)
        }
        for buyers in plan.buyerSizes {
            var floor = try DeskFloor(agents: 100)
            try floor.settle(buyers: buyers)
            let runs = try (0..<plan.runs).map { _ in try returning(&floor, buyers) }
            add("desk, returning buyers, \(count(buyers)) buyers", runs)
        }
        for shops in plan.shopSizes {
            var floors = try (0..<shops).map { try DeskFloor(shop: UInt64($0), agents: 4) }
            // Each has had a buyer before.
            for place in floors.indices {
                try floors[place].finish(try floors[place].timed(1) { $0.strangers($1.count) }.answers)
            }
            let runs = try (0..<plan.runs).map { try spread(&floors, run: $0) }
            add("desks of 4 agents, new consults, \(count(shops)) shops", runs)
        }
    }

    // MARK: Workloads, in commands a second

    private func returning(_ floor: inout DeskFloor, _ buyers: Int) throws -> Double {
        let step = min(10_000, buyers)
        return try repeated(step) { round in
            let (nanos, answers) = try floor.timed(step) { floor, places in
                floor.messages(
                    places.map { (round &* UInt64(step) &+ UInt64($0)) &* 7_368_787 % UInt64(buyers) })
            }
            try floor.finish(answers)
            return nanos
        }
    }

    /// In steps small enough that none of a hundred agents gets busy.
    private func shared(_ floor: inout DeskFloor) throws -> Double {
        try repeated(DeskFloor.turn) { _ in
            let (nanos, answers) = try floor.timed(DeskFloor.turn) { $0.strangers($1.count) }
            try floor.finish(answers)
            return nanos
        }
    }

    private func continued(_ floor: inout DeskFloor, _ buyers: Int) throws -> Double {
        let open = min(10_000, buyers)
        let answers = try floor.timed(open) { $0.messages($1.map(UInt64.init)) }.answers
        try floor.giveAll(floor.replies(answers))
        let figure = try repeated(open) { round in
            let (nanos, again) = try floor.timed(open) { floor, places in
                floor.messages(places.map { UInt64($0 &* 7_919 % open) })
            }
            if round % 8 == 7 { try floor.giveAll(floor.replies(again)) }
            return nanos
        }
        try floor.giveAll(floor.closes(answers))
        floor.tidy()
        return figure
    }

    private func mixed(_ floor: inout DeskFloor) throws -> Double {
        try repeated(3 * DeskFloor.turn) { _ in
            let (first, answers) = try floor.timed(DeskFloor.turn) { $0.strangers($1.count) }
            let second = try floor.timed(answers.count) { $0.replies(answers[$1]) }.nanos
            let third = try floor.timed(answers.count) { $0.closes(answers[$1]) }.nanos
            floor.tidy()
            return first + second + third
        }
    }

    private func spread(_ floors: inout [DeskFloor], run: Int) throws -> Double {
        let shops = UInt64(floors.count)
        let step = 512
        return try repeated(step) { round in
            let picks = (0..<UInt64(step)).map {
                Int(ShardMap.mix((UInt64(run) << 40) + round * UInt64(step) + $0) % shops)
            }
            let commands = picks.map { floors[$0].stamped(floors[$0].strangers(1)) }
            var answers: [Answer] = []
            answers.reserveCapacity(step)
            let before = monotonicNanos()
            for start in stride(from: 0, to: step, by: DeskFloor.lookedAt) {
                let few = start..<min(start + DeskFloor.lookedAt, step)
                withUnsafeTemporaryAllocation(of: UInt64.self, capacity: few.count) { hashes in
                    for place in few {
                        let buyer = commands[place].first?.0.buyer
                        hashes.initializeElement(at: place - start, to: buyer.map { Desk.hash(of: $0) } ?? 0)
                    }
                    for step in Desk.LookAhead.inOrder {
                        for place in few {
                            let own = place - start..<place - start + 1
                            floors[picks[place]].lookAhead(step, UnsafeMutableBufferPointer(rebasing: hashes[own]))
                        }
                    }
                }
                for place in few {
                    for (command, stamp) in commands[place] {
                        answers.append(try floors[picks[place]].give(command, stamp))
                    }
                }
            }
            let nanos = monotonicNanos() - before
            for (pick, answer) in zip(picks, answers) { try floors[pick].finish([answer]) }
            return nanos
        }
    }

    /// Rounds of so many commands until their measured time is a run's; gives commands a second.
    private func repeated(_ commands: Int, _ round: (UInt64) throws -> UInt64) throws -> Double {
        let limit = UInt64(plan.seconds * plan.deskPart * 1e9)
        let wall = monotonicNanos() + UInt64(plan.seconds * 4e9)
        var nanos: UInt64 = 0
        var rounds: UInt64 = 0
        while rounds == 0 || (nanos < limit && monotonicNanos() < wall) {
            nanos += try round(rounds)
            rounds += 1
        }
        return Double(rounds) * Double(commands) / (Double(nanos) / 1e9)
    }
}
