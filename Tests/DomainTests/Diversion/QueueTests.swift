import Testing

@testable import Domain

@Suite("DIV-6 capacity and queue")
struct QueueTests {
    /// One agent with a place, taken.
    private func full() throws -> (DeskRig, SessionID?) {
        var rig = try DeskRig()
        try rig.agent("a", capacity: 1)
        let session = try rig.hear("first").session
        return (rig, session)
    }

    @Test("DIV-6: all candidates full: the queue, with its position told")
    func queued() throws {
        var (rig, _) = try full()
        for place in 1...3 {
            let answer = try rig.hear(BuyerID(rawValue: "q\(place)"))
            #expect(answer.handler == .queue)
            #expect(answer.rule == .queued)
            #expect(answer.position == place)
            #expect(answer.estimatedWaitSeconds == nil)
        }
        #expect(try rig.hear("q2").position == 2)
        #expect(rig.desk.board.queued == 3)
    }

    @Test("DIV-6: the oldest is pulled in the same instant in which a place is free")
    func pulled() throws {
        var (rig, session) = try full()
        let first = try rig.hear("q1")
        rig.wait(.seconds(1))
        let second = try rig.hear("q2")
        rig.wait(.seconds(1))
        try rig.close(session)
        #expect(rig.handler(first.session) == .agent("a"))
        #expect(rig.handler(second.session) == .queue)
        #expect(rig.desk.openSessionView(2)?.view.handlerSince == rig.now)
        #expect(rig.load("a")?.open == 1)
    }

    @Test("DIV-6: a raised capacity, an agent that comes online and a transfer away free places too")
    func otherWays() throws {
        var (rig, session) = try full()
        let first = try rig.hear("q1")
        let second = try rig.hear("q2")
        let third = try rig.hear("q3")
        try rig.give(.setAgent(SetAgent(agent: "a", capacity: 2)))
        #expect(rig.handler(first.session) == .agent("a"))
        try rig.agent("b", capacity: 1)
        #expect(rig.handler(second.session) == .agent("b"))
        try rig.agent("z", weight: 0)
        try rig.transfer(session, .agent("z"))
        #expect(rig.handler(third.session) == .agent("a"))
    }

    @Test("DIV-6: when the last candidate of a group leaves, those who queued for it fall back to others")
    func candidatesGone() throws {
        var rig = try DeskRig()
        try rig.group("g", states: [.noActiveOrder])
        try rig.group("free")
        try rig.agent("a", groups: ["g"], capacity: 1)
        try rig.agent("f", groups: ["free"])
        try rig.hear("b1")
        let waiting = try rig.hear("b2")
        #expect(waiting.handler == .queue)
        try rig.presence("a", .offline)
        #expect(rig.handler(waiting.session) == .agent("f"))
    }

    @Test("DIV-6: a member's wait counts as 60 s longer; a stranger who waits more than that is not passed")
    func bonus() throws {
        var (rig, session) = try full()
        try rig.member("member")
        try rig.hear("early")
        rig.wait(.seconds(30))
        try rig.hear("late")
        rig.wait(.seconds(31))
        let answer = try rig.hear("member")
        // early has waited 61 s, the member counts 60 s, late has waited 31 s.
        #expect(answer.position == 2)
        try rig.close(session)
        #expect(rig.handler(2) == .agent("a"))
        try rig.close(2)
        #expect(rig.handler(answer.session) == .agent("a"))
    }

    @Test("DIV-6: the bonus is a setting; at equal keys the earlier session goes first")
    func noBonus() throws {
        var (rig, _) = try full()
        try rig.settings { $0.diversion.memberBonusSeconds = 0 }
        try rig.member("member")
        try rig.hear("early")
        #expect(try rig.hear("member").position == 2)
    }

    @Test("DIV-6: the estimated wait is the position times the mean gap between the last pulls, rounded up")
    func estimate() throws {
        var (rig, _) = try full()
        for number in 1...5 { try rig.hear(BuyerID(rawValue: "q\(number)")) }
        for (number, gap) in [(1, 10), (2, 20), (3, 31)] {
            rig.wait(.seconds(gap))
            try rig.close(SessionID(UInt64(number)))
        }
        // Pulls at 10, 30 and 61 s: a mean gap of 25.5 s; two wait, so the next is third.
        let answer = try rig.hear("new")
        #expect(answer.position == 3)
        #expect(answer.estimatedWaitSeconds == 77)
    }

    @Test("DIV-6: beyond the queue's limit a buyer goes to the pool, and from there to the queue once it has room")
    func overflow() throws {
        var (rig, session) = try full()
        try rig.settings { $0.diversion.queueLimit = 1 }
        let queued = try rig.hear("q1")
        rig.wait(.seconds(5))
        let pooled = try rig.hear("q2")
        #expect(pooled.handler == .pool)
        #expect(pooled.rule == .pooled)
        #expect(rig.explain(pooled.decision)?.reproduced == true)
        rig.wait(.seconds(5))
        try rig.close(session)
        #expect(rig.handler(queued.session) == .agent("a"))
        #expect(rig.handler(pooled.session) == .queue)
        try rig.close(queued.session)
        #expect(rig.handler(pooled.session) == .agent("a"))
    }

    @Test("DIV-6: who comes from the pool keeps the wait there in the queue's order")
    func fromPool() throws {
        var rig = try DeskRig()
        let night = try rig.hear("night")
        let second = try rig.hear("second")
        rig.wait(.hours(1))
        try rig.agent("a", capacity: 1)
        #expect(rig.handler(night.session) == .agent("a"))
        #expect(rig.handler(second.session) == .queue)
        #expect(try rig.hear("morning").position == 2)
    }

    @Test("DIV-6: a queued buyer who closes or is abandoned leaves the queue")
    func leaves() throws {
        var (rig, _) = try full()
        let first = try rig.hear("q1")
        let second = try rig.hear("q2")
        try rig.close(first.session)
        #expect(rig.desk.openSessionView(SessionID(second.session?.number ?? 0))?.view.position == 1)
    }

    @Test("DIV-6: a queued buyer who names an agent with a place goes there when it comes online")
    func named() throws {
        var (rig, _) = try full()
        try rig.agent("wanted", weight: 0, .offline)
        let answer = try rig.hear("q1", to: "wanted")
        #expect(answer.handler == .queue)
        try rig.presence("wanted", .online)
        #expect(rig.handler(answer.session) == .agent("wanted"))
    }

    @Test("DIV-6: a capacity is 1 to 100,000", arguments: [0, 100_001])
    func range(capacity: Int) throws {
        var rig = try DeskRig()
        let refusal = rig.refusal(.setAgent(SetAgent(agent: "a", capacity: capacity)))
        #expect(
            refusal
                == .invalid([FieldFault(pointer: "/capacity", detail: "must be 1 to 100000, is \(capacity)")]))
    }
}
