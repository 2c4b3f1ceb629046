// What the routes answer when all is well.

import Domain
import HTTPTypes
import Testing
import Wire

@testable import IngressService

@Suite struct AnswerTests {
    private let messages = "/v1/shops/s1/buyers/b1/messages"

    private func bench(_ answer: Answer) async throws -> EdgeBench {
        try await EdgeBench(desks: FakeDesks(onCommand: { _ in .success(answer) }))
    }

    @Test func theMainCallSaysWhoHasTheBuyerAndWhy() async throws {
        let answer = Answer(
            sequence: 123, session: SessionID(17), message: MessageID(rawValue: "m1"),
            handler: .agent(AgentID(rawValue: "a1")), rule: .groupState, priorityMember: true)
        let bench = try await bench(answer)
        let token = try await bench.token(.buyer, shop: "s1", buyer: "b1")
        let reply = try await bench.send(
            .post, messages, token: token, body: #"{"id":"m1","text":"hi","toAgent":"a1","item":"i1","intent":"late"}"#)
        #expect(reply.status == 201)
        #expect(
            reply.text
                == #"{"message":"m1","session":"s17","handler":{"kind":"agent","agent":"a1"},"decision":{"id":"d123","rule":"groupState","priorityMember":true}}"#
        )
        #expect(reply.headers[.contentType] == "application/json")
        #expect(reply.headers[FieldName.serverTime] == "1765411200000")
        #expect(reply.headers[FieldName.requestID]?.isEmpty == false)
        let expected = ReceiveMessage(
            buyer: BuyerID(rawValue: "b1"), message: MessageID(rawValue: "m1"), text: "hi",
            item: ItemID(rawValue: "i1"),
            toAgent: AgentID(rawValue: "a1"), intent: "late")
        #expect(bench.desks.commands.map(\.command) == [.receiveMessage(expected)])
        #expect(bench.desks.commands.map(\.at) == [EdgeBench.start])
    }

    @Test func whoWaitsIsToldThePlaceAndWhoFindsNobodyIsToldThat() async throws {
        let queued = Answer(
            sequence: 9, session: SessionID(1), message: MessageID(rawValue: "m"), handler: .queue, rule: .queued,
            position: 3, estimatedWaitSeconds: 40)
        var reply = try await bench(queued).send(
            .post, messages, token: EdgeBench().token(.operator), body: #"{"text":"hi"}"#)
        #expect(reply.text.contains(#""handler":{"kind":"queue","position":3,"estimatedWaitSeconds":40}"#))
        let nobody = Answer(
            sequence: 9, session: SessionID(1), handler: .bot(nil), rule: .bot, priorityMember: true,
            noHumanOnline: true)
        reply = try await bench(nobody).send(
            .post, messages, token: EdgeBench().token(.operator), body: #"{"text":"hi"}"#)
        #expect(reply.text.contains(#""notice":"noHumanOnline""#))
    }

    @Test func theSenderOfAReplyIsTheTokensAccount() async throws {
        let bench = try await bench(Answer(sequence: 5))
        for (token, body, sender) in [
            (
                try await bench.token(.agent, shop: "s1", agent: "a1"), #"{"text":"x"}"#,
                Sender.agent(AgentID(rawValue: "a1"))
            ),
            (try await bench.token(.bot, shop: "s1"), #"{"text":"x","noAnswer":true,"auto":true}"#, .bot),
            (
                try await bench.token(.merchant, shop: "s1"), #"{"text":"x","account":"a7"}"#,
                .agent(AgentID(rawValue: "a7"))
            ),
        ] {
            let reply = try await bench.send(.post, "/v1/shops/s1/sessions/s4/messages", token: token, body: body)
            #expect(reply.status == 201)
            guard case .sendMessage(let message) = bench.desks.commands.last?.command else {
                Issue.record("no message")
                continue
            }
            #expect(message.sender == sender)
            #expect(message.session == SessionID(4))
            #expect(message.noAnswer == (sender == .bot))
        }
    }

    @Test func whoTransfersOrClosesIsTheTokensAccountOrTheShop() async throws {
        let bench = try await bench(Answer(sequence: 5))
        let agent = try await bench.token(.agent, shop: "s1", agent: "a1")
        let merchant = try await bench.token(.merchant, shop: "s1")
        let bot = try await bench.token(.bot, shop: "s1")
        let path = "/v1/shops/s1/sessions/s4/"
        _ = try await bench.send(.post, path + "transfer", token: agent, body: #"{"toAgent":"a2","reason":"r"}"#)
        _ = try await bench.send(.post, path + "transfer", token: merchant, body: #"{"toGroup":"g","force":true}"#)
        _ = try await bench.send(.post, path + "transfer", token: bot, body: #"{"toHuman":true}"#)
        _ = try await bench.send(.post, path + "close", token: agent)
        _ = try await bench.send(.post, path + "close", token: merchant, body: #"{"account":"a2"}"#)
        let session = SessionID(4)
        #expect(
            bench.desks.commands.map(\.command) == [
                .transferSession(
                    TransferSession(
                        session: session, target: .agent(AgentID(rawValue: "a2")), reason: "r",
                        by: .agent(AgentID(rawValue: "a1")))),
                .transferSession(
                    TransferSession(session: session, target: .group(GroupID(rawValue: "g")), reason: "", forced: true)),
                .transferSession(TransferSession(session: session, target: .human, reason: "", by: .bot)),
                .closeSession(CloseSession(session: session, by: .agent(AgentID(rawValue: "a1")))),
                .closeSession(CloseSession(session: session, by: .agent(AgentID(rawValue: "a2")))),
            ])
    }

    @Test func settingsCarryTheirVersionAndAreReplacedOnlyOnMatch() async throws {
        let bench = try await bench(Answer(sequence: 5, version: 8))
        let token = try await bench.token(.merchant, shop: "s1")
        let path = "/v1/shops/s1/settings"
        let read = try await bench.send(.get, path, token: token)
        #expect(read.headers[.eTag] == "\"7\"")
        #expect(try read.json["diversion"]?["busyThreshold"] == .integer(4))
        #expect(try read.json["bot"]?["mode"]?.string == "off")
        // What was read can be written as it is.
        #expect(try await bench.send("PUT", path, token: token, bytes: read.bytes).status == 200)
        _ = try await bench.send(
            .put, path, token: token, headers: [.ifMatch: "\"3\""], body: #"{"memberPriority":{"enabled":true}}"#)
        _ = try await bench.send(.put, path, token: token, headers: [.ifMatch: "*"], body: #"{"bot":{}}"#)
        _ = try await bench.send(.put, path, token: token, headers: [.ifMatch: "W/\"3\""], body: #"{"bot":{}}"#)
        let changes = bench.desks.commands.compactMap { command in
            if case .setSettings(let change) = command.command { change } else { nil }
        }
        #expect(changes.map(\.ifVersion) == [7, 3, nil, -1])
        #expect(changes[0].diversion == DiversionSettings())
        #expect(changes[1].memberPriority == MemberPrioritySettings(enabled: true))
        #expect(changes[1].diversion == nil)
    }

    @Test func scoringIsReadAndWrittenWithADefinitionByNameOrAsAnObject() async throws {
        let bench = try await bench(Answer(sequence: 5, version: 8))
        let merchant = try await bench.token(.merchant, shop: "s1")
        let path = "/v1/shops/s1/settings"
        let read = try await bench.send(.get, path, token: merchant)
        #expect(try read.json["scoring"]?["definition"]?.string == "taobao-deals-2022")
        #expect(try read.json["scoring"]?["reminderSeconds"] == .integer(100))
        #expect(try read.json["scoring"]?["penalties"]?["failingDays"] == .integer(3))
        let own =
            #"{"scoring":{"definition":{"name":"mine","unit":"round","limitSeconds":60},"closingPhrases":["bye"]}}"#
        #expect(try await bench.send(.put, path, token: merchant, body: own).status == 200)
        let admin = try await bench.token(.operator)
        _ = try await bench.send(.put, path, token: admin, body: #"{"scoring":{"penalties":{"failingDays":4}}}"#)
        let changes = bench.desks.commands.compactMap { command in
            if case .setSettings(let change) = command.command { change } else { nil }
        }
        #expect(changes.map(\.asOperator) == [nil, true])
        #expect(changes[0].scoring?.own?.unit == .round)
        #expect(changes[0].scoring?.own?.limitSeconds == 60)
        #expect(changes[0].scoring?.own?.opensMinute == 480)
        #expect(changes[0].scoring?.closingPhrases == ["bye"])
        #expect(changes[0].scoring?.penalties == nil)
        #expect(changes[1].scoring?.penalties?.failingDays == 4)
        for (body, pointer) in [
            (#"{"scoring":{"definition":"none"}}"#, "/scoring/definition"),
            (#"{"scoring":{"definition":{"unit":"week"}}}"#, "/scoring/definition/unit"),
            (#"{"scoring":{"definition":{"limitSeconds":0}}}"#, "/scoring/definition/limitSeconds"),
            (#"{"scoring":{"reminderSeconds":0}}"#, "/scoring/reminderSeconds"),
            (#"{"scoring":{"penalties":{"deposit":1}}}"#, "/scoring/penalties/deposit"),
        ] {
            let refused = try await bench.send(.put, path, token: merchant, body: body)
            #expect(refused.status == 422)
            #expect(refused.text.contains("\"\(pointer)\""), "\(refused.text)")
        }
        let list = try await bench.send(.get, "/v1/definitions", token: nil)
        #expect(list.status == 200)
        #expect(list.text.contains(#""name":"manual-rounds","version":1"#))
    }

    @Test func listsGiveTheirCursorWhichServesNoOtherQuery() async throws {
        let bench = try await EdgeBench()
        let token = try await bench.token(.merchant, shop: "s1")
        let path = "/v1/shops/s1/sessions?buyer=b%2F1&state=open"
        let reply = try await bench.send(.get, path + "&limit=1", token: token)
        let cursor = try #require(try reply.json["next_cursor"]?.string)
        let next = try await bench.send(.get, path + "&limit=7&cursor=\(cursor)", token: token)
        #expect(next.status == 200)
        #expect(try next.json["next_cursor"]?.string == cursor)
        let last = try await bench.send(.get, "/v1/shops/s1/agents", token: token)
        #expect(try last.json["next_cursor"] == .null)
        let filters = bench.desks.queries.compactMap { query in
            if case .sessions(let filter) = query.query { filter } else { nil }
        }
        #expect(filters.map(\.page) == [Page(limit: 1), Page(limit: 7, cursor: 2)])
        #expect(filters.allSatisfy { $0.buyer == BuyerID(rawValue: "b/1") })
        for other in [
            "sessions?buyer=b%2F1&state=ended", "sessions?state=open", "sessions?buyer=b%2F2&state=open",
            "buyers/b1/messages?limit=5", "sessions?state=open&buyer=b%2F1&limit=3&cursor=2",
        ] {
            let wrong = try await bench.send(
                .get, "/v1/shops/s1/\(other)" + (other.contains("cursor") ? "" : "&cursor=\(cursor)"), token: token)
            #expect(wrong.status == 422, "\(other)")
            #expect(try wrong.places == ["cursor"])
        }
    }

    @Test func everyReadIsJSON() async throws {
        let bench = try await EdgeBench()
        let token = try await bench.token(.operator)
        for path in [
            "/healthz", "/readyz", "/version", "/v1/cluster", "/v1/clock", "/v1/shops/s1", "/v1/shops/s1/settings",
            "/v1/shops/s1/board", "/v1/shops/s1/agents", "/v1/shops/s1/agents/a1", "/v1/shops/s1/agents/a1/diagnosis",
            "/v1/shops/s1/groups", "/v1/shops/s1/groups/g1", "/v1/shops/s1/buyers/b1",
            "/v1/shops/s1/buyers/b1/messages", "/v1/shops/s1/sessions", "/v1/shops/s1/sessions/s1",
            "/v1/shops/s1/sessions/s1/messages", "/v1/shops/s1/decisions/d5",
        ] {
            let reply = try await bench.send(.get, path, token: token)
            #expect(reply.status == 200, "\(path)")
            #expect(throws: Never.self, "\(path)") { try reply.json }
        }
    }

    @Test func whatIsSetComesBackAsItWasUnderstood() async throws {
        let bench = try await EdgeBench()
        let token = try await bench.token(.operator)
        let order =
            #"{"buyer":"b1","state":"shipped","updatedAt":"2025-12-07T17:25:30.108+08:00","packages":[{"id":"p","carrier":"zto"}],"items":["i1"],"total":990}"#
        let reply = try await bench.send(.put, "/v1/shops/s1/orders/o1", token: token, body: order)
        #expect(
            reply.text
                == #"{"order":"o1","buyer":"b1","state":"shipped","updatedAt":"2025-12-07T09:25:30.108Z","packages":[{"id":"p","carrier":"zto"}],"items":["i1"],"total":990,"changed":true}"#
        )
        let agent = try await bench.send(
            .put, "/v1/shops/s1/agents/a1", token: token,
            body: #"{"name":"小雨","weight":0,"groups":["g1"],"capacity":5}"#)
        #expect(agent.text == #"{"agent":"a1","name":"小雨","weight":0,"groups":["g1"],"capacity":5,"changed":true}"#)
    }

    @Test func aShopThatTakesTooMuchIsShedAndOthersAreNot() {
        let admission = Admission(limit: 16, shopPart: 4)
        for _ in 0..<4 { #expect(admission.enter(.consult, shop: "s1")) }
        #expect(!admission.enter(.consult, shop: "s1"))
        #expect(admission.enter(.reply, shop: "s1"))
        #expect(!admission.enter(.reply, shop: "s1"))
        #expect(admission.enter(.consult, shop: "s2"))
        admission.leave(shop: "s1")
        admission.leave(shop: "s1")
        #expect(admission.enter(.consult, shop: "s1"))
        #expect(admission.inHand == 5)
    }

    @Test func importsAreShedBeforeReadsBeforeConsultsBeforeReplies() {
        let admission = Admission(limit: 16, shopPart: 1)
        var order: [Load] = []
        var count = 0
        while count < 20 {
            for load in [Load.bulk, .read, .consult, .reply] where !order.contains(load) {
                if admission.enter(load, shop: nil) {
                    admission.leave(shop: nil)
                } else {
                    order.append(load)
                }
            }
            guard admission.enter(.reply, shop: nil) else { break }
            count += 1
        }
        #expect(count == 20)
        #expect(order == [.bulk, .read, .consult])
        #expect(!admission.enter(.reply, shop: nil))
    }
}
