import Domain
import Journal
import Testing
import Wire

@testable import Runtime

@Suite(.timeLimit(.minutes(1))) struct StreamTests {
    private func talk(_ caller: Caller, _ numbers: ClosedRange<Int>) async {
        _ = await caller.replies(caller.send(numbers.map { Give.say("b\($0 % 5)", "m\($0)") }))
    }

    /// Waits until the follower has everything up to `last`; its items, which must have no gap and no repeat.
    private func follow(_ caller: Caller, _ id: UInt64, from after: UInt64, until last: UInt64) async throws -> [UInt64]
    {
        await caller.until { outputs in
            outputs.contains { output in
                guard case .item(id, let bytes) = output,
                    let item = try? BinaryDecoder().decode(ShardItem.self, from: bytes)
                else { return false }
                return item.last >= last
            }
        }
        var seen: [UInt64] = []
        for case .item(id, let bytes) in caller.outputs {
            let item = try BinaryDecoder().decode(ShardItem.self, from: bytes)
            let records = try RecordCoding.decode(item.body)
            #expect(records.first?.sequence == item.first)
            #expect(records.last?.sequence == item.last)
            seen += records.map(\.sequence)
        }
        #expect(seen == Array(after + 1...last))
        return seen
    }

    @Test(
        "a follower gets every event once, whether from disk or from the tail, from wherever it starts",
        arguments: [0, 1 << 20], [0, 4, 17, 33] as [UInt64])
    func followerGetsEveryEventOnce(tailBytes: Int, after: UInt64) async throws {
        var settings = RuntimeRig.settings
        settings.tailBytes = tailBytes
        settings.followRead = 512
        try await RuntimeRig.with(settings) { rig in
            let router = await rig.holder()
            let writer = Caller(router)
            _ = await writer.replies(writer.send(Give.opening))
            await talk(writer, 1...10)
            await talk(writer, 11...30)
            let caller = Caller(router)
            let id = caller.send([.followShard(FollowShard(shard: 0, after: after))])[0]
            await talk(writer, 31...60)
            _ = try await follow(caller, id, from: after, until: 63)
            await router.stop()
            let ends = caller.outputs.filter { $0.isEnd(of: id) }
            #expect(ends.count == 1)
            guard case .end(_, let fault) = ends[0] else { return }
            #expect(fault?.code == .notHolder)
        }
    }

    @Test("what becomes durable in quick succession goes to a follower together, and all of it")
    func commitsAreGatheredForFollowers() async throws {
        var settings = RuntimeRig.settings
        settings.followAtOnce = 1
        settings.followGather = .milliseconds(400)
        try await RuntimeRig.with(settings) { rig in
            let router = await rig.holder()
            let writer = Caller(router)
            let caller = Caller(router)
            let id = caller.send([.followShard(FollowShard(shard: 0, after: 0))])[0]
            _ = await writer.replies(writer.send(Give.opening))
            for number in 1...30 { await talk(writer, number...number) }
            _ = try await follow(caller, id, from: 0, until: 33)
            #expect(caller.flushes <= 10)
            await router.stop()
        }
    }

    @Test("I2: a follower sees nothing that is not durable")
    func followerSeesOnlyWhatIsDurable() async throws {
        try await RuntimeRig.with { rig in
            let router = await rig.holder()
            let writer = Caller(router)
            _ = await writer.replies(writer.send(Give.opening))
            let caller = Caller(router)
            let id = caller.send([.followShard(FollowShard(shard: 0, after: 0))])[0]
            _ = try await follow(caller, id, from: 0, until: 3)
            let begun = Latch()
            let until = Latch()
            rig.engine.next(.waits(begun: begun, until: until, then: .goesThrough))
            writer.send([Give.say("b", "m1")])
            await begun.wait()
            await caller.settled()
            #expect(caller.outputs.filter { $0.isItem(of: id) }.count == 1)
            until.open()
            _ = try await follow(caller, id, from: 0, until: 4)
            await router.stop()
        }
    }

    @Test("I11: a follower without credit gets nothing, holds up nobody, and goes on without a gap")
    func followerWithoutCreditGoesOnLater() async throws {
        var settings = RuntimeRig.settings
        settings.tailBytes = 600
        try await RuntimeRig.with(settings) { rig in
            let router = await rig.holder()
            let writer = Caller(router)
            _ = await writer.replies(writer.send(Give.opening))
            let caller = Caller(router)
            let id = caller.send([.followShard(FollowShard(shard: 0, after: 0))], credit: 1)[0]
            _ = try await follow(caller, id, from: 0, until: 3)
            for number in 1...40 { await talk(writer, number...number) }
            #expect(caller.outputs.filter { $0.isItem(of: id) }.count == 1)
            await caller.grant(id, 1_000)
            await caller.grant(id, 1 << 20)
            _ = try await follow(caller, id, from: 0, until: 43)
            await router.stop()
        }
    }

    @Test("a place beyond the journal's end is refused: it is another journal's")
    func placeBeyondTheEndIsRefused() async throws {
        try await RuntimeRig.with { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            let id = caller.send([.followShard(FollowShard(shard: 0, after: 4))])[0]
            await caller.until { $0.contains { $0.isEnd(of: id) } }
            for case .end(id, let fault) in caller.outputs { #expect(fault?.code == .badRequest) }
            await router.stop()
        }
    }

    // MARK: Watchers

    private func items(_ caller: Caller, _ id: UInt64) throws -> [ShopItem] {
        var items: [ShopItem] = []
        for case .item(id, let bytes) in caller.outputs {
            items.append(try BinaryDecoder().decode(ShopItem.self, from: bytes))
        }
        return items
    }

    /// Waits until the watcher stands at `last` or beyond; the numbers of its events.
    private func watch(_ caller: Caller, _ id: UInt64, until last: UInt64) async throws -> [UInt64] {
        await caller.until { outputs in
            outputs.contains { output in
                guard case .item(id, let bytes) = output,
                    let item = try? BinaryDecoder().decode(ShopItem.self, from: bytes)
                else { return false }
                return item.last >= last
            }
        }
        return try items(caller, id).flatMap { try RecordCoding.decode($0.body).map(\.sequence) }
    }

    private let other = ShopID(rawValue: "other")

    @Test("a watcher without a place is told where it stands, then gets its shop's events and no other's")
    func watcherGetsItsShopOnly() async throws {
        try await RuntimeRig.with { rig in
            let router = await rig.holder()
            let writer = Caller(router)
            _ = await writer.replies(writer.send([Give.shopSet(), Give.shopSet(other), Give.agent("a")]))
            let caller = Caller(router)
            let id = caller.send([.watchShop(WatchShop(shop: Give.shop))])[0]
            _ = try await watch(caller, id, until: 3)
            #expect(try items(caller, id) == [ShopItem(last: 3, body: [])])
            for number in 1...6 {
                _ = await writer.ask(Give.say("b", "m\(number)", shop: number % 2 == 0 ? other : Give.shop))
            }
            #expect(try await watch(caller, id, until: 8) == [4, 6, 8])
            await router.stop()
        }
    }

    @Test("a watcher that comes back goes on where it was, without gap or repeat")
    func watcherResumes() async throws {
        var settings = RuntimeRig.settings
        settings.followRead = 300
        try await RuntimeRig.with(settings) { rig in
            let router = await rig.holder()
            let writer = Caller(router)
            _ = await writer.replies(writer.send(Give.opening + [Give.shopSet(other)]))
            for number in 1...40 {
                _ = await writer.ask(
                    Give.say("b\(number % 3)", "m\(number)", shop: number % 2 == 0 ? other : Give.shop))
            }
            let mine = try rig.engine.disk().records().filter { $0.shop == Give.shop }.map(\.sequence)
            for after in [0, 2, 7, mine[10]] as [UInt64] {
                let caller = Caller(router)
                let id = caller.send([.watchShop(WatchShop(shop: Give.shop, after: after))])[0]
                let seen = try await watch(caller, id, until: mine[mine.count - 1])
                #expect(seen == mine.filter { $0 > after })
                #expect(try items(caller, id).allSatisfy { !$0.reset })
            }
            await router.stop()
        }
    }

    @Test("I11: a watcher without credit falls behind and catches up from its history, without gap or repeat")
    func watcherFallsBehindAndCatchesUp() async throws {
        try await RuntimeRig.with { rig in
            let router = await rig.holder()
            let writer = Caller(router)
            _ = await writer.replies(writer.send(Give.opening))
            let caller = Caller(router)
            let id = caller.send([.watchShop(WatchShop(shop: Give.shop))], credit: 100)[0]
            _ = try await watch(caller, id, until: 3)
            for number in 1...30 { await talk(writer, number...number) }
            let before = try items(caller, id).count
            #expect(before < 10)
            for _ in 1...20 { await caller.grant(id, 60) }
            await caller.grant(id, 1 << 20)
            let mine = try rig.engine.disk().records().map(\.sequence).filter { $0 > 3 }
            #expect(try await watch(caller, id, until: mine[mine.count - 1]) == mine)
            await talk(writer, 31...33)
            let all = try rig.engine.disk().records().map(\.sequence).filter { $0 > 3 }
            #expect(try await watch(caller, id, until: all[all.count - 1]) == all)
            await router.stop()
        }
    }

    @Test("a watcher who missed more than is read back gets a reset, then what is new")
    func watcherTooFarBehindIsReset() async throws {
        var settings = RuntimeRig.settings
        settings.watchBacklog = 10
        try await RuntimeRig.with(settings) { rig in
            let router = await rig.holder()
            let writer = Caller(router)
            _ = await writer.replies(writer.send(Give.opening))
            await talk(writer, 1...20)
            let caller = Caller(router)
            let id = caller.send([.watchShop(WatchShop(shop: Give.shop, after: 5))])[0]
            _ = try await watch(caller, id, until: 23)
            #expect(try items(caller, id) == [ShopItem(reset: true, last: 23, body: [])])
            await talk(writer, 21...21)
            #expect(try await watch(caller, id, until: 24) == [24])
            await router.stop()
        }
    }

    @Test("a watcher whose place is beyond the journal's end gets a reset")
    func watcherFromAnotherJournalIsReset() async throws {
        try await RuntimeRig.with { rig in
            let router = await rig.holder()
            let writer = Caller(router)
            _ = await writer.replies(writer.send(Give.opening))
            let caller = Caller(router)
            let id = caller.send([.watchShop(WatchShop(shop: Give.shop, after: 900))])[0]
            _ = try await watch(caller, id, until: 3)
            #expect(try items(caller, id) == [ShopItem(reset: true, last: 3, body: [])])
            await talk(writer, 1...1)
            #expect(try await watch(caller, id, until: 4) == [4])
            await router.stop()
        }
    }

    @Test("the stream of a shop that moves ends with notHolder, and the next holder goes on from there")
    func streamMovesWithItsShard() async throws {
        try await RuntimeRig.with { rig in
            let former = await rig.holder()
            let writer = Caller(former)
            _ = await writer.replies(writer.send(Give.opening))
            let caller = Caller(former)
            let id = caller.send([.watchShop(WatchShop(shop: Give.shop))])[0]
            await talk(writer, 1...3)
            let seen = try await watch(caller, id, until: 6)
            await former.join(2, ["router-2"])
            await caller.until { $0.contains { $0.isEnd(of: id) } }
            let next = rig.router("router-2")
            await next.join(2, ["router-2"])
            await next.ready()
            let later = Caller(next)
            let place = try #require(try items(caller, id).last?.last)
            let again = later.send([.watchShop(WatchShop(shop: Give.shop, after: place))])[0]
            await talk(later, 4...6)
            #expect(seen + (try await watch(later, again, until: 9)) == [4, 5, 6, 7, 8, 9])
            await former.stop()
            await next.stop()
        }
    }

    @Test("a query whose commit failed is answered, and one whose journal cannot be read too")
    func unreadableJournalIsAnswered() async throws {
        try await RuntimeRig.with { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            await talk(caller, 1...1)
            let page = Page(limit: 10)
            rig.engine.makeUnreadable()
            let reply = await caller.ask(Give.ask(.sessionMessages(SessionID(1), page: page)))
            #expect(reply.fault == .internalFault)
            let stream = caller.send([.followShard(FollowShard(shard: 0, after: 0))])[0]
            rig.engine.makeUnreadable(false)
            let messages = await caller.ask(Give.ask(.sessionMessages(SessionID(1), page: page)))
            #expect(messages.fault == nil)
            _ = try await follow(caller, stream, from: 0, until: 4)
            await router.stop()
        }
    }
}
