import Domain
import Journal
import ScoreOracle
import Testing
import Wire

@testable import ScorerService

/// One shop with one question a day, answered in time or not, and what its desk would be told.
private struct Days {
    static let shop = ShopID(rawValue: "s")
    private(set) var records: [EventRecord] = []

    init() { add(.shopSet(ShopSet(shop: SetShop(name: "s"))), Self.time(14, "00:00")) }

    static func time(_ day: Int, _ clock: String) -> Timestamp {
        RFC3339.parse("2022-03-\(day)T\(clock):00+08:00") ?? Timestamp(millis: 0)
    }

    mutating func add(_ event: Event, _ at: Timestamp) {
        records.append(
            EventRecord(
                sequence: UInt64(records.count + 1), at: at, shop: Self.shop, previousOfShop: UInt64(records.count),
                event: event))
    }

    mutating func consult(_ day: Int, answered: Bool) {
        let buyer = BuyerID(rawValue: "b\(day)")
        let session = SessionID(UInt64(day))
        let agent = AgentID(rawValue: "x")
        add(
            .messageReceived(
                MessageReceived(
                    buyer: buyer, message: MessageID(rawValue: "m"), text: "?", session: session, opened: true,
                    handler: .agent(agent))), Self.time(day, "10:00"))
        guard answered else { return }
        add(
            .messageSent(
                MessageSent(
                    buyer: buyer, message: MessageID(rawValue: "n"), session: session, sender: .agent(agent), text: "!",
                    answered: true)), Self.time(day, "10:01"))
    }

    func item(_ range: Range<Int>) -> ShardItem {
        var writer = ByteWriter(reserving: 1_024)
        for record in records[range] { RecordCoding.append(record, to: &writer) }
        return ShardItem(
            first: UInt64(range.lowerBound + 1), last: UInt64(range.upperBound), body: writer.bytes)
    }
}

@Suite struct RestrictionBookTests {
    /// Takes every step that is due, as a desk would, and says them.
    private func told(_ book: ScoreBook, _ now: Timestamp) async throws -> [String] {
        var told: [String] = []
        while true {
            let (notes, _) = try await book.review(at: now)
            guard !notes.isEmpty else { return told }
            try await book.noted(notes)
            told += notes.map { note in
                let head = note.note.head.map { " if \($0)" } ?? ""
                let names = note.note.restrictions.map(\.name) + note.note.raised.map(\.id)
                return "\(note.note.at.day).\(note.note.at.step) \(names.joined(separator: " "))\(head)"
            }
        }
    }

    private func penalties(_ book: ScoreBook, _ now: Timestamp) async -> PenaltyView? {
        guard case .penalties(let view) = await book.answer(.penalties(AskShop(shop: Days.shop, at: now))) else {
            return nil
        }
        return view
    }

    @Test func rr6EachStepIsToldOnceAlsoByAScorerThatWasKilled() async throws {
        var days = Days()
        days.consult(14, answered: false)
        days.consult(15, answered: true)
        days.consult(16, answered: true)
        let rig = try BookRig()
        var book = try await rig.open()
        try await book.take(0, days.item(0..<2))
        #expect(try await told(book, Days.time(14, "23:59")) == [])
        // The day is over by the clock; no later event says so, so the desk has to have what the figures have.
        let blocked = try await told(book, Days.time(15, "00:00"))
        #expect(blocked == ["2022-03-15.0 trafficDemotion listingBlock if 2"])
        #expect(try await told(book, Days.time(15, "08:00")) == [])
        try await book.close()
        book = try await rig.open()
        #expect(try await told(book, Days.time(15, "09:00")) == [])
        try await book.take(0, days.item(2..<days.records.count))
        #expect(try await told(book, Days.time(16, "11:00")) == ["2022-03-16.0 "])
        #expect(await penalties(book, Days.time(16, "11:00"))?.restrictions == [])
        try await book.close()
        book = try await rig.open()
        #expect(try await told(book, Days.time(20, "00:00")) == [])
        try await book.close()
    }

    @Test func rr6AStepThatNoDeskTookIsToldAgainTheSame() async throws {
        var days = Days()
        for day in 14...16 { days.consult(day, answered: false) }
        let rig = try BookRig()
        var book = try await rig.open()
        try await book.take(0, days.item(0..<days.records.count))
        let first = try await book.review(at: Days.time(17, "00:00")).notes.map(\.note)
        #expect(first.count == 1)
        #expect(try await book.review(at: Days.time(17, "00:00")).notes.map(\.note) == first)
        try await book.close()
        book = try await rig.open()
        #expect(try await book.review(at: Days.time(17, "05:00")).notes.map(\.note) == first)
        #expect(
            try await told(book, Days.time(17, "05:00")) == [
                "2022-03-15.0 trafficDemotion listingBlock",
                "2022-03-17.0 trafficDemotion listingBlock e2022-03-17 if 4",
            ])
        try await book.close()
    }

    @Test func rr6ADecisionIsToldAtOnceAndItsEndOnItsDay() async throws {
        var days = Days()
        for day in 14...16 { days.consult(day, answered: false) }
        days.consult(17, answered: true)
        let decision = DecideEscalation(
            escalation: "e2022-03-17", outcome: .campaignExclusion, until: CivilDay(text: "2022-03-20"))
        days.add(.escalationDecided(EscalationDecided(decision: decision)), Days.time(17, "12:00"))
        let rig = try BookRig()
        let book = try await rig.open()
        let count = days.records.count
        try await book.take(0, days.item(0..<count - 1))
        #expect(try await told(book, Days.time(17, "11:00")).count == 2)
        try await book.take(0, days.item(count - 1..<count))
        #expect(
            try await told(book, Days.time(17, "12:00"))
                == ["2022-03-17.1 trafficDemotion listingBlock campaignExclusion"])
        #expect(
            try await told(book, Days.time(20, "00:00")) == [
                "2022-03-18.0 campaignExclusion if \(count)", "2022-03-20.0  if \(count)",
            ])
        try await book.close()
    }

    @Test func daysAreSealedAndTheirTurnsGoButTheirCardsStay() async throws {
        var days = Days()
        for day in 14...28 { days.consult(day, answered: day % 2 == 0) }
        let rig = try BookRig()
        var settings = ScoreBookSettings()
        settings.keepDays = 8
        let book = try ScoreBook(path: rig.path, on: rig.group.next(), settings: settings)
        await book.expect(shards: 1)
        try await book.take(0, days.item(0..<days.records.count))
        let now = Days.time(28, "11:00")
        func cards(_ definition: String?, _ from: Int, _ to: Int) async -> ScorerReply {
            let first = CivilDay(text: "2022-03-\(from)") ?? CivilDay(0)
            return await book.answer(
                .scorecards(
                    AskScorecards(
                        shop: Days.shop, at: now, definition: definition, from: first, to: first + (to - from))))
        }
        let before = await cards(nil, 14, 28)
        let manual = await cards("manual-rounds", 20, 28)
        _ = try await told(book, now)
        #expect(await cards(nil, 14, 28) == before)
        guard case .scorecards(let found) = before else {
            Issue.record("no cards")
            return
        }
        #expect(found.map(\.card.counts.answered) == (14...28).map { $0 % 2 == 0 ? 1 : 0 })
        // Under another definition what is no longer there cannot be counted.
        #expect(await cards("manual-rounds", 14, 14) == .refusal(.detailsGone))
        #expect(await cards("manual-rounds", 20, 28) == manual)
        let day = CivilDay(text: "2022-03-14") ?? CivilDay(0)
        let details = await book.answer(.personTimes(AskPersonTimes(shop: Days.shop, at: now, day: day)))
        #expect(details == .refusal(.detailsGone))
        try await book.close()
    }

    @Test(arguments: 1...UInt64(4)) func rr6StepsDoNotDependOnBatchesRestartsOrWhenTheyWereLookedFor(
        _ seed: UInt64
    ) async throws {
        let dealt = DealtDay(seed: seed, events: 1_200)
        func steps(_ most: Int, restarts: Bool, looks: Bool) async throws -> [String: [NoteRestrictions]] {
            let rig = try BookRig()
            var book = try await rig.open()
            var found: [String: [NoteRestrictions]] = [:]
            func look(_ now: Timestamp) async throws {
                while true {
                    let (notes, _) = try await book.review(at: now)
                    if notes.isEmpty { return }
                    try await book.noted(notes)
                    for note in notes {
                        var step = note.note
                        // How sure it is of the desk's events depends on when it looks.
                        step.head = nil
                        found[note.shop.rawValue, default: []].append(step)
                    }
                }
            }
            var from = 0
            while from < dealt.records.count {
                let to = min(dealt.records.count, from + most)
                try await book.take(0, dealt.item(from..<to))
                from = to
                if looks { try await look(dealt.records[to - 1].at) }
                if restarts {
                    try await book.close()
                    book = try await rig.open()
                }
            }
            try await look(dealt.end)
            try await book.close()
            return found
        }
        let whole = try await steps(1_200, restarts: false, looks: false)
        #expect(whole.values.reduce(0) { $0 + $1.count } > 3)
        #expect(try await steps(37, restarts: false, looks: true) == whole)
        #expect(try await steps(101, restarts: true, looks: true) == whole)
    }
}

@Suite struct JumpingClockTests {
    /// Buyers and agents of one desk, whose callers' clocks jump back by minutes now and then.
    private func records(_ seed: UInt64) -> [EventRecord] {
        let shop = ShopID(rawValue: "a")
        var state = seed
        func below(_ bound: UInt64) -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            return ShardMap.mix(state) % bound
        }
        var desk = Desk(id: shop)
        var next: UInt64 = 1
        var out: [EventRecord] = []
        var clock = DealtDay.start
        func give(_ command: Command) -> Answer? {
            try? desk.handle(command, at: clock, next: &next, into: &out)
        }
        _ = give(.setShop(SetShop(name: "a")))
        for agent in ["x", "y"].map({ AgentID(rawValue: $0) }) {
            _ = give(.setAgent(SetAgent(agent: agent)))
            _ = give(.setPresence(SetPresence(agent: agent, state: .online)))
        }
        for number in 0..<600 {
            clock = clock + Span(millis: Int64(below(90_000)))
            if below(12) == 0 { clock = clock - .minutes(Int(below(9))) }
            let message = MessageID(rawValue: "m\(number)")
            let buyer = BuyerID(rawValue: "b\(below(10))")
            guard let heard = give(.receiveMessage(ReceiveMessage(buyer: buyer, message: message, text: "?"))),
                let session = heard.session, let agent = heard.handler?.agent, below(3) > 0
            else { continue }
            clock = clock + Span(millis: Int64(below(240_000)))
            _ = give(
                .sendMessage(SendMessage(session: session, message: message, sender: .agent(agent), text: "!")))
        }
        return out
    }

    @Test(arguments: 1...UInt64(4)) func i13AClockThatJumpsBackChangesNoFigure(_ seed: UInt64) async throws {
        let records = records(seed)
        #expect(zip(records, records.dropFirst()).allSatisfy { $0.at <= $1.at })
        let oracle = RateOracle.rates(records)
        #expect(!oracle.isEmpty)
        let rig = try BookRig()
        let book = try await rig.open()
        var from = 0
        while from < records.count {
            let to = min(records.count, from + 83)
            var writer = ByteWriter()
            for record in records[from..<to] { RecordCoding.append(record, to: &writer) }
            try await book.take(
                0, ShardItem(first: records[from].sequence, last: records[to - 1].sequence, body: writer.bytes))
            // A look by a clock that runs ahead does not seal what may still change.
            _ = try await book.review(at: records[to - 1].at + .days(3))
            from = to
        }
        let first = CivilDay(text: "2022-03-14") ?? CivilDay(0)
        let end = (records.last?.at ?? DealtDay.start) + .days(30)
        let ask = AskScorecards(shop: ShopID(rawValue: "a"), at: end, from: first, to: first + 20)
        guard case .scorecards(let cards) = await book.answer(.scorecards(ask)) else {
            Issue.record("no cards")
            return
        }
        var rates: [String: String] = [:]
        for view in cards where view.card.counts.total > 0 {
            rates["a \(view.card.day.number)"] = "\(view.card.counts.answered)/\(view.card.counts.total)"
        }
        #expect(rates == oracle)
        try await book.close()
    }
}

extension RestrictionBookTests {
    /// A desk refuses a step that does not know its last event, whatever that is.
    @Test func rr6EventsThatScoreNothingAreInTheFiguresToo() async throws {
        var days = Days()
        days.consult(14, answered: false)
        days.add(
            .messageSent(
                MessageSent(
                    buyer: BuyerID(rawValue: "b14"), message: MessageID(rawValue: "a"), session: SessionID(14),
                    sender: .agent(AgentID(rawValue: "x")), text: "auto", automatic: true)), Days.time(14, "10:05"))
        days.add(
            .slowResponseReminded(
                SlowResponseReminded(
                    buyer: BuyerID(rawValue: "b14"), session: SessionID(14), agent: AgentID(rawValue: "x"),
                    message: nil, since: Days.time(14, "10:00"))), Days.time(14, "10:06"))
        let rig = try BookRig()
        for count in [3, 4] {
            let book = try await rig.open()
            try await book.take(0, days.item(Int(await book.place(0))..<count))
            #expect(try await book.review(at: Days.time(15, "00:00")).notes.map(\.note.head) == [UInt64(count)])
            try await book.close()
        }
        let book = try await rig.open()
        #expect(try await book.review(at: Days.time(15, "00:00")).notes.map(\.note.head) == [4])
        try await book.close()
    }

    @Test func shopsThatStayDueKeepNobodyWaiting() {
        var times = ReviewTimes()
        let shops = (0..<5).map { ShopID(rawValue: "s\($0)") }
        let start = Timestamp(millis: 0)
        for shop in shops { times.set(shop, start) }
        let looks = (0..<5).flatMap { _ in times.due(start, most: 2) }
        #expect(shops.allSatisfy { shop in looks.count { $0 == shop } == 2 })
        for shop in shops.dropFirst() { times.set(shop, start + .hours(1)) }
        #expect(times.due(start, most: 2) == [shops[0]])
        #expect(Set(times.due(start + .hours(1), most: 9)) == Set(shops))
        // A clock that goes back, and a time that was set again and again.
        #expect(times.due(start, most: 9) == [shops[0]])
        for hour in 2..<500 { times.set(shops[1], start + .hours(hour)) }
        times.set(shops[1], start + .hours(1))
        #expect(times.due(start + .minutes(59), most: 9) == [shops[0]])
        #expect(times.due(start + .hours(1), most: 9).sorted() == shops)
        times.set(shops[2], .distantFuture)
        #expect(times.due(start + .hours(9_999), most: 9).sorted() == shops.filter { $0 != shops[2] })
    }
}
