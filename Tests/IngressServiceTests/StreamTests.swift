// Streams: framing, who sees what, resuming, and readers who are too slow.

import Domain
import HTTPTypes
import Journal
import Synchronization
import Testing
import Wire

@testable import IngressService

@Suite struct StreamTests {
    private static let shop = ShopID(rawValue: "s1")
    private static let agent = AgentID(rawValue: "a1")
    private static let other = AgentID(rawValue: "a2")
    private static let buyer = BuyerID(rawValue: "b1")
    private static let stranger = BuyerID(rawValue: "b2")

    private static func decision(_ handler: Handler) -> Decision {
        Decision(
            handler: handler, rule: .unboundState, cause: .arrival, settingsVersion: 1, priorityMember: false,
            inquiry: Inquiry())
    }

    private static func received(_ buyer: BuyerID, _ handler: Handler, from: Handler? = nil) -> Event {
        .messageReceived(
            MessageReceived(
                buyer: buyer, message: MessageID(rawValue: "m"), text: "line\nbreak", session: SessionID(1),
                opened: true,
                handler: handler, decision: decision(handler), from: from))
    }

    private static func sent(_ sender: Sender) -> Event {
        .messageSent(
            MessageSent(
                buyer: buyer, message: MessageID(rawValue: "n"), session: SessionID(1), sender: sender, text: "hi"))
    }

    private static let changed: Event = .handlerChanged(
        HandlerChanged(
            buyer: buyer, session: SessionID(1), from: .agent(agent), to: .agent(other),
            decision: decision(.agent(other)),
            pending: true))

    private static let ended: Event = .sessionEnded(
        SessionEnded(buyer: buyer, session: SessionID(1), handler: .bot(nil), wasPending: false, end: .idle))

    private static let presence: Event = .presenceChanged(
        PresenceChanged(agent: agent, from: .offline, to: .online, cause: .manual))

    private static let reminded: Event = .slowResponseReminded(
        SlowResponseReminded(
            buyer: buyer, session: SessionID(1), agent: agent, message: nil, since: Timestamp(millis: 0)))

    private static let restricted: Event = .restrictionsChanged(
        RestrictionsChanged(at: RestrictionPlace(day: CivilDay(0)), from: [], to: [.listingBlock]))

    private static func item(_ events: [(UInt64, Event)], last: UInt64, reset: Bool = false) -> ShopItem {
        var writer = ByteWriter(reserving: 256)
        for (sequence, event) in events {
            RecordCoding.append(
                EventRecord(
                    sequence: sequence, at: Timestamp(millis: 0), shop: shop, previousOfShop: 0, event: event),
                to: &writer)
        }
        return ShopItem(reset: reset, last: last, body: writer.bytes)
    }

    @Test func eachReaderSeesItsOwn() {
        let events: [(String, Event)] = [
            ("own", Self.received(Self.buyer, .agent(Self.agent))),
            ("strange", Self.received(Self.stranger, .agent(Self.other))),
            ("taken", Self.received(Self.buyer, .agent(Self.other), from: .agent(Self.agent))),
            ("toBot", Self.received(Self.stranger, .bot(nil))), ("queued", Self.received(Self.stranger, .queue)),
            ("agentSent", Self.sent(.agent(Self.agent))), ("botSent", Self.sent(.bot)), ("changed", Self.changed),
            ("ended", Self.ended), ("presence", Self.presence), ("reminded", Self.reminded),
            ("restricted", Self.restricted),
        ]
        func seen(_ audience: Audience) -> [String] { events.filter { audience.sees($0.1) }.map(\.0) }
        #expect(seen(.shop) == events.map(\.0))
        #expect(seen(.agent(Self.agent)) == ["own", "taken", "agentSent", "changed", "presence", "reminded"])
        #expect(seen(.agent(Self.other)) == ["strange", "taken", "changed"])
        #expect(seen(.bot) == ["toBot", "botSent", "ended"])
        #expect(seen(.buyer(Self.buyer)) == ["own", "taken", "agentSent", "botSent", "changed", "ended"])
        #expect(seen(.buyer(Self.stranger)) == ["strange", "toBot", "queued"])
    }

    @Test func anEventIsOneBlockWithItsNumber() throws {
        var text = EventText(audience: .buyer(Self.buyer), after: 4)
        let item = Self.item([(5, Self.received(Self.buyer, .queue)), (6, Self.presence), (7, Self.ended)], last: 8)
        #expect(
            String(decoding: try text.text(item), as: UTF8.self) == """
                id: 5
                event: messageReceived
                data: {"sequence":5,"at":"1970-01-01T00:00:00.000Z","event":"messageReceived","data":{"message":"m","session":"s1","from":{"kind":"buyer"},"kind":"text","text":"line\\nbreak","handler":{"kind":"queue"}}}

                id: 7
                event: sessionEnded
                data: {"sequence":7,"at":"1970-01-01T00:00:00.000Z","event":"sessionEnded","data":{"session":"s1","end":"idle"}}


                """)
        #expect(try text.text(ShopItem(last: 8, body: [])).isEmpty)
    }

    @Test func aReaderIsToldWhereItStandsAtFirstAndFromTimeToTime() throws {
        var text = EventText(audience: .buyer(Self.buyer), after: nil)
        func written(_ last: UInt64) throws -> String {
            String(decoding: try text.text(ShopItem(last: last, body: [])), as: UTF8.self)
        }
        #expect(try written(8) == "id: 8\n\n")
        #expect(try written(1_007) == "")
        #expect(try written(1_008) == "id: 1008\n\n")
    }

    @Test func aBuyerNeverSeesWhy() throws {
        var text = EventText(audience: .buyer(Self.buyer), after: nil)
        let events = [
            Self.received(Self.buyer, .agent(Self.agent)), Self.changed, Self.ended, Self.sent(.agent(Self.agent)),
        ]
        for (index, event) in events.enumerated() {
            let bytes = try text.text(Self.item([(UInt64(index + 1), event)], last: UInt64(index + 1)))
            let written = String(decoding: bytes, as: UTF8.self)
            for word in ["rule", "decision", "inquiry", "settingsVersion", "pending", "reason"] {
                #expect(!written.contains(word), "\(written)")
            }
        }
    }

    @Test func aShopReadsTheWholeRecord() throws {
        var text = EventText(audience: .shop, after: nil)
        let bytes = try text.text(Self.item([(3, Self.changed)], last: 3))
        let line = try #require(
            String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("data: ") })
        let json = try JSONReader.read(Array(line.dropFirst(6).utf8))
        #expect(json["event"]?.string == "handlerChanged")
        #expect(json["data"]?["decision"]?["rule"]?.string == "unboundState")
    }

    @Test func eachEventNamesTheIDBeforeItThoughOthersLieBetween() throws {
        func previous(_ audience: Audience, after: UInt64?, _ items: [ShopItem]) throws -> [JSONValue?] {
            var text = EventText(audience: audience, after: after)
            return try items.flatMap { item in
                try String(decoding: text.text(item), as: UTF8.self).split(separator: "\n")
                    .filter { $0.hasPrefix("data: ") }
                    .map { try JSONReader.read(Array($0.dropFirst(6).utf8))["previousOfShop"] }
            }
        }
        let noted: Event = .commandNoted(CommandNoted(answer: Answer(sequence: 0, changed: false)))
        let items = [
            Self.item([(5, Self.changed), (6, noted), (7, Self.ended)], last: 7), Self.item([(8, noted)], last: 8),
            Self.item([(9, Self.presence), (10, Self.ended)], last: 10),
        ]
        #expect(try previous(.shop, after: 3, items) == [3, 5, 7, 9].map { .integer($0) })
        #expect(try previous(.agent(Self.agent), after: 4, items) == [4, 5].map { .integer($0) })
        // Told where it stands first, a reader goes on from there.
        let placed = [ShopItem(last: 4, body: [])] + items
        #expect(try previous(.bot, after: nil, placed) == [4, 7].map { .integer($0) })
    }

    @Test func whatIsLostIsToldAsAReset() throws {
        var text = EventText(audience: .shop, after: 2)
        let bytes = try text.text(ShopItem(reset: true, last: 90, body: []))
        #expect(String(decoding: bytes, as: UTF8.self) == "id: 90\nevent: reset\ndata: {\"last\":90}\n\n")
    }

    @Test func aStreamGoesOnAfterLastEventID() async throws {
        let desks = FakeDesks()
        desks.state.withLock { $0.items = [Self.item([(8, Self.presence)], last: 8)] }
        let bench = try await EdgeBench(desks: desks)
        let token = try await bench.token(.agent, shop: "s1", agent: "a1")
        let reply = try await bench.send(
            .get, "/v1/shops/s1/stream?after=3", token: token, headers: [FieldName.lastEventID: "7"])
        #expect(reply.status == 200)
        #expect(reply.headers[.contentType] == "text/event-stream")
        #expect(reply.text.hasPrefix("retry: 1000\n"))
        #expect(reply.text.contains("\n\nid: 8\nevent: presenceChanged\ndata: {"))
        let watches = desks.state.withLock { $0.watches }
        #expect(watches == [WatchShop(shop: Self.shop, after: 7, agent: Self.agent)])
        let merchant = try await bench.token(.merchant, shop: "s1")
        _ = try await bench.send(.get, "/v1/shops/s1/stream?after=3", token: merchant)
        #expect(desks.state.withLock { $0.watches.last } == WatchShop(shop: Self.shop, after: 3))
        let bad = try await bench.send(
            .get, "/v1/shops/s1/stream", token: merchant, headers: [FieldName.lastEventID: "x"])
        #expect(bad.status == 422)
    }

    @Test func aStreamOfAShopThatIsNotThereIsNotFound() async throws {
        let bench = try await EdgeBench(desks: FakeDesks(onQuery: { _ in .failure(.refused(.unknownShop)) }))
        let reply = try await bench.send(.get, "/v1/shops/s9/stream", token: bench.token(.operator))
        #expect(reply.status == 404)
        #expect(try reply.code == "unknownShop")
    }

    @Test func streamsAreBoundedAndNoneStartsWhenTheProcessStops() async throws {
        let register = StreamRegister(limit: 4, shopPart: 2)
        let mailbox = StreamMailbox(limit: 10, now: { .zero })
        let first = try #require(register.enter(shop: "s1", mailbox))
        #expect(register.enter(shop: "s1", mailbox) != nil)
        #expect(register.enter(shop: "s1", mailbox) == nil)
        register.leave(first)
        #expect(register.enter(shop: "s1", mailbox) != nil)
        let bench = try await EdgeBench()
        bench.edge.stop()
        #expect(try await bench.send(.get, "/v1/shops/s1/stream", token: bench.token(.operator)).status == 503)
        #expect(try await bench.send(.get, "/readyz").status == 503)
    }

    @Test func aFullMailboxMakesTheSourceWaitAndAnOldByteShows() async {
        let now = Mutex(Duration.zero)
        let mailbox = StreamMailbox(limit: 10, now: { now.withLock { $0 } })
        #expect(await mailbox.put([UInt8](repeating: 1, count: 8)))
        let second = Task { await mailbox.put([UInt8](repeating: 2, count: 8)) }
        now.withLock { $0 = .seconds(11) }
        #expect(mailbox.age == .seconds(11))
        #expect(await mailbox.next() == [UInt8](repeating: 1, count: 8))
        #expect(mailbox.age == .seconds(11))
        #expect(await second.value)
        #expect(await mailbox.next() == [UInt8](repeating: 2, count: 8))
        mailbox.putIfSilent([9], for: .seconds(15))
        now.withLock { $0 = .seconds(26) }
        mailbox.putIfSilent([7], for: .seconds(15))
        #expect(await mailbox.next() == [7])
        mailbox.finish()
        #expect(await mailbox.next() == nil)
        #expect(await !mailbox.put([1]))
    }

    @Test func metricsCountWhatWasAnswered() async throws {
        let bench = try await EdgeBench()
        _ = try await bench.send(.get, "/healthz")
        _ = try await bench.send(.get, "/v1/shops/s1/board")
        _ = try await bench.send(.get, "/no/such/path")
        let text = try await bench.send(.get, "/metrics").text
        #expect(text.contains(#"fenliu_http_requests_total{route="/healthz",method="GET",status="200"} 1"#))
        #expect(text.contains(#"fenliu_http_requests_total{route="other",method="other",status="404"} 1"#))
        #expect(text.contains("fenliu_http_request_duration_seconds_bucket{route=\"/healthz\",le=\"+Inf\"} 1\n"))
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(line.wholeMatch(of: /fenliu_[a-z_]+(\{[^}]*\})? [0-9.e+-]+/) != nil, "\(line)")
        }
    }
}
