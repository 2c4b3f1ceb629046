import Domain
import Journal
import Testing
import Wire

@testable import Runtime

@Suite(.timeLimit(.minutes(1))) struct LifeTests {
    @Test("calls that come while the shard opens are held in order")
    func callsWhileOpeningAreHeldInOrder() async throws {
        try await RuntimeRig.with { rig in
            // Somebody else has the lease until later.
            rig.engine.change { $0.holder = 99 }
            let refused = Latch()
            rig.engine.whenRefused(refused)
            let router = rig.router()
            await router.join(1, ["router-1"])
            let caller = Caller(router)
            let ids = caller.send(Give.opening + (1...5).map { Give.say("b", "m\($0)") })
            await refused.wait()
            await caller.settled()
            #expect(caller.answered.isEmpty)
            rig.engine.change { $0.holder = nil }
            let replies = await caller.replies(ids)
            #expect(caller.answered == ids)
            #expect(replies.compactMap { $0.answer?.sequence } == Array(1...8))
            await router.stop()
        }
    }

    @Test("more calls than may wait for the opening are refused")
    func callsWhileOpeningAreBounded() async throws {
        var settings = RuntimeRig.settings
        settings.waiting = 3
        try await RuntimeRig.with(settings) { rig in
            rig.engine.change { $0.holder = 99 }
            let router = rig.router()
            await router.join(1, ["router-1"])
            let caller = Caller(router)
            let ids = caller.send([Give.shopSet()] + (1...4).map { Give.say("b", "m\($0)") })
            #expect(await caller.reply(ids[3]).fault == .overloaded)
            #expect(await caller.reply(ids[4]).fault == .overloaded)
            rig.engine.change { $0.holder = nil }
            #expect(await caller.replies(Array(ids[...2])).compactMap(\.answer).count == 3)
            await router.stop()
        }
    }

    @Test("a shard that leaves answers everything, writes a checkpoint and lets the lease go")
    func leavingShardAnswersAllAndLetsGo() async throws {
        try await RuntimeRig.with { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            let begun = Latch()
            let until = Latch()
            rig.engine.next(.waits(begun: begun, until: until, then: .goesThrough))
            let ids = caller.send((1...3).map { Give.say("b\($0)", "m\($0)") })
            await begun.wait()
            let more = caller.send([Give.say("c", "m4")])
            await caller.settled()
            await router.join(2, ["router-2"])
            let late = caller.send([Give.say("d", "m5"), Give.ask(.board)])
            #expect(await caller.reply(late[0]).fault == .notHolder)
            #expect(await caller.reply(late[1]).fault == .notHolder)
            #expect(rig.engine.disk().holder != nil)
            until.open()
            #expect(await caller.replies(ids + more).compactMap(\.answer).count == 4)
            await router.stop()
            let disk = rig.engine.disk()
            #expect(disk.holder == nil)
            #expect(disk.durable == 7)
            #expect(disk.checkpoint == 7)
            #expect(disk.buyers.count == 4)
            #expect(await caller.ask(Give.ask(.board)).fault == .notHolder)
        }
    }

    @Test("the next holder answers as the former would have, from rows alone")
    func nextHolderGoesOnWhereTheFormerStopped() async throws {
        try await RuntimeRig.with { rig in
            let former = await rig.holder("router-1")
            let caller = Caller(former)
            _ = await caller.replies(caller.send(Give.opening))
            let first = await caller.replies(caller.send((1...3).map { Give.say("b\($0)", "m\($0)") }))
            let board = await caller.ask(Give.ask(.board)).board
            await former.stop()
            let next = rig.router("router-2")
            await next.join(2, ["router-2"])
            await next.ready()
            let other = Caller(next)
            #expect(await other.ask(Give.ask(.board)).board == board)
            #expect(await other.replies(other.send((1...3).map { Give.say("b\($0)", "m\($0)") })) == first)
            #expect(await other.ask(Give.say("b4", "m4")).answer?.session == SessionID(4))
            #expect(rig.engine.disk().term == 2)
            await next.stop()
        }
    }

    @Test("I4: of two routers that want a shard one waits until the other has let it go")
    func oneHolderAtATime() async throws {
        try await RuntimeRig.with { rig in
            let former = await rig.holder("router-1")
            let caller = Caller(former)
            _ = await caller.replies(caller.send(Give.opening))
            let refused = Latch()
            rig.engine.whenRefused(refused)
            let next = rig.router("router-2")
            await next.join(2, ["router-2"])
            let other = Caller(next)
            let waiting = other.send([Give.say("b", "m1")])
            await refused.wait()
            #expect(await caller.ask(Give.say("a", "m0")).answer?.session == SessionID(1))
            #expect(other.answered.isEmpty)
            await former.join(2, ["router-2"])
            #expect(await other.reply(waiting[0]).answer?.session == SessionID(2))
            await former.stop()
            await next.stop()
        }
    }

    @Test("a shard that goes, comes back and goes again while it leaves is not taken again")
    func lastMembershipWins() async throws {
        try await RuntimeRig.with { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            let begun = Latch()
            let until = Latch()
            rig.engine.next(.waits(begun: begun, until: until, then: .goesThrough))
            let ids = caller.send(Give.opening)
            await begun.wait()
            await router.join(2, ["router-2"])
            await router.join(3, ["router-1"])
            await router.join(4, ["router-2"])
            until.open()
            _ = await caller.replies(ids)
            // Says when the shard has left.
            await router.ready()
            let left = Latch()
            await router.shard { $0.release { left.open() } }
            await left.wait()
            #expect(await router.shard { $0.phase } == .away)
            #expect(rig.engine.disk().holder == nil)
            #expect(rig.engine.disk().term == 1)
        }
    }

    @Test("a shard that comes back while it leaves is opened again")
    func comesBackWhileItLeaves() async throws {
        try await RuntimeRig.with { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            let begun = Latch()
            let until = Latch()
            rig.engine.next(.waits(begun: begun, until: until, then: .goesThrough))
            let ids = caller.send(Give.opening)
            await begun.wait()
            await router.join(2, ["router-2"])
            await router.join(3, ["router-1"])
            let reached = Latch()
            await router.onLoop { $0.reach { reached.open() } }
            until.open()
            _ = await caller.replies(ids)
            await reached.wait()
            await router.ready()
            #expect(await caller.ask(Give.say("b", "m1")).answer?.session == SessionID(1))
            #expect(rig.engine.disk().term == 2)
            await router.stop()
        }
    }

    @Test("a failed commit of a shard that leaves frees the lease all the same")
    func failedCommitWhileLeavingFreesTheLease() async throws {
        try await RuntimeRig.with { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            rig.engine.next(.fails(tookEffect: true))
            await router.stop()
            #expect(rig.engine.disk().holder == nil)
            let next = rig.router("router-2")
            await next.join(2, ["router-2"])
            await next.ready()
            #expect(await Caller(next).ask(Give.ask(.board)).board?.agents.count == 1)
            await next.stop()
        }
    }

    @Test("a shard's events and another's do not mix: each counts from 1")
    func shardsCountForThemselves() async throws {
        try await RuntimeRig.with(shards: 4) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            let shops = (1...20).map { ShopID(rawValue: "shop-\($0)") }
            let made = await caller.replies(caller.send(shops.map { Give.shopSet($0) }))
            #expect(made.allSatisfy { $0.answer?.changed == true })
            var all: Set<ShopID> = []
            for shard in 0..<4 {
                let records = try rig.engine.disk(shard).records()
                #expect(records.map(\.sequence) == records.indices.map { UInt64($0) + 1 })
                #expect(records.allSatisfy { ShardMap.shard(of: $0.shop, shards: 4) == shard })
                all.formUnion(records.map(\.shop))
            }
            #expect(all == Set(shops))
            await router.stop()
        }
    }

    @Test("I13: a caller's clock neither turns the shard's time back nor drives it ahead")
    func callersClockDoesNotDriveTheShard() async throws {
        try await RuntimeRig.with { rig in
            let caller = Caller(await rig.holder())
            _ = await caller.replies(caller.send(Give.opening))
            rig.clock.move(to: RuntimeRig.start + .minutes(5))
            _ = await caller.ask(Give.say("b", "m1", at: RuntimeRig.start + .days(400)))
            _ = await caller.ask(Give.say("b", "m2", at: RuntimeRig.start - .days(400)))
            _ = await caller.ask(Give.say("b", "m3", at: RuntimeRig.start + .minutes(1)))
            let times = try rig.engine.disk().records().suffix(3).map(\.at)
            #expect(times == Array(repeating: RuntimeRig.start + .minutes(5), count: 3))
            await caller.router.stop()
        }
    }

    @Test("I12: an event that cannot be read is set aside, and the shard goes on")
    func poisonousEventIsSetAside() async throws {
        try await RuntimeRig.with { rig in
            let former = await rig.holder()
            let caller = Caller(former)
            _ = await caller.replies(caller.send(Give.opening))
            _ = await caller.ask(Give.say("b", "m1"))
            _ = await caller.ask(Give.say("c", "m2"))
            rig.engine.crash()
            // The event's own field gets a number that no program knows.
            rig.engine.change { disk in
                guard let index = disk.rows.firstIndex(where: { $0.first == 4 }) else { return }
                disk.rows[index].body = Poison.unknownEvent(sequence: 4, shop: Give.shop, at: RuntimeRig.start)
            }
            let next = rig.router("router-2")
            await next.join(2, ["router-2"])
            await next.ready()
            let other = Caller(next)
            #expect(await other.ask(Give.ask(.board)).board?.open == 1)
            #expect(await other.ask(Give.say("c", "m3")).answer?.rule == .continued)
            #expect(await other.ask(Give.say("d", "m4")).answer?.rule != nil)
            await next.stop()
        }
    }

    @Test("a shop beyond the bound is refused, and those that are there go on")
    func shopsAreBounded() async throws {
        var settings = RuntimeRig.settings
        settings.shops = 2
        try await RuntimeRig.with(settings) { rig in
            let caller = Caller(await rig.holder())
            let replies = await caller.replies(caller.send(["a", "b", "c"].map { Give.shopSet(ShopID(rawValue: $0)) }))
            #expect(replies[1].answer != nil)
            #expect(replies[2].refusal == .limitReached(what: "shops"))
            #expect(await caller.ask(Give.say("x", "m", shop: ShopID(rawValue: "a"))).answer != nil)
            #expect(await caller.ask(Give.say("x", "m", shop: ShopID(rawValue: "c"))).refusal == .unknownShop)
            await caller.router.stop()
        }
    }
}

private enum Poison {
    static func unknownEvent(sequence: UInt64, shop: ShopID, at: Timestamp) -> [UInt8] {
        var record = ByteWriter()
        record.field(1, varint: sequence)
        record.field(2, signed: at.millis)
        record.field(3, text: shop.rawValue)
        record.field(4, varint: 1)
        record.field(16 + 900, bytes: [1, 2, 3])
        var body = ByteWriter()
        body.varint(UInt64(record.bytes.count))
        return body.bytes + record.bytes
    }
}
