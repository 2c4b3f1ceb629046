// The pace of the scorer's transactions, by a clock of the test's own.

import NIOCore
import Testing

@testable import ScorerService

@Suite struct GatherPaceTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func at(_ millis: Int64) -> NIODeadline { start + .milliseconds(millis) }

    /// What the pace says after transactions that began at these times, each of so many milliseconds and bytes.
    private func pace(_ made: [(at: Int64, took: Int64, bytes: Int)]) -> GatherPace {
        var pace = GatherPace(ScoreBookSettings(), now: start)
        for one in made { pace.made(from: at(one.at), to: at(one.at + one.took), bytes: one.bytes) }
        return pace
    }

    @Test func shortTransactionsBeginAsFarApartAsIsSet() {
        #expect(pace([(100, 1, 100), (125, 1, 100)]).notBefore == at(150))
    }

    @Test func longOnesAreFollowedByARestOfTwiceTheirLength() {
        #expect(pace([(100, 10, 100), (200, 20, 100)]).notBefore == at(200 + 20 + 40))
    }

    @Test func theRestHasABound() {
        #expect(pace([(100, 20, 100), (200, 400, 100)]).notBefore == at(200 + 400 + 50))
    }

    @Test func aShardThatBringsMuchShortensTheRest() {
        // In 50 ms half of what its reader may wait with.
        #expect(pace([(50, 20, 100), (100, 60, 256 << 10)]).notBefore == at(100 + 2 * 50))
        // More than all of it.
        #expect(pace([(50, 20, 100), (100, 60, 600 << 10)]).notBefore == at(125))
    }

    @Test func theRateIsThatOfTheShorterOfTwoIntervals() {
        #expect(pace([(25, 10, 100), (125, 60, 256 << 10)]).notBefore == at(125 + 2 * 25))
    }

    @Test func afterYearsWithoutAnEventItGoesOn() {
        let years = Int64(20) * 365 * 24 * 3_600_000
        #expect(pace([(years, 10, 1)]).notBefore == at(years + 10 + 20))
        #expect(pace([(years, 10, 0)]).notBefore == at(years + 10 + 20))
    }

    @Test func muchOfAllOrOfOneShardIsUrgent() {
        let pace = pace([])
        #expect(!pace.isUrgent(events: 32_767, bytes: 524_287))
        #expect(pace.isUrgent(events: 32_768, bytes: 0))
        #expect(pace.isUrgent(events: 0, bytes: 524_288))
    }
}
