// The scoring of one shop: follows its events in order and keeps the turns that run. Pure and driven by whoever reads
// the journal: the scorer live, `fenliu score` offline. What it closes and changes is handed out to be stored; nothing
// in it depends on where a batch began (I8).

/// What a run of events changed, for whoever stores it.
public struct TallyChanges: Sendable {
    /// Turns that ended, in order of their ends.
    public var closed: [Turn] = []
    /// Numbers of turns that were stored as running and run no more.
    public var dropped: [UInt64] = []
    /// Buyers whose running turn began or changed; not all of those still run.
    fileprivate var touched: [BuyerID] = []
    public var workloads: [WorkloadKey: Workload] = [:]
    public var factsChanged = false

    public init() {}
}

public struct ShopTally: Sendable {
    private struct Running {
        var turn: Turn
        /// Whoever stores turns has it under its number.
        var isStored = false
        /// It is in `TallyChanges.touched`.
        var isTouched = false
    }

    public let shop: ShopID
    public private(set) var facts: ShopFacts
    /// The last event that is in it.
    public private(set) var head: UInt64
    /// Number of the last turn that began.
    public private(set) var lastTurn: UInt64
    private var open: [BuyerID: Running]
    private let zones: ZoneSource
    /// RR-4: those in force on `phrasesDay`.
    private var phrases = ClosingPhrase.Phrases.standard
    private var phrasesDay: CivilDay?
    public private(set) var zone: ZoneRules

    /// From the beginning, or from what was stored.
    public init(
        shop: ShopID, facts: ShopFacts = .init(), head: UInt64 = 0, lastTurn: UInt64 = 0, running: [Turn] = [],
        zones: @escaping ZoneSource
    ) {
        self.shop = shop
        self.facts = facts
        self.head = head
        self.lastTurn = lastTurn
        open = Dictionary(
            running.map { ($0.buyer, Running(turn: $0, isStored: true)) }, uniquingKeysWith: { a, _ in a })
        self.zones = zones
        zone = zones(facts.zone).from(facts.firstDay)
    }

    /// The turns that run, in no order.
    public var running: [Turn] { open.values.map(\.turn) }
    public var runningCount: Int { open.count }

    /// Those whose question is of that day, in no order.
    public func running(of day: CivilDay) -> [Turn] { open.values.lazy.map(\.turn).filter { $0.day == day } }

    /// The running turns that changed; from now on they count as stored.
    public mutating func store(_ changes: TallyChanges) -> [Turn] {
        var turns: [Turn] = []
        for buyer in changes.touched {
            guard let place = open.index(forKey: buyer), open.values[place].isTouched else { continue }
            open.values[place].isTouched = false
            open.values[place].isStored = true
            turns.append(open.values[place].turn)
        }
        return turns
    }

    /// Takes the shop's next event. One that is in it already changes nothing.
    public mutating func apply(_ record: EventRecord, _ changes: inout TallyChanges) {
        if let event = TurnEvent(record.event) {
            apply(event, record.sequence, at: record.at, &changes)
            return
        }
        guard record.sequence > head else { return }
        head = record.sequence
        let at = record.at
        switch record.event {
        case .shopSet(let body):
            facts.set(body.shop, at: at, zone)
            zone = zones(facts.zone).from(facts.firstDay)
            changes.factsChanged = true
        case .settingsChanged(let body):
            if facts.note(body.settings.memberPriority, at: at) { changes.factsChanged = true }
            if facts.note(body.settings, at: at, zone: zone) {
                changes.factsChanged = true
                phrasesDay = nil
            }
        case .violationRecorded(let body):
            facts.record(Violation(body.violation, day: zone.day(of: at), at: at))
            changes.factsChanged = true
        case .escalationDecided(let body):
            facts.record(EscalationDecision(body.decision, day: zone.day(of: at), at: at))
            changes.factsChanged = true
        default: break
        }
    }

    /// The same of an event that was read without the rest of its record.
    public mutating func apply(
        _ event: TurnEvent, _ sequence: UInt64, at: Timestamp, _ changes: inout TallyChanges
    ) {
        guard sequence > head else { return }
        head = sequence
        switch event {
        case .asked(let buyer, let session, let account, let text, let consult):
            asked(buyer, session, account, text, consult, at, &changes)
        case .answered(let buyer, let account): answered(buyer, account, at, &changes)
        case .handedOver(let buyer, let session, let account, let pending, let consult):
            handedOver(buyer, session, account, pending, consult, at, &changes)
        case .ended(let buyer): finish(buyer, .sessionEnded, at, &changes)
        }
    }

    /// The shop's next event, of which nothing is scored.
    public mutating func pass(_ sequence: UInt64) { head = max(head, sequence) }

    // MARK: Turns

    private mutating func asked(
        _ buyer: BuyerID, _ session: SessionID, _ account: ScoreAccount, _ text: String?, _ consult: ConsultGiven?,
        _ at: Timestamp, _ changes: inout TallyChanges
    ) {
        let (day, wall) = zone.place(of: at)
        if !facts.scoring.isEmpty, phrasesDay != day {
            phrases = ClosingPhrase.Phrases(facts.scoring(on: day)?.settings.closingPhrases)
            phrasesDay = day
        }
        let plain = text.map(phrases.hold) == true ? nil : at
        if let consult { count(consult, day, &changes) }
        guard let place = open.index(forKey: buyer) else {
            begin(buyer, session, account, day, wall, at, plain: plain, &changes)
            return
        }
        if open.values[place].turn.day != day {
            finish(buyer, .dayOver, at, &changes)
            begin(buyer, session, account, day, wall, at, plain: plain, &changes)
            return
        }
        if open.values[place].turn.account == account {
            open.values[place].turn.messages += 1
            if open.values[place].turn.plainAt == nil { open.values[place].turn.plainAt = plain }
            touch(place, &changes)
            return
        }
        var turn = open.values[place].turn
        finish(buyer, .passedOn, at, &changes)
        turn.session = session
        turn.plainAt = turn.plainAt ?? plain
        turn.messages += 1
        go(on: turn, with: account, at, &changes)
    }

    private mutating func handedOver(
        _ buyer: BuyerID, _ session: SessionID, _ account: ScoreAccount, _ pending: Bool, _ consult: ConsultGiven?,
        _ at: Timestamp, _ changes: inout TallyChanges
    ) {
        let (day, wall) = zone.place(of: at)
        if let consult { count(consult, day, &changes) }
        guard pending else { return }
        guard var turn = open[buyer]?.turn else {
            // The buyer called for a human, and waits from now on.
            begin(buyer, session, account, day, wall, at, plain: at, &changes)
            return
        }
        guard turn.account != account else { return }
        finish(buyer, .passedOn, at, &changes)
        turn.session = session
        go(on: turn, with: account, at, &changes)
    }

    private mutating func answered(
        _ buyer: BuyerID, _ account: ScoreAccount, _ at: Timestamp, _ changes: inout TallyChanges
    ) {
        guard let place = open.index(forKey: buyer), open.values[place].turn.account == account else { return }
        finish(place, .answered, at, &changes)
    }

    private mutating func begin(
        _ buyer: BuyerID, _ session: SessionID, _ account: ScoreAccount, _ day: CivilDay, _ wall: Int64,
        _ at: Timestamp, plain: Timestamp?, _ changes: inout TallyChanges
    ) {
        lastTurn += 1
        open[buyer] = Running(
            turn: Turn(
                number: lastTurn, buyer: buyer, session: session, account: account, day: day, wallMillis: wall,
                dayEndsAt: zone.moment(day + 1), questionAt: at, startedAt: at, plainAt: plain), isTouched: true)
        changes.touched.append(buyer)
    }

    /// RR-4: a turn of one's own for whoever is given a buyer who waits; the question stays the same.
    private mutating func go(
        on former: Turn, with account: ScoreAccount, _ at: Timestamp, _ changes: inout TallyChanges
    ) {
        lastTurn += 1
        var turn = former
        turn.number = lastTurn
        turn.account = account
        turn.startedAt = at
        open[turn.buyer] = Running(turn: turn, isTouched: true)
        changes.touched.append(turn.buyer)
    }

    private mutating func touch(_ place: Dictionary<BuyerID, Running>.Index, _ changes: inout TallyChanges) {
        guard !open.values[place].isTouched else { return }
        open.values[place].isTouched = true
        changes.touched.append(open.values[place].turn.buyer)
    }

    private mutating func finish(_ buyer: BuyerID, _ end: TurnEnd, _ at: Timestamp, _ changes: inout TallyChanges) {
        if let place = open.index(forKey: buyer) { finish(place, end, at, &changes) }
    }

    private mutating func finish(
        _ place: Dictionary<BuyerID, Running>.Index, _ end: TurnEnd, _ at: Timestamp, _ changes: inout TallyChanges
    ) {
        var running = open.remove(at: place).value
        running.turn.end = end
        running.turn.endedAt = at
        if running.isStored { changes.dropped.append(running.turn.number) }
        changes.closed.append(running.turn)
    }

    // MARK: MEM-4

    /// A consult reaches its first agent; a further one works on it, too.
    private func count(_ consult: ConsultGiven, _ day: CivilDay, _ changes: inout TallyChanges) {
        changes.workloads[WorkloadKey(day: day, agent: consult.agent), default: Workload()].consults +=
            consult.first ? 1 : 0
    }
}
