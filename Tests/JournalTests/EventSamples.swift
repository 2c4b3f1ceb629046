// Events of every kind with random fields, from a seed.

import Domain
import Journal
import Wire

struct Seeded: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return ShardMap.mix(state)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func flag() -> Bool { next() & 1 == 0 }
    mutating func maybe<T>(_ value: (inout Seeded) -> T) -> T? { flag() ? value(&self) : nil }
    mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }

    mutating func number() -> UInt64 { next() >> UInt64(below(64)) }

    mutating func text(_ most: Int = 60) -> String {
        let scalars: [String] = ["a", "Z", "0", " ", "\"", "\\", "\n", "\u{0}", "é", "e\u{301}", "店", "😀", "\u{7f}"]
        return (0..<below(most)).map { _ in pick(scalars) }.joined()
    }

    mutating func id<ID: Identifier>() -> ID { ID(rawValue: "i" + text(20)) }
    mutating func time() -> Timestamp { Timestamp(millis: Int64(bitPattern: next()) >> Int64(below(64))) }
    mutating func list<T>(_ value: (inout Seeded) -> T) -> [T] { (0..<below(4)).map { _ in value(&self) } }
    mutating func any<T: CaseIterable>() -> T where T.AllCases == [T] { pick(T.allCases) }

    mutating func handler() -> Handler {
        switch below(5) {
        case 0: .agent(id())
        case 1: .bot(nil)
        case 2: .bot(id())
        case 3: .queue
        default: .pool
        }
    }

    mutating func lane() -> LaneKey {
        switch below(4) {
        case 0: .all
        case 1: .groups(list { $0.id() })
        case 2: .unbound
        default: .anyone
        }
    }

    mutating func decision() -> Decision {
        Decision(
            handler: handler(), rule: any(), cause: any(), settingsVersion: Int(number() >> 1),
            priorityMember: flag(),
            inquiry: Inquiry(
                named: maybe { $0.id() }, contact: maybe { $0.id() }, contactAt: maybe { $0.time() },
                exclusive: maybe { $0.id() }, orderState: any(), items: list { $0.id() }, withoutBot: flag(),
                onlyGroup: maybe { $0.id() }, notAgent: maybe { $0.id() }),
            lane: maybe { $0.lane() }, hybrid: maybe { $0.flag() ? .shop : .group($0.id()) })
    }

    mutating func bot() -> BotSettings {
        var bot = BotSettings(mode: any())
        bot.answers = list { BotAnswer(questions: $0.list { $0.text() }, answer: $0.text()) }
        return bot
    }

    mutating func settings() -> ShopSettings {
        var diversion = DiversionSettings()
        diversion.autoSuspendAt = maybe { $0.below(1_000) }
        diversion.unboundPick = any()
        return ShopSettings(
            version: below(1_000), diversion: diversion, bot: bot(),
            memberPriority: MemberPrioritySettings(
                enabled: flag(), minLevel: below(100), segments: list { $0.text() }),
            scoring: scoring())
    }

    mutating func scoring() -> ScoringSettings {
        var scoring = ScoringSettings()
        scoring.own = maybe { deal in
            var own = OwnDefinition(name: deal.text())
            own.turnRule = deal.any()
            own.limitSeconds = deal.below(1_000)
            return own
        }
        scoring.closingPhraseExempt = flag()
        scoring.closingPhrases = maybe { deal in deal.list { $0.text() } }
        scoring.penalties = maybe { _ in PenaltySettings() }
        return scoring
    }

    mutating func place() -> RestrictionPlace { RestrictionPlace(day: CivilDay(below(30_000)), step: below(3)) }

    mutating func event(_ key: Event.CodingKeys) -> Event {
        switch key {
        case .shopSet:
            .shopSet(
                ShopSet(
                    shop: SetShop(
                        name: text(), timeZone: "Asia/Shanghai", toolLevel: text(),
                        relationVolume: maybe { $0.below(9) }, pilotStandard: maybe { $0.text() })))
        case .settingsChanged: .settingsChanged(SettingsChanged(settings: settings()))
        case .agentSet:
            .agentSet(
                AgentSet(
                    agent: SetAgent(
                        agent: id(), name: text(), weight: below(1_001), groups: list { $0.id() },
                        capacity: maybe { $0.below(100) })))
        case .agentRemoved: .agentRemoved(AgentRemoved(agent: id()))
        case .groupSet:
            .groupSet(
                GroupSet(
                    group: SetGroup(
                        group: id(), name: text(), orderStates: list { $0.any() }, products: list { $0.id() },
                        bot: maybe { $0.bot() })))
        case .groupRemoved: .groupRemoved(GroupRemoved(group: id()))
        case .buyerSet:
            .buyerSet(
                BuyerSet(
                    buyer: SetBuyer(
                        buyer: id(), memberLevel: below(100), segments: list { $0.text() },
                        exclusiveAgent: maybe { $0.id() }, relationSince: maybe { $0.time() })))
        case .orderSet:
            .orderSet(
                OrderSet(
                    order: SetOrder(
                        order: id(), buyer: id(), state: any(), updatedAt: time(),
                        packages: list { Package(id: $0.text(), carrier: $0.text()) }, items: list { $0.id() },
                        total: maybe { $0.below(100_000) })))
        case .interestRecorded:
            .interestRecorded(
                InterestRecorded(interest: RecordInterest(buyer: id(), kind: any(), item: id(), at: time())))
        case .presenceChanged:
            .presenceChanged(PresenceChanged(agent: id(), from: any(), to: any(), cause: any()))
        case .streamNoted: .streamNoted(StreamNoted(agent: id(), attached: flag()))
        case .messageReceived:
            .messageReceived(
                MessageReceived(
                    buyer: id(), message: id(), kind: any(), text: text(400), order: maybe { $0.id() },
                    item: maybe { $0.id() }, intent: maybe { $0.text() }, session: SessionID(number()),
                    opened: flag(), handler: handler(), decision: maybe { $0.decision() },
                    from: maybe { $0.handler() }, wasPending: flag(), position: maybe { $0.below(99) },
                    estimatedWaitSeconds: maybe { $0.below(9_999) }))
        case .messageSent:
            .messageSent(
                MessageSent(
                    buyer: id(), message: id(), session: SessionID(number()), sender: flag() ? .bot : .agent(id()),
                    text: text(400), messageClass: any(), automatic: flag(), answered: flag(), noAnswer: flag()))
        case .handlerChanged:
            .handlerChanged(
                HandlerChanged(
                    buyer: id(), session: SessionID(number()), from: handler(), to: handler(),
                    decision: decision(), pending: flag(), reason: maybe { $0.text() }, opened: flag(),
                    forced: flag()))
        case .sessionEnded:
            .sessionEnded(
                SessionEnded(
                    buyer: id(), session: SessionID(number()), handler: handler(), wasPending: flag(), end: any()))
        case .messageImported:
            .messageImported(
                MessageImported(
                    message: ImportMessage(
                        buyer: id(), message: id(), at: time(), agent: maybe { $0.id() }, text: text())))
        case .rosterNoted: .rosterNoted(RosterNoted(roster: Roster()))
        case .commandNoted:
            .commandNoted(
                CommandNoted(
                    answer: Answer(
                        sequence: number(), changed: flag(), session: maybe { SessionID($0.number()) },
                        message: maybe { $0.id() }, handler: maybe { $0.handler() }, rule: maybe { $0.any() },
                        priorityMember: flag(), position: maybe { $0.below(9) },
                        estimatedWaitSeconds: maybe { $0.below(9) }, version: maybe { $0.below(9) },
                        noHumanOnline: flag())))
        case .violationRecorded:
            .violationRecorded(
                ViolationRecorded(violation: RecordViolation(id: text(), kind: any(), note: maybe { $0.text() })))
        case .slowResponseReminded:
            .slowResponseReminded(
                SlowResponseReminded(
                    buyer: id(), session: SessionID(UInt64(below(1_000))), agent: id(), message: maybe { $0.id() },
                    since: time()))
        case .restrictionsChanged:
            .restrictionsChanged(RestrictionsChanged(at: place(), from: list { $0.any() }, to: list { $0.any() }))
        case .escalationRaised:
            .escalationRaised(
                EscalationRaised(
                    at: place(),
                    escalation: Escalation(
                        id: text(), raisedOn: CivilDay(below(30_000)), cause: any(), failed: [CivilDay(below(9))],
                        violations: list { $0.text() })))
        case .escalationDecided:
            .escalationDecided(
                EscalationDecided(
                    decision: DecideEscalation(
                        escalation: text(), outcome: any(), until: maybe { CivilDay($0.below(40_000)) },
                        note: maybe { $0.text() })))
        }
    }

    mutating func record(_ key: Event.CodingKeys, sequence: UInt64) -> EventRecord {
        EventRecord(
            sequence: sequence, at: time(), shop: id(), previousOfShop: flag() ? 0 : next() % sequence,
            previousOfBuyer: flag() ? 0 : next() % sequence,
            command: maybe { CommandStamp(id: $0.id(), fingerprint: $0.next()) }, event: event(key))
    }
}

/// Every number of an event; the gaps and the end of the numbers would show in the count that the tests check.
let eventKeys: [Event.CodingKeys] = (0..<1_000).compactMap(Event.CodingKeys.init(rawValue:))
