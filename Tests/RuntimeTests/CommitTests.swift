import Domain
import Journal
import Synchronization
import Testing
import Wire

@testable import Runtime

@Suite(.timeLimit(.minutes(1))) struct CommitTests {
    /// The next write waits for the second latch; the first says that it has begun.
    private func held(_ rig: RuntimeRig, then: WriteFate = .goesThrough) -> (begun: Latch, until: Latch) {
        let begun = Latch()
        let until = Latch()
        rig.engine.next(.waits(begun: begun, until: until, then: then))
        return (begun, until)
    }

    @Test("I2: no reply leaves before the write of its event has returned")
    func noReplyBeforeItsWriteReturned() async throws {
        try await RuntimeRig.with { rig in
            let caller = Caller(await rig.holder())
            _ = await caller.replies(caller.send(Give.opening))
            let before = caller.answered.count
            let write = held(rig)
            let ids = caller.send([Give.say("b", "m1"), Give.ask(.board)])
            await write.begun.wait()
            // What came in during the write, and a look at the board, which shows what is not durable yet.
            let later = caller.send([Give.say("c", "m2"), Give.ask(.board)])
            await caller.settled()
            #expect(caller.answered.count == before)
            write.until.open()
            let replies = await caller.replies(ids + later)
            #expect(replies[0].answer?.session == SessionID(1))
            #expect(replies[1].board?.open == 1)
            #expect(replies[2].answer?.session == SessionID(2))
            #expect(replies[3].board?.open == 2)
            await caller.router.stop()
        }
    }

    @Test("a commit begins while the rest of a long read is still to be decided, and the rest is one more")
    func aLongReadIsCommittedInParts() async throws {
        var settings = RuntimeRig.settings
        settings.commitEvery = 8
        try await RuntimeRig.with(settings) { rig in
            let caller = Caller(await rig.holder())
            _ = await caller.replies(caller.send(Give.opening))
            let commits = Mutex<[Int]>([])
            rig.engine.plan { attempt in
                commits.withLock { $0.append(attempt.rows.reduce(0) { $0 + Int($1.last - $1.first) + 1 }) }
                return .goesThrough
            }
            let replies = await caller.replies(caller.send((1...30).map { Give.say("b\($0)", "m\($0)") }))
            #expect(Set(replies.compactMap { $0.answer?.session }).count == 30)
            #expect(commits.withLock { $0 } == [8, 22])
            await caller.router.stop()
        }
    }

    @Test("I2: what several shards decided together is one commit, and one that fails is nothing to the others")
    func shardsCommitTogether() async throws {
        try await RuntimeRig.with(shards: 4) { rig in
            let caller = Caller(await rig.holder())
            let shops = (1...12).map { ShopID(rawValue: "s\($0)") }
            #expect(Set(shops.map { ShardMap.shard(of: $0, shards: 4) }).count == 4)
            _ = await caller.replies(caller.send(shops.map { Give.shopSet($0) }))
            let groups = rig.engine.groups
            let failing = ShardMap.shard(of: shops[0], shards: 4)
            rig.engine.plan { $0.shard == failing ? .fails(tookEffect: false) : .goesThrough }
            let replies = await caller.replies(caller.send(shops.map { Give.say("b", "m", shop: $0) }))
            #expect(rig.engine.groups == groups + 1)
            for (shop, reply) in zip(shops, replies) {
                let isFailing = ShardMap.shard(of: shop, shards: 4) == failing
                #expect(reply.fault == (isFailing ? .unknownOutcome : nil))
                #expect((reply.answer?.session != nil) == !isFailing)
            }
            rig.engine.plan { _ in .goesThrough }
            // The failed shard is read again and decides what it had not.
            let again = await caller.replies(caller.send(shops.map { Give.say("b", "m", shop: $0) }))
            #expect(again.allSatisfy { $0.answer?.session == SessionID(1) })
            await caller.router.stop()
        }
    }

    @Test("a shard that was opened again while a commit was under way is in the next only as it is now")
    func whoWasOpenedAgainIsNotInACommitThatItAskedForBefore() async throws {
        try await RuntimeRig.with(shards: 4) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            let shops = [ShopID(rawValue: "s1"), ShopID(rawValue: "s2")]
            let places = shops.map { ShardMap.shard(of: $0, shards: 4) }
            try #require(places[0] != places[1])
            _ = await caller.replies(caller.send(shops.map { Give.shopSet($0) }))
            let write = held(rig)
            let first = caller.send([Give.say("b", "m1", shop: shops[0])])
            await write.begun.wait()
            let lost = caller.send([Give.say("b", "m2", shop: shops[1])])
            await router.shard(places[1]) { $0.failed(StoreFault(.io, "planned")) }
            #expect(await caller.replies(lost)[0].fault == .unknownOutcome)
            while await router.shard(places[1], { $0.phase }) != .open {}
            // Its log is being tended: it is in no commit before that has ended.
            let (begun, until) = (Latch(), Latch())
            rig.engine.holdTending(begun, until: until)
            await router.tick(places[1])
            await begun.wait()
            let writes = rig.engine.writes
            let again = caller.send([Give.say("b", "m3", shop: shops[1])])
            await caller.settled()
            write.until.open()
            #expect(await caller.replies(first)[0].answer != nil)
            // Whatever was in the next commit is written before this one.
            #expect(await caller.ask(Give.say("c", "m4", shop: shops[0])).answer != nil)
            #expect(rig.engine.writes == writes + 1)
            until.open()
            #expect(await caller.replies(again)[0].answer?.session == SessionID(1))
            await router.stop()
        }
    }

    @Test("replies of one caller come in the order of its requests")
    func repliesComeInOrder() async throws {
        try await RuntimeRig.with { rig in
            let caller = Caller(await rig.holder())
            _ = await caller.replies(caller.send(Give.opening))
            let write = held(rig)
            var ids: [UInt64] = caller.send([Give.say("b", "m0")])
            await write.begun.wait()
            for number in 1...50 {
                ids += caller.send([Give.say("b\(number % 7)", "m\(number)"), Give.ask(.board)])
            }
            write.until.open()
            _ = await caller.replies(ids)
            #expect(caller.answered.suffix(ids.count) == ids[...])
            await caller.router.stop()
        }
    }

    @Test(
        "I3, I9: after a failed commit everybody hears unknownOutcome, and a retry gets the first answer",
        arguments: [true, false])
    func failedCommitIsNeverTakenAsAbsent(tookEffect: Bool) async throws {
        try await RuntimeRig.with { rig in
            let caller = Caller(await rig.holder())
            _ = await caller.replies(caller.send(Give.opening))
            let write = held(rig, then: .fails(tookEffect: tookEffect))
            let first = caller.send([Give.say("b", "m1")])
            await write.begun.wait()
            let second = caller.send([Give.say("c", "m2"), Give.ask(.board), Give.ask(.session(SessionID(1)))])
            let settled = await caller.router.onLoop { $0.status().shards[0].term }
            write.until.open()
            for reply in await caller.replies(first + second) { #expect(reply.fault == .unknownOutcome) }
            let retries = await caller.replies(caller.send([Give.say("b", "m1"), Give.say("c", "m2")]))
            #expect(retries.map { $0.answer?.session } == [SessionID(1), SessionID(2)])
            let again = await caller.replies(caller.send([Give.say("b", "m1"), Give.say("c", "m2")]))
            #expect(again == retries)
            #expect(await caller.ask(Give.ask(.board)).board?.open == 2)
            let term = await caller.router.onLoop { $0.status().shards[0].term }
            #expect(term == settled + 1)
            let messages = try rig.engine.disk().records().filter { record in
                if case .messageReceived = record.event { true } else { false }
            }
            #expect(messages.count == 2)
            await caller.router.stop()
        }
    }

    @Test("I3: a clock step that waits for a commit which fails is answered after the shard was read again")
    func clockStepOutlivesAFailedCommit() async throws {
        try await RuntimeRig.with { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            let write = held(rig, then: .fails(tookEffect: false))
            let lost = caller.send([Give.say("b", "m1")])
            await write.begun.wait()
            let reached = Latch()
            await router.onLoop { $0.reach { reached.open() } }
            write.until.open()
            await reached.wait()
            #expect(await caller.reply(lost[0]).fault == .unknownOutcome)
            #expect(await router.shard { $0.phase } == .open)
            await router.stop()
        }
    }

    @Test("I9: the same command ID with another body is refused, before and after it is durable")
    func sameIdWithAnotherBodyIsReused() async throws {
        try await RuntimeRig.with { rig in
            let caller = Caller(await rig.holder())
            _ = await caller.replies(caller.send(Give.opening))
            let write = held(rig)
            let first = caller.send([Give.say("b", "m1")])
            await write.begun.wait()
            let other = caller.send([Give.say("b", "m1", "other", fingerprint: 2)])
            write.until.open()
            #expect(await caller.reply(first[0]).answer != nil)
            #expect(await caller.reply(other[0]).refusal == .commandReused)
            #expect(await caller.ask(Give.say("b", "m1", fingerprint: 3)).refusal == .commandReused)
            #expect(await caller.ask(Give.say("b", "m1")).answer?.session == SessionID(1))
            await caller.router.stop()
        }
    }

    @Test("I9: the same ID in another shop is another command")
    func sameIdInAnotherShopIsAnotherCommand() async throws {
        try await RuntimeRig.with { rig in
            let other = ShopID(rawValue: "other")
            let caller = Caller(await rig.holder())
            _ = await caller.replies(caller.send([Give.shopSet(), Give.shopSet(other)]))
            let first = await caller.ask(Give.say("b", "m1")).answer
            let second = await caller.ask(Give.say("b", "m1", fingerprint: 2, shop: other)).answer
            #expect(first?.session == SessionID(1))
            #expect(second?.session == SessionID(1))
            #expect(first?.sequence != second?.sequence)
            await caller.router.stop()
        }
    }

    @Test("I9: a duplicate of a command in flight waits for the same commit and gets the same answer")
    func duplicateInFlightWaitsForTheSameCommit() async throws {
        try await RuntimeRig.with { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            let other = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            let write = held(rig)
            let first = caller.send([Give.say("b", "m1")])
            await write.begun.wait()
            let twin = other.send([Give.say("b", "m1")])
            await other.settled()
            #expect(other.answered.isEmpty)
            write.until.open()
            let answer = await caller.reply(first[0])
            #expect(answer.answer != nil)
            #expect(await other.reply(twin[0]) == answer)
            let records = try rig.engine.disk().records()
            #expect(records.count == 4)
            await router.stop()
        }
    }

    @Test("I9: a command that changed nothing has its answer kept as well")
    func commandThatChangedNothingKeepsItsAnswer() async throws {
        try await RuntimeRig.with { rig in
            let caller = Caller(await rig.holder())
            _ = await caller.replies(caller.send(Give.opening))
            let agent = AgentID(rawValue: "a")
            let same = Give.command(.setPresence(SetPresence(agent: agent, state: .online)), id: "k")
            let first = await caller.ask(same).answer
            #expect(first?.changed == false)
            _ = await caller.ask(Give.command(.setPresence(SetPresence(agent: agent, state: .offline))))
            #expect(await caller.ask(same).answer == first)
            #expect(await caller.ask(Give.ask(.board)).board?.agents.first?.presence == .offline)
            await caller.router.stop()
        }
    }

    @Test("more replies than may wait for a commit are refused at once, and nothing of them happens")
    func parkedRepliesAreBounded() async throws {
        var settings = RuntimeRig.settings
        settings.parked = 10
        try await RuntimeRig.with(settings) { rig in
            let caller = Caller(await rig.holder())
            _ = await caller.replies(caller.send(Give.opening))
            let write = held(rig)
            let first = caller.send([Give.say("b", "m0")])
            await write.begun.wait()
            let ids = caller.send((1...12).map { Give.say("b", "m\($0)") })
            #expect(await caller.reply(ids[11]).fault == .overloaded)
            write.until.open()
            let replies = await caller.replies(first + ids)
            #expect(replies.filter { $0.answer != nil }.count == 10)
            #expect(replies.filter { $0.fault == .overloaded }.count == 3)
            let records = try rig.engine.disk().records()
            #expect(records.count == 3 + 10)
            await caller.router.stop()
        }
    }
}
