// I9 at the edge: which stamp a request gets.

import Domain
import HTTPTypes
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

    private func say(_ bench: EdgeBench, _ role: TokenRole, key: String? = nil, id: String? = nil) async throws
        -> EdgeReply
    {
        let buyer = role == .buyer ? "b1" : nil
        let token = try await bench.token(role, shop: "s1", buyer: buyer)
        let body = #"{"text":"hi""# + (id.map { #","id":"\#($0)"}"# } ?? "}")
        return try await bench.send(
            .post, path, token: token, headers: key.map { [FieldName.idempotencyKey: $0] } ?? [:], body: body)
    }

    private func messages(_ bench: EdgeBench) -> [String] {
        bench.desks.commands.compactMap { command in
            if case .receiveMessage(let message) = command.command { message.message.rawValue } else { nil }
        }
    }

    @Test func keysOfDifferentAccountsNeverMeet() async throws {
        let bench = try await EdgeBench()
        for buyer in ["b1", "b2"] {
            let token = try await bench.token(.buyer, shop: "s1", buyer: buyer)
            _ = try await bench.send(
                .post, "/v1/shops/s1/buyers/\(buyer)/messages", token: token,
                headers: [FieldName.idempotencyKey: "1"], body: #"{"text":"hi"}"#)
        }
        // Whatever a shop's own key looks like, it is no buyer's.
        for key in ["1", "b/b1/1"] { _ = try await say(bench, .merchant, key: key) }
        #expect(Set(stamps(bench).map(\.id)).count == 4)
    }

    @Test func aMessageThatABuyerSendsUnderAKeyGetsAnIDThatIsNobodyElses() async throws {
        let bench = try await EdgeBench()
        _ = try await say(bench, .merchant, key: "1")
        for _ in 0..<2 { _ = try await say(bench, .buyer, key: "1") }
        let messages = messages(bench)
        #expect(messages[0] == "1")
        #expect(Set(messages).count == 3)
        // Asked again it is the same command, so the desk gives its first answer, with the first ID.
        #expect(stamps(bench)[1] == stamps(bench)[2])
    }

    @Test func theIDOfAMessageIsTheShopsWhoeverSendsIt() async throws {
        let bench = try await EdgeBench()
        for role in [TokenRole.merchant, .operator, .buyer] { _ = try await say(bench, role, id: "m1") }
        #expect(messages(bench) == ["m1", "m1", "m1"])
        let stamps = stamps(bench)
        #expect(Set(stamps.map(\.id)).count == 1)
        // The shop's own backends are one sender; a buyer who says the same is another, and is refused by the desk.
        #expect(stamps[0] == stamps[1])
        #expect(stamps[1].fingerprint != stamps[2].fingerprint)
    }

    @Test func aKeyThatIsNoUTF8IsRefused() async throws {
        let bench = try await EdgeBench()
        // As a repaired `caf\xe9` arrives.
        let reply = try await say(bench, .buyer, key: "caf\u{fffd}")
        #expect(reply.status == 422)
        #expect(try reply.places == ["Idempotency-Key"])
        #expect(bench.desks.commands.isEmpty)
    }

    @Test func aKeyThatComesTwiceIsRefused() async throws {
        let bench = try await EdgeBench()
        var headers = HTTPFields()
        for key in ["k1", "k2"] { headers.append(HTTPField(name: FieldName.idempotencyKey, value: key)) }
        let reply = try await bench.send(
            .post, "/v1/shops/s1/buyers/b1/messages", token: bench.token(.buyer, shop: "s1", buyer: "b1"),
            headers: headers, body: #"{"text":"hi"}"#)
        #expect(reply.status == 422)
        #expect(try reply.places == ["Idempotency-Key"])
        #expect(bench.desks.commands.isEmpty)
    }

    @Test func aKeyAndAnIDThatDifferAreRefused() async throws {
        let bench = try await EdgeBench()
        let reply = try await say(bench, .buyer, key: "k", id: "m")
        #expect(reply.status == 400)
        #expect(try reply.code == "twoKeys")
        #expect(try reply.places == ["Idempotency-Key", "/id"])
        #expect(bench.desks.commands.isEmpty)
        #expect(try await say(bench, .buyer, key: "m", id: "m").status == 201)
        #expect(messages(bench) == ["m"])
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
