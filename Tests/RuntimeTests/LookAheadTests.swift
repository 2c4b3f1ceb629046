import Domain
import Testing
import Wire

@testable import Runtime

@Suite(.timeLimit(.minutes(1))) struct LookAheadTests {
    /// Messages of some buyers in some shops, repeated now and then, the same command ID with another body, looks at the
    /// board, commands without an ID, and a shop that nobody made.
    private static func requests() -> [RouterRequest] {
        var all: [RouterRequest] = []
        for number in 0..<400 {
            let shop = ShopID(rawValue: ["shop", "shop", "shop", "other", "none"][number / 23 % 5])
            let buyer = "b\(number * 7 % 31)"
            switch number % 11 {
            case 3: all.append(Give.say(buyer, "m\(number - 3)", shop: shop))
            case 5: all.append(Give.say(buyer, "m\(number - 4)", "other", fingerprint: 2, shop: shop))
            case 7: all.append(Give.ask(.board, shop: shop))
            case 9: all.append(Give.command(.setShop(SetShop(name: "Shop \(number)")), shop: Give.shop))
            default: all.append(Give.say(buyer, "m\(number)", shop: shop))
            }
        }
        return all
    }

    private func outcome(
        _ parts: [ArraySlice<RouterRequest>]
    ) async throws -> (replies: [RouterReply], journal: [EventRecord]) {
        try await RuntimeRig.with { rig in
            let caller = Caller(await rig.holder())
            _ = await caller.replies(caller.send(Give.opening + [Give.shopSet(ShopID(rawValue: "other"))]))
            var replies: [RouterReply] = []
            for part in parts { replies += await caller.replies(caller.send(Array(part))) }
            await caller.router.stop()
            return (replies, try rig.engine.disk().records())
        }
    }

    @Test("I9, I2: what is decided does not depend on how many requests are looked at together")
    func togetherIsAsOneByOne() async throws {
        let all = Self.requests()
        let alone = try await outcome(all.indices.map { all[$0..<$0 + 1] })
        // First answers, refusals, and repeated commands are among them.
        #expect(alone.replies.filter { $0.refusal == .commandReused }.count > 10)
        #expect(alone.replies.contains { $0.refusal == .unknownShop })
        #expect(Set(alone.replies.compactMap { $0.answer?.sequence }).count > 100)
        for size in [4, 16, 17, 400] {
            let together = try await outcome(
                stride(from: 0, to: all.count, by: size).map { all[$0..<min($0 + size, all.count)] })
            #expect(together.replies == alone.replies)
            #expect(together.journal == alone.journal)
        }
    }

    // MARK: Many shops

    /// Shops on several shards that are made, staffed and asked, so that neighbours are mostly of different shops; some
    /// are asked before they are made.
    private static func spread() -> [RouterRequest] {
        var all: [RouterRequest] = []
        for number in 0..<600 {
            let shop = ShopID(rawValue: "shop-\(number * 7 % 41)")
            switch number / 41 {
            case 0 where number % 5 != 0, 4: all.append(Give.shopSet(shop))
            case 1:
                all.append(Give.command(.setAgent(SetAgent(agent: AgentID(rawValue: "a"))), shop: shop))
                all.append(
                    Give.command(.setPresence(SetPresence(agent: AgentID(rawValue: "a"), state: .online)), shop: shop))
            default: all.append(Give.say("b\(number % 13)", "m\(number)", shop: shop))
            }
            if number % 50 == 0 { all.append(.status) }
        }
        return all
    }

    private func spreadOutcome(_ size: Int) async throws -> (replies: [RouterReply], journals: [[EventRecord]]) {
        try await RuntimeRig.with(shards: 4) { rig in
            let caller = Caller(await rig.holder())
            let all = Self.spread()
            var replies: [RouterReply] = []
            for start in stride(from: 0, to: all.count, by: size) {
                let part = all[start..<min(start + size, all.count)]
                replies += await caller.replies(caller.send(Array(part)))
            }
            await caller.router.stop()
            return (replies, try (0..<4).map { try rig.engine.disk($0).records() })
        }
    }

    @Test("I9, I2: nor of how many shops and shards")
    func manyShopsTogetherAreAsOneByOne() async throws {
        let alone = try await spreadOutcome(1)
        #expect(alone.replies.contains { $0.refusal == .unknownShop })
        #expect(alone.replies.count { $0.answer?.handler?.agent != nil } > 100)
        #expect(alone.journals.allSatisfy { $0.count > 50 })
        for size in [5, 16, 33, 700] {
            let together = try await spreadOutcome(size)
            for (one, other) in zip(together.replies, alone.replies) {
                // What a router holds at that moment is another matter.
                if case .status = one, case .status = other { continue }
                #expect(one == other)
            }
            #expect(together.replies.count == alone.replies.count)
            #expect(together.journals == alone.journals)
        }
    }

    @Test func shopsAreFoundInOrderOfTheirOpening() async throws {
        try await RuntimeRig.with { rig in
            let router = await rig.holder()
            let (found, order, strangers) = await router.onLoop { set in
                let table = ShopTable()
                let ids = (0..<500).map { ShopID(rawValue: "shop-\($0)") }
                for id in ids { table.append(ShopActor(Desk(id: id), held: table.held, on: set.around.loop)) }
                let likely = ids.map { id in
                    table.likely(ShopTable.hash(id)).map { $0.takeUnretainedValue().id } == id
                }
                return (
                    ids.allSatisfy { table[$0]?.id == $0 } && likely.allSatisfy { $0 },
                    table.actors.map(\.id) == ids && table.count == 500,
                    (500..<900).count { table[ShopID(rawValue: "shop-\($0)")] != nil }
                )
            }
            #expect(found)
            #expect(order)
            #expect(strangers == 0)
        }
    }

    @Test("What a status says of a shard is the sum over its desks, whatever happened to them")
    func heldIsTheSumOverTheDesks() async throws {
        var model = Model(seed: 7)
        var settings = RuntimeRig.settings
        settings.residentBuyers = 5
        try await RuntimeRig.with(settings) { rig in
            let caller = Caller(await rig.holder())
            var now = RuntimeRig.start
            for command in Model.opening {
                if let (request, _) = model.give(command, at: now) { _ = await caller.ask(request) }
            }
            var most = 0
            for step in 0..<300 {
                if step % 40 == 39 { now = now + .hours(30) }
                rig.clock.move(to: now)
                if let (request, _) = model.give(model.command(now), at: now) { _ = await caller.ask(request) }
                if step % 25 == 24 {
                    await caller.router.shard { $0.beginCheckpoint() }
                    while await caller.router.shard(0, { $0.pendingCheckpoint != nil }) { await caller.router.tick() }
                }
                let (told, buyers, sessions) = await caller.router.shard { shard in
                    let counts = shard.shops.actors.map { $0.guarded { ($0.residentBuyers, $0.openSessions) } }
                    return (shard.status(), counts.reduce(0) { $0 + $1.0 }, counts.reduce(0) { $0 + $1.1 })
                }
                #expect(told?.residentBuyers == buyers)
                #expect(told?.openSessions == sessions)
                most = max(most, buyers)
            }
            #expect(most > 5)
            await caller.router.stop()
            let next = Caller(await rig.holder("router-2"))
            let told = await next.router.shard { $0.status() }
            #expect(told?.openSessions == model.desk.openSessions)
            await next.router.stop()
        }
    }
}
