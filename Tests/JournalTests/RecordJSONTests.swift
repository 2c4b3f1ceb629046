import Domain
import Foundation
import Testing
import Wire

@testable import Journal

@Suite struct RecordJSONTests {
    private func text(_ event: Event) -> String { String(decoding: RecordJSON.data(of: event), as: UTF8.self) }
    private let buyer = BuyerID(rawValue: "b1")
    private let agent = AgentID(rawValue: "a1")
    private let group = GroupID(rawValue: "g1")
    private let time = Timestamp(millis: 1_765_382_570_417)

    @Test func aRecordNamesItsPlaceItsCommandAndItsEvent() {
        let record = EventRecord(
            sequence: 300, at: time, shop: ShopID(rawValue: "s1"), previousOfShop: 298, previousOfBuyer: 10,
            command: CommandStamp(id: CommandID(rawValue: "k7"), fingerprint: 0x0102_0304_0506_0708),
            event: .streamNoted(StreamNoted(agent: agent, attached: true)))
        #expect(
            String(decoding: RecordJSON.text(record), as: UTF8.self)
                == #"{"sequence":300,"at":"2025-12-10T16:02:50.417Z","shop":"s1","previousOfShop":298,"#
                + #""previousOfBuyer":10,"command":{"id":"k7","fingerprint":"0102030405060708"},"#
                + #""event":"streamNoted","data":{"agent":"a1","attached":true}}"#)
    }

    @Test func aRecordThatWasSetAsideSaysWhy() {
        let head = RecordHead(
            sequence: 1, at: time, shop: ShopID(rawValue: "s\"1"), previousOfShop: 0, previousOfBuyer: 0)
        #expect(
            String(decoding: RecordJSON.text(.setAside(head, reason: "event 900")), as: UTF8.self)
                == #"{"sequence":1,"at":"2025-12-10T16:02:50.417Z","shop":"s\"1","setAside":"event 900"}"#)
    }

    @Test func shopSet() {
        #expect(
            text(.shopSet(ShopSet(shop: SetShop(name: "店", relationVolume: 5))))
                == #"{"shop":{"name":"店","timeZone":"Asia/Shanghai","toolLevel":"basic","relationVolume":5}}"#)
    }

    @Test func settingsChanged() throws {
        var settings = ShopSettings(version: 4, bot: BotSettings(mode: .hybrid))
        settings.diversion.unboundPick = .groups
        let json = text(.settingsChanged(SettingsChanged(settings: settings)))
        #expect(json.hasPrefix(#"{"settings":{"version":4,"diversion":{"busyThreshold":4,"#))
        #expect(json.contains(#""unboundPick":"groups""#))
        #expect(json.contains(#""mode":"hybrid","percent":50,"kind":"builtIn","answers":[]"#))
        #expect(json.contains(#""memberPriority":{"enabled":false,"minLevel":1,"segments":[]},"#))
        #expect(
            json.hasSuffix(
                #""scoring":{"definition":"taobao-deals-2022","closingPhraseExempt":false,"reminderSeconds":100}}}"#))
    }

    @Test func agentSetAndRemoved() {
        #expect(
            text(.agentSet(AgentSet(agent: SetAgent(agent: agent, name: "甲", groups: [group], capacity: 3))))
                == #"{"agent":{"agent":"a1","name":"甲","weight":100,"groups":["g1"],"capacity":3}}"#)
        #expect(text(.agentRemoved(AgentRemoved(agent: agent))) == #"{"agent":"a1"}"#)
    }

    @Test func groupSetAndRemoved() {
        #expect(
            text(.groupSet(GroupSet(group: SetGroup(group: group, orderStates: [.unpaid, .partlyShipped]))))
                == #"{"group":{"group":"g1","name":"","orderStates":["unpaid","partlyShipped"],"products":[]}}"#)
        #expect(text(.groupRemoved(GroupRemoved(group: group))) == #"{"group":"g1"}"#)
    }

    @Test func buyerSet() {
        #expect(
            text(.buyerSet(BuyerSet(buyer: SetBuyer(buyer: buyer, memberLevel: 2, relationSince: time))))
                == #"{"buyer":{"buyer":"b1","memberLevel":2,"segments":[],"relationSince":"2025-12-10T16:02:50.417Z"}}"#
        )
    }

    @Test func orderSet() {
        let order = SetOrder(
            order: OrderID(rawValue: "o1"), buyer: buyer, state: .shipped, updatedAt: time,
            packages: [Package(id: "p", carrier: "zto")], items: [ItemID(rawValue: "i")], total: 990)
        #expect(
            text(.orderSet(OrderSet(order: order)))
                == #"{"order":{"order":"o1","buyer":"b1","state":"shipped","updatedAt":"2025-12-10T16:02:50.417Z","#
                + #""packages":[{"id":"p","carrier":"zto"}],"items":["i"],"total":990}}"#)
    }

    @Test func interestRecorded() {
        let interest = RecordInterest(buyer: buyer, kind: .favourite, item: ItemID(rawValue: "i"), at: time)
        #expect(
            text(.interestRecorded(InterestRecorded(interest: interest)))
                == #"{"interest":{"buyer":"b1","kind":"favourite","item":"i","at":"2025-12-10T16:02:50.417Z"}}"#)
    }

    @Test func presenceChanged() {
        #expect(
            text(.presenceChanged(PresenceChanged(agent: agent, from: .online, to: .suspended, cause: .autoSuspended)))
                == #"{"agent":"a1","from":"online","to":"suspended","cause":"autoSuspended"}"#)
    }

    @Test func messageReceived() {
        let decision = Decision(
            handler: .agent(agent), rule: .groupState, cause: .arrival, settingsVersion: 2, priorityMember: true,
            inquiry: Inquiry(contact: agent, contactAt: time, orderState: .unpaid, items: [ItemID(rawValue: "i")]),
            lane: .groups([group]), hybrid: .shop)
        let event = MessageReceived(
            buyer: buyer, message: MessageID(rawValue: "m1"), kind: .orderCard, text: "a\n\u{0}",
            session: SessionID(17), opened: false, handler: .agent(agent), decision: decision, from: .bot(group))
        #expect(
            text(.messageReceived(event))
                == #"{"buyer":"b1","message":"m1","kind":"orderCard","text":"a\n\u0000","session":"s17","opened":false,"#
                + #""handler":{"kind":"agent","agent":"a1"},"decision":{"handler":{"kind":"agent","agent":"a1"},"#
                + #""rule":"groupState","cause":"arrival","settingsVersion":2,"priorityMember":true,"inquiry":{"#
                + #""contact":"a1","contactAt":"2025-12-10T16:02:50.417Z","orderState":"unpaid","items":["i"],"#
                + #""withoutBot":false},"lane":{"kind":"groups","groups":["g1"]},"hybrid":{"kind":"shop"}},"#
                + #""from":{"kind":"bot","group":"g1"},"wasPending":false}"#)
    }

    @Test func messageSent() {
        let event = MessageSent(
            buyer: buyer, message: MessageID(rawValue: "m1"), session: SessionID(1), sender: .agent(agent), text: "好",
            messageClass: .service, answered: true)
        #expect(
            text(.messageSent(event))
                == #"{"buyer":"b1","message":"m1","session":"s1","sender":{"kind":"agent","agent":"a1"},"text":"好","#
                + #""messageClass":"service","automatic":false,"answered":true,"noAnswer":false}"#)
    }

    @Test func handlerChanged() {
        let decision = Decision(
            handler: .queue, rule: .queued, cause: .humanAsked, settingsVersion: 1, priorityMember: false,
            inquiry: Inquiry(), lane: .all, hybrid: .group(group))
        let event = HandlerChanged(
            buyer: buyer, session: SessionID(2), from: .bot(nil), to: .queue, decision: decision, pending: true,
            reason: "r", forced: true)
        #expect(
            text(.handlerChanged(event))
                == #"{"buyer":"b1","session":"s2","from":{"kind":"bot"},"to":{"kind":"queue"},"decision":{"#
                + #""handler":{"kind":"queue"},"rule":"queued","cause":"humanAsked","settingsVersion":1,"#
                + #""priorityMember":false,"inquiry":{"orderState":"noActiveOrder","items":[],"withoutBot":false},"#
                + #""lane":{"kind":"all"},"hybrid":{"kind":"group","group":"g1"}},"pending":true,"reason":"r","#
                + #""opened":false,"forced":true}"#)
    }

    @Test func sessionEnded() {
        let event = SessionEnded(buyer: buyer, session: SessionID(2), handler: .pool, wasPending: true, end: .abandoned)
        #expect(
            text(.sessionEnded(event))
                == #"{"buyer":"b1","session":"s2","handler":{"kind":"pool"},"wasPending":true,"end":"abandoned"}"#)
    }

    @Test func messageImported() {
        let message = ImportMessage(buyer: buyer, message: MessageID(rawValue: "m"), at: time, agent: agent, text: "t")
        #expect(
            text(.messageImported(MessageImported(message: message)))
                == #"{"message":{"buyer":"b1","message":"m","at":"2025-12-10T16:02:50.417Z","agent":"a1","text":"t"}}"#)
    }

    @Test func commandNoted() {
        let answer = Answer(sequence: 9, session: SessionID(3), handler: .agent(agent), rule: .named)
        #expect(
            text(.commandNoted(CommandNoted(answer: answer)))
                == #"{"answer":{"sequence":9,"changed":true,"session":"s3","handler":{"kind":"agent","agent":"a1"},"#
                + #""rule":"named","priorityMember":false,"noHumanOnline":false}}"#)
    }

    /// Foundation's reader, which shares nothing with the writer, takes every event of every kind.
    @Test func everyEventIsWellFormedJSON() throws {
        var random = Seeded(5)
        for key in eventKeys {
            for _ in 0..<40 {
                let record = random.record(key, sequence: 1 + random.number() >> 2)
                let json = RecordJSON.text(record)
                let read = try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any]
                let object = try #require(read)
                #expect(object["event"] as? String == String(describing: record.event).prefix { $0 != "(" }.description)
                #expect(object["data"] is [String: Any])
                let shop = try #require(object["shop"] as? String)
                #expect(Array(shop.utf8) == Array(record.shop.rawValue.utf8))
                #expect(!json.contains(0x0a))
            }
        }
    }
}
