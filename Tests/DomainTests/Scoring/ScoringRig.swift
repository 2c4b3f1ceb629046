import Domain

/// One shop's events by hand, at times of day in Shanghai, and the cards that they make.
struct ScoringRig {
    static let shanghai = ZoneRules(name: "Asia/Shanghai", offsetMinutes: 8 * 60)
    static let tokyo = ZoneRules(name: "Asia/Tokyo", offsetMinutes: 9 * 60)
    static let newYork = ZoneRules(
        name: "America/New_York",
        changes: [
            .init(at: .distantPast, offsetMillis: -5 * 3_600_000),
            // 2022-03-13 02:00 → 03:00, 2022-11-06 02:00 → 01:00.
            .init(at: Timestamp(millis: 1_647_154_800_000), offsetMillis: -4 * 3_600_000),
            .init(at: Timestamp(millis: 1_667_714_400_000), offsetMillis: -5 * 3_600_000),
        ])
    static let zones: ZoneSource = { name in
        name == "Asia/Tokyo" ? tokyo : name == "America/New_York" ? newYork : shanghai
    }
    static let shop = ShopID(rawValue: "s")

    var records: [EventRecord] = []
    var day: CivilDay
    private var sessions: UInt64 = 0
    private var handlers: [String: (session: UInt64, handler: Handler)] = [:]

    init(_ day: String = "2022-03-14") {
        self.day = CivilDay(text: day) ?? CivilDay(0)
        add(.shopSet(ShopSet(shop: SetShop(name: "s"))), Timestamp(millis: 0))
    }

    /// `10:10:15`, `10:10:15.250`, or any of these after a day: `+1 08:05`.
    func time(_ text: String) -> Timestamp {
        let parts = text.split(separator: " ")
        let later = parts.count == 2 ? Int(parts[0]) ?? 0 : 0
        var clock = String(parts.last ?? "")
        if clock.count == 5 { clock += ":00" }
        return RFC3339.parse("\(day + later)T\(clock)+08:00") ?? Timestamp(millis: 0)
    }

    mutating func add(_ event: Event, _ at: Timestamp) {
        records.append(
            EventRecord(
                sequence: UInt64(records.count + 1), at: at, shop: Self.shop,
                previousOfShop: UInt64(records.count), event: event))
    }

    static func handler(_ name: String) -> Handler {
        switch name {
        case "bot": .bot(nil)
        case "pool": .pool
        case "queue": .queue
        default: .agent(AgentID(rawValue: name))
        }
    }

    private static func decision(_ handler: Handler) -> Decision {
        Decision(
            handler: handler, rule: .unboundState, cause: .arrival, settingsVersion: 1, priorityMember: false,
            inquiry: Inquiry())
    }

    /// A buyer's message; it goes to whoever is named, else to who has the buyer.
    mutating func ask(_ buyer: String, _ at: String, _ to: String? = nil, text: String = "?") {
        let before = handlers[buyer]
        let handler = to.map(Self.handler) ?? before?.handler ?? .pool
        let session = before?.session ?? sessions + 1
        sessions = max(sessions, session)
        let changed = before.map { $0.handler != handler } ?? true
        handlers[buyer] = (session, handler)
        add(
            .messageReceived(
                MessageReceived(
                    buyer: BuyerID(rawValue: buyer), message: MessageID(rawValue: "m\(records.count)"), text: text,
                    session: SessionID(session), opened: before == nil, handler: handler,
                    decision: changed ? Self.decision(handler) : nil, from: changed ? before?.handler : nil)),
            time(at))
    }

    mutating func answer(
        _ buyer: String, _ at: String, automatic: Bool = false, class kind: MessageClass = .chat, noAnswer: Bool = false
    ) {
        guard let (session, handler) = handlers[buyer] else { return }
        let sender: Sender = handler.agent.map { .agent($0) } ?? .bot
        add(
            .messageSent(
                MessageSent(
                    buyer: BuyerID(rawValue: buyer), message: MessageID(rawValue: "m\(records.count)"),
                    session: SessionID(session), sender: sender, text: "!", messageClass: kind, automatic: automatic,
                    answered: !automatic, noAnswer: noAnswer)), time(at))
    }

    mutating func give(_ buyer: String, _ at: String, _ to: String, pending: Bool = true) {
        let before = handlers[buyer]
        let session = before?.session ?? sessions + 1
        sessions = max(sessions, session)
        let handler = Self.handler(to)
        handlers[buyer] = (session, handler)
        add(
            .handlerChanged(
                HandlerChanged(
                    buyer: BuyerID(rawValue: buyer), session: SessionID(session), from: before?.handler ?? handler,
                    to: handler, decision: Self.decision(handler), pending: pending, opened: before == nil)),
            time(at))
    }

    mutating func end(_ buyer: String, _ at: String) {
        guard let (session, handler) = handlers.removeValue(forKey: buyer) else { return }
        add(
            .sessionEnded(
                SessionEnded(
                    buyer: BuyerID(rawValue: buyer), session: SessionID(session), handler: handler, wasPending: false,
                    end: .closed)), time(at))
    }

    mutating func zone(_ name: String, _ at: String) {
        add(.shopSet(ShopSet(shop: SetShop(name: "s", timeZone: name))), time(at))
    }

    // MARK: What it makes

    func replay() -> (tally: ShopTally, closed: [Turn], workloads: [WorkloadKey: Workload]) {
        var tally = ShopTally(shop: Self.shop, zones: Self.zones)
        var changes = TallyChanges()
        for record in records { tally.apply(record, &changes) }
        return (tally, changes.closed, changes.workloads)
    }

    func turns(_ later: Int = 0) -> [Turn] {
        let (tally, closed, _) = replay()
        return (closed + tally.running).filter { $0.day == day + later }.sorted { $0.number < $1.number }
    }

    func card(
        _ definition: ScoreDefinition = .standard, later: Int = 0, at now: String = "+9 00:00"
    ) -> Scorecard {
        definition.card(Self.shop, day + later, turns(later), final: true, at: time(now))
    }

    /// `answered/total`.
    func rate(_ definition: ScoreDefinition = .standard, later: Int = 0, at now: String = "+9 00:00") -> String {
        let counts = card(definition, later: later, at: now).counts
        return "\(counts.answered)/\(counts.total)"
    }

    /// Verdicts of the day's turns, in order.
    func verdicts(_ definition: ScoreDefinition = .standard, later: Int = 0, at now: String = "+9 00:00") -> [String] {
        turns(later).map { definition.judge($0, at: time(now)).name }
    }
}
