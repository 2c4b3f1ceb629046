// The scoring of one shop: follows its events in order and keeps the turns that run. Pure and driven by whoever reads
// the journal: the scorer live, `fenliu score` offline. What it closes and changes is handed out to be stored; nothing
// in it depends on where a batch began (I8).

/// What a run of events changed, for whoever stores it.
public struct TallyChanges: Sendable {
    /// Turns that ended, in order of their ends.
    public var closed: [Turn] = []
    /// Numbers of turns that were stored as running and run no more.
    public var dropped: [UInt64] = []
    /// Places of running turns that began or changed; not all of those still run.
    fileprivate var touched: [Int32] = []
    /// MEM-4, to be added up: one pair of day and agent may come more than once.
    public private(set) var loads: [AgentLoad] = []
    /// Places in `loads` of the accounts, on `loadDay`; −1 for none.
    private var loadPlaces: [Int32] = []
    private var loadDay: CivilDay?
    public var factsChanged = false

    public init() {}

    /// As new; the room stays.
    public mutating func clear() {
        closed.removeAll(keepingCapacity: true)
        dropped.removeAll(keepingCapacity: true)
        touched.removeAll(keepingCapacity: true)
        for load in loadPlaces.indices { loadPlaces[load] = -1 }
        loads.removeAll(keepingCapacity: true)
        factsChanged = false
    }

    /// It has room for more than most shops need.
    public var isLarge: Bool { max(closed.capacity, dropped.capacity, touched.capacity, loadPlaces.capacity) > 128 }

    public var workloads: [WorkloadKey: Workload] {
        loads.reduce(into: [:]) { sums, load in
            sums[WorkloadKey(day: load.day, agent: load.agent), default: Workload()].consults += load.consults
        }
    }

    /// `account` is the agent's place.
    fileprivate mutating func count(_ consult: ConsultGiven, _ account: Int32, _ day: CivilDay) {
        if loadDay != day {
            loadDay = day
            for load in loadPlaces.indices { loadPlaces[load] = -1 }
        }
        let place = Int(account)
        if place >= loadPlaces.count {
            loadPlaces.append(contentsOf: repeatElement(-1, count: place + 1 - loadPlaces.count))
        }
        if loadPlaces[place] < 0 {
            loadPlaces[place] = Int32(loads.count)
            loads.append(AgentLoad(day: day, agent: consult.agent))
        }
        loads[Int(loadPlaces[place])].consults += consult.first ? 1 : 0
    }
}

/// Consults that reached an agent on a day; 0 if the agent only worked on some.
public struct AgentLoad: Hashable, Sendable {
    public var day: CivilDay
    public var agent: AgentID
    public var consults = 0

    public init(day: CivilDay, agent: AgentID, consults: Int = 0) {
        self.day = day
        self.agent = agent
        self.consults = consults
    }
}

/// A run of the store, as one transaction writes it.
public struct StoredRun: Sendable {
    /// Places of the turns in it (`ShopTally.turn(at:)`).
    public var places: [Int32] = []
    /// Runs that hold nothing any more that is not stored later.
    public var gone: [Int64] = []
}

/// A run that was read back.
public struct ReadRun: Sendable {
    public var id: Int64
    /// Those whose present form is in it.
    public var turns: [Turn]
    /// Turns and ends that it holds.
    public var entries: Int

    public init(id: Int64, turns: [Turn], entries: Int) {
        self.id = id
        self.turns = turns
        self.entries = entries
    }
}

public struct ShopTally: Sendable {
    public let shop: ShopID
    public private(set) var facts: ShopFacts
    /// The last event that is in it.
    public private(set) var head: UInt64
    /// Number of the last turn that began.
    public private(set) var lastTurn: UInt64
    private var open = OpenTurns()
    private var accounts = AccountIndex()
    private var runs = TurnRuns()
    private let zones: ZoneSource
    /// RR-4: those in force on `phrasesDay`.
    private var phrases = ClosingPhrase.Phrases.standard
    private var phrasesDay: CivilDay?
    /// Most letters of a closing phrase of any day so far or to come: a longer text need not be looked at.
    public private(set) var phraseLetters = ClosingPhrase.Phrases.standard.most
    public private(set) var zone: ZoneRules

    /// From the beginning, or from what was stored; `runs` in order of their ids.
    public init(
        shop: ShopID, facts: ShopFacts = .init(), head: UInt64 = 0, lastTurn: UInt64 = 0, runs: [ReadRun] = [],
        zones: @escaping ZoneSource
    ) {
        self.shop = shop
        self.facts = facts
        self.head = head
        self.lastTurn = lastTurn
        self.zones = zones
        zone = zones(facts.zone).from(facts.firstDay)
        for run in runs {
            let places = run.turns.map { turn in
                var entry = entry(turn)
                entry.run = run.id
                return Int32(open.insert(entry))
            }
            self.runs.append(run.id, places, entries: run.entries)
        }
        measurePhrases()
    }

    /// The turns that run, in no order.
    public var running: [Turn] { open.places.map { turn(at: Int32($0)) } }
    public var runningCount: Int { open.count }

    /// Those whose question is of that day, in no order.
    public func running(of day: CivilDay) -> [Turn] {
        open.places.filter { open[$0].day == Int32(day.number) }.map { turn(at: Int32($0)) }
    }

    public func turn(at place: Int32) -> Turn {
        let turn = open[Int(place)]
        return Turn(
            number: turn.number, buyer: turn.buyer, session: SessionID(turn.session), account: accounts[turn.account],
            day: CivilDay(Int(turn.day)), wallMillis: Int64(turn.wallMillis),
            dayEndsAt: Timestamp(millis: turn.dayEndsAt), questionAt: Timestamp(millis: turn.questionAt),
            startedAt: Timestamp(millis: turn.startedAt),
            plainAt: turn.plainAt == OpenTurn.notPlain ? nil : Timestamp(millis: turn.plainAt),
            messages: Int(turn.messages))
    }

    private mutating func entry(_ turn: Turn) -> OpenTurn {
        OpenTurn(
            buyer: turn.buyer, number: turn.number, session: turn.session.number, dayEndsAt: turn.dayEndsAt.millis,
            questionAt: turn.questionAt.millis, startedAt: turn.startedAt.millis,
            plainAt: turn.plainAt?.millis ?? OpenTurn.notPlain, day: Int32(clamping: turn.day.number),
            wallMillis: Int32(clamping: turn.wallMillis), messages: Int32(clamping: turn.messages),
            account: accounts.place(of: turn.account))
    }

    /// The running turns that changed, and what takes the place of old runs; from now on they count as stored in that
    /// run. Ids of runs ascend, from 1.
    public mutating func store(_ changes: TallyChanges, as run: Int64) -> StoredRun {
        var stored = StoredRun()
        for place in changes.touched where open[Int(place)].isTouched {
            open[Int(place)].isTouched = false
            open[Int(place)].run = run
            stored.places.append(place)
        }
        let changed = stored.places.count
        stored.gone = runs.takeOld(open, moving: &stored.places)
        for place in stored.places[changed...] { open[Int(place)].run = run }
        runs.append(run, stored.places, entries: stored.places.count + changes.dropped.count)
        return stored
    }

    /// Runs of the store that hold something.
    public var runCount: Int { runs.count }

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
                measurePhrases()
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

    /// The same of an event that was read without the rest of its record. A text may be nil if it has more letters than
    /// `phraseLetters`.
    public mutating func apply(
        _ event: TurnEvent, _ sequence: UInt64, at: Timestamp, _ changes: inout TallyChanges
    ) {
        guard sequence > head else { return }
        head = sequence
        switch event {
        case .asked(let buyer, let session, let account, let text, let consult):
            asked(buyer, session, accounts.place(of: account), text, consult, at, &changes)
        case .answered(let buyer, let account): answered(buyer, accounts.place(of: account), at, &changes)
        case .handedOver(let buyer, let session, let account, let pending, let consult):
            handedOver(buyer, session, accounts.place(of: account), pending, consult, at, &changes)
        case .ended(let buyer):
            if let place = open.find(buyer) { finish(place, .sessionEnded, at, &changes) }
        }
    }

    /// What will be needed of a buyer's turn is looked at step by step, for several events before they are applied: so their
    /// memory is waited for at the same time. Of no effect on what is scored; the result means nothing.
    /// It changes nothing: else the whole might be copied for it.
    public mutating func lookAhead(_ step: LookAhead, _ hash: UInt32) -> Int {
        switch step {
        case .cells: open.seenCell(hash)
        case .turns: open.seenTurn(hash)
        }
    }

    public enum LookAhead: CaseIterable, Sendable { case cells, turns }

    /// For `lookAhead`.
    public static func hash(of buyer: BuyerID) -> UInt32 { OpenTurns.hash(buyer) }

    /// The shop's next event, of which nothing is scored.
    public mutating func pass(_ sequence: UInt64) { head = max(head, sequence) }

    private mutating func measurePhrases() {
        phraseLetters = facts.scoring.reduce(ClosingPhrase.Phrases.standard.most) { most, scoring in
            scoring.settings.closingPhrases.map { max(most, ClosingPhrase.Phrases($0).most) } ?? most
        }
    }

    // MARK: Turns

    private mutating func asked(
        _ buyer: BuyerID, _ session: SessionID, _ account: Int32, _ text: String?, _ consult: ConsultGiven?,
        _ at: Timestamp, _ changes: inout TallyChanges
    ) {
        let (day, wall) = zone.place(of: at)
        if !facts.scoring.isEmpty, phrasesDay != day {
            phrases = ClosingPhrase.Phrases(facts.scoring(on: day)?.settings.closingPhrases)
            phrasesDay = day
        }
        let plain = text.map(phrases.hold) == true ? OpenTurn.notPlain : at.millis
        if let consult { count(consult, day, &changes) }
        guard let place = open.find(buyer) else {
            begin(buyer, session, account, day, wall, at, plain: plain, &changes)
            return
        }
        if open[place].day != Int32(clamping: day.number) {
            finish(place, .dayOver, at, &changes)
            begin(buyer, session, account, day, wall, at, plain: plain, &changes)
            return
        }
        // What ends is the turn without this message.
        if open[place].account != account { passOn(place, session, account, at, &changes) }
        if open[place].plainAt == OpenTurn.notPlain { open[place].plainAt = plain }
        if open[place].messages < .max { open[place].messages += 1 }
        touch(place, &changes)
    }

    private mutating func handedOver(
        _ buyer: BuyerID, _ session: SessionID, _ account: Int32, _ pending: Bool, _ consult: ConsultGiven?,
        _ at: Timestamp, _ changes: inout TallyChanges
    ) {
        let (day, wall) = zone.place(of: at)
        if let consult { count(consult, day, &changes) }
        guard pending else { return }
        guard let place = open.find(buyer) else {
            // The buyer called for a human, and waits from now on.
            begin(buyer, session, account, day, wall, at, plain: at.millis, &changes)
            return
        }
        if open[place].account != account { passOn(place, session, account, at, &changes) }
    }

    private mutating func answered(
        _ buyer: BuyerID, _ account: Int32, _ at: Timestamp, _ changes: inout TallyChanges
    ) {
        guard let place = open.find(buyer), open[place].account == account else { return }
        finish(place, .answered, at, &changes)
    }

    private mutating func begin(
        _ buyer: BuyerID, _ session: SessionID, _ account: Int32, _ day: CivilDay, _ wall: Int64,
        _ at: Timestamp, plain: Int64, _ changes: inout TallyChanges
    ) {
        lastTurn += 1
        let place = open.insert(
            OpenTurn(
                buyer: buyer, number: lastTurn, session: session.number, dayEndsAt: zone.moment(day + 1).millis,
                questionAt: at.millis, startedAt: at.millis, plainAt: plain, day: Int32(clamping: day.number),
                wallMillis: Int32(clamping: wall), messages: 1, account: account))
        touch(place, &changes)
    }

    /// RR-4: a turn of one's own for whoever is given a buyer who waits; the question stays the same.
    private mutating func passOn(
        _ place: Int, _ session: SessionID, _ account: Int32, _ at: Timestamp, _ changes: inout TallyChanges
    ) {
        close(place, .passedOn, at, &changes)
        lastTurn += 1
        open[place].number = lastTurn
        open[place].session = session.number
        open[place].account = account
        open[place].startedAt = at.millis
        open[place].run = 0
        touch(place, &changes)
    }

    private mutating func touch(_ place: Int, _ changes: inout TallyChanges) {
        guard !open[place].isTouched else { return }
        open[place].isTouched = true
        changes.touched.append(Int32(place))
    }

    private mutating func finish(_ place: Int, _ end: TurnEnd, _ at: Timestamp, _ changes: inout TallyChanges) {
        close(place, end, at, &changes)
        open.remove(place)
    }

    private func close(_ place: Int, _ end: TurnEnd, _ at: Timestamp, _ changes: inout TallyChanges) {
        var turn = turn(at: Int32(place))
        turn.end = end
        turn.endedAt = at
        if open[place].run != 0 { changes.dropped.append(turn.number) }
        changes.closed.append(turn)
    }

    // MARK: MEM-4

    /// A consult reaches its first agent; a further one works on it, too.
    private mutating func count(_ consult: ConsultGiven, _ day: CivilDay, _ changes: inout TallyChanges) {
        changes.count(consult, accounts.place(of: consult.agent), day)
    }
}
