// Hand-written coding gives the bytes of the generic one and reads them as it does, for many values.

import Domain
import Testing

@testable import Wire

/// SplitMix64, so that a failure names its seed.
private struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return ShardMap.mix(state)
    }

    mutating func maybe<T>(_ make: (inout Dice) -> T) -> T? { Bool.random(using: &self) ? make(&self) : nil }
    mutating func flag() -> Bool { Bool.random(using: &self) }
    mutating func int() -> Int { Int(truncatingIfNeeded: next() >> UInt64.random(in: 0...63, using: &self)) }
    mutating func number() -> UInt64 { next() >> UInt64.random(in: 0...63, using: &self) }
    mutating func text() -> String {
        String(
            repeating: ["a", "店", "😀", "\u{1}"].randomElement(using: &self) ?? "",
            count: Int.random(in: 0...70, using: &self))
    }

    mutating func pick<T: CaseIterable>(_: T.Type = T.self) -> T? { T.allCases.randomElement(using: &self) }
    mutating func agent() -> AgentID { AgentID(rawValue: text()) }
    mutating func group() -> GroupID { GroupID(rawValue: text()) }
    mutating func time() -> Timestamp { Timestamp(millis: Int64(int())) }

    mutating func handler() -> Handler {
        switch next() % 4 {
        case 0: .agent(agent())
        case 1: .bot(maybe { $0.group() })
        case 2: .queue
        default: .pool
        }
    }

    mutating func sender() -> Sender { flag() ? .agent(agent()) : .bot }

    mutating func lane() -> LaneKey {
        switch next() % 4 {
        case 0: .all
        case 1: .groups((0..<Int.random(in: 0...3, using: &self)).map { _ in group() })
        case 2: .unbound
        default: .anyone
        }
    }

    mutating func inquiry() -> Inquiry {
        Inquiry(
            named: maybe { $0.agent() }, contact: maybe { $0.agent() }, contactAt: maybe { $0.time() },
            exclusive: maybe { $0.agent() }, orderState: pick() ?? .unpaid,
            items: (0..<Int.random(in: 0...3, using: &self)).map { _ in ItemID(rawValue: text()) },
            withoutBot: flag(), onlyGroup: maybe { $0.group() }, notAgent: maybe { $0.agent() })
    }

    mutating func decision() -> Decision {
        Decision(
            handler: handler(), rule: pick() ?? .named, cause: pick() ?? .arrival, settingsVersion: int(),
            priorityMember: flag(), inquiry: inquiry(), lane: maybe { $0.lane() },
            hybrid: maybe { $0.flag() ? .shop : .group($0.group()) })
    }

    mutating func receive() -> ReceiveMessage {
        ReceiveMessage(
            buyer: BuyerID(rawValue: text()), message: MessageID(rawValue: text()), kind: pick() ?? .text, text: text(),
            order: maybe { OrderID(rawValue: $0.text()) }, item: maybe { ItemID(rawValue: $0.text()) },
            toAgent: maybe { $0.agent() }, intent: maybe { $0.text() })
    }

    mutating func send() -> SendMessage {
        SendMessage(
            session: SessionID(number()), message: MessageID(rawValue: text()), sender: sender(), text: text(),
            messageClass: pick() ?? .chat, automatic: flag(), noAnswer: flag())
    }

    mutating func received() -> MessageReceived {
        MessageReceived(
            buyer: BuyerID(rawValue: text()), message: MessageID(rawValue: text()), kind: pick() ?? .text, text: text(),
            order: maybe { OrderID(rawValue: $0.text()) }, item: maybe { ItemID(rawValue: $0.text()) },
            intent: maybe { $0.text() }, session: SessionID(number()), opened: flag(), handler: handler(),
            decision: maybe { $0.decision() }, from: maybe { $0.handler() }, wasPending: flag(),
            position: maybe { $0.int() }, estimatedWaitSeconds: maybe { $0.int() })
    }

    mutating func sent() -> MessageSent {
        MessageSent(
            buyer: BuyerID(rawValue: text()), message: MessageID(rawValue: text()), session: SessionID(number()),
            sender: sender(), text: text(), messageClass: pick() ?? .chat, automatic: flag(), answered: flag(),
            noAnswer: flag())
    }

    mutating func ended() -> SessionEnded {
        SessionEnded(
            buyer: BuyerID(rawValue: text()), session: SessionID(number()), handler: handler(), wasPending: flag(),
            end: pick() ?? .idle)
    }

    mutating func moved() -> HandlerChanged {
        HandlerChanged(
            buyer: BuyerID(rawValue: text()), session: SessionID(number()), from: handler(), to: handler(),
            decision: decision(), pending: flag(), reason: maybe { $0.text() }, opened: flag(), forced: flag())
    }

    mutating func agentRow() -> Roster.AgentRow {
        Roster.AgentRow(
            id: agent(), name: text(), weight: int(), groups: some { $0.group() }, capacity: maybe { $0.int() },
            presence: pick() ?? .online, autoSuspended: flag(), streaming: flag(), streamLostAt: maybe { $0.time() },
            poolTimes: some { $0.time() }, removed: flag(), open: int(), pending: int(), idleSince: time())
    }

    mutating func laneRow() -> Roster.LaneRow {
        Roster.LaneRow(
            key: lane(), time: some { $0.number() }, members: some { $0.int() }, starts: some { $0.number() })
    }

    /// Agents with weights and loads as a desk has them, in two groups.
    mutating func roster() -> Roster {
        let groups = ["a", "b"].map { SetGroup(group: GroupID(rawValue: $0), name: text()) }
        let agents = (0..<Int(number() % 5)).map { place in
            var row = agentRow()
            row.id = AgentID(rawValue: "agent \(place)")
            row.weight = place * 100
            row.groups = [groups[place % 2].group]
            row.capacity = maybe { Int($0.number() % 10) + 1 }
            row.open = Int(number() % 10)
            row.pending = Int(number() % 10)
            return row
        }
        return Roster(
            Roster.Parts(
                shop: maybe { SetShop(name: $0.text()) }, settings: ShopSettings(), agents: agents, groups: groups,
                lanes: [], hybrids: [HybridCounter(owner: .shop, credit: 7)], lastTurn: maybe { _ in groups[0].group },
                pulls: some { $0.time() }, restrictions: maybe { _ in [.trafficDemotion] },
                restrictionsAt: maybe { RestrictionPlace(day: CivilDay(Int($0.number() % 50_000)), step: 2) }))
    }

    mutating func answer() -> Answer {
        Answer(
            sequence: number(), changed: flag(), session: maybe { SessionID($0.number()) },
            message: maybe { MessageID(rawValue: $0.text()) }, handler: maybe { $0.handler() },
            rule: maybe { $0.pick() ?? .bot },
            priorityMember: flag(), position: maybe { $0.int() }, estimatedWaitSeconds: maybe { $0.int() },
            version: maybe { $0.int() }, noHumanOnline: flag())
    }

    mutating func some<T>(_ make: (inout Dice) -> T) -> [T] {
        (0..<Int(number() % 3)).map { _ in make(&self) }
    }

    mutating func order() -> SetOrder {
        SetOrder(
            order: OrderID(rawValue: text()), buyer: BuyerID(rawValue: text()), state: pick() ?? .unpaid,
            updatedAt: time(), packages: some { Package(id: $0.text(), carrier: $0.text()) },
            items: some { ItemID(rawValue: $0.text()) }, total: maybe { $0.int() })
    }

    mutating func sessionRow() -> SessionRow {
        SessionRow(
            session: SessionID(number()), handler: handler(), openedAt: time(), lastAt: time(), handlerSince: time(),
            waitingSince: maybe { $0.time() }, waitingMessage: maybe { MessageID(rawValue: $0.text()) },
            lastFromBuyer: flag(), botMisses: int(), transfers: some { $0.time() },
            items: some { ItemID(rawValue: $0.text()) }, named: maybe { $0.agent() },
            queueKey: maybe { Int64($0.int()) }, lastAgent: maybe { $0.agent() }, reminded: maybe { $0.flag() })
    }

    mutating func buyerRow() -> BuyerRow {
        BuyerRow(
            buyer: SetBuyer(
                buyer: BuyerID(rawValue: text()), memberLevel: int(), segments: some { $0.text() },
                exclusiveAgent: maybe { $0.agent() }, relationSince: maybe { $0.time() },
                updatedAt: maybe { $0.time() }),
            contact: maybe { $0.agent() }, contactAt: maybe { $0.time() }, orders: some { $0.order() },
            interests: [], imported: some { $0.number() }, session: maybe { $0.sessionRow() }, head: number(),
            importedContents: maybe { dice in dice.some { $0.number() } })
    }

    mutating func command() -> ShopCommand {
        ShopCommand(
            shop: ShopID(rawValue: text()), at: time(),
            stamp: maybe { CommandStamp(id: CommandID(rawValue: $0.text()), fingerprint: $0.number()) },
            command: [
                .receiveMessage(receive()), .sendMessage(send()),
                .closeSession(CloseSession(session: SessionID(number()), by: maybe { $0.sender() })),
            ].randomElement(using: &self) ?? .sendMessage(send()))
    }
}

@Suite struct HandCodedTests {
    private func check<M: HandCoded & Hashable>(_ make: (inout Dice) -> M) throws {
        for seed in 0..<300 as Range<UInt64> {
            var dice = Dice(state: seed)
            let message = make(&dice)
            let bytes = try BinaryEncoder(usesHandCoding: false).encode(message)
            #expect(message.encoded() == bytes, "seed \(seed)")
            #expect(try BinaryEncoder().encode(message) == bytes, "seed \(seed)")
            #expect(try M(decoding: bytes) == message, "seed \(seed)")
            #expect(try BinaryDecoder(usesHandCoding: false).decode(M.self, from: bytes) == message, "seed \(seed)")
            #expect(try TreeEncoder.tree(of: message).content == bytes, "seed \(seed)")
        }
    }

    @Test func messagesBothWaysAreTheSameBytes() throws {
        try check { $0.receive() }
        try check { $0.send() }
        try check { $0.sender() }
    }

    @Test func commandsAreTheSameBytes() throws {
        try check { $0.command() }
        try check { RouterRequest.command($0.command()) }
        try check { $0.command().command }
    }

    @Test func answersAreTheSameBytes() throws {
        try check { $0.answer() }
        try check { RouterReply.answer($0.answer()) }
        try check { $0.handler() }
    }

    @Test func rowsOfACheckpointAreTheSameBytes() throws {
        try check { $0.sessionRow() }
        try check { $0.buyerRow() }
        try check { $0.buyerRow().buyer }
    }

    @Test func rostersAreTheSameBytes() throws {
        try check { $0.agentRow() }
        try check { $0.laneRow() }
        try check { $0.roster() }
        try check { RosterNoted(roster: $0.roster()) }
    }

    @Test func faultsAreTheSameBytes() throws {
        try check { WireFault(.init(rawValue: $0.text()), $0.text(), retryAfterMillis: $0.maybe { $0.int() }) }
    }

    @Test func eventsAreTheSameBytes() throws {
        try check { $0.received() }
        try check { $0.sent() }
        try check { $0.moved() }
        try check { $0.ended() }
        try check { $0.decision() }
        try check { $0.inquiry() }
        try check { $0.lane() }
        try check { $0.flag() ? BotOwner.shop : .group($0.group()) }
        try check { CommandStamp(id: CommandID(rawValue: $0.text()), fingerprint: $0.number()) }
    }
}
