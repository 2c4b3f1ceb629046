import Testing

@testable import Domain

@Suite("DIV-2 recent contact")
struct RecentContactTests {
    private static let hour: Int64 = 3_600_000

    struct Row: Sendable, CustomTestStringConvertible {
        var age: Int64
        var online: Rule
        var suspended: Rule
        var testDescription: String { "\(age) ms" }
    }

    static let rows: [Row] = [
        Row(age: 0, online: .recentContact24h, suspended: .recentContact24h),
        Row(age: 24 * hour, online: .recentContact24h, suspended: .recentContact24h),
        Row(age: 24 * hour + 1, online: .recentContact72h, suspended: .unboundState),
        Row(age: 72 * hour, online: .recentContact72h, suspended: .unboundState),
        Row(age: 72 * hour + 1, online: .unboundState, suspended: .unboundState),
    ]

    @Test("DIV-2: the table, to the millisecond", arguments: rows, Presence.allCases)
    func table(row: Row, presence: Presence) throws {
        let rule: Rule =
            switch presence {
            case .online: row.online
            case .suspended: row.suspended
            case .offline: .unboundState
            }
        var rig = try DeskRig()
        try rig.agent("contact", weight: 0)
        try rig.agent("other", weight: 1)
        let met = try rig.hear("b", to: "contact")
        try rig.close(met.session)
        try rig.presence("contact", presence)
        rig.wait(millis: row.age)
        let answer = try rig.hear("b")
        #expect(answer.rule == rule)
        #expect(answer.handler == .agent(rule == .unboundState ? "other" : "contact"))
    }

    @Test("DIV-2: A alone on days 1 and 2, B joins on day 3: of 50 returning and 50 new, A gets 75 and B 25")
    func example() throws {
        var rig = try DeskRig()
        try rig.agent("A")
        for number in 0..<50 { _ = try rig.consult(BuyerID(rawValue: "old\(number)")) }
        rig.wait(.hours(48))
        try rig.agent("B")
        var got: [AgentID: Int] = [:]
        for number in 0..<50 {
            for buyer in ["old\(number)", "new\(number)"] {
                if let agent = try rig.consult(BuyerID(rawValue: buyer)).handler?.agent { got[agent, default: 0] += 1 }
            }
        }
        #expect(got == ["A": 75, "B": 25])
    }

    @Test("DIV-2: every human message either way makes the contact young again")
    func refreshed() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        let answer = try rig.hear("b")
        rig.wait(.hours(20))
        try rig.reply(answer.session)
        #expect(rig.desk.buyerView("b")?.contactAt == rig.now)
        rig.wait(.minutes(10))
        try rig.hear("b")
        #expect(rig.desk.buyerView("b")?.contactAt == rig.now)
    }

    @Test("DIV-2: a canned automatic reply does not make it younger")
    func automatic() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        let answer = try rig.hear("b")
        let met = rig.now
        rig.wait(.hours(2))
        try rig.reply(answer.session, automatic: true)
        #expect(rig.desk.buyerView("b")?.contactAt == met)
    }

    @Test("DIV-2: after a transfer the receiver holds it")
    func transferred() throws {
        var rig = try DeskRig()
        try rig.agent("a")
        let answer = try rig.hear("b")
        try rig.agent("c")
        try rig.transfer(answer.session, .agent("c"))
        #expect(rig.desk.buyerView("b")?.contact == "c")
    }

    @Test("DIV-2: a bot never becomes the contact, and does not refresh an agent's")
    func bot() throws {
        var rig = try DeskRig()
        try rig.settings { $0.bot.mode = .botFirst }
        let answer = try rig.hear("b")
        #expect(answer.handler == .bot(nil))
        #expect(rig.desk.buyerView("b")?.contact == nil)
    }

    @Test("DIV-2: the latest contact counts, also among imported ones")
    func imported() throws {
        var rig = try DeskRig()
        try rig.agent("a", .offline)
        try rig.agent("c", .offline)
        for (agent, hours, message) in [("a" as AgentID, 2, "i1"), ("c", 5, "i2")] {
            try rig.give(
                .importMessage(
                    ImportMessage(
                        buyer: "b", message: MessageID(rawValue: message), at: rig.now - .hours(hours), agent: agent,
                        text: "hi")))
        }
        #expect(rig.desk.buyerView("b")?.contact == "a")
        #expect(rig.desk.buyerView("b")?.contactAt == rig.now - .hours(2))
    }

    @Test("DIV-2: both ages are settings")
    func settings() throws {
        var rig = try DeskRig()
        try rig.settings {
            $0.diversion.recentContactHours = 2
            $0.diversion.suspendedContactHours = 1
        }
        try rig.agent("a")
        try rig.close(rig.hear("b").session)
        rig.wait(.hours(2))
        #expect(try rig.hear("b").rule == .recentContact72h)
        try rig.close(SessionID(2))
        rig.wait(millis: 2 * Self.hour + 1)
        #expect(try rig.hear("b").rule == .unboundState)
    }
}
