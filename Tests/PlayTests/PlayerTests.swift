import Domain
import Testing

@testable import ClusterKit

/// Whole days against the desk itself.
@Suite struct PlayerTests {
    /// A day of the shop `s` with agents `a` and `b`, from rows of (`at`, rest of the row).
    static func day(_ rows: [(String, String)]) throws -> DayFile {
        var lines = [DayFileTests.shop, #"{"kind":"agent","agent":"a"}"#, #"{"kind":"agent","agent":"b","pace":2}"#]
        for (seq, row) in rows.enumerated() {
            lines.append(#"{"at":"2025-12-11T\#(row.0)+08:00","seq":\#(seq),\#(row.1)}"#)
        }
        return try DayFile(Array(lines.joined(separator: "\n").utf8))
    }

    static func online(_ agent: String) -> String { #""kind":"presence","agent":"\#(agent)","state":"online""# }
    static func offline(_ agent: String) -> String { #""kind":"presence","agent":"\#(agent)","state":"offline""# }

    static func says(_ buyer: String, effort: Int = 10) -> String {
        #""kind":"message","buyer":"\#(buyer)","effortSec":\#(effort),"text":"在吗""#
    }

    static func time(_ text: String) throws -> Timestamp {
        try #require(RFC3339.parse("2025-12-11T\(text)+08:00"))
    }

    @Test func theAnswerComesWhenTheWorkIsDone() async throws {
        let day = try Self.day([
            ("09:00:00", Self.online("b")), ("09:00:10", Self.says("x")), ("09:00:15", Self.says("x")),
        ])
        let shop = try DeskShop(day)
        let tally = try await Player(day, shop).play()
        let answers = await shop.answers
        #expect(answers.map(\.at) == [try Self.time("09:00:30")])
        #expect(tally.shares["b"]?.total == 1)
        #expect(tally.shares["b"]?.continued == 1)
        #expect(tally.inTime == 1)
        #expect(tally.left == 0)
    }

    @Test func anAnswerIsInTimeAtOneHundredAndEightySecondsExactly() async throws {
        let rows = [("09:00:00", Self.online("a"))]
        let exactly = try Self.day(rows + [("09:00:10", Self.says("x", effort: 180))])
        let late = try Self.day(rows + [("09:00:10", Self.says("x", effort: 181))])
        #expect(try await Player(exactly, try DeskShop(exactly)).play().inTime == 1)
        let tally = try await Player(late, try DeskShop(late)).play()
        #expect(tally.inTime == 0)
        #expect(tally.answers == 1)
    }

    /// DIV-8: five at 09:00:00, five at 09:01:00, the rest at 09:02:00; nobody else writes meanwhile.
    @Test func thoseInThePoolAreWorkedOnWhenTheyAreGiven() async throws {
        var rows = (0..<12).map { ("08:00:\($0 + 10)", Self.says("x\($0)", effort: 5)) }
        rows.append(("09:00:00", Self.online("a")))
        let day = try Self.day(rows)
        let shop = try DeskShop(day)
        let tally = try await Player(day, shop).play()
        let seconds = ["05", "10", "15", "20", "25"]
        let expected = seconds.map { "09:00:\($0)" } + seconds.map { "09:01:\($0)" } + ["09:02:05", "09:02:10"]
        let answers = await shop.answers
        #expect(answers.map(\.at) == (try expected.map { try Self.time($0) }))
        #expect(tally.shares["pool"]?.total == 12)
        #expect(tally.shares["a"]?.fromLine == 12)
        #expect(tally.shares["a"]?.total == 12)
        #expect(tally.inTime == 0)
    }

    @Test func theBoardIsNotAskedWhileNobodyWaitsInLine() async throws {
        let day = try Self.day([
            ("09:00:00", Self.online("a")), ("09:00:10", Self.says("x")), ("09:05:00", Self.says("y")),
        ])
        let shop = try DeskShop(day)
        _ = try await Player(day, shop).play()
        #expect(await shop.looks == 0)
    }

    /// DIV-6: with a capacity of one, the second waits in the queue until the first session has ended after 30 minutes.
    @Test func whoIsPulledFromTheQueueIsServed() async throws {
        let day = try Self.day([
            ("09:00:00", Self.online("a")), ("09:00:10", Self.says("x")), ("09:00:11", Self.says("y")),
        ])
        let shop = try DeskShop(day, capacity: 1)
        let tally = try await Player(day, shop).play()
        let answers = await shop.answers
        #expect(answers.map(\.at) == [try Self.time("09:00:20"), try Self.time("09:30:30")])
        #expect(tally.shares["queue"]?.total == 1)
        #expect(tally.shares["a"]?.fromLine == 1)
    }

    @Test func aSessionOfAnAgentWhoLeftGoesOnWithTheNext() async throws {
        let day = try Self.day([
            ("09:00:00", Self.online("a")), ("09:00:10", Self.says("x")), ("09:00:12", Self.offline("a")),
            ("09:00:12", Self.online("b")), ("09:00:20", Self.says("x")),
        ])
        let shop = try DeskShop(day)
        let tally = try await Player(day, shop).play()
        let answers = await shop.answers
        #expect(answers.map(\.agent) == [AgentID(rawValue: "b")])
        #expect(answers.map(\.at) == [try Self.time("09:00:40")])
        #expect(tally.sessions == 1)
        #expect(tally.shares["a"]?.total == 1)
        #expect(tally.shares["b"]?.total == 1)
    }

    /// DIV-7: with nobody there the bot takes the session; at its second miss the buyer waits in the pool.
    @Test func whatTheBotCouldNotAnswerWaitsForAHuman() async throws {
        let day = try Self.day([
            ("08:00:00", Self.says("x")), ("08:00:10", Self.says("x")), ("09:00:00", Self.online("a")),
        ])
        let shop = try DeskShop(day, bot: .humanFirst)
        let tally = try await Player(day, shop).play()
        #expect(await shop.answers.map(\.at) == [try Self.time("09:00:10")])
        #expect(tally.shares["bot"]?.total == 1)
        #expect(tally.shares["pool"]?.total == 1)
        #expect(tally.left == 0)
    }

    @Test func whatNobodyAnsweredIsLeft() async throws {
        let day = try Self.day([
            ("09:00:00", Self.online("a")), ("23:59:55", Self.says("x")), ("08:00:00", Self.says("y")),
            ("08:00:01", Self.says("z")),
        ])
        let tally = try await Player(day, try DeskShop(day)).play()
        #expect(tally.answers == 2)
        #expect(tally.shares["a"]?.left == 1)
        #expect(tally.messages == 3)
    }

    @Test func theFingerprintTellsTwoDaysApartAndIsTheSameTwice() async throws {
        let rows = [
            ("09:00:00", Self.online("a")), ("09:00:01", Self.online("b")), ("09:00:10", Self.says("x")),
            ("09:00:11", Self.says("y")),
        ]
        let day = try Self.day(rows)
        let other = try Self.day(rows + [("09:00:12", Self.says("z"))])
        let first = try await Player(day, try DeskShop(day)).play()
        let second = try await Player(day, try DeskShop(day)).play()
        let third = try await Player(other, try DeskShop(other)).play()
        #expect(first == second)
        #expect(first.fingerprint != third.fingerprint)
        #expect(first.fingerprint.count == 16)
        #expect(first.table == second.table)
    }
}
