// Bad input gets a clear problem document and changes nothing.

import Domain
import HTTPTypes
import Testing
import Wire

@testable import IngressService

@Suite struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var method: RouteMethod
        var path: String
        var body: String
        var status: Int
        var code: String
        var places: [String]

        init(
            _ method: RouteMethod, _ path: String, _ body: String, _ status: Int, _ code: String,
            _ places: [String] = []
        ) {
            (self.method, self.path, self.body) = (method, "/v1/shops/s1" + path, body)
            (self.status, self.code, self.places) = (status, code, places)
        }

        var testDescription: String { "\(method.rawValue) \(path) \(body.prefix(60))" }
    }

    static let long = String(repeating: "x", count: 65)
    static let messages = "/buyers/b1/messages"

    static let cases: [Case] = [
        Case(.post, messages, "{", 400, "malformedBody"),
        Case(.post, messages, #"{"text":"a","text":"b"}"#, 400, "malformedBody"),
        Case(.post, messages, #"{"text":"a\u0000"}"#, 400, "malformedBody"),
        Case(.post, messages, "[]", 422, "invalid", ["", "/text"]),
        Case(.post, messages, "{}", 422, "invalid", ["/text"]),
        Case(.post, messages, #"{"text":null}"#, 422, "invalid", ["/text"]),
        Case(.post, messages, #"{"text":""}"#, 422, "invalid", ["/text"]),
        Case(.post, messages, #"{"text":5}"#, 422, "invalid", ["/text"]),
        Case(.post, messages, #"{"text":"a","knd":"text"}"#, 422, "invalid", ["/knd"]),
        Case(.post, messages, #"{"text":"a","kind":"picture"}"#, 422, "invalid", ["/kind"]),
        Case(.post, messages, #"{"kind":"orderCard"}"#, 422, "invalid", ["/order"]),
        Case(.post, messages, #"{"text":"a","id":"\#(long)"}"#, 422, "invalid", ["/id"]),
        Case(.post, messages, #"{"text":"a","id":""}"#, 422, "invalid", ["/id"]),
        Case(.post, messages, #"{"text":"a","toAgent":"a\u0001"}"#, 422, "invalid", ["/toAgent"]),
        Case(.post, messages, #"{"text":"a","at":"2025-12-11T00:00:00.001Z"}"#, 422, "timeInFuture", ["/at"]),
        Case(.post, messages, #"{"text":"a","at":"yesterday"}"#, 422, "invalid", ["/at"]),
        Case(.post, messages, #"{"text":"a","at":"2025-02-30T00:00:00Z"}"#, 422, "invalid", ["/at"]),
        Case(.post, messages, #"{"text":"a","at":"0000-01-01T00:00:00Z"}"#, 422, "invalid", ["/at"]),
        Case(.post, messages, #"{"text":"a","at":"1969-12-31T23:59:59.999Z"}"#, 422, "invalid", ["/at"]),
        Case(.put, "/buyers/b1", #"{"updatedAt":"2035-01-01T00:00:00Z"}"#, 422, "timeInFuture", ["/updatedAt"]),
        Case(.put, "/buyers/b1", #"{"updatedAt":"0001-01-01T00:00:00Z"}"#, 422, "invalid", ["/updatedAt"]),
        Case(.put, "/settings", #"{"diversion":null}"#, 422, "invalid", ["/diversion"]),
        Case(.put, "/settings", "{}", 422, "invalid", [""]),
        Case(.put, "/settings", #"{"version":7}"#, 422, "invalid", [""]),
        Case(.post, "/buyers/\(long)/messages", #"{"text":"a"}"#, 422, "invalid", ["buyer"]),
        Case(.put, "/agents/a1", #"{"weight":1001}"#, 422, "invalid", ["/weight"]),
        Case(.put, "/agents/a1", #"{"weight":-1}"#, 422, "invalid", ["/weight"]),
        Case(.put, "/agents/a1", #"{"weight":"3"}"#, 422, "invalid", ["/weight"]),
        Case(.put, "/agents/a1", #"{"weight":1.5}"#, 422, "invalid", ["/weight"]),
        Case(.put, "/agents/a1", #"{"capacity":0}"#, 422, "invalid", ["/capacity"]),
        Case(.put, "/agents/a1", #"{"groups":["g",7]}"#, 422, "invalid", ["/groups/1"]),
        Case(.put, "/agents/a1", #"{"groups":"g","name":[]}"#, 422, "invalid", ["/name", "/groups"]),
        Case(.put, "/agents/\(long)", "{}", 422, "invalid", ["agent"]),
        Case(.put, "/groups/g1", #"{"orderStates":["paid"]}"#, 422, "invalid", ["/orderStates/0"]),
        Case(.put, "/groups/g1", #"{"bot":{"percent":101}}"#, 422, "invalid", ["/bot/percent"]),
        Case(.put, "/buyers/b1", #"{"memberLevel":101}"#, 422, "invalid", ["/memberLevel"]),
        Case(.put, "/buyers/b1", #"{"relation":{}}"#, 422, "invalid", ["/relation/since"]),
        Case(
            .put, "/buyers/b1", #"{"relation":{"since":"2035-01-01T00:00:00Z"}}"#, 422, "timeInFuture",
            ["/relation/since"]),
        Case(.put, "/orders/o1", "{}", 422, "invalid", ["/buyer", "/state", "/updatedAt"]),
        Case(
            .put, "/orders/o1", #"{"buyer":"b","state":"noActiveOrder","updatedAt":"2025-01-01T00:00:00Z"}"#, 422,
            "invalid", ["/state"]),
        Case(
            .put, "/orders/o1",
            #"{"buyer":"b","state":"paid","updatedAt":"2035-01-01T00:00:00Z","packages":[{"id":"p"}]}"#, 422, "invalid",
            ["/state", "/updatedAt", "/packages/0/carrier"]),
        Case(.put, "/settings", #"{"diversion":{"busyThreshold":-1}}"#, 422, "invalid", ["/diversion/busyThreshold"]),
        Case(.put, "/settings", #"{"diversion":{"idleMinutes":"5"}}"#, 422, "invalid", ["/diversion/idleMinutes"]),
        Case(.put, "/settings", #"{"divrsion":{}}"#, 422, "invalid", ["/divrsion"]),
        Case(.put, "/settings", #"{"bot":{"mode":"loud"}}"#, 422, "invalid", ["/bot/mode"]),
        Case(.put, "", #"{"name":"S","timeZone":"Mars/Olympus"}"#, 422, "invalid", ["/timeZone"]),
        Case(.put, "", #"{"toolLevel":"best"}"#, 422, "invalid", ["/name", "/toolLevel"]),
        Case(.post, "/agents/a1/presence", #"{"state":"away"}"#, 422, "invalid", ["/state"]),
        Case(.post, "/agents/a1/presence", "{}", 422, "invalid", ["/state"]),
        Case(.post, "/sessions/s1/messages", #"{"text":"a"}"#, 422, "invalid", ["/account"]),
        Case(
            .post, "/sessions/s1/messages", #"{"text":"a","account":"a1","class":"loud"}"#, 422, "invalid", ["/class"]),
        Case(.post, "/sessions/x1/messages", #"{"text":"a","account":"a1"}"#, 404, "notFound"),
        Case(.post, "/sessions/s01/messages", #"{"text":"a","account":"a1"}"#, 404, "notFound"),
        Case(.post, "/sessions/s1/transfer", "{}", 422, "invalid", [""]),
        Case(.post, "/sessions/s1/transfer", #"{"toAgent":"a","toGroup":"g"}"#, 422, "invalid", [""]),
        Case(.get, "/sessions?state=closed", "", 422, "invalid", ["state"]),
        Case(.get, "/sessions?limit=0", "", 422, "invalid", ["limit"]),
        Case(.get, "/sessions?limt=5", "", 422, "invalid", ["limt"]),
        Case(.get, "/buyers/b1/messages?cursor=x", "", 422, "invalid", ["cursor"]),
        Case(.get, "/decisions/5", "", 404, "notFound"),
        Case(.get, "/agents/a%00", "", 400, "malformedTarget"),
        Case(.get, "/agents/a%ff", "", 400, "malformedTarget"),
        Case(.get, "/agents/a%zz", "", 400, "malformedTarget"),
        Case(
            .post, "/interests", #"{"buyer":"b","kind":"look","item":"i","at":"2025-01-01T00:00:00Z"}"#, 422, "invalid",
            ["/kind"]),
    ]

    @Test(arguments: cases)
    func badInputIsNamedAndChangesNothing(_ input: Case) async throws {
        let bench = try await EdgeBench()
        let reply = try await bench.send(input.method, input.path, token: bench.token(.operator), body: input.body)
        #expect(reply.status == input.status)
        #expect(try reply.code == input.code)
        #expect(try reply.places == input.places)
        #expect(reply.headers[.contentType] == "application/problem+json")
        let json = try reply.json
        #expect(json["status"] == .integer(Int64(input.status)))
        #expect(json["request_id"]?.string == reply.headers[FieldName.requestID])
        for field in ["type", "title", "detail"] { #expect(json[field]?.string?.isEmpty == false) }
        #expect(bench.desks.commands.isEmpty)
    }

    @Test func invalidUTF8InTheBodyIsRefused() async throws {
        let bench = try await EdgeBench()
        let reply = try await bench.send(
            "POST", "/v1/shops/s1/buyers/b1/messages", token: bench.token(.operator),
            bytes: Array("{\"text\":\"".utf8) + [0xff] + Array("\"}".utf8))
        #expect(reply.status == 400)
        #expect(try reply.code == "malformedBody")
        #expect(bench.desks.commands.isEmpty)
    }

    @Test func aBodyOverTheLimitIsRefused() async throws {
        var settings = IngressSettings()
        settings.bodyLimit = 1_024
        settings.textLimit = 8_192
        let bench = try await EdgeBench(settings: settings)
        let token = try await bench.token(.operator)
        func send(_ length: Int) async throws -> EdgeReply {
            let text = String(repeating: "x", count: length - #"{"text":""}"#.utf8.count)
            return try await bench.send(
                .post, "/v1/shops/s1/buyers/b1/messages", token: token, body: #"{"text":"\#(text)"}"#)
        }
        #expect(try await send(1_024).status == 201)
        let reply = try await send(1_025)
        #expect(reply.status == 413)
        #expect(try reply.code == "bodyTooLarge")
        #expect(bench.desks.commands.count == 1)
    }

    @Test func aTextMayHaveItsLimitAndNotMore() async throws {
        let bench = try await EdgeBench()
        let token = try await bench.token(.operator)
        for (length, status) in [(8_192, 201), (8_193, 422)] {
            let text = String(repeating: "x", count: length)
            let reply = try await bench.send(
                .post, "/v1/shops/s1/buyers/b1/messages", token: token, body: #"{"text":"\#(text)"}"#)
            #expect(reply.status == status)
        }
    }

    @Test func onlyAShopOrAnOperatorMayDateAMessageOrNameAnAccount() async throws {
        let bench = try await EdgeBench()
        let buyer = try await bench.token(.buyer, shop: "s1", buyer: "b1")
        let dated = try await bench.send(
            .post, "/v1/shops/s1/buyers/b1/messages", token: buyer, body: #"{"text":"a","at":"2025-01-01T00:00:00Z"}"#)
        #expect(dated.status == 422)
        #expect(try dated.places == ["/at"])
        let agent = try await bench.token(.agent, shop: "s1", agent: "a1")
        let named = try await bench.send(
            .post, "/v1/shops/s1/sessions/s1/messages", token: agent, body: #"{"text":"a","account":"a2"}"#)
        #expect(named.status == 422)
        #expect(try named.places == ["/account"])
        let silent = try await bench.send(
            .post, "/v1/shops/s1/sessions/s1/messages", token: agent, body: #"{"text":"a","noAnswer":true}"#)
        #expect(try silent.places == ["/noAnswer"])
        #expect(bench.desks.commands.isEmpty)
    }
}
