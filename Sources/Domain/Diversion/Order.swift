// DIV-1: the order of decision. A pure function of the roster, what is asked, and the time; it reads nothing else.
// Each step has its file: Stickiness (1–4), Bot (5–7), Binding (7), FairShare (8).

/// What DIV-1 came to.
enum Verdict: Equatable {
    case given(Given)
    /// DIV-8: whoever could take it had its share of the pool this minute.
    case wait
}

/// In places, not names, so that handing it on counts no references.
struct Given: Equatable {
    enum Taker: Equatable {
        case agent
        /// The bot of a group by its place, −1 for the shop's.
        case bot(Int)
        case queue
        case pool
    }

    var taker: Taker
    var rule: Rule
    /// The agent's slot, −1 for no agent.
    var slot = -1
    /// DIV-3: the place of the lane that was shared out, −1 for none.
    var lane = -1
    /// DIV-7 hybrid: whose counter this moves, a group's by its place, −1 for the shop's; nil for none.
    var hybrid: Int?
}

/// What is asked, in places and not names. Slots of agents are −1 for none, and may be of one who was removed.
struct Question {
    var cause: DecisionCause
    /// MEM-1.
    var priorityMember: Bool
    var at: Timestamp
    /// Step 1.
    var named = -1
    /// Steps 2 and 3.
    var contact = -1
    var contactAt: Timestamp?
    /// Step 4.
    var exclusive = -1
    var orderState = OrderState.noActiveOrder
    /// DIV-4.
    var items: [ItemID] = []
    var withoutBot = false
    /// DIV-9: only agents of this group.
    var onlyGroup: GroupID?
    /// DIV-9, DIV-12: not this agent.
    var notAgent = -1

    /// DIV-7: a bot may be chosen.
    var mayUseBot: Bool { !withoutBot }
    /// MEM-1: a bot may be chosen before a human.
    var mayPreferBot: Bool { mayUseBot && !priorityMember }
    /// The same once a bot has let go (DIV-7).
    func withoutBot(_ cause: DecisionCause) -> Question {
        var other = self
        other.cause = cause
        other.withoutBot = true
        return other
    }

    /// It names nobody but the recent contact.
    var isPlain: Bool {
        named < 0 && exclusive < 0 && notAgent < 0 && !withoutBot && items.isEmpty && onlyGroup == nil
    }
}

extension Roster {
    func question(_ inquiry: Inquiry, _ cause: DecisionCause, priorityMember: Bool, at: Timestamp) -> Question {
        func slot(_ id: AgentID?) -> Int { id.flatMap { slots[$0] } ?? -1 }
        return Question(
            cause: cause, priorityMember: priorityMember, at: at, named: slot(inquiry.named),
            contact: slot(inquiry.contact), contactAt: inquiry.contactAt, exclusive: slot(inquiry.exclusive),
            orderState: inquiry.orderState, items: inquiry.items, withoutBot: inquiry.withoutBot,
            onlyGroup: inquiry.onlyGroup, notAgent: slot(inquiry.notAgent))
    }

    /// The same in names.
    func inquiry(_ question: Question) -> Inquiry {
        func name(_ slot: Int) -> AgentID? { slot < 0 ? nil : agents[slot].id }
        return Inquiry(
            named: name(question.named), contact: name(question.contact), contactAt: question.contactAt,
            exclusive: name(question.exclusive), orderState: question.orderState, items: question.items,
            withoutBot: question.withoutBot, onlyGroup: question.onlyGroup, notAgent: name(question.notAgent))
    }

    /// `slot`: of whom may not have it, −1 for nobody.
    @inline(__always)
    func restriction(not slot: Int, _ cause: DecisionCause, at: Timestamp) -> Restriction {
        Restriction(notSlot: slot < 0 ? nil : slot, poolAt: cause == .poolDrain ? at : nil)
    }

    func handler(_ given: Given) -> Handler {
        switch given.taker {
        case .agent: .agent(agents[given.slot].id)
        case .bot(let group): .bot(group < 0 ? nil : groups[group].group)
        case .queue: .queue
        case .pool: .pool
        }
    }

    func hybrid(_ given: Given) -> BotOwner? {
        given.hybrid.map { group in group < 0 ? .shop : .group(groups[group].group) }
    }

    /// DIV-1. Changes nothing but the order in which lanes keep their claims; `Roster.apply` of the event moves the
    /// counters.
    mutating func divert(_ question: Question) -> Verdict {
        if question.onlyGroup == nil {
            // Steps 1–4.
            if let (slot, rule) = stickyAgent(question) {
                if question.cause == .poolDrain, poolShareUsed(slot, at: question.at) { return .wait }
                return .given(Given(taker: .agent, rule: rule, slot: slot))
            }
            // Step 5.
            if online == 0 {
                if question.mayUseBot {
                    if settings.bot.mode != .off { return .given(Given(taker: .bot(-1), rule: .bot)) }
                    if let group = bind(question).botGroup {
                        return .given(Given(taker: .bot(group), rule: .bot))
                    }
                }
                return .given(Given(taker: .pool, rule: .pooled))
            }
        }
        // Step 6.
        var hybrid: Int?
        if question.mayPreferBot, question.onlyGroup == nil, settings.bot.mode != .off {
            switch botGoesFirst(settings.bot, .shop) {
            case .always: return .given(Given(taker: .bot(-1), rule: .bot))
            case .thisTime: return .given(Given(taker: .bot(-1), rule: .bot, hybrid: -1))
            case .notThisTime: hybrid = -1
            case .never: break
            }
        }
        // Step 7.
        let binding = bind(question)
        if question.onlyGroup == nil, let group = binding.botGroup, let bot = groups[group].bot {
            if question.mayPreferBot {
                // A decision moves one counter: where the shop's said human, a hybrid group's is not asked.
                switch (botGoesFirst(bot, .group(groups[group].group)), hybrid) {
                case (.always, _): return .given(Given(taker: .bot(group), rule: .bot, hybrid: hybrid))
                case (.thisTime, nil): return .given(Given(taker: .bot(group), rule: .bot, hybrid: group))
                case (.notThisTime, nil): hybrid = group
                case (.never, _), (.thisTime, _), (.notThisTime, _): break
                }
            }
            if question.mayUseBot, bot.mode != .off, lanes[binding.lane].able == 0 {
                return .given(Given(taker: .bot(group), rule: .bot, hybrid: hybrid))
            }
        }
        // Step 8.
        return share(question, binding, hybrid)
    }

    /// DIV-1 step 8, with the fallbacks of DIV-4.
    private mutating func share(_ question: Question, _ binding: Binding, _ hybrid: Int?) -> Verdict {
        let restriction = restriction(not: question.notAgent, question.cause, at: question.at)
        if let verdict = share(binding.lane, binding.rule, restriction, hybrid) { return verdict }
        if question.onlyGroup == nil {
            for lane in [Self.laneOfUnbound, Self.laneOfAnyone] {
                if let verdict = share(lane, .fallbackAnyone, restriction, hybrid) { return verdict }
            }
        }
        return .given(Given(taker: .pool, rule: .pooled, hybrid: hybrid))
    }

    /// One lane of step 8; nil if nobody of it is there.
    private mutating func share(
        _ index: Int, _ rule: Rule, _ restriction: Restriction, _ hybrid: Int?
    ) -> Verdict? {
        let look = look(index, restriction)
        if let slot = look.slot {
            return .given(Given(taker: .agent, rule: rule, slot: slot, lane: index, hybrid: hybrid))
        }
        if look.heldBack > 0 { return .wait }
        if look.able > 0 { return .given(Given(taker: .queue, rule: .queued, lane: index, hybrid: hybrid)) }
        return nil
    }
}
