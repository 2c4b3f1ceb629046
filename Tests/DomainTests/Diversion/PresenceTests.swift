import Testing

@testable import Domain

@Suite("DIV-6 presence")
struct PresenceTests {
    @Test("DIV-6: a suspended agent gets no new buyer, but contacts and those who name the agent")
    func suspended() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        try rig.close(rig.hear("known").session)
        try rig.presence("a", .suspended)
        #expect(try rig.hear("new").handler == .pool)
        #expect(try rig.hear("known").handler == .agent("a"))
        #expect(try rig.hear("named", to: "a").handler == .agent("a"))
    }

    @Test("DIV-6: offline leaves conversations as they are")
    func offline() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        let answer = try rig.hear("b")
        try rig.presence("a", .offline)
        #expect(rig.handler(answer.session) == .agent("a"))
        #expect(rig.load("a")?.open == 1)
    }

    @Test("DIV-6: auto-suspend at N open sessions, resume at N − 1")
    func autoSuspend() throws {
        var rig = try DeskRig()
        try rig.settings { $0.diversion.autoSuspendAt = 2 }
        try rig.agent("a")
        let first = try rig.hear("b1")
        #expect(rig.presence("a") == .online)
        try rig.hear("b2")
        #expect(rig.presence("a") == .suspended)
        #expect(try rig.hear("b3").handler == .pool)
        try rig.close(first.session)
        // The place that came free went to the pooled buyer, so the agent is suspended again.
        #expect(rig.handler(3) == .agent("a"))
        #expect(rig.presence("a") == .suspended)
        try rig.close(3)
        #expect(rig.presence("a") == .online)
    }

    @Test("DIV-6: the desk never undoes a suspension by hand")
    func manual() throws {
        var rig = try DeskRig()
        try rig.settings { $0.diversion.autoSuspendAt = 1 }
        try rig.agent("a")
        let answer = try rig.hear("b")
        #expect(rig.presence("a") == .suspended)
        try rig.presence("a", .suspended)
        try rig.close(answer.session)
        #expect(rig.presence("a") == .suspended)
    }

    @Test("DIV-6: a suspension by hand before the limit stays too")
    func manualBefore() throws {
        var rig = try DeskRig()
        try rig.settings { $0.diversion.autoSuspendAt = 1 }
        try rig.agent("a", .suspended)
        try rig.close(rig.hear("b", to: "a").session)
        #expect(rig.presence("a") == .suspended)
    }

    @Test("DIV-6: taking the limit away resumes whom it suspended")
    func limitGone() throws {
        var rig = try DeskRig()
        try rig.settings { $0.diversion.autoSuspendAt = 1 }
        try rig.agent("a")
        try rig.hear("b")
        try rig.settings { $0.diversion.autoSuspendAt = nil }
        #expect(rig.presence("a") == .online)
    }

    @Test("DIV-6: an agent whose stream is lost goes offline after 60 s, not a millisecond sooner")
    func streamLost() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        try rig.give(.noteStream(NoteStream(agent: "a", attached: true)))
        try rig.give(.noteStream(NoteStream(agent: "a", attached: false)))
        rig.wait(millis: 59_999)
        #expect(rig.presence("a") == .online)
        rig.wait(millis: 1)
        #expect(rig.presence("a") == .offline)
        let last = try #require(rig.records.last)
        #expect(last.at == DeskRig.start + .seconds(60))
        guard case .presenceChanged(let body) = last.event else {
            Issue.record("no change of presence")
            return
        }
        #expect(body.cause == .streamLost)
    }

    @Test("DIV-6: a stream that comes back in time changes nothing")
    func streamBack() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        try rig.give(.noteStream(NoteStream(agent: "a", attached: true)))
        try rig.give(.noteStream(NoteStream(agent: "a", attached: false)))
        rig.wait(.seconds(30))
        try rig.give(.noteStream(NoteStream(agent: "a", attached: true)))
        rig.wait(.hours(1))
        #expect(rig.presence("a") == .online)
        try rig.give(.noteStream(NoteStream(agent: "a", attached: false)))
        rig.wait(.seconds(59))
        #expect(rig.presence("a") == .online)
        rig.wait(.seconds(1))
        #expect(rig.presence("a") == .offline)
    }

    @Test("DIV-6: an agent whom the backend sets without a stream stays as set")
    func noStream() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        rig.wait(.days(3))
        #expect(rig.presence("a") == .online)
        try rig.give(.noteStream(NoteStream(agent: "a", attached: true)))
        try rig.give(.noteStream(NoteStream(agent: "a", attached: false)))
        try rig.presence("a", .suspended)
        rig.wait(.days(1))
        #expect(rig.presence("a") == .suspended)
    }

    @Test("DIV-6: a presence that stands changes nothing; with a command ID the answer is noted")
    func idempotent() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        let before = rig.records.count
        #expect(try !rig.give(.setPresence(SetPresence(agent: "a", state: .online))).changed)
        #expect(rig.records.count == before)
        let stamp = CommandStamp(id: CommandID(rawValue: "k"), fingerprint: 7)
        let answer = try rig.give(.setPresence(SetPresence(agent: "a", state: .online)), stamp: stamp)
        #expect(!answer.changed)
        #expect(rig.records.last?.command == stamp)
    }
}
