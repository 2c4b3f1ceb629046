import Testing

@testable import Domain

@Suite("DIV-3 weight")
struct WeightTests {
    @Test("DIV-3: 96 consults at 3:1 are 72 and 24")
    func threeToOne() throws {
        var rig = try DeskRig()
        try rig.agent("a", weight: 3)
        try rig.agent("b", weight: 1)
        #expect(try rig.spread(96) == ["a": 72, "b": 24])
    }

    @Test(
        "DIV-3: every prefix is within one of each agent's share",
        arguments: [
            [1, 1], [3, 1], [2, 3, 5, 7, 11, 13], [1, 999], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            [100, 90, 80, 70, 60, 50, 40, 30, 20, 10], [997, 991, 983, 1], [1_000, 1, 1, 1], [17, 1_000, 333],
            [41, 37, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83],
        ])
    func prefixes(weights: [Int]) throws {
        var rig = try DeskRig()
        for (index, weight) in weights.enumerated() {
            try rig.agent(AgentID(rawValue: "a\(index)"), weight: weight)
        }
        let sum = weights.reduce(0, +)
        let rounds = min(3 * sum, 1_500)
        var got = Array(repeating: 0, count: weights.count)
        for count in 1...rounds {
            let agent = try #require(try rig.consult(BuyerID(rawValue: "n\(count)")).handler?.agent)
            let index = try #require(Int(agent.rawValue.dropFirst()))
            got[index] += 1
            for (index, weight) in weights.enumerated() {
                // |got − count·w/Σw| < 1, in whole numbers.
                #expect(abs(got[index] * sum - count * weight) < sum, "agent \(index) after \(count)")
            }
        }
    }

    @Test("DIV-3: the same shop twice spreads the same way")
    func deterministic() throws {
        func order() throws -> [Handler?] {
            var rig = try DeskRig()
            for index in 0..<7 { try rig.agent(AgentID(rawValue: "a\(index)"), weight: 1 + index * index) }
            return try (0..<200).map { try rig.consult(BuyerID(rawValue: "n\($0)")).handler }
        }
        #expect(try order() == order())
    }

    @Test("DIV-3: who comes online starts level: no credit for the time before")
    func noCredit() throws {
        var rig = try DeskRig()
        try rig.agent("a", weight: 1)
        #expect(try rig.spread(100, prefix: "x") == ["a": 100])
        try rig.agent("b", weight: 1)
        #expect(try rig.spread(10, prefix: "y") == ["a": 5, "b": 5])
        try rig.presence("a", .offline)
        _ = try rig.spread(500, prefix: "z")
        try rig.presence("a", .online)
        #expect(try rig.spread(10, prefix: "w") == ["a": 5, "b": 5])
    }

    @Test("DIV-3: whoever comes and goes costs nobody a turn: a newcomer is level after 300 visits of another")
    func noDebt() throws {
        var rig = try DeskRig()
        try rig.agent("a", weight: 1)
        try rig.agent("b", weight: 1)
        try rig.agent("visitor", weight: 1, .offline)
        for visit in 0..<300 {
            try rig.presence("visitor", .online)
            while true {
                let agent = try rig.consult(BuyerID(rawValue: "v\(visit)-\(rig.next)")).handler?.agent
                if agent == "visitor" { break }
            }
            try rig.presence("visitor", .offline)
            _ = try rig.spread(4, prefix: "u\(visit)-")
        }
        try rig.agent("new", weight: 1)
        let got = try rig.spread(30, prefix: "y")
        for agent in ["a", "b", "new"] as [AgentID] { #expect(abs(got[agent, default: 0] - 10) <= 1, "\(agent)") }
    }

    @Test("DIV-3: a raised weight counts at once, whatever was given out before")
    func raised() throws {
        var rig = try DeskRig()
        try rig.agent("a", weight: 1_000)
        try rig.agent("b", weight: 1)
        _ = try rig.spread(600, prefix: "x")
        try rig.give(.setAgent(SetAgent(agent: "b", weight: 1_000)))
        let got = try rig.spread(20, prefix: "y")
        #expect(abs(got["b", default: 0] - 10) <= 1)
    }

    @Test("DIV-3: time online: 9x for A and 3x + 12(8 − x) for B, equal at 5 h 20 min")
    func timeOnline() throws {
        // A consult every five minutes for eight hours; A leaves after x.
        func day(minutesOfA: Int) throws -> (a: Int, b: Int) {
            var rig = try DeskRig()
            try rig.agent("A", weight: 3)
            try rig.agent("B", weight: 1)
            var got: [AgentID: Int] = [:]
            for slot in 0..<96 {
                if slot * 5 == minutesOfA { try rig.presence("A", .offline) }
                if let agent = try rig.consult(BuyerID(rawValue: "n\(slot)")).handler?.agent {
                    got[agent, default: 0] += 1
                }
                rig.wait(.minutes(5))
            }
            return (got["A", default: 0], got["B", default: 0])
        }
        for hours in 1...7 {
            let got = try day(minutesOfA: hours * 60)
            #expect(got.a == 9 * hours)
            #expect(got.b == 3 * hours + 12 * (8 - hours))
        }
        let equal = try day(minutesOfA: 320)
        #expect(equal.a == 48)
        #expect(equal.b == 48)
    }

    @Test("DIV-3: weight 0 gets no new buyer, but those who name it, its contacts and transfers")
    func zero() throws {
        var rig = try DeskRig()
        try rig.agent("z", weight: 0)
        #expect(try rig.hear("first").handler == .pool)
        try rig.agent("a", weight: 1)
        #expect(try rig.spread(20) == ["a": 20])
        let named = try rig.hear("b", to: "z")
        #expect(named.handler == .agent("z"))
        try rig.close(named.session)
        #expect(try rig.hear("b").rule == .recentContact24h)
        let other = try rig.hear("c")
        #expect(try rig.transfer(other.session, .agent("z")).handler == .agent("z"))
    }

    @Test("DIV-3: a weight is 0 to 1000", arguments: [-1, 1_001])
    func range(weight: Int) throws {
        var rig = try DeskRig()
        let refusal = rig.refusal(.setAgent(SetAgent(agent: "a", weight: weight)))
        #expect(
            refusal
                == .invalid([FieldFault(pointer: "/weight", detail: "must be 0 to 1000, is \(weight)")]))
    }
}
