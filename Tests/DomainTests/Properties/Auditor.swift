// Follows a shop's events with dictionaries and plain rules, and says what it would have decided itself. Shares no code
// with the desk: one pass over everything for each question, fractions as doubles, no counters kept but the turns.

@testable import Domain

struct Auditor {
    struct Person {
        var weight = 0
        var groups: Set<GroupID> = []
        var capacity: Int?
        var presence = Presence.offline
        var employed = true
        var idleSince: Int64 = 0
        var poolTimes: [Int64] = []
    }

    struct Talk {
        var buyer: BuyerID
        var handler: Handler
        var since: Int64
        var waiting: Int64?
        var lastAt: Int64
        var botSpokeLast = false
        var named: AgentID?
        var items: [ItemID] = []
        var key: Int64 = 0
        var reminded = false
    }

    struct Customer {
        var level = 0
        var segments: [String] = []
        var exclusive: AgentID?
        var contact: AgentID?
        var contactAt: Int64 = 0
        var orders: [OrderID: SetOrder] = [:]
    }

    struct Turns {
        var start: [AgentID: Double] = [:]
        var last = 0.0
        /// Weight that each start was made for, of those who take part.
        var taking: [AgentID: Double] = [:]
        /// The last effective weight above 0 of anybody ever in it.
        var weighed: [AgentID: Double] = [:]
    }

    var settings = ShopSettings()
    var people: [AgentID: Person] = [:]
    var groups: [GroupID: SetGroup] = [:]
    var talks: [UInt64: Talk] = [:]
    var customers: [BuyerID: Customer] = [:]
    var turns: [LaneKey: Turns] = [:]
    var hybrid: [BotOwner: Int] = [:]
    var lastTurn: GroupID?
    var problems: [String] = []
    var checked = 0
    var ruleCounts: [Rule: Int] = [:]

    private static let near = 1e-7

    // MARK: What is true now

    func open(_ id: AgentID) -> Int { talks.values.count { $0.handler == .agent(id) } }
    func pending(_ id: AgentID) -> Int { talks.values.count { $0.handler == .agent(id) && $0.waiting != nil } }

    func weight(_ id: AgentID) -> Double {
        let extra = max(0, pending(id) - settings.diversion.busyThreshold)
        return Double(people[id]?.weight ?? 0) / Double(1 + extra)
    }

    func present(_ id: AgentID?) -> Person? { id.flatMap { people[$0] }.flatMap { $0.employed ? $0 : nil } }

    func full(_ id: AgentID) -> Bool { people[id]?.capacity.map { open(id) >= $0 } ?? false }

    func able(_ id: AgentID) -> Bool { present(id).map { $0.presence == .online && $0.weight > 0 } ?? false }

    func rested(_ id: AgentID, at: Int64) -> Bool {
        (people[id]?.poolTimes ?? []).count { at - $0 < 60_000 } < settings.diversion.poolPerAgentMinute
    }

    func members(_ key: LaneKey) -> [AgentID] {
        let free = Set(groups.values.filter { $0.orderStates.isEmpty && $0.products.isEmpty }.map(\.group))
        return people.keys.sorted().filter { id in
            guard let person = present(id) else { return false }
            switch key {
            case .all: return groups.isEmpty || !person.groups.isEmpty
            case .groups(let list): return !person.groups.isDisjoint(with: list)
            case .unbound: return !person.groups.isDisjoint(with: free)
            case .anyone: return true
            }
        }
    }

    func lanes() -> Set<LaneKey> {
        var keys: Set<LaneKey> = [.all, .unbound, .anyone]
        for group in groups.keys { keys.insert(.groups([group])) }
        for state in OrderState.allCases {
            let bound = bound { $0.orderStates.contains(state) }
            if !bound.isEmpty { keys.insert(.groups(bound)) }
        }
        for item in Set(groups.values.flatMap(\.products)) {
            keys.insert(.groups(bound { $0.products.contains(item) }))
        }
        return keys
    }

    private func bound(_ fits: (SetGroup) -> Bool) -> [GroupID] { groups.values.filter(fits).map(\.group).sorted() }

    private func mean(_ turns: Turns, _ among: [AgentID]) -> Double? {
        let whole = among.reduce(0.0) { $0 + weight($1) }
        guard whole > 0 else { return nil }
        return among.reduce(0.0) { $0 + weight($1) * (turns.start[$1] ?? 0) } / whole
    }

    // MARK: What should be decided

    enum Expected {
        case one(Handler, Rule)
        /// Any of these agents has the claim, as far as doubles can tell.
        case share(Set<AgentID>, Rule, LaneKey)
        case waits
    }

    func expected(_ decision: Decision, at: Int64) -> Expected {
        let asked = decision.inquiry
        let draining = decision.cause == .poolDrain
        if asked.onlyGroup == nil {
            if let (agent, rule) = sticky(asked, at: at) {
                return draining && !rested(agent, at: at) ? .waits : .one(.agent(agent), rule)
            }
            if !people.values.contains(where: { $0.employed && $0.presence == .online }) {
                if !asked.withoutBot, settings.bot.mode != .off { return .one(.bot(nil), .bot) }
                if !asked.withoutBot, let group = place(asked).bot { return .one(.bot(group), .bot) }
                return .one(.pool, .pooled)
            }
        }
        let mayBot = !asked.withoutBot && asked.onlyGroup == nil
        var shopSaidHuman = false
        if mayBot, !decision.priorityMember {
            if settings.bot.mode == .botFirst { return .one(.bot(nil), .bot) }
            if settings.bot.mode == .hybrid {
                if (hybrid[.shop] ?? 0) + settings.bot.percent >= 100 { return .one(.bot(nil), .bot) }
                shopSaidHuman = true
            }
        }
        let place = place(asked)
        if mayBot, let owner = place.bot, let bot = groups[owner]?.bot {
            if !decision.priorityMember {
                if bot.mode == .botFirst { return .one(.bot(owner), .bot) }
                if bot.mode == .hybrid, !shopSaidHuman, (hybrid[.group(owner)] ?? 0) + bot.percent >= 100 {
                    return .one(.bot(owner), .bot)
                }
            }
            if !members(place.lane).contains(where: able) { return .one(.bot(owner), .bot) }
        }
        return share(decision, place, at: at)
    }

    private func sticky(_ asked: Inquiry, at: Int64) -> (AgentID, Rule)? {
        func fits(_ id: AgentID) -> Bool {
            id != asked.notAgent && (settings.diversion.stickyIgnoresCapacity || !full(id))
        }
        if let id = asked.named, let person = present(id), person.presence != .offline, fits(id) { return (id, .named) }
        if let id = asked.contact, let since = asked.contactAt?.millis, let person = present(id), fits(id) {
            let hours = Double(at - since) / 3_600_000
            if hours <= Double(settings.diversion.suspendedContactHours), person.presence != .offline {
                return (id, .recentContact24h)
            }
            if hours <= Double(settings.diversion.recentContactHours), person.presence == .online {
                return (id, .recentContact72h)
            }
        }
        if let id = asked.exclusive, let person = present(id), person.presence == .online, fits(id) {
            return (id, .exclusiveAgent)
        }
        return nil
    }

    private func place(_ asked: Inquiry) -> (lane: LaneKey, rule: Rule, bot: GroupID?) {
        if let only = asked.onlyGroup { return (.groups([only]), .transferred, nil) }
        var found: [GroupID] = []
        for item in asked.items where found.isEmpty { found = bound { $0.products.contains(item) } }
        if found.isEmpty { found = bound { $0.orderStates.contains(asked.orderState) } }
        if !found.isEmpty {
            let bot = found.first { (groups[$0]?.bot?.mode ?? .off) != .off }
            return (.groups(found), .groupState, bot)
        }
        if settings.diversion.unboundPick == .groups {
            let manned = groups.keys.sorted().filter { members(.groups([$0])).contains(where: able) }
            let next = manned.first { group in lastTurn.map { group > $0 } ?? true } ?? manned.first
            if let next { return (.groups([next]), .unboundState, nil) }
        }
        return (.all, .unboundState, nil)
    }

    private func share(_ decision: Decision, _ place: (lane: LaneKey, rule: Rule, bot: GroupID?), at: Int64) -> Expected
    {
        var tries: [(LaneKey, Rule)] = [(place.lane, place.rule)]
        if decision.inquiry.onlyGroup == nil { tries += [(.unbound, .fallbackAnyone), (.anyone, .fallbackAnyone)] }
        for (lane, rule) in tries {
            let there = members(lane).filter { able($0) && $0 != decision.inquiry.notAgent }
            let free = there.filter { !full($0) }
            let rested = decision.cause == .poolDrain ? free.filter { self.rested($0, at: at) } : free
            if !rested.isEmpty, let turns = turns[lane], let now = mean(turns, rested) {
                let started = rested.filter { (turns.start[$0] ?? 0) <= now + Self.near }
                let sure = rested.filter { (turns.start[$0] ?? 0) <= now - Self.near }
                func due(_ id: AgentID) -> Double { (turns.start[id] ?? 0) + 1 / weight(id) }
                let first = (sure.isEmpty ? started : sure).map(due).min() ?? 0
                return .share(Set(started.filter { due($0) <= first + Self.near }), rule, lane)
            }
            if !free.isEmpty { return .waits }
            if !there.isEmpty { return .one(.queue, .queued) }
        }
        return .one(.pool, .pooled)
    }

    /// DIV-12: a session whose agent should have been reminded before that time; nil if there is none.
    func unreminded(at: Int64) -> UInt64? {
        talks.keys.sorted().first { number in
            guard let talk = talks[number], case .agent = talk.handler, let waiting = talk.waiting, !talk.reminded
            else {
                return false
            }
            return at - max(waiting, talk.since) >= Int64(settings.scoring.reminderSeconds) * 1_000
        }
    }

    /// A session that waits though somebody may take it; nil if there is none.
    func forgotten(at: Int64) -> UInt64? {
        talks.keys.sorted().first { number in
            guard let talk = talks[number], talk.handler == .queue || talk.handler == .pool else { return false }
            let customer = customers[talk.buyer] ?? Customer()
            let asked = Inquiry(
                named: talk.named, contact: customer.contact,
                contactAt: customer.contact == nil ? nil : Timestamp(millis: customer.contactAt),
                exclusive: customer.exclusive, orderState: state(customer, at: at), items: talk.items, withoutBot: true)
            let pooled = talk.handler == .pool
            let nobody = !people.values.contains { $0.employed && $0.presence == .online }
            if pooled && nobody { return false }
            let decision = Decision(
                handler: .pool, rule: .pooled, cause: pooled ? .poolDrain : .queuePull, settingsVersion: 0,
                priorityMember: false, inquiry: asked)
            switch expected(decision, at: at) {
            case .one(.agent, _), .share: return true
            case .one, .waits: return false
            }
        }
    }

    // MARK: What happened

    mutating func follow(_ record: EventRecord) {
        let at = record.at.millis
        if let decision = record.event.decided { check(decision, record) }
        change(record.event, record, at)
        settleTurns()
    }

    private mutating func check(_ decision: Decision, _ record: EventRecord) {
        checked += 1
        ruleCounts[decision.rule, default: 0] += 1
        checkInquiry(decision, record)
        if decision.rule == .transferred, let target = decision.handler.agent, full(target) {
            problems.append("\(record.sequence): a transfer exceeds a capacity")
        }
        if decision.rule == .transferred, decision.inquiry.onlyGroup == nil { return }
        let fits: Bool
        let wanted = expected(decision, at: record.at.millis)
        switch wanted {
        case .one(.queue, _):
            let queued = talks.values.count { $0.handler == .queue }
            fits =
                queued >= settings.diversion.queueLimit
                ? decision.handler == .pool && decision.rule == .pooled
                : decision.handler == .queue && decision.rule == .queued
        case .one(let handler, let rule): fits = decision.handler == handler && decision.rule == rule
        case .share(let agents, let rule, let lane):
            fits =
                decision.handler.agent.map(agents.contains) ?? false && decision.rule == rule && decision.lane == lane
        case .waits: fits = false
        }
        if !fits {
            problems.append("\(record.sequence): \(decision.handler) by \(decision.rule), expected \(wanted)")
        }
    }

    /// What the decision read of the buyer is what the buyer's events add up to.
    private mutating func checkInquiry(_ decision: Decision, _ record: EventRecord) {
        guard let id = record.event.buyer else { return }
        let customer = customers[id] ?? Customer()
        let asked = decision.inquiry
        let priority =
            settings.memberPriority.enabled
            && (customer.level >= settings.memberPriority.minLevel
                || !Set(customer.segments).isDisjoint(with: settings.memberPriority.segments))
        var agree = asked.contact == customer.contact && asked.exclusive == customer.exclusive
        if asked.contact != nil { agree = agree && asked.contactAt?.millis == customer.contactAt }
        agree =
            agree && asked.orderState == state(customer, at: record.at.millis) && decision.priorityMember == priority
        agree = agree && decision.settingsVersion == settings.version
        if !agree { problems.append("\(record.sequence): the inquiry \(asked) does not fit \(customer)") }
    }

    private func state(_ customer: Customer, at: Int64) -> OrderState {
        let orders = customer.orders.values.sorted { ($0.updatedAt, $0.order) < ($1.updatedAt, $1.order) }
        if let active = orders.last(where: { $0.state != .completed }) { return active.state }
        guard let done = orders.last else { return .noActiveOrder }
        let days = Double(at - done.updatedAt.millis) / 86_400_000
        return days <= Double(settings.diversion.completedOrderDays) ? .completed : .noActiveOrder
    }

    private mutating func change(_ event: Event, _ record: EventRecord, _ at: Int64) {
        switch event {
        case .settingsChanged(let body): settings = body.settings
        case .agentSet(let body):
            var person = people[body.agent.agent] ?? Person()
            person.weight = body.agent.weight
            person.groups = Set(body.agent.groups)
            person.capacity = body.agent.capacity
            person.employed = true
            people[body.agent.agent] = person
        case .agentRemoved(let body):
            people[body.agent]?.employed = false
            people[body.agent]?.presence = .offline
        case .groupSet(let body): groups[body.group.group] = body.group
        case .groupRemoved(let body):
            groups[body.group] = nil
            hybrid[.group(body.group)] = nil
            for id in people.keys { people[id]?.groups.remove(body.group) }
        case .presenceChanged(let body):
            if body.to == .online, people[body.agent]?.presence != .online { people[body.agent]?.idleSince = at }
            people[body.agent]?.presence = body.to
        case .buyerSet(let body):
            customers[body.buyer.buyer, default: Customer()].level = body.buyer.memberLevel
            customers[body.buyer.buyer]?.segments = body.buyer.segments
            customers[body.buyer.buyer]?.exclusive = body.buyer.exclusiveAgent
        case .orderSet(let body): customers[body.order.buyer, default: Customer()].orders[body.order.order] = body.order
        case .messageImported(let body):
            if let agent = body.message.agent { meet(body.message.buyer, agent, body.message.at.millis) }
        case .messageReceived(let body):
            if let decision = body.decision { take(decision, at) }
            var talk =
                talks[body.session.number]
                ?? Talk(buyer: body.buyer, handler: body.handler, since: at, lastAt: at)
            if body.decision != nil {
                join(&talk, body.handler, at)
                if let named = body.decision?.inquiry.named { talk.named = named }
            }
            talk.waiting = talk.waiting ?? at
            var items = body.item.map { [$0] } ?? []
            if let order = body.order { items += customers[body.buyer]?.orders[order]?.items ?? [] }
            if !items.isEmpty { talk.items = items }
            talk.lastAt = at
            talk.botSpokeLast = false
            talks[body.session.number] = talk
            if let agent = body.handler.agent { meet(body.buyer, agent, at) }
        case .messageSent(let body):
            if body.answered {
                talks[body.session.number]?.waiting = nil
                talks[body.session.number]?.reminded = false
            }
            talks[body.session.number]?.lastAt = at
            talks[body.session.number]?.botSpokeLast = body.sender == .bot
            if case .agent(let agent) = body.sender, !body.automatic { meet(body.buyer, agent, at) }
        case .handlerChanged(let body):
            take(body.decision, at)
            var talk =
                talks[body.session.number] ?? Talk(buyer: body.buyer, handler: body.to, since: at, lastAt: at)
            if body.pending, talk.waiting == nil {
                talk.waiting = at
                talk.lastAt = at
            }
            if (talk.waiting != nil) != body.pending { problems.append("\(record.sequence): pending is wrong") }
            join(&talk, body.to, at)
            talks[body.session.number] = talk
            if let agent = body.to.agent { meet(body.buyer, agent, at) }
        case .sessionEnded(let body): talks[body.session.number] = nil
        case .slowResponseReminded(let body):
            let talk = talks[body.session.number]
            let due = max(talk?.waiting ?? .max, talk?.since ?? .max)
            let fits =
                talk?.handler == .agent(body.agent) && talk?.reminded == false && body.since.millis == due
                && at - due == Int64(settings.scoring.reminderSeconds) * 1_000
            if !fits { problems.append("\(record.sequence): a reminder out of turn") }
            talks[body.session.number]?.reminded = true
        case .shopSet, .interestRecorded, .streamNoted, .rosterNoted, .violationRecorded, .escalationDecided,
            .commandNoted, .restrictionsChanged, .escalationRaised:
            break
        }
    }

    private func join(_ talk: inout Talk, _ handler: Handler, _ at: Int64) {
        if handler == .queue {
            let bonus = (customers[talk.buyer]?.level ?? 0) >= 1 ? settings.diversion.memberBonusSeconds : 0
            talk.key = (talk.handler == .pool ? talk.since : at) - Int64(bonus) * 1_000
        }
        talk.handler = handler
        talk.since = at
        talk.reminded = false
    }

    private mutating func meet(_ buyer: BuyerID, _ agent: AgentID, _ at: Int64) {
        let customer = customers[buyer, default: Customer()]
        if customer.contact != nil, customer.contactAt > at { return }
        customers[buyer, default: Customer()].contact = agent
        customers[buyer]?.contactAt = at
    }

    /// Counts a decision's turns, with the weights of before it.
    private mutating func take(_ decision: Decision, _ at: Int64) {
        if let owner = decision.hybrid {
            let percent =
                switch owner {
                case .shop: settings.bot.percent
                case .group(let id): groups[id]?.bot?.percent ?? 0
                }
            hybrid[owner] = ((hybrid[owner] ?? 0) + percent) % 100
        }
        guard let agent = decision.handler.agent else { return }
        if let lane = decision.lane {
            let others = members(lane).filter { able($0) && !full($0) }
            let held = others.filter {
                $0 != agent
                    && ($0 == decision.inquiry.notAgent || (decision.cause == .poolDrain && !rested($0, at: at)))
            }
            let sum = others.filter { !held.contains($0) }.reduce(0.0) { $0 + weight($1) }
            for id in held { turns[lane]?.start[id, default: 0] += 1 / sum }
            let cost = 1 / weight(agent)
            turns[lane]?.start[agent, default: 0] += cost
            if decision.rule == .unboundState, case .groups(let list) = lane { lastTurn = list.first }
        }
        if decision.cause == .poolDrain { people[agent]?.poolTimes.append(at) }
        people[agent]?.idleSince = at
    }

    /// Who takes part now enters level, who leaves goes, and a changed weight stretches what is left of a turn.
    private mutating func settleTurns() {
        let keys = lanes()
        for key in turns.keys where !keys.contains(key) { turns[key] = nil }
        for key in keys.sorted(by: { "\($0)" < "\($1)" }) {
            var lane = turns[key] ?? Turns()
            let there = members(key)
            let taking = there.filter { able($0) && !full($0) }
            func mean(_ list: [AgentID: Double]) -> Double {
                let sum = list.values.reduce(0, +)
                guard sum > 0 else { return lane.last }
                return list.reduce(0.0) { $0 + $1.value * (lane.start[$1.key] ?? 0) } / sum
            }
            lane.last = mean(lane.taking)
            for id in lane.start.keys where !there.contains(id) {
                lane.start[id] = nil
                lane.taking[id] = nil
                lane.weighed[id] = nil
            }
            for id in people.keys.sorted() where there.contains(id) && lane.start[id] != nil {
                let now = weight(id)
                if let before = lane.weighed[id], now > 0, before != now {
                    let level = lane.taking.isEmpty ? lane.last : mean(lane.taking)
                    let ahead = (lane.start[id] ?? 0) - level
                    if lane.taking[id] != nil || ahead > 0 { lane.start[id] = level + ahead * before / now }
                    if lane.taking[id] != nil { lane.taking[id] = now }
                }
                if now > 0 { lane.weighed[id] = now }
            }
            for id in lane.taking.keys where !taking.contains(id) {
                if lane.taking.count == 1 { lane.last = mean(lane.taking) }
                lane.taking[id] = nil
            }
            for id in taking where lane.taking[id] == nil {
                let level = lane.taking.isEmpty ? lane.last : mean(lane.taking)
                lane.start[id] = max(lane.start[id] ?? level, level)
                lane.taking[id] = weight(id)
                lane.weighed[id] = weight(id)
            }
            for id in there where lane.start[id] == nil { lane.start[id] = 0 }
            turns[key] = lane
        }
    }
}

extension Event {
    fileprivate var decided: Decision? {
        switch self {
        case .messageReceived(let body): body.decision
        case .handlerChanged(let body): body.decision
        default: nil
        }
    }
}
