import Domain
import Testing

@Suite struct DayTests {
    @Test func daysAreReadAndWritten() {
        #expect(CivilDay(text: "2024-02-29")?.description == "2024-02-29")
        #expect(CivilDay(text: "1969-12-31")?.number == -1)
        for bad in ["2023-02-29", "2022-13-01", "2022-1-01", "20220301", "", "2022-03-14T", "abcd-ef-gh"] {
            #expect(CivilDay(text: bad) == nil, "\(bad)")
        }
    }

    @Test func aLeapDayIsADayOfItsOwn() {
        var rig = ScoringRig("2024-02-29")
        rig.ask("a", "22:00", "x")
        rig.answer("a", "22:01")
        rig.ask("a", "+1 09:00")
        #expect(rig.rate() == "1/1")
        #expect(rig.rate(later: 1) == "0/1")
        #expect((rig.day + 1).description == "2024-03-01")
    }

    @Test func aChangeOfTheShopsZoneMovesLaterQuestionsOnly() {
        var rig = ScoringRig()
        // 22:30 in Shanghai is 23:30 in Tokyo.
        rig.ask("a", "22:30", "x")
        rig.answer("a", "22:31")
        rig.zone("Asia/Tokyo", "22:40")
        rig.ask("b", "22:45", "x")
        rig.answer("b", "22:46")
        #expect(rig.verdicts() == ["inTime", "outsideHours"])
        #expect(rig.turns().map(\.dayEndsAt) == [rig.time("+1 00:00"), rig.time("23:00")])
        // 23:30 in Shanghai is the next day in Tokyo.
        rig.ask("c", "23:30", "x")
        #expect(rig.turns(1).count == 1)
    }

    @Test func rr4AChangeToTheWestOpensNoDayAgain() {
        var rig = ScoringRig()
        rig.ask("a", "10:00", "x")
        // 21:00 in New York, of the day before.
        rig.zone("America/New_York", "+1 09:00")
        rig.ask("b", "+1 09:10", "x")
        rig.answer("b", "+1 09:11")
        #expect(rig.rate() == "0/1")
        #expect(rig.rate(later: 1) == "1/1")
        // 01:00 there, of the day that went on: outside the hours. 08:00 of the same.
        rig.ask("c", "+1 13:00", "x")
        rig.answer("c", "+1 13:01")
        rig.ask("d", "+1 20:00", "x")
        #expect(rig.rate(later: 1) == "1/2")
        #expect(rig.turns(1).map(\.dayEndsAt) == Array(repeating: rig.time("+2 12:00"), count: 3))
        #expect(rig.rate() == "0/1")
    }

    @Test func aDayOfTheZonesChangeHasItsOwnLength() {
        let zone = ScoringRig.newYork
        let day = CivilDay(text: "2022-03-13") ?? CivilDay(0)
        #expect((zone.moment(day + 1) - zone.moment(day)) == .hours(23))
        let autumn = CivilDay(text: "2022-11-06") ?? CivilDay(0)
        #expect((zone.moment(autumn + 1) - zone.moment(autumn)) == .hours(25))
        #expect(zone.place(of: zone.moment(day, wallMillis: 8 * 3_600_000)).wallMillis == 8 * 3_600_000)
        #expect(zone.day(of: zone.moment(day)) == day)
        #expect(zone.day(of: zone.moment(day) + Span(millis: -1)) == day + -1)
    }

    @Test func aClockThatStoodStillGivesAnAnswerInTime() {
        // A shard's time never goes back: whatever a process's clock did, the stamps are equal at worst.
        var rig = ScoringRig()
        rig.ask("a", "10:00", "x")
        rig.answer("a", "10:00")
        #expect(rig.verdicts() == ["inTime"])
    }

    @Test func mem5CountsDaysOnWhichTheBenefitWasOnAt2359() {
        var rig = ScoringRig()
        func set(_ on: Bool, _ at: String) {
            var settings = ShopSettings()
            settings.memberPriority.enabled = on
            rig.add(.settingsChanged(SettingsChanged(settings: settings)), rig.time(at))
        }
        set(true, "12:00")
        set(false, "+10 12:00")
        set(true, "+12 12:00")
        let facts = rig.replay().tally.facts
        let zone = ScoringRig.shanghai
        // On 10, off 2, on 3 = 13.
        #expect(facts.benefitDays(at: rig.time("+15 10:00"), zone: zone) == 13)
        #expect(facts.benefitDays(at: rig.time("23:58"), zone: zone) == 0)
        #expect(facts.benefitDays(at: rig.time("23:59"), zone: zone) == 1)
        #expect(facts.benefitDays(at: rig.time("+11 23:59:30"), zone: zone) == 10)
        #expect(facts.benefitOn)
    }

    @Test func mem5ADayOnWhichItWentOffBefore2359DoesNotCount() {
        var rig = ScoringRig()
        var settings = ShopSettings()
        settings.memberPriority.enabled = true
        rig.add(.settingsChanged(SettingsChanged(settings: settings)), rig.time("09:00"))
        settings.memberPriority.enabled = false
        rig.add(.settingsChanged(SettingsChanged(settings: settings)), rig.time("23:58"))
        let facts = rig.replay().tally.facts
        #expect(facts.benefitDays(at: rig.time("+3 10:00"), zone: ScoringRig.shanghai) == 0)
        #expect(!facts.benefitOn)
    }
}
