import Domain
import Testing

@testable import ClusterKit

@Suite struct HTTPShopTests {
    static let placed =
        #"{"message":"m7","session":"s3","handler":{"kind":"agent","agent":"a"},"decision":{"id":"d9","rule":"groupState"}}"#

    static func withShop<Value>(
        on server: ScriptedServer, retrySeconds: Int = 60, _ body: (HTTPShop) async throws -> Value
    ) async throws -> Value {
        var settings = PlaySettings()
        settings.retrySeconds = retrySeconds
        let day = try DayFileTests.parse(DayFileTests.shop)
        let shop = HTTPShop(
            day.shop, at: try ShopAddress(url: "http://127.0.0.1:\(server.port)", token: "secret"), settings: settings)
        do {
            let value = try await body(shop)
            await shop.close()
            return value
        } catch {
            await shop.close()
            throw error
        }
    }

    static func say(_ shop: HTTPShop, buyer: String = "b") async throws -> Placement {
        try await shop.say(
            DayFile.Message(buyer: BuyerID(rawValue: buyer), effort: 1, text: "在\"吗\""), id: "m7")
    }

    @Test func aBuyersMessageIsOnePostWithItsOwnKey() async throws {
        try await withServer(.reply(201, Self.placed)) { server in
            let placement = try await Self.withShop(on: server) { try await Self.say($0, buyer: "b 1/ö") }
            #expect(placement.session == SessionID(3))
            #expect(placement.handler == .agent(AgentID(rawValue: "a")))
            #expect(placement.rule == "groupState")
            #expect(
                server.requests == [
                    .init(
                        line: "POST /v1/shops/s/buyers/b%201%2F%C3%B6/messages", key: "play-2025-12-11-m7",
                        authorization: "Bearer secret", body: #"{"kind":"text","text":"在\"吗\""}"#,
                        connection: 0)
                ])
        }
    }

    @Test func whatGotNoAnswerIsSentAgainWithTheSameKey() async throws {
        try await withServer(.hangUp, .reply(503, #"{"code":"unavailable"}"#), .last(201, Self.placed)) { server in
            let placement = try await Self.withShop(on: server) { try await Self.say($0) }
            #expect(placement.session == SessionID(3))
            #expect(server.requests.map(\.key) == Array(repeating: "play-2025-12-11-m7", count: 3))
            #expect(Set(server.requests.map(\.body)).count == 1)
            #expect(server.requests.map(\.connection) == [0, 1, 1])
        }
    }

    @Test func aClusterThatStaysAwayEndsThePlayAfterTheBound() async throws {
        try await withServer(.reply(503, #"{"title":"The shop has no router now"}"#)) { server in
            let fault = await #expect(throws: ClusterFault.self) {
                try await Self.withShop(on: server, retrySeconds: 0) { try await Self.say($0) }
            }
            #expect(fault?.message.contains("503 The shop has no router now") == true)
            #expect(server.requests.count == 1)
        }
    }

    @Test func aRefusalIsNotTriedAgainAndNamesItsFields() async throws {
        let problem = #"{"title":"Invalid","detail":"2 faults","errors":[{"pointer":"/text","detail":"is required"}]}"#
        try await withServer(.reply(422, problem)) { server in
            let fault = await #expect(throws: ClusterFault.self) {
                try await Self.withShop(on: server) { try await Self.say($0) }
            }
            #expect(
                fault?.message
                    == "POST /v1/shops/s/buyers/b/messages: 422 Invalid: 2 faults (/text is required)")
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: [("notHandler", false), ("sessionEnded", false)])
    func anAnswerThatComesTooLateIsNoFault(code: String, taken: Bool) async throws {
        try await withServer(.reply(409, #"{"code":"\#(code)"}"#)) { server in
            let outcome = try await Self.withShop(on: server) {
                try await $0.answer(SessionID(3), by: AgentID(rawValue: "a"), id: "r1")
            }
            #expect(outcome == taken)
        }
    }

    @Test func anotherConflictEndsThePlay() async throws {
        try await withServer(.reply(409, #"{"code":"commandReused"}"#)) { server in
            await #expect(throws: ClusterFault.self) {
                try await Self.withShop(on: server) {
                    try await $0.answer(SessionID(3), by: AgentID(rawValue: "a"), id: "r1")
                }
            }
        }
    }

    @Test func aSessionSaysSinceWhenAndByWhichRuleItWasGiven() async throws {
        let view = """
            {"session":"s3","buyer":"b","state":"open","handler":{"kind":"pool"},
             "openedAt":"2025-12-11T00:00:00.000Z","lastAt":"2025-12-11T00:00:01.000Z",
             "handlerSince":"2025-12-11T00:00:02.500Z","waiting":{"message":"play-2025-12-11-m4","since":"2025-12-11T00:00:00.000Z"},
             "handlers":[{"rule":"bot"},{"rule":"pooled"}]}
            """
        try await withServer(.reply(200, view)) { server in
            let session = try await Self.withShop(on: server) { try await $0.session(SessionID(3)) }
            #expect(session.isOpen)
            #expect(session.handler == .line("pool"))
            #expect(RFC3339.text(session.givenAt) == "2025-12-11T00:00:02.500Z")
            #expect(session.rule == "pooled")
            #expect(session.waiting?.message == "m4")
        }
    }

    @Test func theBoardSaysWhoHasThoseWhoWait() async throws {
        let board = """
            {"waitingTotal":3,"waiting":[{"session":"s3","handler":{"kind":"pool"}},
             {"session":"s4","handler":{"kind":"agent","agent":"a"}}]}
            """
        try await withServer(.reply(200, board)) { server in
            let waiting = try await Self.withShop(on: server) { try await $0.waiting() }
            #expect(waiting.handlers == [SessionID(3): .line("pool"), SessionID(4): .agent(AgentID(rawValue: "a"))])
            #expect(!waiting.isWhole)
        }
    }

    @Test func aDayNeedsAManualClock() async throws {
        try await withServer(.reply(200, #"{"now":"2026-01-01T00:00:00.000Z","clock":"system"}"#)) { server in
            let fault = await #expect(throws: ClusterFault.self) { try await Self.setUp(server) }
            #expect(fault?.message.contains("--clock manual") == true)
            #expect(server.requests.count == 1)
        }
    }

    @Test func aDayThatHasPassedIsRefused() async throws {
        try await withServer(.reply(200, #"{"now":"2025-12-10T16:00:00.001Z","clock":"manual"}"#)) { server in
            let fault = await #expect(throws: ClusterFault.self) { try await Self.setUp(server) }
            #expect(fault?.message.contains("never runs backwards") == true)
            #expect(server.requests.count == 1)
        }
    }

    @Test func theDaysThingsAreMadeWithWhatTheClusterKnows() async throws {
        try await withServer(
            .reply(200, #"{"now":"2025-12-10T16:00:00.000Z","clock":"manual"}"#), .reply(200, "{}"), .reply(200, "{}"),
            .reply(200, #"{"version":1,"bot":{"mode":"off"}}"#), .reply(200, "{}"), .reply(200, "{}"),
            .reply(200, "{}"), .reply(200, "{}"), .reply(200, "{}")
        ) { server in
            let unknown = try await Self.setUp(server)
            #expect(unknown == ["rescue"])
            #expect(
                server.requests.map { "\($0.line) \($0.body)" } == [
                    "GET /v1/clock ",
                    #"POST /v1/clock {"now":"2025-12-10T16:00:00.000Z"}"#,
                    #"PUT /v1/shops/s {"name":"S","timeZone":"Asia/Shanghai","toolLevel":"basic"}"#,
                    "GET /v1/shops/s/settings ",
                    #"PUT /v1/shops/s/settings {"bot":{"mode":"humanFirst"}}"#,
                    #"PUT /v1/shops/s/groups/g {"orderStates":["unpaid"]}"#,
                    #"PUT /v1/shops/s/agents/a {"weight":150,"groups":["g"]}"#,
                    #"PUT /v1/shops/s/buyers/b {"memberLevel":1}"#,
                    #"PUT /v1/shops/s/orders/o {"buyer":"b","state":"unpaid"}"#,
                ])
        }
    }

    static func setUp(_ server: ScriptedServer) async throws -> [String] {
        let shop =
            #"{"kind":"shop","shop":"s","name":"S","timeZone":"Asia/Shanghai","date":"2025-12-11","#
            + #""settings":{"bot":{"mode":"humanFirst"},"rescue":{"on":true}}}"#
        let day = try DayFileTests.parse(
            shop, #"{"kind":"group","group":"g","orderStates":["unpaid"]}"#, DayFileTests.agent,
            #"{"kind":"buyer","buyer":"b","memberLevel":1}"#,
            #"{"kind":"order","order":"o","buyer":"b","state":"unpaid"}"#)
        return try await DaySetup(day, at: try ShopAddress(url: "http://127.0.0.1:\(server.port)", token: "t")).make()
    }

    @Test(arguments: ["https://127.0.0.1:1", "127.0.0.1:80", "http://", "http://h/path"])
    func anAddressThatIsNoneIsRefused(url: String) {
        #expect(throws: ClusterFault.self) { _ = try ShopAddress(url: url, token: "t") }
    }
}
