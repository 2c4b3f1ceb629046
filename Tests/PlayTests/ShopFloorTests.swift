import Domain
import Testing

@testable import ClusterKit

@Suite struct ShopFloorTests {
    static let ann = AgentID(rawValue: "ann")
    static let bo = AgentID(rawValue: "bo")

    /// Seconds of the day.
    static func at(_ seconds: Int) -> Timestamp { Timestamp(millis: Int64(seconds) * 1_000) }

    static func floor(annPace: Double = 1, boPace: Double = 1) -> ShopFloor {
        var floor = ShopFloor([
            DayFile.Agent(id: bo, body: .object([]), pace: boPace),
            DayFile.Agent(id: ann, body: .object([]), pace: annPace),
        ])
        floor.setPresence(ann, .online, at: at(0))
        floor.setPresence(bo, .online, at: at(0))
        return floor
    }

    /// A session of a buyer of its own, opened with a message that takes 10 s.
    static func open(
        _ floor: inout ShopFloor, _ number: UInt64, _ handler: PlayHandler, asked: Int, given: Int? = nil,
        effort: Double = 10
    ) {
        floor.set(
            SessionID(number),
            ShopFloor.Conversation(
                buyer: BuyerID(rawValue: "b\(number)"), handler: handler, givenAt: at(given ?? asked),
                first: ShopFloor.Question(message: "m\(number)", at: at(asked), effort: effort)))
    }

    @Test func theOneWaitingLongestIsTakenFirst() {
        var floor = Self.floor()
        Self.open(&floor, 1, .agent(Self.ann), asked: 30)
        Self.open(&floor, 2, .agent(Self.ann), asked: 20)
        floor.takeUp(at: Self.at(30))
        #expect(floor.nextDone?.session == SessionID(2))
    }

    @Test func ofTwoThatWaitEquallyLongTheLowerSessionIsTaken() {
        var floor = Self.floor()
        Self.open(&floor, 7, .agent(Self.ann), asked: 20)
        Self.open(&floor, 3, .agent(Self.ann), asked: 20)
        floor.takeUp(at: Self.at(20))
        #expect(floor.nextDone?.session == SessionID(3))
    }

    @Test func workLastsEffortTimesPace() {
        var floor = Self.floor(annPace: 1.25)
        Self.open(&floor, 1, .agent(Self.ann), asked: 100, effort: 16.4)
        floor.takeUp(at: Self.at(100))
        #expect(floor.nextDone?.doneAt == Self.at(100) + Span(millis: 20_500))
    }

    @Test func workStartsWhenTheSessionWasGivenEvenIfThatIsSeenLater() {
        var floor = Self.floor()
        Self.open(&floor, 1, .agent(Self.ann), asked: 5, given: 100)
        floor.takeUp(at: Self.at(106))
        #expect(floor.nextDone?.doneAt == Self.at(110))
    }

    @Test func nothingIsDoneBeforeItIsSeen() {
        var floor = Self.floor()
        Self.open(&floor, 1, .agent(Self.ann), asked: 5, given: 100, effort: 3)
        floor.takeUp(at: Self.at(106))
        #expect(floor.nextDone?.doneAt == Self.at(106))
    }

    @Test func workStartsNotBeforeTheAgentIsFree() throws {
        var floor = Self.floor()
        Self.open(&floor, 1, .agent(Self.ann), asked: 0)
        floor.takeUp(at: Self.at(0))
        Self.open(&floor, 2, .agent(Self.ann), asked: 4)
        floor.takeUp(at: Self.at(4))
        let first = try #require(floor.nextDone)
        #expect(first.doneAt == Self.at(10))
        floor.finish(first, at: Self.at(10), answered: true)
        floor.takeUp(at: Self.at(10))
        #expect(floor.nextDone?.session == SessionID(2))
        #expect(floor.nextDone?.doneAt == Self.at(20))
    }

    @Test func oneAnswerCoversAllThatWasSaidByThen() throws {
        var floor = Self.floor()
        Self.open(&floor, 1, .agent(Self.ann), asked: 0)
        floor.takeUp(at: Self.at(0))
        floor.said(ShopFloor.Question(message: "more", at: Self.at(5), effort: 99), in: SessionID(1))
        let work = try #require(floor.nextDone)
        #expect(work.doneAt == Self.at(10))
        floor.finish(work, at: Self.at(10), answered: true)
        floor.takeUp(at: Self.at(10))
        #expect(floor.nextDone == nil)
    }

    @Test func aMessageAfterTheAnswerIsNewWork() throws {
        var floor = Self.floor()
        Self.open(&floor, 1, .agent(Self.ann), asked: 0)
        floor.takeUp(at: Self.at(0))
        let work = try #require(floor.nextDone)
        floor.finish(work, at: Self.at(10), answered: true)
        floor.said(ShopFloor.Question(message: "m9", at: Self.at(50), effort: 2), in: SessionID(1))
        floor.takeUp(at: Self.at(50))
        #expect(floor.nextDone?.doneAt == Self.at(52))
    }

    @Test func aSuspendedAgentStillAnswers() {
        var floor = Self.floor()
        floor.setPresence(Self.ann, .suspended, at: Self.at(1))
        Self.open(&floor, 1, .agent(Self.ann), asked: 5)
        floor.takeUp(at: Self.at(5))
        #expect(floor.nextDone?.agent == Self.ann)
    }

    @Test func whoGoesOfflineDropsTheWorkAndTakesItUpAnewOnReturn() {
        var floor = Self.floor()
        Self.open(&floor, 1, .agent(Self.ann), asked: 5)
        floor.takeUp(at: Self.at(5))
        floor.setPresence(Self.ann, .offline, at: Self.at(8))
        floor.takeUp(at: Self.at(8))
        #expect(floor.nextDone == nil)
        floor.setPresence(Self.ann, .online, at: Self.at(60))
        floor.takeUp(at: Self.at(60))
        #expect(floor.nextDone?.doneAt == Self.at(70))
    }

    @Test func aSessionThatWentElsewhereIsWorkedOnThere() throws {
        var floor = Self.floor()
        Self.open(&floor, 1, .agent(Self.ann), asked: 0)
        floor.takeUp(at: Self.at(0))
        Self.open(&floor, 1, .agent(Self.bo), asked: 0, given: 4)
        floor.takeUp(at: Self.at(4))
        let first = try #require(floor.nextDone)
        #expect(first.agent == Self.ann)
        floor.finish(first, at: Self.at(10), answered: false)
        floor.takeUp(at: Self.at(10))
        #expect(floor.nextDone?.agent == Self.bo)
        #expect(floor.nextDone?.doneAt == Self.at(14))
    }

    @Test func onlyAFreeAgentBesideAWaitingLineExpectsSomebodyFromIt() {
        var floor = ShopFloor([DayFile.Agent(id: Self.ann, body: .object([]), pace: 1)])
        Self.open(&floor, 1, .line("pool"), asked: 0)
        #expect(!floor.expectsFromLine)
        floor.setPresence(Self.ann, .online, at: Self.at(1))
        #expect(floor.expectsFromLine)
        #expect(floor.inLine == [SessionID(1)])
        Self.open(&floor, 2, .agent(Self.ann), asked: 2)
        floor.takeUp(at: Self.at(2))
        #expect(!floor.expectsFromLine)
    }

    @Test func aBuyersNewSessionTakesThePlaceOfTheFormer() {
        var floor = Self.floor()
        Self.open(&floor, 1, .agent(Self.ann), asked: 0)
        floor.set(
            SessionID(2),
            ShopFloor.Conversation(
                buyer: BuyerID(rawValue: "b1"), handler: .agent(Self.bo), givenAt: Self.at(9),
                first: ShopFloor.Question(message: "m2", at: Self.at(9), effort: 1)))
        floor.takeUp(at: Self.at(9))
        #expect(floor.session(of: BuyerID(rawValue: "b1")) == SessionID(2))
        #expect(floor.nextDone?.agent == Self.bo)
        #expect(floor.conversations.count == 1)
    }
}
