// The import: any size through bounded memory, each bad line named, nothing out of order.

import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Runtime
import Synchronization
import Testing
import Wire

@testable import IngressService

@Suite struct ImportTests {
    private let path = "/v1/shops/s1/import"

    private let lines = [
        #"{"kind":"buyer","buyer":"b1","memberLevel":2,"segments":["x"]}"#,
        #"{"kind":"order","order":"o1","buyer":"b1","state":"shipped","updatedAt":"2025-12-01T00:00:00Z"}"#,
        "",
        #"{"kind":"interest","buyer":"b1","interest":"cart","item":"i1","at":"2025-12-01T00:00:00Z"}"#,
        #"{"kind":"message","id":"m1","buyer":"b1","at":"2025-12-01T00:00:00Z","agent":"a1","text":"hi"}"#,
    ]

    @Test func eachLineIsACommandInOrderAndIsCounted() async throws {
        let bench = try await EdgeBench()
        let reply = try await bench.send(
            .post, path, token: bench.token(.merchant, shop: "s1"), body: lines.joined(separator: "\r\n"))
        #expect(reply.status == 200)
        let time = Timestamp(millis: 1_764_547_200_000)
        let buyer = BuyerID(rawValue: "b1")
        #expect(
            bench.desks.commands.map(\.command) == [
                .setBuyer(
                    SetBuyer(buyer: buyer, memberLevel: 2, segments: ["x"], updatedAt: Timestamp(millis: 0))),
                .setOrder(SetOrder(order: OrderID(rawValue: "o1"), buyer: buyer, state: .shipped, updatedAt: time)),
                .recordInterest(RecordInterest(buyer: buyer, kind: .cart, item: ItemID(rawValue: "i1"), at: time)),
                .importMessage(
                    ImportMessage(
                        buyer: buyer, message: MessageID(rawValue: "m1"), at: time, agent: AgentID(rawValue: "a1"),
                        text: "hi")),
            ])
        let json = try reply.json
        #expect(json["lines"] == .integer(4))
        for kind in ["buyer", "order", "interest", "message"] {
            #expect(json["kinds"]?[kind]?["changed"] == .integer(1))
        }
        #expect(json["bad"] == .list([]))
    }

    @Test func whatChangesNothingIsCountedSo() async throws {
        let bench = try await EdgeBench(
            desks: FakeDesks(onCommand: { _ in .success(Answer(sequence: 1, changed: false)) }))
        let reply = try await bench.send(
            .post, path, token: bench.token(.operator), body: lines.joined(separator: "\n") + "\n")
        #expect(try reply.json["kinds"]?["order"]?["unchanged"] == .integer(1))
        #expect(try reply.json["kinds"]?["order"]?["changed"] == .integer(0))
        #expect(bench.desks.commands.allSatisfy { $0.stamp == nil })
    }

    @Test func badLinesAreNamedAndTheOthersAreDone() async throws {
        let refused = AgentID(rawValue: "a9")
        let bench = try await EdgeBench(
            desks: FakeDesks(onCommand: { command in
                if case .setBuyer(let buyer) = command.command, buyer.exclusiveAgent == refused {
                    .failure(.refused(.unknownAgent(refused)))
                } else {
                    .success(Answer(sequence: 1))
                }
            }))
        let body = [
            "{", lines[0], #"{"kind":"parcel"}"#, #"{"buyer":"b1"}"#,
            #"{"kind":"message","id":"m","buyer":"b","at":"2035-01-01T00:00:00Z","text":"x"}"#,
            #"{"kind":"buyer","buyer":"b2","exclusiveAgent":"a9"}"#, "\u{0}", lines[1],
        ]
        let reply = try await bench.send(
            .post, path, token: bench.token(.operator), body: body.joined(separator: "\n"))
        let json = try reply.json
        #expect(json["badTotal"] == .integer(6))
        guard case .list(let bad) = json["bad"] else {
            Issue.record("no list of bad lines")
            return
        }
        #expect(bad.map { $0["line"] } == [1, 3, 4, 5, 6, 7].map { .integer($0) })
        #expect(
            bad.map { $0["code"]?.string } == [
                "malformedBody", "invalid", "invalid", "timeInFuture", "unknownAgent", "malformedBody",
            ])
        #expect(bad[4]["pointer"]?.string == "/exclusiveAgent")
        #expect(json["kinds"]?["buyer"]?["changed"] == .integer(1))
        #expect(json["kinds"]?["order"]?["changed"] == .integer(1))
    }

    @Test("I9: a line that contradicts what is known is a bad line, and the import goes on")
    func contradictionsAreBadLines() async throws {
        let bench = try await EdgeBench(
            desks: FakeDesks(onCommand: { command in
                switch command.command {
                case .setBuyer: .failure(.refused(.conflict(what: "buyer")))
                case .setOrder: .failure(.refused(.conflict(what: "order")))
                case .importMessage: .failure(.refused(.conflict(what: "message")))
                default: .success(Answer(sequence: 1))
                }
            }))
        let reply = try await bench.send(
            .post, path, token: bench.token(.operator), body: lines.joined(separator: "\n"))
        #expect(reply.status == 200)
        guard case .list(let bad) = try reply.json["bad"] else {
            Issue.record("no list of bad lines")
            return
        }
        #expect(bad.map { $0["line"] } == [1, 2, 5].map { .integer($0) })
        #expect(bad.allSatisfy { $0["code"]?.string == "conflict" })
        #expect(bad.map { $0["pointer"]?.string } == ["/updatedAt", "/updatedAt", "/id"])
        #expect(try reply.json["kinds"]?["interest"]?["changed"] == .integer(1))
    }

    @Test func aBuyersTimeIsItsLines() async throws {
        let bench = try await EdgeBench()
        let line = #"{"kind":"buyer","buyer":"b1","updatedAt":"2025-12-01T00:00:00Z"}"#
        _ = try await bench.send(.post, path, token: bench.token(.operator), body: line)
        guard case .setBuyer(let buyer) = bench.desks.commands.first?.command else {
            Issue.record("no buyer was set")
            return
        }
        #expect(buyer.updatedAt == Timestamp(millis: 1_764_547_200_000))
    }

    @Test func theNamesOfBadLinesAreBoundedAndTheCountIsNot() async throws {
        var settings = IngressSettings()
        settings.importNamedLines = 3
        let bench = try await EdgeBench(settings: settings)
        let reply = try await bench.send(
            .post, path, token: bench.token(.operator), body: String(repeating: "x\n", count: 10))
        #expect(try reply.json["badTotal"] == .integer(10))
        guard case .list(let bad) = try reply.json["bad"] else {
            Issue.record("no list of bad lines")
            return
        }
        #expect(bad.count == 3)
    }

    @Test func whenTheClusterCannotTakeALineTheAnswerNamesIt() async throws {
        let bench = try await EdgeBench(
            desks: FakeDesks(onCommand: { command in
                if case .setOrder = command.command {
                    .failure(.failed(WireFault(.notHolder, "")))
                } else {
                    .success(Answer(sequence: 1))
                }
            }))
        let reply = try await bench.send(
            .post, path, token: bench.token(.operator), body: lines.joined(separator: "\n"))
        #expect(reply.status == 503)
        #expect(try reply.json["detail"]?.string?.hasPrefix("Line 2:") == true)
    }

    @Test func linesComeOutTheSameHoweverTheBytesAreCut() {
        let text = Array("ab\n\ncd\r\nlonger than ten\nend".utf8)
        let whole: [LineSplitter.Line] = [
            .text(Array("ab".utf8)), .text([]), .text(Array("cd\r".utf8)), .tooLong, .text(Array("end".utf8)),
        ]
        for size in 1...text.count {
            var splitter = LineSplitter(limit: 10)
            var lines: [LineSplitter.Line] = []
            for start in stride(from: 0, to: text.count, by: size) {
                lines += splitter.feed(text[start..<min(start + size, text.count)])
            }
            if let last = splitter.finish() { lines.append(last) }
            #expect(lines == whole)
        }
    }

    @Test func noMoreLinesThanTheWindowAreOnTheirWay() async throws {
        let desks = SlowDesks()
        var settings = IngressSettings()
        settings.importWindow = 3
        let secret = try TokenSecret(bytes: [UInt8](repeating: 7, count: 32))
        let clock = ManualClock(EdgeBench.start)
        let edge = await Edge(
            desks: desks, supervision: FakeSupervision(clock: clock), clock: clock, secret: secret, settings: settings,
            logger: .init(label: "test"))
        let token = try await TokenMint(secret: secret).mint(role: .operator)
        let head = HTTPRequest(
            method: .post, scheme: "http", authority: "x", path: path, headerFields: [.authorization: "Bearer \(token)"]
        )
        let body = String(repeating: lines[0] + "\n", count: 50)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
        let response = try await edge.respond(to: request, connection: nil)
        #expect(response.status.code == 200)
        #expect(desks.most == 3)
        #expect(desks.total == 50)
    }
}

/// Answers the oldest command whenever three wait, and the rest when nothing more comes for a while of turns.
private final class SlowDesks: Desks {
    private let state = Mutex<(inside: Int, most: Int, total: Int)>((0, 0, 0))

    var most: Int { state.withLock { $0.most } }
    var total: Int { state.withLock { $0.total } }

    func submit(_ command: ShopCommand, completion: @escaping @Sendable (Result<Answer, DeskError>) -> Void) {
        state.withLock { state in
            state.inside += 1
            state.total += 1
            state.most = max(state.most, state.inside)
        }
        Task {
            // Lets the import go on until it has to wait.
            while state.withLock({ $0.inside < 3 && $0.total < 50 }) { await Task.yield() }
            state.withLock { $0.inside -= 1 }
            completion(.success(Answer(sequence: 1)))
        }
    }

    func query(_ query: ShopQuery) async throws(DeskError) -> View { FakeDesks.view(query.query) }

    func watch(_ watch: WatchShop, deliver: @escaping @Sendable (ShopItem) async throws -> Void) async throws {}
}
