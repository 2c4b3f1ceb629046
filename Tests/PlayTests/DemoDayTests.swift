import Domain
import Foundation
import Testing

@testable import ClusterKit

@Suite struct DemoDayTests {
    /// `Deploy/demo-day.ndjson` of this package.
    static func demoDay() throws -> DayFile {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try DayFile([UInt8](try Data(contentsOf: root.appending(path: "Deploy/demo-day.ndjson"))))
    }

    @Test func theDemonstrationDayHasWhatItPromises() throws {
        let day = try Self.demoDay()
        #expect(day.agents.count == 6)
        #expect(day.groups.count == 3)
        #expect(day.buyers.count == 120)
        #expect(day.rows.count == 418)
    }

    @Test func everyMessageOfTheDemonstrationDayIsSomebodysAndTwoRunsAgree() async throws {
        let day = try Self.demoDay()
        let first = try await Player(day, try DeskShop(day, bot: .humanFirst)).play()
        let second = try await Player(day, try DeskShop(day, bot: .humanFirst)).play()
        #expect(first == second)
        #expect(first.messages == 400)
        let counted = first.shares.values.reduce(0) { $0 + $1.total + $1.continued - $1.fromLine }
        #expect(counted == 400)
        for agent in day.agents { #expect((first.shares[agent.id.rawValue]?.answers ?? 0) > 0) }
    }

    /// I5, at the size of a day: what a desk decides does not depend on how often it was read again.
    @Test(arguments: [40, 111])
    func aDeskThatIsReadAgainGivesTheSameDay(calls: Int) async throws {
        let day = try Self.demoDay()
        let whole = try await Player(day, try DeskShop(day, bot: .humanFirst)).play()
        let reread = try await Player(day, try DeskShop(day, bot: .humanFirst, rereadEvery: calls)).play()
        #expect(whole == reread)
    }
}
