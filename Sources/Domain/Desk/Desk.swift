// The desk of one shop: sessions, recent contacts, agents' load and waiting lines, decided together.
// Pure: the same commands at the same times give the same events on any machine. Driven by the shop's actor, which
// journals the events; `apply` rebuilds a desk from them. State changes through events alone (`emit`).

public struct Desk: Sendable {
    public let id: ShopID
    public let limits: DeskLimits
    public internal(set) var roster = Roster()
    var buyers = BuyerTable()
    var sessions = SessionTable()
    var lines = WaitingLines()
    var timers = TimerQueue()
    /// Time of the last command or event; never goes back.
    public internal(set) var now = Timestamp(millis: 0)
    /// Sequence number of the shop's last event.
    public internal(set) var head: UInt64 = 0
    var lastSession: UInt64 = 0
    var sinceNoted = 0

    // What the present command has set off, until `settle` has dealt with it.
    var roomMade = false
    var cameOnline = false
    /// When the pool is looked at again (DIV-8).
    var drainAt = Timestamp.distantFuture

    /// By slot, of buyers without and with a recent contact: what was last said when the agent was given one.
    /// Whatever changes the roster's shape or the settings ends them.
    var heldWords: [HeldWords] = []

    // For the next checkpoint.
    /// In the order of their first change; those before `dirtyStart` are taken.
    var dirtyBuyers: [Int32] = []
    var dirtyStart = 0
    /// In the order of their ends; the first `endedTaken` are taken and not written yet.
    var endedSessions: [EndedEntry] = []
    var endedTaken = 0
    /// The shop's own row has changed since it was last written.
    public internal(set) var rosterDirty = false

    public init(id: ShopID, limits: DeskLimits = .init()) {
        self.id = id
        self.limits = limits
    }

    /// The shop has been set.
    public var exists: Bool { if case .some = roster.shop { true } else { false } }
    public var openSessions: Int { sessions.count }
    public var residentBuyers: Int { buyers.count }

    /// How much of it there is in memory.
    public struct Held: Sendable {
        public var buyers = 0
        public var sessions = 0

        public init() {}
    }

    /// Mutating, though it changes nothing, so that no desk is copied.
    public mutating func held() -> Held {
        var held = Held()
        held.buyers = buyers.count
        held.sessions = sessions.count
        return held
    }

    public var nextDue: Timestamp? { timers.nextDue == .distantFuture ? nil : timers.nextDue }

    /// `nextDue` for whoever has the desk for changing: asking it copies no desk.
    public mutating func nextDueHere() -> Timestamp? { timers.nextDue == .distantFuture ? nil : timers.nextDue }

    // MARK: Commands

    /// Decides one command, after everything that was due before it. Events are appended to `out` with numbers from
    /// `next` on. A refusal of the command leaves nothing but what was due. The buyer whom the command is about must be
    /// in memory, if a row of it exists (`buyer(of:)`, `isResident`).
    public mutating func handle(
        _ command: Command, stamp: CommandStamp? = nil, at: Timestamp, next: inout UInt64,
        into out: inout [EventRecord]
    ) throws(Refusal) -> Answer {
        advance(to: at, next: &next, into: &out)
        if case .setShop = command {} else if !exists { throw .unknownShop }
        let first = out.count
        try run(command, stamp, &next, &out)
        guard first < out.count else { return Answer(sequence: head, changed: false) }
        return Answer.to(out[first].event, sequence: out[first].sequence)
    }

    private mutating func run(
        _ command: Command, _ stamp: CommandStamp?, _ next: inout UInt64, _ out: inout [EventRecord]
    ) throws(Refusal) {
        var turn = Turn(next: next, out: out, stamp: stamp)
        out = []
        defer {
            next = turn.next
            out = turn.out
        }
        try decide(command, &turn)
        if turn.stamp != nil {
            // Nothing changed: noted, so that the same command ID gets the same answer (I9).
            emit(.commandNoted(CommandNoted(answer: Answer(sequence: 0, changed: false))), &turn)
        }
        settle(&turn)
        noteRoster(&turn)
    }

    /// Lets time pass: fires every timer due until then, each at its own time and in order.
    /// A desk that was rebuilt from events may have timers before its present time: they fire now, so that `nextDue` lies
    /// beyond `time` in any case.
    public mutating func advance(to given: Timestamp, next: inout UInt64, into out: inout [EventRecord]) {
        let time = max(given, now)
        if timers.nextDue <= time {
            var turn = Turn(next: next, out: out, stamp: nil)
            out = []
            while let timer = timers.first, timer.due <= time {
                timers.removeFirst()
                now = max(now, timer.due)
                fire(timer, &turn)
                settle(&turn)
                noteRoster(&turn)
            }
            next = turn.next
            out = turn.out
        }
        now = time
    }

    /// One command's events so far.
    struct Turn {
        var next: UInt64
        var out: [EventRecord]
        var stamp: CommandStamp?
    }

    private mutating func decide(_ command: Command, _ turn: inout Turn) throws(Refusal) {
        switch command {
        case .setShop(let body): try setShop(body, &turn)
        case .setSettings(let body): try setSettings(body, &turn)
        case .setAgent(let body): try setAgent(body, &turn)
        case .removeAgent(let body): try removeAgent(body, &turn)
        case .setGroup(let body): try setGroup(body, &turn)
        case .removeGroup(let body): try removeGroup(body, &turn)
        case .setBuyer(let body): try setBuyer(body, &turn)
        case .setOrder(let body): try setOrder(body, &turn)
        case .recordInterest(let body): try recordInterest(body, &turn)
        case .setPresence(let body): try setPresence(body, &turn)
        case .noteStream(let body): try noteStream(body, &turn)
        case .receiveMessage(let body): try receiveMessage(body, &turn)
        case .sendMessage(let body): try sendMessage(body, &turn)
        case .askForHuman(let body): try askForHuman(body, &turn)
        case .transferSession(let body): try transferSession(body, &turn)
        case .closeSession(let body): try closeSession(body, &turn)
        case .importMessage(let body): try importMessage(body, &turn)
        case .recordViolation(let body): emit(.violationRecorded(ViolationRecorded(violation: body)), &turn)
        case .decideEscalation(let body): emit(.escalationDecided(EscalationDecided(decision: body)), &turn)
        case .noteRestrictions(let body): try noteRestrictions(body, &turn)
        }
    }

    // MARK: Events

    /// Records an event and applies it.
    mutating func emit(_ event: Event, _ turn: inout Turn) {
        emit(event, places(of: event), &turn)
    }

    /// The same, where whoever decided knows all places that the event names.
    mutating func emit(_ event: Event, _ places: EventPlaces, _ turn: inout Turn) {
        let (sequence, at, previousOfShop) = (turn.next, now, head)
        let previousOfBuyer = places.buyer < 0 ? 0 : buyers[places.buyer].head
        turn.next += 1
        apply(event, sequence, at: at, places)
        turn.out.append(
            sequence: sequence, at: at, shop: id, previousOfShop: previousOfShop,
            previousOfBuyer: previousOfBuyer, command: turn.stamp.take(), event: event)
    }

    /// Changes the state by one event that happened. A roster or a buyer's record that already holds the event stays as
    /// it is; the buyer whom it is about must be in memory, if a row of it exists.
    public mutating func apply(_ record: EventRecord) {
        apply(record.event, record.sequence, at: record.at, places(of: record.event))
    }

    private mutating func places(of event: Event) -> EventPlaces {
        var places = roster.places(of: event)
        if let buyer = event.buyer { places.buyer = buyers.findOrInsert(buyer) }
        if let session = event.session { places.session = sessions.find(session.number) ?? -1 }
        if case .slowResponseReminded(let body) = event {
            places.session = sessions.find(body.session.number) ?? -1
        }
        return places
    }

    private mutating func apply(_ event: Event, _ sequence: UInt64, at: Timestamp, _ places: EventPlaces) {
        if sequence > head {
            head = sequence
            now = max(now, at)
            rosterDirty = true
            sinceNoted += 1
            roster.apply(event, at: at, places)
            #if PLANTED_BUGS
                if limits.loadKeptApart { roster.forgetEnd(event) }
            #endif
            if case .settingsChanged = event { watchAnew() }
            follow(event, at: at)
        }
        if places.buyer >= 0 { applyToBuyer(event, sequence, at: at, places) }
    }

    /// The roster goes into the journal from time to time; explanations start there (DIV-10).
    private mutating func noteRoster(_ turn: inout Turn) {
        guard sinceNoted >= limits.noteEvery else { return }
        emit(.rosterNoted(RosterNoted(roster: roster)), &turn)
        sinceNoted = 0
    }

    /// What an event makes necessary beside its own change.
    private mutating func follow(_ event: Event, at: Timestamp) {
        switch event {
        case .presenceChanged(let body):
            // Whoever waited for one who left may go to others now.
            roomMade = true
            if body.to != .offline { cameOnline = true }
        case .agentRemoved:
            roomMade = true
            heldWords = []
        case .buyerSet, .orderSet:
            // Whoever waits may be bound elsewhere now.
            if let buyer = event.buyer, let place = buyers.find(buyer), buyers[place].session >= 0,
                sessions[Int(buyers[place].session)].isInLine
            {
                roomMade = true
                cameOnline = true
            }
        case .agentSet, .groupSet, .groupRemoved, .settingsChanged:
            heldWords = []
            roomMade = true
            cameOnline = true
        case .handlerChanged(let body):
            if body.opened { lastSession = max(lastSession, body.session.number) }
            if body.from.agent != nil { roomMade = true }
        case .messageReceived(let body):
            // The buyer's row may hold the session already, or its end; its number is taken all the same.
            if body.opened { lastSession = max(lastSession, body.session.number) }
            if body.from?.agent != nil { roomMade = true }
        case .sessionEnded: roomMade = true
        case .streamNoted(let body):
            if !body.attached {
                let due = at + .seconds(roster.settings.diversion.streamLostSeconds)
                if let slot = roster.slots[body.agent] {
                    timers.insert(DeskTimer(due: due, work: .streamLost(slot)))
                }
            }
        case .rosterNoted: sinceNoted = 0
        default: break
        }
    }

    /// Deals with everything that events set off, until nothing is left: auto-suspension (DIV-6), the queue (DIV-6),
    /// the pool (DIV-8).
    mutating func settle(_ turn: inout Turn) {
        while true {
            if mayAutoSuspend, autoSuspend(&turn) { continue }
            if roomMade {
                roomMade = false
                pullQueue(&turn)
                // The pool holds whom a full queue turned away, besides those who came when nobody was there.
                if roster.capped > 0, !lines.pool.isEmpty { cameOnline = true }
                continue
            }
            if cameOnline {
                cameOnline = false
                drainPool(&turn)
                continue
            }
            return
        }
    }
}

/// Where those stand whom an event names, −1 for whoever it does not name or nobody knows.
struct EventPlaces {
    /// Place in the buyers' table, slot of the open session.
    var buyer = -1
    var session = -1
    /// Slots of the agent who has the session after the event, or who sent the message, and of the one who had it before.
    var agent = -1
    var from = -1
    /// Place of the lane that the event's decision used.
    var lane = -1
}

extension Event {
    /// The buyer whom the event is about, nil if it is about none.
    public var buyer: BuyerID? {
        switch self {
        case .buyerSet(let body): body.buyer.buyer
        case .orderSet(let body): body.order.buyer
        case .interestRecorded(let body): body.interest.buyer
        case .messageReceived(let body): body.buyer
        case .messageSent(let body): body.buyer
        case .handlerChanged(let body): body.buyer
        case .sessionEnded(let body): body.buyer
        case .messageImported(let body): body.message.buyer
        case .slowResponseReminded(let body): body.buyer
        default: nil
        }
    }
}
