// I9 at the edge: which stamp a request gets.

import Domain
import Testing

@testable import IngressService

@Suite struct IdempotencyTests {
    private let path = "/v1/shops/s1/buyers/b1/messages"

    private func stamps(_ bench: EdgeBench) -> [CommandStamp] { bench.desks.commands.compactMap(\.stamp) }

    @Test func theSameKeyAndBodyGiveTheSameStamp() async throws {
        let bench = try await EdgeBench()
        let token = try await bench.token(.merchant, shop: "s1")
        _ = try await bench.send(
            .post, path, token: token, headers: [FieldName.idempotencyKey: "k1"], body: #"{"text":"hi","kind":"text"}"#)
        _ = try await bench.send(
            .post, path, token: token, headers: [FieldName.idempotencyKey: "k1"],
            body: #" { "kind" : "text" , "text" : "h\u0069" } "#)
        let stamps = stamps(bench)
        #expect(stamps.count == 2)
        #expect(stamps[0] == stamps[1])
        #expect(stamps[0].id.rawValue == "k1")
        guard case .receiveMessage(let message) = bench.desks.commands[0].command else {
            Issue.record("not a message")
            return
        }
        #expect(message.message.rawValue == "k1")
    }

    @Test func anotherBodyPathOrBuyerGivesAnotherFingerprint() async throws {
        let bench = try await EdgeBench()
        let token = try await bench.token(.merchant, shop: "s1")
        for (path, body) in [
            (path, #"{"id":"m1","text":"hi"}"#), (path, #"{"id":"m1","text":"ho"}"#),
            ("/v1/shops/s1/buyers/b2/messages", #"{"id":"m1","text":"hi"}"#),
            (path, #"{"id":"m1","text":"hi","toAgent":"a1"}"#),
        ] {
            #expect(try await bench.send(.post, path, token: token, body: body).status == 201)
        }
        #expect(Set(stamps(bench).map(\.id)).count == 1)
        #expect(Set(stamps(bench).map(\.fingerprint)).count == 4)
    }

    @Test func theTimeOfAMessageIsNotPartOfItsFingerprint() async throws {
        let bench = try await EdgeBench()
        let token = try await bench.token(.merchant, shop: "s1")
        for at in ["2025-12-11T00:00:00Z", "2025-12-10T00:00:00Z"] {
            _ = try await bench.send(.post, path, token: token, body: #"{"id":"m1","text":"hi","at":"\#(at)"}"#)
        }
        #expect(Set(stamps(bench)).count == 1)
        #expect(bench.desks.commands.map(\.at.description) == ["2025-12-11T00:00:00.000Z", "2025-12-10T00:00:00.000Z"])
    }

    @Test func keysOfDifferentAccountsNeverMeet() async throws {
        let bench = try await EdgeBench()
        let body = #"{"id":"1","text":"hi"}"#
        for buyer in ["b1", "b2"] {
            let token = try await bench.token(.buyer, shop: "s1", buyer: buyer)
            _ = try await bench.send(.post, "/v1/shops/s1/buyers/\(buyer)/messages", token: token, body: body)
        }
        let merchant = try await bench.token(.merchant, shop: "s1")
        _ = try await bench.send(.post, path, token: merchant, body: body)
        #expect(Set(stamps(bench).map(\.id)).count == 3)
    }

    @Test func withoutAKeyEveryRequestIsANewOne() async throws {
        let bench = try await EdgeBench()
        let token = try await bench.token(.operator)
        for _ in 0..<2 {
            _ = try await bench.send(.post, path, token: token, body: #"{"text":"hi"}"#)
            _ = try await bench.send(.put, "/v1/shops/s1", token: token, body: #"{"name":"S"}"#)
            _ = try await bench.send(.delete, "/v1/shops/s1/agents/a1", token: token)
        }
        #expect(Set(stamps(bench).map(\.id)).count == 6)
    }

    @Test func fingerprintsStayTheSameForEver() {
        #expect(
            Fingerprint.of(method: "POST", path: ["v1", "shops", "s1"], body: .object([])) == 3867886972170245084)
        let body = JSONValue.object([
            JSONMember("b", .list([.integer(-1), .decimal(0.5), .null, .flag(true)])), JSONMember("a", .text("你")),
            JSONMember("at", .text("x")),
        ])
        #expect(Fingerprint.of(method: "POST", path: [], body: body) == 4082987967718519549)
    }

    @Test func aKeyOutOfBoundsIsRefused() async throws {
        let bench = try await EdgeBench()
        let token = try await bench.token(.merchant, shop: "s1")
        let reply = try await bench.send(
            .post, path, token: token, headers: [FieldName.idempotencyKey: String(repeating: "k", count: 65)],
            body: #"{"text":"hi"}"#)
        #expect(reply.status == 422)
        #expect(try reply.places == ["Idempotency-Key"])
        #expect(bench.desks.commands.isEmpty)
    }
}
