import Domain
import Testing
import Wire

@testable import Runtime

/// What is served first when not everything can be.
@Suite struct InboundTests {
    private static let north = ShopID(rawValue: "north")
    private static let south = ShopID(rawValue: "south")

    /// What is taken late stands in brackets.
    private final class Line {
        private var inbound: Inbound<String>

        init(_ limits: InboundLimits = InboundLimits()) { inbound = Inbound(limits: limits) }

        var count: Int { inbound.count }

        func put(_ item: String, _ rank: Rank, shop: ShopID, at now: UInt64) -> Bool {
            inbound.put(item, rank, shop: shop, at: now)
        }

        func take(at now: UInt64 = 0) -> String? {
            switch inbound.take(at: now) {
            case .serve(let item): item
            case .late(let item): "(\(item))"
            case nil: nil
            }
        }

        /// Everything that waits, in order of service.
        func drain() -> [String] {
            var order: [String] = []
            while let item = take() { order.append(item) }
            return order
        }
    }

    @Test func agentsRepliesComeBeforeConsultsBeforeReportsBeforeBulk() {
        let line = Line()
        for (item, rank) in [("import", Rank.bulk), ("board", .report), ("consult", .consult), ("reply", .reply)] {
            #expect(line.put(item, rank, shop: Self.north, at: 0))
        }
        #expect(line.drain() == ["reply", "consult", "board", "import"])
        #expect(line.count == 0)
    }

    @Test func shopsTakeTurnsAndEachKeepsItsOrder() {
        var limits = InboundLimits()
        limits.turn = 2
        let line = Line(limits)
        for number in 1...5 { #expect(line.put("n\(number)", .consult, shop: Self.north, at: 0)) }
        for number in 1...2 { #expect(line.put("s\(number)", .consult, shop: Self.south, at: 0)) }
        #expect(line.take() == "n1")
        // What comes in the middle of a turn goes behind what the shop has.
        #expect(line.put("n6", .consult, shop: Self.north, at: 0))
        #expect(line.drain() == ["n2", "s1", "s2", "n3", "n4", "n5", "n6"])
    }

    @Test func shopBeyondItsBoundIsRefusedAndOthersAreNot() {
        var limits = InboundLimits()
        limits.most = 100
        limits.mostOfShop = 8
        let line = Line(limits)
        let taken = (1...100).count { line.put("n\($0)", .consult, shop: Self.north, at: 0) }
        #expect(taken == 6)
        #expect(line.put("reply", .reply, shop: Self.north, at: 0))
        #expect(line.put("s", .consult, shop: Self.south, at: 0))
        #expect(line.count == 8)
    }

    @Test(
        "of the whole bound, replies may use all, consults three quarters, reports half, bulk a quarter",
        arguments: [(Rank.reply, 40), (.consult, 30), (.report, 20), (.bulk, 10)])
    func ranksHaveTheirPartsOfTheBound(rank: Rank, places: Int) {
        var limits = InboundLimits()
        limits.most = 40
        let line = Line(limits)
        let taken = (1...100).count { line.put("\($0)", rank, shop: ShopID(rawValue: "shop-\($0)"), at: 0) }
        #expect(taken == places)
        _ = line.drain()
        #expect(line.put("again", rank, shop: Self.north, at: 0))
    }

    @Test(
        "who waited too long is refused: a consult after three quarters of the time of a reply",
        arguments: [(Rank.reply, UInt64(100)), (.consult, 75), (.report, 50), (.bulk, 25)])
    func waitIsBounded(rank: Rank, nanos: UInt64) {
        var limits = InboundLimits()
        limits.oldestNanos = 100
        let line = Line(limits)
        for item in ["in time", "late"] { #expect(line.put(item, rank, shop: Self.north, at: 1_000)) }
        #expect(line.take(at: 1_000 + nanos) == "in time")
        #expect(line.take(at: 1_001 + nanos) == "(late)")
    }

    @Test func everythingPutInComesOutOnce() {
        var limits = InboundLimits()
        limits.turn = 3
        let line = Line(limits)
        var mix = 7
        var put: Set<String> = []
        var taken: [String] = []
        for number in 1...2_000 {
            mix = (mix * 1_103 + 12_345) % 65_536
            let shop = ShopID(rawValue: "shop-\(mix % 5)")
            let rank = Rank.allCases[mix / 8 % 4]
            if line.put("\(shop) \(rank) \(number)", rank, shop: shop, at: 0) {
                put.insert("\(shop) \(rank) \(number)")
            }
            if mix % 3 == 0, let item = line.take() { taken.append(item) }
        }
        taken += line.drain()
        #expect(Set(taken) == put)
        #expect(taken.count == put.count)
        // Of one shop and rank, in order of arrival.
        for (_, own) in Dictionary(grouping: taken, by: { $0.split(separator: " ").dropLast() }) {
            let numbers = own.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
            #expect(numbers == numbers.sorted())
        }
    }

    // MARK: In a router

    private static var tight: RuntimeSettings {
        var settings = RuntimeRig.settings
        settings.atOnce = 4
        settings.inbound.atOnce = 4
        settings.inbound.most = 40
        settings.inbound.mostOfShop = 16
        return settings
    }

    @Test("of a read beyond the bound a part is refused, each request is answered once, and agents' replies come first")
    func readBeyondTheBoundIsServedByRank() async throws {
        try await RuntimeRig.with(Self.tight) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            let session = try #require(await caller.ask(Give.say("b0", "m0")).answer?.session)
            let consults = (1...30).map { Give.say("b\($0)", "m\($0)") }
            let reply = Give.command(
                .sendMessage(
                    SendMessage(
                        session: session, message: MessageID(rawValue: "r1"),
                        sender: .agent(AgentID(rawValue: "a")), text: "yes?")), id: "r1")
            let ids = caller.send(consults + [reply])
            let replies = await caller.replies(ids)
            let served = replies.dropLast().filter { $0.answer != nil }
            #expect(served.count == 12)
            #expect(replies.dropLast().filter { $0.fault == .overloaded }.count == 18)
            // Served are those that came first, and the agent's reply before all of them.
            #expect(replies.prefix(12).allSatisfy { $0.answer != nil })
            let first = try #require(replies.last?.answer?.sequence)
            #expect(served.allSatisfy { ($0.answer?.sequence ?? 0) > first })
            // And afterwards all is as before.
            #expect(await caller.ask(Give.say("late", "m99")).answer != nil)
            await router.stop()
        }
    }
}
