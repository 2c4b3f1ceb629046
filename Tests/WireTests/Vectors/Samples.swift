// One value or more of every message of the protocol; each has a golden vector of the same name.

import Domain
import Wire

struct Sample<Message: Codable & Hashable & Sendable>: Sendable {
    let name: String
    let message: Message

    init(_ name: String, _ message: Message) {
        self.name = name
        self.message = message
    }
}

enum Samples {
    static let shop = ShopID(rawValue: "茶铺-1")
    static let agent = AgentID(rawValue: "momo")
    static let buyer = BuyerID(rawValue: "buyer-7")
    static let group = GroupID(rawValue: "presale")
    static let order = OrderID(rawValue: "o-1001")
    static let item = ItemID(rawValue: "tea-9")
    static let message = MessageID(rawValue: "m-1")
    static let time = Timestamp(millis: 1_765_411_370_417)
    static let early = Timestamp(millis: -1)
    static let session = SessionID(17)
    static let stamp = CommandStamp(id: CommandID(rawValue: "c-1"), fingerprint: 0xfedc_ba98_7654_3210)
    static let bot = {
        var bot = BotSettings(mode: .hybrid)
        bot.percent = 30
        bot.answers = [BotAnswer(questions: ["发货", "when"], answer: "今天发货"), BotAnswer(questions: [], answer: "")]
        return bot
    }()
    static let diversion = {
        var diversion = DiversionSettings()
        diversion.autoSuspendAt = 20
        diversion.unboundPick = .groups
        return diversion
    }()
    static let priority = MemberPrioritySettings(enabled: true, minLevel: 2, segments: ["vip"])
    static let settings = {
        var settings = ShopSettings(version: 3, diversion: diversion, bot: bot, memberPriority: priority)
        settings.diversion.stickyIgnoresCapacity = false
        settings.scoring = scoring
        return settings
    }()
    static let setShop = SetShop(name: "茶铺", toolLevel: "advanced", relationVolume: 12_000, pilotStandard: "tea")
    static let setAgent = SetAgent(agent: agent, name: "Momo", weight: 300, groups: [group], capacity: 8)
    static let setGroup = SetGroup(
        group: group, name: "售前", orderStates: [.noActiveOrder, .shipped], products: [item], bot: bot)
    static let setBuyer = SetBuyer(
        buyer: buyer, memberLevel: 2, segments: ["vip", "tea"], exclusiveAgent: agent, relationSince: early)
    static let setOrder = SetOrder(
        order: order, buyer: buyer, state: .partlyShipped, updatedAt: time,
        packages: [Package(id: "p1", carrier: "zto"), Package(id: "p2", carrier: "yto")], items: [item], total: 12_800)
    static let interest = RecordInterest(buyer: buyer, kind: .cart, item: item, at: time)
    static let imported = ImportMessage(buyer: buyer, message: message, at: early, agent: agent, text: "去年的")
    static let receive = ReceiveMessage(
        buyer: buyer, message: message, kind: .orderCard, text: "我的包裹呢？", order: order, item: item, toAgent: agent,
        intent: "lost")
    static let send = SendMessage(
        session: session, message: message, sender: .agent(agent), text: "在路上", messageClass: .service,
        automatic: true, noAnswer: false)
    static let inquiry = Inquiry(
        named: agent, contact: agent, contactAt: time, exclusive: agent, orderState: .refunding, items: [item],
        withoutBot: true, onlyGroup: group, notAgent: agent)
    static let decision = Decision(
        handler: .agent(agent), rule: .groupState, cause: .arrival, settingsVersion: 3, priorityMember: true,
        inquiry: inquiry, lane: .groups([group]), hybrid: .group(group))
    static let plainDecision = Decision(
        handler: .queue, rule: .queued, cause: .queuePull, settingsVersion: 1, priorityMember: false,
        inquiry: Inquiry())
    static let fault = WireFault(.overloaded, "the queue is full", retryAfterMillis: 250)

    static let commands: [Sample<Command>] = [
        Sample("setShop", .setShop(setShop)),
        Sample("setShop.least", .setShop(SetShop(name: ""))),
        Sample(
            "setSettings",
            .setSettings(SetSettings(ifVersion: 2, diversion: diversion, bot: bot, memberPriority: priority))),
        Sample("setSettings.least", .setSettings(SetSettings())),
        Sample("setAgent", .setAgent(setAgent)),
        Sample("removeAgent", .removeAgent(RemoveAgent(agent: agent))),
        Sample("setGroup", .setGroup(setGroup)),
        Sample("removeGroup", .removeGroup(RemoveGroup(group: group))),
        Sample("setBuyer", .setBuyer(setBuyer)),
        Sample(
            "setBuyer.updatedAt", .setBuyer(SetBuyer(buyer: buyer, memberLevel: 1, updatedAt: time))),
        Sample("setOrder", .setOrder(setOrder)),
        Sample("recordInterest", .recordInterest(interest)),
        Sample("setPresence", .setPresence(SetPresence(agent: agent, state: .suspended))),
        Sample("noteStream", .noteStream(NoteStream(agent: agent, attached: true))),
        Sample("receiveMessage", .receiveMessage(receive)),
        Sample("receiveMessage.least", .receiveMessage(ReceiveMessage(buyer: buyer, message: message, text: ""))),
        Sample("sendMessage", .sendMessage(send)),
        Sample(
            "sendMessage.bot",
            .sendMessage(
                SendMessage(session: SessionID(.max), message: message, sender: .bot, text: "?", noAnswer: true))),
        Sample("askForHuman", .askForHuman(AskForHuman(buyer: buyer))),
        Sample(
            "transferSession.agent",
            .transferSession(
                TransferSession(
                    session: session, target: .agent(agent), reason: "售后", forced: true, by: .agent(agent)))),
        Sample(
            "transferSession.group",
            .transferSession(TransferSession(session: session, target: .group(group), reason: ""))),
        Sample(
            "transferSession.human",
            .transferSession(TransferSession(session: session, target: .human, reason: "asked", by: .bot))),
        Sample("closeSession", .closeSession(CloseSession(session: session, by: .agent(agent)))),
        Sample("importMessage", .importMessage(imported)),
        Sample("recordViolation", .recordViolation(violation)),
        Sample("decideEscalation", .decideEscalation(escalationDecision)),
        Sample("setSettings.scoring", .setSettings(SetSettings(scoring: scoring, asOperator: true))),
        Sample(
            "noteRestrictions",
            .noteRestrictions(
                NoteRestrictions(
                    at: restrictionPlace, restrictions: [.trafficDemotion, .listingBlock], raised: [raised],
                    notBefore: time, head: 41))),
        Sample(
            "noteRestrictions.lifted",
            .noteRestrictions(
                NoteRestrictions(
                    at: RestrictionPlace(day: restrictionPlace.day + 1), restrictions: [], raised: [],
                    notBefore: time, head: nil))),
    ]

    static let events: [Sample<Event>] = [
        Sample("shopSet", .shopSet(ShopSet(shop: setShop))),
        Sample("settingsChanged", .settingsChanged(SettingsChanged(settings: settings))),
        Sample("agentSet", .agentSet(AgentSet(agent: setAgent))),
        Sample("agentRemoved", .agentRemoved(AgentRemoved(agent: agent))),
        Sample("groupSet", .groupSet(GroupSet(group: setGroup))),
        Sample("groupRemoved", .groupRemoved(GroupRemoved(group: group))),
        Sample("buyerSet", .buyerSet(BuyerSet(buyer: setBuyer))),
        Sample("orderSet", .orderSet(OrderSet(order: setOrder))),
        Sample("interestRecorded", .interestRecorded(InterestRecorded(interest: interest))),
        Sample(
            "presenceChanged",
            .presenceChanged(PresenceChanged(agent: agent, from: .online, to: .offline, cause: .streamLost))),
        Sample("streamNoted", .streamNoted(StreamNoted(agent: agent, attached: false))),
        Sample("messageReceived", .messageReceived(received)),
        Sample("messageReceived.least", .messageReceived(receivedLeast)),
        Sample("messageSent", .messageSent(sent)),
        Sample(
            "handlerChanged",
            .handlerChanged(
                HandlerChanged(
                    buyer: buyer, session: session, from: .bot(group), to: .agent(agent), decision: decision,
                    pending: true, reason: "botNoAnswer", opened: false, forced: true))),
        Sample(
            "sessionEnded",
            .sessionEnded(
                SessionEnded(buyer: buyer, session: session, handler: .pool, wasPending: true, end: .abandoned))),
        Sample("messageImported", .messageImported(MessageImported(message: imported))),
        Sample("rosterNoted.empty", .rosterNoted(RosterNoted(roster: Roster()))),
        Sample("commandNoted", .commandNoted(CommandNoted(answer: answer))),
        Sample("violationRecorded", .violationRecorded(ViolationRecorded(violation: violation))),
        Sample("escalationDecided", .escalationDecided(EscalationDecided(decision: escalationDecision))),
        Sample(
            "slowResponseReminded",
            .slowResponseReminded(
                SlowResponseReminded(buyer: buyer, session: session, agent: agent, message: message, since: time))),
        Sample(
            "restrictionsChanged",
            .restrictionsChanged(
                RestrictionsChanged(
                    at: restrictionPlace, from: [.campaignExclusion], to: [.trafficDemotion, .listingBlock]))),
        Sample("escalationRaised", .escalationRaised(EscalationRaised(at: restrictionPlace, escalation: raised))),
    ]

    static let received = MessageReceived(
        buyer: buyer, message: message, kind: .orderCard, text: "在吗", order: order, item: item, intent: "lost",
        session: session, opened: true, handler: .agent(agent), decision: decision, from: .bot(nil), wasPending: true,
        position: 3, estimatedWaitSeconds: 90)
    static let receivedLeast = MessageReceived(
        buyer: buyer, message: message, text: "", session: SessionID(0), opened: false, handler: .queue)
    static let sent = MessageSent(
        buyer: buyer, message: message, session: session, sender: .agent(agent), text: "在的", messageClass: .chat,
        automatic: false, answered: true, noAnswer: false)

    static let queries: [Sample<Query>] = [
        Sample("shop", .shop), Sample("settings", .settings), Sample("agents", .agents), Sample("groups", .groups),
        Sample("buyer", .buyer(buyer)), Sample("board", .board),
        Sample(
            "sessions",
            .sessions(SessionFilter(state: .ended, agent: agent, buyer: buyer, page: Page(limit: 50, cursor: 16)))),
        Sample("session", .session(session)),
        Sample("sessionMessages", .sessionMessages(session, page: Page())),
        Sample("buyerMessages", .buyerMessages(buyer, page: Page(limit: 10, cursor: 9_000))),
        Sample("decision", .decision(DecisionID(1_234))), Sample("diagnosis", .diagnosis(agent)),
    ]

    static let answer = Answer(
        sequence: 1_234, session: session, message: message, handler: .agent(agent), rule: .recentContact24h,
        priorityMember: true, position: 2, estimatedWaitSeconds: 60, version: 4, noHumanOnline: true)

    static let refusals: [Sample<Refusal>] = [
        Sample("commandReused", .commandReused), Sample("timeRefused", .timeRefused),
        Sample("invalid", .invalid([FieldFault(pointer: "/diversion/idleMinutes", detail: "must be 1 to 10080")])),
        Sample("unknownShop", .unknownShop), Sample("unknownAgent", .unknownAgent(agent)),
        Sample("unknownGroup", .unknownGroup(group)), Sample("unknownBuyer", .unknownBuyer(buyer)),
        Sample("unknownOrder", .unknownOrder(order)), Sample("unknownSession", .unknownSession(session)),
        Sample("unknownDecision", .unknownDecision(DecisionID(5))),
        Sample("versionMismatch", .versionMismatch(current: 7)),
        Sample("sessionEnded", .sessionEnded(session)), Sample("notHandler", .notHandler),
        Sample("targetOffline", .targetOffline), Sample("sameHandler", .sameHandler),
        Sample("targetFull", .targetFull), Sample("tooManyTransfers", .tooManyTransfers),
        Sample("limitReached", .limitReached(what: "agents")), Sample("conflict", .conflict(what: "order")),
    ]
}
