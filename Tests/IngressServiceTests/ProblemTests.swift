// How the desk's refusals and the cluster's faults are told.

import Domain
import Testing
import Wire

@testable import IngressService

@Suite struct ProblemTests {
    private static let agent = AgentID(rawValue: "a9")
    private static let group = GroupID(rawValue: "g9")
    private static let order = OrderID(rawValue: "o9")

    static let refusals: [(Refusal, Int)] = [
        (.commandReused, 409), (.timeRefused, 422), (.invalid([FieldFault(pointer: "/x", detail: "is wrong")]), 422),
        (.unknownShop, 404), (.unknownAgent(agent), 404), (.unknownGroup(group), 404),
        (.unknownBuyer(BuyerID(rawValue: "b9")), 404), (.unknownOrder(order), 404),
        (.unknownSession(SessionID(9)), 404), (.unknownDecision(DecisionID(9)), 404),
        (.versionMismatch(current: 4), 412), (.sessionEnded(SessionID(9)), 409), (.notHandler, 409),
        (.targetOffline, 409), (.sameHandler, 409), (.targetFull, 409), (.tooManyTransfers, 409),
        (.limitReached(what: "agents"), 429), (.conflict(what: "message"), 409),
    ]

    @Test(arguments: refusals)
    func eachRefusalHasItsStatusAndCode(_ refusal: Refusal, _ status: Int) async throws {
        let bench = try await EdgeBench(desks: FakeDesks(onCommand: { _ in .failure(.refused(refusal)) }))
        let reply = try await bench.send(.delete, "/v1/shops/s1/agents/a9", token: bench.token(.operator))
        #expect(reply.status == status)
        #expect(try reply.code == refusal.code)
        #expect((reply.headers[.retryAfter] != nil) == (status == 429))
    }

    @Test func aThingThatTheBodyNamesIsAWrongValueAndHasItsPointer() async throws {
        struct Case {
            var method: RouteMethod
            var path: String
            var body: String
            var refusal: Refusal
            var pointer: String
        }
        let order = #"{"buyer":"b9","state":"shipped","updatedAt":"2025-01-01T00:00:00Z"}"#
        let cases = [
            Case(
                method: .post, path: "/buyers/b1/messages", body: #"{"text":"a","toAgent":"a9"}"#,
                refusal: .unknownAgent(Self.agent), pointer: "/toAgent"),
            Case(
                method: .post, path: "/buyers/b1/messages", body: #"{"kind":"orderCard","order":"o9"}"#,
                refusal: .unknownOrder(Self.order), pointer: "/order"),
            Case(
                method: .put, path: "/agents/a1", body: #"{"groups":["g1","g9"]}"#,
                refusal: .unknownGroup(Self.group), pointer: "/groups/1"),
            Case(
                method: .put, path: "/buyers/b1", body: #"{"exclusiveAgent":"a9"}"#,
                refusal: .unknownAgent(Self.agent), pointer: "/exclusiveAgent"),
            Case(
                method: .put, path: "/orders/o1", body: order,
                refusal: .unknownBuyer(BuyerID(rawValue: "b9")), pointer: "/buyer"),
            Case(
                method: .post, path: "/sessions/s1/transfer", body: #"{"toGroup":"g9"}"#,
                refusal: .unknownGroup(Self.group), pointer: "/toGroup"),
            Case(
                method: .post, path: "/sessions/s1/messages", body: #"{"text":"a","account":"a9"}"#,
                refusal: .unknownAgent(Self.agent), pointer: "/account"),
        ]
        for one in cases {
            let bench = try await EdgeBench(desks: FakeDesks(onCommand: { _ in .failure(.refused(one.refusal)) }))
            let reply = try await bench.send(
                one.method, "/v1/shops/s1" + one.path, token: bench.token(.operator), body: one.body)
            #expect(reply.status == 422, "\(one.path)")
            #expect(try reply.places == [one.pointer])
            #expect(try reply.code == one.refusal.code)
        }
    }

    static let faults: [(WireFault.Code, Int, String)] = [
        (.notHolder, 503, "unavailable"), (.unknownOutcome, 503, "unavailable"), (.disconnected, 503, "unavailable"),
        (.stopping, 503, "unavailable"), (.overloaded, 503, "overloaded"), (.deadlineExceeded, 504, "timeout"),
        (.badRequest, 500, "internalFault"), (WireFault.Code(rawValue: "new"), 500, "internalFault"),
    ]

    @Test(arguments: faults)
    func eachFaultSaysWhetherToTryAgain(_ code: WireFault.Code, _ status: Int, _ name: String) async throws {
        let fault = WireFault(code, "secret detail", retryAfterMillis: 1_500)
        let bench = try await EdgeBench(desks: FakeDesks(onCommand: { _ in .failure(.failed(fault)) }))
        let reply = try await bench.send(.delete, "/v1/shops/s1/agents/a9", token: bench.token(.operator))
        #expect(reply.status == status)
        #expect(try reply.code == name)
        #expect(reply.headers[.retryAfter] == (status == 500 ? nil : "2"))
        #expect(!reply.text.contains("secret"))
    }

    @Test func theManualClockNeverRunsBackwards() async throws {
        let bench = try await EdgeBench()
        let token = try await bench.token(.operator)
        func post(_ body: String) async throws -> EdgeReply {
            try await bench.send(.post, "/v1/clock", token: token, body: body)
        }
        let moved = try await post(#"{"advance":90.5}"#)
        #expect(moved.status == 200)
        #expect(bench.clock.now() == EdgeBench.start + Span(millis: 90_500))
        #expect(try moved.json["now"]?.string == "2025-12-11T00:01:30.500Z")
        let back = try await post(#"{"now":"2025-12-11T00:00:00Z"}"#)
        #expect(back.status == 409)
        #expect(try back.code == "clockBackwards")
        #expect(try await post(#"{"now":"2025-12-12T00:00:00+08:00"}"#).status == 200)
        for body in ["{}", #"{"advance":-1}"#, #"{"advance":1,"now":"2026-01-01T00:00:00Z"}"#, #"{"advance":"1"}"#] {
            #expect(try await post(body).status == 422, "\(body)")
        }
        let system = try await EdgeBench(manual: false)
        let refused = try await system.send(.post, "/v1/clock", token: token, body: #"{"advance":1}"#)
        #expect(refused.status == 409)
        #expect(try refused.code == "clockNotManual")
    }
}
