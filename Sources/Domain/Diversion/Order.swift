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

/// What is asked, with the flags that are not the buyer's.
struct Question {
    var inquiry: Inquiry
    var cause: DecisionCause
    /// MEM-1.
    var priorityMember: Bool
    var at: Timestamp
    /// Slots of the agents that the inquiry names, for whoever has looked; −1 for none, also for one who was removed.
    var named: Int
    var contact: Int
    var exclusive: Int

    /// DIV-7: a bot may be chosen.
    var mayUseBot: Bool { !inquiry.withoutBot }
    /// MEM-1: a bot may be chosen before a human.
    var mayPreferBot: Bool { mayUseBot && !priorityMember }
}

extension Roster {
    func question(_ inquiry: Inquiry, _ cause: DecisionCause, priorityMember: Bool, at: Timestamp) -> Question {
        Question(
            inquiry: inquiry, cause: cause, priorityMember: priorityMember, at: at,
            named: inquiry.named.flatMap { slot(of: $0) } ?? -1,
            contact: inquiry.contact.flatMap { slot(of: $0) } ?? -1,
            exclusive: inquiry.exclusive.flatMap { slot(of: $0) } ?? -1)
    }

    @inline(__always)
    func restriction(_ inquiry: Inquiry, _ cause: DecisionCause, at: Timestamp) -> Restriction {
        if inquiry.notAgent == nil && cause != .poolDrain { return .none }
        return Restriction(
            notSlot: inquiry.notAgent.flatMap { slots[$0] }, poolAt: cause == .poolDrain ? at : nil)
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
        if question.inquiry.onlyGroup == nil {
            // Steps 1–4.
            if let (slot, rule) = stickyAgent(question) {
                if question.cause == .poolDrain, poolShareUsed(slot, at: question.at) { return .wait }
                return .given(Given(taker: .agent, rule: rule, slot: slot))
            }
            // Step 5.
            if online == 0 {
                if question.mayUseBot {
                    if settings.bot.mode != .off { return .given(Given(taker: .bot(-1), rule: .bot)) }
                    if let group = bind(question.inquiry).botGroup {
                        return .given(Given(taker: .bot(group), rule: .bot))
                    }
                }
                return .given(Given(taker: .pool, rule: .pooled))
            }
        }
        // Step 6.
        var hybrid: Int?
        if question.mayPreferBot, question.inquiry.onlyGroup == nil, settings.bot.mode != .off {
            switch botGoesFirst(settings.bot, .shop) {
            case .always: return .given(Given(taker: .bot(-1), rule: .bot))
            case .thisTime: return .given(Given(taker: .bot(-1), rule: .bot, hybrid: -1))
            case .notThisTime: hybrid = -1
            case .never: break
            }
        }
        // Step 7.
        let binding = bind(question.inquiry)
        if question.inquiry.onlyGroup == nil, let group = binding.botGroup, let bot = groups[group].bot {
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
        let restriction = restriction(question.inquiry, question.cause, at: question.at)
        if let verdict = share(binding.lane, binding.rule, restriction, hybrid) { return verdict }
        if question.inquiry.onlyGroup == nil {
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
