import Domain
import Testing

@Suite struct RateTests {
    @Test func rr1CountsBuyersOfTheBotAndPersonTimesAnsweredInTime() {
        var rig = ScoringRig()
        for n in 0..<50 { rig.ask("bot\(n)", "10:00", "bot") }
        for n in 0..<30 {
            rig.ask("b\(n)", "11:00", "x")
            rig.answer("b\(n)", n < 12 ? "11:02" : "11:30")
        }
        let card = rig.card()
        #expect(card.counts.answered == 62)
        #expect(card.counts.total == 80)
        #expect(card.counts.byBot == 50)
        #expect(card.basisPoints == 7_750)
        #expect(card.passes == true)
    }

    @Test func rr1OneBuyerWithTwoAgentsIsTwoPersonTimesAndNineMessagesAreOne() {
        var rig = ScoringRig()
        for n in 0..<9 { rig.ask("a", "10:0\(n)", "x") }
        rig.answer("a", "10:09")
        #expect(rig.rate() == "0/1")
        rig.ask("a", "12:00", "y")
        rig.answer("a", "12:01")
        #expect(rig.rate() == "1/2")
        #expect(rig.card().accounts.map(\.account) == [.agent(AgentID(rawValue: "x")), .agent(AgentID(rawValue: "y"))])
    }

    @Test func rr2CannedRepliesAndMarketingDoNotAnswer() {
        var rig = ScoringRig()
        rig.ask("a", "10:00", "x")
        rig.answer("a", "10:00:01", automatic: true)
        rig.answer("a", "10:00:02", class: .marketing)
        rig.answer("a", "10:03:01")
        #expect(rig.verdicts() == ["late"])
    }

    @Test func rr3TheClockRunsFromTheFirstUnansweredMessage() {
        var rig = ScoringRig()
        rig.ask("a", "10:10:15", "x")
        rig.ask("a", "10:15:20")
        rig.answer("a", "10:18:10")
        #expect(rig.verdicts() == ["late"])
        #expect(rig.rate() == "0/1")
    }

    @Test func rr3TenQuestionsWithoutAnAnswerAreOneUnansweredPersonTime() {
        var rig = ScoringRig()
        for n in 0..<10 { rig.ask("a", "10:00:\(10 + n)", "x") }
        #expect(rig.rate() == "0/1")
        #expect(rig.turns().first?.messages == 10)
        #expect(rig.verdicts() == ["unanswered"])
    }

    @Test func rr3ATransferWithoutAWordLeavesXUnansweredAndGivesYATurnOfItsOwn() {
        var rig = ScoringRig()
        rig.ask("a", "10:00", "x")
        rig.give("a", "10:02", "y")
        rig.answer("a", "10:02:30")
        #expect(rig.verdicts() == ["unanswered", "inTime"])
        #expect(rig.rate() == "1/2")
        #expect(rig.turns().last?.startedAt == rig.time("10:02"))
        #expect(rig.turns().last?.questionAt == rig.time("10:00"))
    }

    @Test func rr3TurnRulesTakeAllTheFirstOrAnyTurn() {
        var rig = ScoringRig()
        rig.ask("a", "10:00", "x")
        rig.answer("a", "10:01")
        rig.ask("a", "11:00")
        rig.answer("a", "11:10")
        var definition = ScoreDefinition.standard
        #expect(rig.rate(definition) == "0/1")
        definition.turnRule = .firstTurn
        #expect(rig.rate(definition) == "1/1")
        definition.turnRule = .anyTurn
        #expect(rig.rate(definition) == "1/1")
        rig.ask("a", "12:00")
        definition.turnRule = .firstTurn
        #expect(rig.rate(definition) == "1/1")
    }

    @Test func rr3AnEndedSessionLeavesItsTurnUnanswered() {
        var rig = ScoringRig()
        rig.ask("a", "10:00", "x")
        rig.end("a", "10:01")
        rig.ask("a", "10:02", "x")
        rig.answer("a", "10:02:30")
        #expect(rig.verdicts() == ["unanswered", "inTime"])
        #expect(rig.rate() == "0/1")
    }

    @Test(
        arguments: [
            ("08:00:00.000", "08:02", "inTime"), ("07:59:59.999", "08:00", "outsideHours"),
            ("22:59:59.999", "23:02", "inTime"), ("23:00:00.000", "23:01", "outsideHours"),
            ("22:59:30", "23:01:30", "inTime"), ("07:58", "08:03", "outsideHours"),
            ("10:00:00.000", "10:03:00.000", "inTime"), ("10:00:00.000", "10:03:00.001", "late"),
        ])
    func rr4TheStampOfTheQuestionDecides(_ question: String, _ answer: String, _ verdict: String) {
        var rig = ScoringRig()
        rig.ask("a", question, "x")
        rig.answer("a", answer)
        #expect(rig.verdicts() == [verdict])
    }

    @Test func rr4UnansweredByTheDaysEndIsUnansweredForGood() {
        var definition = ScoreDefinition.standard
        definition.closesMinute = 1_440
        definition.limit = .minutes(10)
        var rig = ScoringRig()
        rig.ask("a", "23:55", "x")
        rig.answer("a", "+1 00:02")
        #expect(rig.verdicts(definition) == ["late"])
        #expect(rig.rate(definition) == "0/1")
    }

    @Test func rr4AnotherDaysQuestionIsAPersonTimeOfThatDay() {
        var rig = ScoringRig()
        rig.ask("a", "22:00", "x")
        rig.ask("a", "+1 09:00")
        rig.answer("a", "+1 09:01")
        #expect(rig.rate() == "0/1")
        #expect(rig.rate(later: 1) == "1/1")
    }

    @Test func rr4InThePoolInsideTheHoursIsUnansweredUnderPool() {
        var rig = ScoringRig()
        rig.ask("a", "10:00", "pool")
        #expect(rig.verdicts(at: "10:00:01") == ["unanswered"])
        rig.give("a", "10:01", "x")
        rig.answer("a", "10:01:30")
        #expect(rig.card().accounts.map(\.account) == [.agent(AgentID(rawValue: "x")), .pool])
        #expect(rig.verdicts() == ["unanswered", "inTime"])
    }

    @Test func rr4WhatWasAskedAtNightDoesNotCountWhenItIsGivenOutInTheMorning() {
        var rig = ScoringRig()
        rig.ask("a", "00:30", "pool")
        rig.give("a", "08:05", "x")
        #expect(rig.verdicts() == ["outsideHours", "outsideHours"])
        #expect(rig.rate() == "0/0")
        #expect(rig.card().passes == nil)
        #expect(rig.card().basisPoints == nil)
    }

    @Test func rr4WhatIsGivenOutAfterItsDayCountsForNobodyNew() {
        var rig = ScoringRig()
        rig.ask("a", "22:30", "pool")
        rig.give("a", "+1 08:05", "x")
        rig.answer("a", "+1 08:06")
        #expect(rig.verdicts() == ["unanswered", "afterItsDay"])
        #expect(rig.rate() == "0/1")
        #expect(rig.rate(later: 1) == "0/0")
    }

    @Test func rr4AnOfflineHandlersBuyerGivesTheNextATurnOfItsOwn() {
        var rig = ScoringRig()
        rig.ask("a", "10:00", "x")
        rig.ask("a", "10:10", "y")
        rig.answer("a", "10:12")
        #expect(rig.verdicts() == ["unanswered", "inTime"])
    }

    @Test func rr4TheQueueIsNoAccountWhileItIsShort() {
        var rig = ScoringRig()
        rig.ask("a", "10:00", "queue")
        rig.give("a", "10:02", "x")
        rig.answer("a", "10:04")
        rig.ask("b", "10:00", "queue")
        rig.give("b", "10:03:00.001", "x")
        rig.answer("b", "10:04")
        #expect(rig.verdicts() == ["queuedInTime", "unanswered", "inTime", "inTime"].sortedAsTurns(rig))
        #expect(rig.rate() == "2/3")
    }

    @Test func rr4ThanksCountsUnlessExemptAndBothFiguresAreShown() {
        var rig = ScoringRig()
        rig.ask("a", "10:00", "x")
        rig.answer("a", "10:01")
        rig.ask("a", "10:02", text: "谢谢！")
        #expect(rig.rate() == "0/1")
        var exempt = ScoreDefinition.standard
        exempt.closingPhraseExempt = true
        #expect(rig.rate(exempt) == "1/1")
        let card = rig.card()
        #expect(card.closingIncluded.answered == 0)
        #expect(card.closingExempt.answered == 1)
        // What follows the thanks starts the clock under the exemption.
        rig.ask("a", "10:20", text: "还有呢")
        rig.answer("a", "10:22")
        #expect(rig.verdicts(exempt) == ["inTime", "inTime"])
        #expect(rig.verdicts() == ["inTime", "late"])
    }

    @Test func rr5ManualRoundsCountRoundsWithHumansOnly() {
        var rig = ScoringRig()
        rig.ask("a", "10:00", "bot")
        rig.answer("a", "10:00")
        rig.ask("a", "10:05", "x")
        rig.answer("a", "10:06")
        rig.ask("a", "10:30")
        rig.answer("a", "10:40")
        #expect(rig.rate() == "1/2")
        #expect(rig.rate(.manualRounds) == "1/2")
        #expect(rig.verdicts(.manualRounds) == ["bot", "inTime", "late"])
        var buyers = ScoreDefinition.standard
        buyers.unit = .buyer
        #expect(rig.rate(buyers) == "0/1")
        buyers.unit = .session
        buyers.turnRule = .anyTurn
        #expect(rig.rate(buyers) == "1/1")
        #expect(rig.card(buyers).accounts.isEmpty)
    }

    @Test func rr5DefinitionsAreFoundByNameAndVersion() {
        #expect(ScoreDefinition.find("taobao-deals-2022") == .standard)
        #expect(ScoreDefinition.find("manual-rounds@1") == .manualRounds)
        #expect(ScoreDefinition.find("manual-rounds@2") == nil)
        #expect(ScoreDefinition.find("other") == nil)
        #expect(ScoreDefinition.find("") == nil)
    }

    @Test func rr7SaysHowManyMoreMayBeMissed() {
        var rig = ScoringRig()
        for n in 0..<80 {
            rig.ask("b\(n)", "10:00", "x")
            rig.answer("b\(n)", n < 40 ? "10:01" : "10:10")
        }
        #expect(rig.card().counts.missed == 40)
        #expect(rig.card().canMiss == 8)
    }

    @Test func rr7AWaitingBuyerHasADeadlineAndIsNoMissBeforeIt() {
        var rig = ScoringRig()
        rig.ask("a", "10:00", "x")
        #expect(rig.verdicts(at: "10:03:00.000") == ["waiting"])
        #expect(rig.verdicts(at: "10:03:00.001") == ["unanswered"])
        let verdict = rig.turns().first.map { ScoreDefinition.standard.judge($0, at: rig.time("10:01")) }
        #expect(verdict == .waiting(until: rig.time("10:03")))
        #expect(rig.card(at: "10:01").counts.waiting == 1)
        #expect(rig.card(at: "10:01").counts.missed == 0)
    }

    @Test func theBotThatHasNoAnswerServedAndTheHumanGetsATurn() {
        var rig = ScoringRig()
        rig.ask("a", "10:00", "bot")
        rig.answer("a", "10:00", noAnswer: true)
        rig.give("a", "10:01", "x")
        rig.answer("a", "10:03:30")
        #expect(rig.verdicts() == ["served", "inTime"])
    }

    @Test func aCallForAHumanWaitsFromThatMoment() {
        var rig = ScoringRig()
        rig.give("a", "10:00", "x")
        rig.answer("a", "10:03:00.001")
        #expect(rig.verdicts() == ["late"])
    }
}

extension [String] {
    /// The same verdicts in the order in which the rig's turns began.
    fileprivate func sortedAsTurns(_ rig: ScoringRig) -> [String] {
        // Two buyers queue first, both are given to the agent later.
        [self[0], self[2], self[1], self[3]]
    }
}
