// What is answered ahead of the parser is answered as behind it: the same requests, good and bad, whole, split and
// damaged, over two connections, one with `PlainConnection` in front.

import Domain
import Foundation
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing
import Wire

@testable import IngressService

struct PlainTests {
    /// What can be seen of a connection, without what differs from one run to the next.
    struct Outcome: Equatable {
        var out: String
        var behind: String
        var commands: [ShopCommand]
        var counted: [String]
        var inHand: Int
        var isActive: Bool
    }

    struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            return ShardMap.mix(state)
        }
    }

    /// Desks with an answer of each kind, by the text that they are asked.
    static func desks() -> FakeDesks {
        FakeDesks { command in
            let text: String
            switch command.command {
            case .receiveMessage(let message): text = message.text
            case .sendMessage(let message): text = message.text
            default: text = ""
            }
            switch text {
            case "refuse": return .failure(.refused(.unknownAgent(AgentID(rawValue: "a9"))))
            case "ended": return .failure(.refused(.sessionEnded(SessionID(1))))
            case "fail": return .failure(.failed(WireFault(.notHolder, "moved")))
            case "queue":
                return .success(
                    Answer(
                        sequence: 12, session: SessionID(3), handler: .queue, rule: .unboundState, position: 4,
                        estimatedWaitSeconds: 90))
            case "bot":
                return .success(
                    Answer(
                        sequence: 7, session: SessionID(3), message: MessageID(rawValue: "m\"7"), handler: .bot(nil),
                        priorityMember: true, noHumanOnline: true))
            default:
                return .success(
                    Answer(
                        sequence: 1_000_000, session: SessionID(17), handler: .agent(AgentID(rawValue: "a\\1")),
                        rule: .unboundState))
            }
        }
    }

    /// A connection that was given all its chunks.
    private struct Given {
        let bench: EdgeBench
        let channel: NIOAsyncTestingChannel
        let behind: NIOLoopBound<Behind>

        init(_ way: ConnectionBench.Way, _ chunks: [[UInt8]], _ tokens: [String], _ settings: IngressSettings)
            async throws
        {
            bench = try await EdgeBench(desks: PlainTests.desks(), settings: settings)
            for token in tokens { _ = await bench.edge.tokens.principal(of: token) }
            let channel = NIOAsyncTestingChannel()
            self.channel = channel
            behind = try await channel.testingEventLoop.executeInContext { [bench] in
                let behind = Behind(answers: true)
                try ConnectionBench.add(way, to: channel, edge: bench.edge, desks: bench.desks, behind: behind)
                return NIOLoopBound(behind, eventLoop: channel.testingEventLoop)
            }
            try await channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
            for chunk in chunks where channel.isActive { try await channel.writeInbound(ByteBuffer(bytes: chunk)) }
        }
    }

    /// What there is to see now; `out` is what was seen before.
    private func look(_ it: Given, _ out: inout String) async throws -> Outcome {
        await it.channel.testingEventLoop.run()
        while let buffer = try await it.channel.readOutbound(as: ByteBuffer.self) { out += String(buffer: buffer) }
        var text = out.replacing("\r\n", with: "\n")
            .replacing(/X-Request-Id: .*-[0-9]+\n/, with: "X-Request-Id: *\n")
            .replacing(/"request_id":"[^"]*-[0-9]+"/, with: "\"request_id\":*")
            .replacing(/Date: .* GMT\n/, with: "Date: *\n")
            .replacing(/"message":"[0-9a-f]{32}"/, with: "\"message\":*")
        // Request IDs of the edge differ in length.
        if text.contains("\"request_id\":*") { text.replace(/Content-Length: [0-9]+\n/, with: "Content-Length: *\n") }
        let counted = it.bench.edge.metrics.text(inHand: 0, held: 0, ready: true).split(separator: "\n")
            .filter { $0.hasPrefix("fenliu_http_requests") }.map(String.init)
        let seen = try await it.channel.testingEventLoop.executeInContext { it.behind.value.seen }
        return Outcome(
            out: text,
            // A body may come in parts, and the parser says of an error again whenever more comes in.
            behind: seen.map { ["end", "error"].contains($0) ? "\n\($0)\n" : $0 }.joined()
                .replacing(/(\nerror\n)+/, with: "\nerror\n"),
            commands: it.bench.desks.commands.map(Self.plain), counted: counted, inHand: it.bench.edge.inHand,
            isActive: it.channel.isActive)
    }

    /// The outcomes once they are alike and have so many answers, or after a minute: a refusal may take a second look,
    /// beside the loop.
    private func outcomes(_ all: [Given], answers: Int) async throws -> [Outcome] {
        var out = [String](repeating: "", count: all.count)
        let end = ContinuousClock.now + .seconds(60)
        while true {
            var now: [Outcome] = []
            for place in all.indices { now.append(try await look(all[place], &out[place])) }
            let isDone = now.allSatisfy {
                $0 == now[0] && $0.inHand == 0 && $0.out.split(separator: "HTTP/1.1 ").count >= answers
            }
            if isDone || ContinuousClock.now > end {
                for it in all { try? await it.channel.close() }
                return now
            }
            await Task.yield()
        }
    }

    /// Fresh IDs are chance.
    private static func plain(_ command: ShopCommand) -> ShopCommand {
        func isFresh(_ text: String) -> Bool { text.utf8.count == 32 && text.allSatisfy(\.isHexDigit) }
        var stamp = command.stamp
        if let fresh = stamp, isFresh(String(fresh.id.rawValue.suffix(32))) {
            let rest = String(fresh.id.rawValue.dropLast(32))
            stamp = CommandStamp(id: CommandID(rawValue: rest + "*"), fingerprint: fresh.fingerprint)
        }
        var body = command.command
        switch body {
        case .receiveMessage(let it) where isFresh(it.message.rawValue):
            body = .receiveMessage(
                ReceiveMessage(
                    buyer: it.buyer, message: MessageID(rawValue: "*"), kind: it.kind, text: it.text, order: it.order,
                    item: it.item, toAgent: it.toAgent, intent: it.intent))
        case .sendMessage(let it) where isFresh(it.message.rawValue):
            body = .sendMessage(
                SendMessage(
                    session: it.session, message: MessageID(rawValue: "*"), sender: it.sender, text: it.text,
                    messageClass: it.messageClass, automatic: it.automatic, noAnswer: it.noAnswer))
        default: break
        }
        return ShopCommand(shop: command.shop, at: command.at, stamp: stamp, command: body)
    }

    private func expectSame(
        _ chunks: [[UInt8]], _ tokens: String..., settings: IngressSettings = .init(), answers: Int = 0,
        location: SourceLocation = #_sourceLocation
    ) async throws -> Outcome {
        let seen = try await outcomes(
            [
                try await Given(.plain, chunks, tokens, settings), try await Given(.parsed, chunks, tokens, settings),
            ], answers: answers)
        #expect(seen[0] == seen[1], "\(chunks.map { String(decoding: $0, as: UTF8.self) })", sourceLocation: location)
        return seen[0]
    }

    private func request(
        _ token: String, _ body: String, path: String = "/v1/shops/s1/buyers/b1/messages", fields: String = "",
        method: String = "POST"
    ) -> [UInt8] {
        Array(
            """
            \(method) \(path) HTTP/1.1\r
            Host: x\r
            Authorization: Bearer \(token)\r
            \(fields)Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """.utf8)
    }

    private func token(_ role: TokenRole, own: Bool = true) async throws -> String {
        try await EdgeBench().roleToken(role, own: own)
    }

    static let buyerBodies = [
        #"{"id":"m1","text":"Hello"}"#, #"{"text":"Hello"}"#, #"{"id":"m1","text":"还有货吗？"}"#, "{}", "", "[]", "{",
        #"{"id":"m1","text":""}"#, #"{"id":"","text":"a"}"#, #"{"id":"m1"}"#, #"{"text":"a","text":"b"}"#,
        #"{"id":null,"text":"a"}"#, #"{"id":"m1","text":"a","more":1}"#, #"{"id":"m1","text":1}"#,
        #" { "id" : "m1" , "text" : "a" } "#, #"{"id":"m1","text":"a"}x"#, #"{"id":"m1","text":"a",}"#,
        #"{"text":"a\nb\"c\u00e9\ud83d\ude00"}"#, #"{"text":"a\u0000"}"#, #"{"text":"\ud800"}"#, #"{"text":"a\x"}"#,
        #"{"te\u0078t":"a"}"#, #"{"id":"m\u0031","text":"a"}"#, "{\"text\":\"a\nb\"}", "{\"text\":\"a\u{7f}\"}",
        "{\"id\":\"a\u{7f}\",\"text\":\"a\"}", #"{"kind":"text","text":"a"}"#, #"{"kind":"orderCard","order":"o1"}"#,
        #"{"kind":"x","text":"a"}"#, #"{"order":"o1","item":"i1","toAgent":"a1","intent":"","text":"a","id":"k/1"}"#,
        #"{"order":"","text":"a"}"#, #"{"at":"2025-12-01T00:00:00Z","text":"a"}"#, #"{"account":"a1","text":"a"}"#,
        #"{"text":"refuse","toAgent":"a9"}"#, #"{"text":"fail"}"#, #"{"text":"queue"}"#, #"{"text":"bot"}"#,
        #"{"text":"ended"}"#, "{\"text\":\"\(String(repeating: "a", count: 65))\"}",
        "{\"id\":\"\(String(repeating: "a", count: 65))\",\"text\":\"a\"}",
        "{\"intent\":\"\(String(repeating: "i", count: 1_025))\",\"text\":\"a\"}",
        "{\"text\":\"\(String(repeating: "a", count: 8_193))\"}",
        "{\"text\":\"\(String(repeating: "é", count: 4_096))\"}",
        #"{"text":{"a":[1]}}"#, #"{"text":"a""id":"b"}"#, #"{"text" "a"}"#, #"{text:"a"}"#,
    ]

    @Test func bodiesFromBuyers() async throws {
        var taken = 0
        for role in [TokenRole.merchant, .buyer] {
            let token = try await token(role)
            for body in Self.buyerBodies {
                for field in ["", "Idempotency-Key: k1\r\n", "X-Request-Id: r1\r\nIdempotency-Key: m1\r\n"] {
                    taken += try await expectSame([request(token, body, fields: field)], token).commands.count
                }
            }
        }
        #expect(taken > 100)
    }

    @Test func bodiesToBuyers() async throws {
        let bodies = [
            #"{"account":"a1","text":"Hello"}"#, #"{"text":"Hello"}"#, #"{"id":"m1","text":"Hello"}"#,
            #"{"account":"a2","text":"Hello"}"#, #"{"account":"","text":"a"}"#, #"{"account":null,"text":"a"}"#,
            #"{"account":"a1","text":"a","auto":true}"#, #"{"account":"a1","text":"a","class":"service"}"#,
            #"{"text":"a","noAnswer":true}"#, #"{"account":"a1","text":"a","intent":"x"}"#,
            #"{"account":"a1","text":"ended"}"#, #"{"text":"ended"}"#, #"{"text":"refuse"}"#, #"{"text":"fail"}"#,
            #"{"id":"m1","account":"a1","text":"你好"}"#, "{", "",
        ]
        var taken = 0
        for role in TokenRole.allCases {
            let token = try await token(role)
            for body in bodies {
                for session in ["s1", "s01", "1", "s18446744073709551616", "x"] {
                    let path = "/v1/shops/s1/sessions/\(session)/messages"
                    taken += try await expectSame([request(token, body, path: path)], token, answers: 1).commands.count
                }
            }
        }
        #expect(taken > 20)
    }

    @Test func whoeverAsks() async throws {
        for role in TokenRole.allCases {
            for own in [true, false] {
                let token = try await token(role, own: own)
                for path in ["/v1/shops/s1/buyers/b1/messages", "/v1/shops/s1/sessions/s1/messages"] {
                    _ = try await expectSame([request(token, #"{"text":"Hello"}"#, path: path)], token)
                }
            }
        }
        for token in ["", "x", "a.b.c"] { _ = try await expectSame([request(token, #"{"text":"Hello"}"#)]) }
    }

    /// What comes meanwhile waits; after that it is as if the token had been known.
    @Test func aTokenNotSeenBeforeIsLookedAtAndItsRequestsAreNotPassedOn() async throws {
        let token = try await token(.merchant)
        let all =
            request(token, #"{"id":"m1","text":"Hello"}"#) + request("", "", path: "/version", method: "GET")
            + request(token, #"{"id":"m2","text":"bot"}"#)
        let known = try await expectSame([all], token, answers: 3)
        #expect(known.commands.count == 2)
        for split in [1, 100, all.count / 2, all.count - 1] {
            let given = try await Given(.plain, [Array(all[..<split]), Array(all[split...])], [], .init())
            let seen = try await outcomes([given], answers: 3)
            #expect(seen == [known], "\(split)")
            #expect(given.bench.edge.tokens.known(token) != nil)
        }
    }

    @Test func aTokenThatIsNoneIsRefusedBehindEachTime() async throws {
        let good = try await token(.merchant)
        let bad = request("a.b.c", #"{"text":"Hello"}"#)
        let seen = try await expectSame(
            [bad + bad + request(good, #"{"id":"m1","text":"Hello"}"#) + bad], good, answers: 4)
        #expect(seen.behind.components(separatedBy: "POST ").count == 4)
        #expect(seen.commands.count == 1)
    }

    @Test(arguments: [true, false])
    func aConnectionThatEndsWhileItsTokenIsLookedAtIsLetGo(halfOnly: Bool) async throws {
        let token = try await token(.merchant)
        let given = try await Given(.plain, [request(token, #"{"id":"m1","text":"Hello"}"#)], [], .init())
        if halfOnly {
            try await given.channel.testingEventLoop.executeInContext {
                given.channel.pipeline.syncOperations.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            }
        } else {
            try? await given.channel.close()
        }
        let end = ContinuousClock.now + .seconds(10)
        while given.bench.edge.tokens.known(token) == nil || (halfOnly && given.channel.isActive),
            ContinuousClock.now < end
        {
            await given.channel.testingEventLoop.run()
            await Task.yield()
        }
        #expect(!given.channel.isActive)
        #expect(given.bench.edge.inHand == 0)
        if halfOnly {
            let out = try await given.channel.readOutbound(as: ByteBuffer.self)
            #expect(String(buffer: try #require(out)).hasPrefix("HTTP/1.1 201"))
        }
    }

    static let heads = [
        "Host: y\r\n", "X-Request-Id: \r\n", "X-Request-Id: a b\r\n", "X-Request-Id: r\r\nX-Request-Id: s\r\n",
        "x-request-id: r\r\n", "X-REQUEST-ID:r\r\n", "X-Request-Id:  r\r\n", "X-Request-Id: r \r\n",
        "X-Request-Id:\tr\r\n", "X-Request-Id : r\r\n", "X-Request-Id: \u{e9}\r\n", "X-Request-Id: a\u{7f}\r\n",
        "X: a\r\n b\r\n", " X: a\r\n", "X\r\n", ": a\r\n", "X: a\nY: b\r\n", "X: a\r\r\n", "X: a\u{0}b\r\n",
        "X@: a\r\n", "X_y: a\r\n", "X.y: a\r\n", "Idempotency-Key: \r\n",
        "Idempotency-Key: k\r\nIdempotency-Key: k\r\n",
        "Idempotency-Key: \(String(repeating: "k", count: 65))\r\n", "Idempotency-Key: k1\r\n",
        "Connection: keep-alive\r\n", "Connection: Keep-Alive\r\n", "Connection: close\r\n", "Connection: upgrade\r\n",
        "Connection: keep-alive, close\r\n", "Connection: keep-alive\r\nConnection: close\r\n",
        "Proxy-Connection: close\r\n", "Upgrade: websocket\r\n", "Connection: upgrade\r\nUpgrade: h2c\r\n",
        "Expect: 100-continue\r\n", "Expect: x\r\n", "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Content-Length: 1\r\n", "Content-Length: 16\r\n", "Content-Length: +16\r\n", "Content-Length: -1\r\n",
        "Content-Length: 16, 16\r\n", "Content-Length: \r\n", "Content-Length: 99999999999999999999\r\n",
        "Keep-Alive: 5\r\n", "Authorization: Bearer x\r\n", "Content-Type: text/plain\r\n",
        String(repeating: "X: a\r\n", count: 80), "X: \(String(repeating: "a", count: 9_000))\r\n",
    ]

    @Test func heads() async throws {
        let token = try await token(.merchant)
        let next = request(token, #"{"id":"n1","text":"Next"}"#)
        for fields in Self.heads {
            _ = try await expectSame([request(token, #"{"text":"Hello"}"#, fields: fields) + next], token)
        }
    }

    @Test func firstLines() async throws {
        let token = try await token(.merchant)
        let next = request(token, #"{"id":"n1","text":"Next"}"#)
        let message = "/v1/shops/s1/buyers/b1/messages"
        let paths = [
            message, message + "?x=1", message + "?", message + "/", "/v1/shops/s1/buyers//messages",
            "/v1/shops//buyers/b1/messages", "/v1/shops/s1/buyers/%62/messages", "/v1/shops/s1/buyers/%ff/messages",
            "/v1/shops/s1/buyers/a+b/messages", "/v1/shops/s1/buyers/a,b~c:d@e=f&g_h/messages",
            "/v1/shops/s1/buyers/\(String(repeating: "b", count: 64))/messages",
            "/v1/shops/s1/buyers/\(String(repeating: "b", count: 65))/messages", "/v1/shops/s1/buyers/b1/Messages",
            "/v1/shops/s1/buyers/b1/messages/x", "/V1/shops/s1/buyers/b1/messages", "//v1/shops/s1/buyers/b1/messages",
            "*", "", "x", "http://x" + message, message + "#a", message + "\u{e9}", message + "\"", message + " x",
            "/version", "/v1/shops/s1/interests", "/v1/shops/s1/sessions/s1/messages",
        ]
        for path in paths {
            for method in ["POST", "GET", "PUT", "HEAD", "DELETE", "PATCH", "post", "BREW", "POST ", " POST"] {
                _ = try await expectSame(
                    [request(token, #"{"text":"Hello"}"#, path: path, method: method) + next], token)
            }
        }
        for line in ["HTTP/1.0", "HTTP/2.0", "HTTP/1.2", "http/1.1", "HTTP/1.1 ", "HTTP/1.1\r", "", "HTTP/1.1\nX: a"] {
            let text =
                "POST \(message) \(line)\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Length: 0\r\n\r\n"
            _ = try await expectSame([Array(text.utf8) + next], token)
        }
    }

    @Test func splitAtEveryByte() async throws {
        let token = try await token(.merchant)
        let all =
            request(token, #"{"id":"m1","text":"Hello"}"#) + request("", "", path: "/version", method: "GET")
            + request(token, #"{"id":"m2","text":"你好"}"#) + request(token, "{", method: "PUT")
            + request(token, #"{"id":"m3","text":"bot"}"#, path: "/v1/shops/s1/sessions/s1/messages")
            + request(token, #"{"id":"m4","account":"a1","text":"H"}"#, path: "/v1/shops/s1/sessions/s1/messages")
        let whole = try await expectSame([all], token, answers: 6)
        #expect(whole.commands.count == 3)
        let splits = (1..<all.count).map { [Array(all[..<$0]), Array(all[$0...])] } + [all.map { [$0] }]
        for split in splits {
            let given = try await Given(.plain, split, [token], IngressSettings())
            let seen = try await outcomes([given], answers: 6)
            #expect(seen == [whole], "\(split.map { String(decoding: $0, as: UTF8.self) })")
        }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func damagedAnywhere(seed: UInt64) async throws {
        var random = Random(state: seed)
        let token = try await token(.merchant)
        let good =
            request(token, #"{"id":"m1","text":"Hello"}"#, fields: "X-Request-Id: r1\r\nIdempotency-Key: m1\r\n")
            + request(token, #"{"id":"m2","account":"a1","text":"H"}"#, path: "/v1/shops/s1/sessions/s1/messages")
        let bytes = Array(" \t\r\n:,;/%?#\"\\{}[]0159aZ\u{0}\u{7f}é".utf8)
        for _ in 0..<150 {
            var bad = good
            for _ in 0...Int.random(in: 0...2, using: &random) {
                let place = Int.random(in: 0..<bad.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bad[place] = bytes.randomElement(using: &random) ?? 0
                case 1: bad.insert(bytes.randomElement(using: &random) ?? 0, at: place)
                case 2: bad.remove(at: place)
                default: bad[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                }
            }
            let cut = Int.random(in: 1..<bad.count, using: &random)
            _ = try await expectSame(
                Bool.random(using: &random) ? [bad] : [Array(bad[..<cut]), Array(bad[cut...])], token)
        }
    }

    @Test func bounds() async throws {
        let token = try await token(.merchant)
        var settings = IngressSettings()
        settings.bodyLimit = 1_024
        settings.textLimit = 16
        for count in [16, 17, 1_000, 1_024, 1_025] {
            let body = "{\"id\":\"m1\",\"text\":\"\(String(repeating: "a", count: max(1, count - 22)))\"}"
            _ = try await expectSame([request(token, body)], token, settings: settings)
        }
    }

    /// As by the way of tasks, but for the order of the fields.
    @Test(arguments: ["/healthz", "/readyz"])
    func whatAsksNobodyIsToldAtOnce(path: String) async throws {
        let it = try await ConnectionBench(.plain)
        let get = "GET \(path) HTTP/1.1\r\nHost: x\r\nX-Request-Id: r1\r\n\r\n"
        try it.give(get + it.message("m1") + get)
        let text = try it.out()
        #expect(it.behind.seen.isEmpty)
        let other = try await it.bench.send(.get, path, headers: [FieldName.requestID: "r1"])
        let first = try #require(text.split(separator: "HTTP/1.1 ").first)
        #expect(first.hasPrefix("\(other.status) "))
        #expect(first.hasSuffix("\r\n\r\n" + other.text))
        for field in other.headers where field.name != .contentLength {
            #expect(first.contains("\r\n\(field.name.rawName): \(field.value)\r\n"))
        }
        #expect(first.contains("\r\nContent-Length: \(other.bytes.count)\r\n"))
        #expect(text.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == ["200", "201", "200"])
        #expect(
            it.bench.edge.metrics.text(inHand: 0, held: 0, ready: true).contains(
                "route=\"\(path)\",method=\"GET\",status=\"200\"} 3"))
        try it.give("GET \(path)?x=1 HTTP/1.1\r\n\r\nHEAD \(path) HTTP/1.1\r\n\r\n")
        #expect(it.behind.seen.first == "GET \(path)?x=1")
    }
}
