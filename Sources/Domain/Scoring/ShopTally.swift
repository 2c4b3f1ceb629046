// The scoring of one shop: follows its events in order and keeps the turns that run. Pure and driven by whoever reads
// the journal: the scorer live, `fenliu score` offline. What it closes and changes is handed out to be stored; nothing
// in it depends on where a batch began (I8).

/// What a run of events changed, for whoever stores it.
public struct TallyChanges: Sendable {
    /// Turns that ended, in order of their ends.
    public var closed: [Turn] = []
    /// Buyers whose running turn began, changed or ended; a buyer may come twice.
    public var touched: [BuyerID] = []
    public var workloads: [WorkloadKey: Workload] = [:]
    public var factsChanged = false

    public init() {}
}

public struct ShopTally: Sendable {
    public let shop: ShopID
    public private(set) var facts: ShopFacts
    /// The last event that is in it.
    public private(set) var head: UInt64
    /// Number of the last turn that began.
    public private(set) var lastTurn: UInt64
    /// The turns that run, by buyer.
    public private(set) var running: [BuyerID: Turn]
    private let zones: ZoneSource
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
        self.running = Dictionary(running.map { ($0.buyer, $0) }, uniquingKeysWith: { a, _ in a })
        self.zones = zones
        zone = zones(facts.zone)
    }

    /// Takes the shop's next event. One that is in it already changes nothing.
    public mutating func apply(_ record: EventRecord, _ changes: inout TallyChanges) {
        guard record.sequence > head else { return }
        head = record.sequence
        let at = record.at
        switch record.event {
        case .messageReceived(let body): received(body, at, &changes)
        case .messageSent(let body): sent(body, at, &changes)
        case .handlerChanged(let body): handedOver(body, at, &changes)
        case .sessionEnded(let body): finish(body.buyer, .sessionEnded, at, &changes)
        case .shopSet(let body):
            facts.set(body.shop, at: at)
            zone = zones(facts.zone)
            changes.factsChanged = true
        case .settingsChanged(let body):
            if facts.note(body.settings.memberPriority, at: at) { changes.factsChanged = true }
        case .violationRecorded(let body):
            facts.record(Violation(body.violation, day: zone.day(of: at), at: at))
            changes.factsChanged = true
        case .escalationDecided(let body):
            facts.record(EscalationDecision(body.decision, day: zone.day(of: at), at: at))
            changes.factsChanged = true
        default: break
        }
    }

    // MARK: Turns

    private mutating func received(_ body: MessageReceived, _ at: Timestamp, _ changes: inout TallyChanges) {
        let account = ScoreAccount(body.handler)
        let plain = ClosingPhrase.isOne(body.text) ? nil : at
        let (day, wall) = zone.place(of: at)
        if var turn = running[body.buyer] {
            if turn.day == day, turn.account == account {
                turn.messages += 1
                turn.plainAt = turn.plainAt ?? plain
                running[body.buyer] = turn
                changes.touched.append(body.buyer)
                if let decision = body.decision { count(body.from, decision, day, opened: false, &changes) }
                return
            }
            if turn.day == day {
                finish(body.buyer, .passedOn, at, &changes)
                turn.session = body.session
                turn.plainAt = turn.plainAt ?? plain
                turn.messages += 1
                go(on: turn, with: account, at, &changes)
            } else {
                finish(body.buyer, .dayOver, at, &changes)
                begin(body.buyer, body.session, account, day, wall, at, plain: plain, &changes)
            }
        } else {
            begin(body.buyer, body.session, account, day, wall, at, plain: plain, &changes)
        }
        if let decision = body.decision { count(body.from, decision, day, opened: body.opened, &changes) }
    }

    private mutating func handedOver(_ body: HandlerChanged, _ at: Timestamp, _ changes: inout TallyChanges) {
        let account = ScoreAccount(body.to)
        let (day, wall) = zone.place(of: at)
        if body.pending {
            if var turn = running[body.buyer] {
                if turn.account != account {
                    finish(body.buyer, .passedOn, at, &changes)
                    turn.session = body.session
                    go(on: turn, with: account, at, &changes)
                }
            } else {
                // The buyer called for a human, and waits from now on.
                begin(body.buyer, body.session, account, day, wall, at, plain: at, &changes)
            }
        }
        count(body.opened ? nil : body.from, body.decision, day, opened: body.opened, &changes)
    }

    private mutating func sent(_ body: MessageSent, _ at: Timestamp, _ changes: inout TallyChanges) {
        guard let turn = running[body.buyer] else { return }
        switch body.sender {
        case .agent(let agent):
            // RR-2.
            guard !body.automatic, body.messageClass == .chat || body.messageClass == .service,
                turn.account == .agent(agent)
            else { return }
        case .bot: guard !body.noAnswer, turn.account == .bot else { return }
        }
        finish(body.buyer, .answered, at, &changes)
    }

    private mutating func begin(
        _ buyer: BuyerID, _ session: SessionID, _ account: ScoreAccount, _ day: CivilDay, _ wall: Int64,
        _ at: Timestamp, plain: Timestamp?, _ changes: inout TallyChanges
    ) {
        lastTurn += 1
        running[buyer] = Turn(
            number: lastTurn, buyer: buyer, session: session, account: account, day: day, wallMillis: wall,
            dayEndsAt: zone.moment(day + 1), questionAt: at, startedAt: at, plainAt: plain)
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
        running[turn.buyer] = turn
        changes.touched.append(turn.buyer)
    }

    private mutating func finish(_ buyer: BuyerID, _ end: TurnEnd, _ at: Timestamp, _ changes: inout TallyChanges) {
        guard var turn = running.removeValue(forKey: buyer) else { return }
        turn.end = end
        turn.endedAt = at
        changes.closed.append(turn)
        changes.touched.append(buyer)
    }

    // MARK: MEM-4

    /// A consult reaches its first agent; a further one works on it, too.
    private func count(
        _ from: Handler?, _ decision: Decision, _ day: CivilDay, opened: Bool, _ changes: inout TallyChanges
    ) {
        guard let agent = decision.handler.agent, from?.agent != agent else { return }
        let first = opened || from?.agent == nil
        changes.workloads[WorkloadKey(day: day, agent: agent), default: Workload()].consults += first ? 1 : 0
    }
}
