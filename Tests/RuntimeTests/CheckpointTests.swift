import Domain
import Journal
import Testing
import Wire

@testable import Runtime

@Suite(.timeLimit(.minutes(1))) struct CheckpointTests {
    static var tight: RuntimeSettings {
        var settings = RuntimeRig.settings
        settings.rowsPerStep = 3
        settings.rowsInLull = 2
        settings.rowsPerCoding = 4
        settings.checkpointEvery = 10
        settings.residentBuyers = 6
        settings.desk = Model.limits
        return settings
    }

    /// Gives the batch, and again whatever has no certain outcome, until every command has an answer.
    private func settle(_ batch: [RouterRequest], _ caller: Caller) async -> [RouterReply] {
        var replies: [Int: RouterReply] = [:]
        var left = Array(batch.indices)
        while !left.isEmpty {
            let heard = await caller.replies(caller.send(left.map { batch[$0] }))
            for (index, reply) in zip(left, heard) where reply.fault != .unknownOutcome { replies[index] = reply }
            left = left.filter { replies[$0] == nil }
        }
        return batch.indices.compactMap { replies[$0] }
    }

    @Test(
        "I3, I5, I9: whatever commit fails, and with however many steps of checkpoints, shop and answers are the same",
        arguments: UInt64(1)...16)
    func failuresAndCheckpointsChangeNothing(seed: UInt64) async throws {
        try await RuntimeRig.with(Self.tight) { rig in
            var model = Model(seed: seed)
            let router = await rig.holder()
            let caller = Caller(router)
            var now = RuntimeRig.start
            for command in Model.opening {
                let outcome = model.give(command, at: now)
                let given = try #require(outcome)
                #expect(await caller.ask(given.request).answer == given.answer)
            }
            for round in 1...80 {
                if model.chance(30) { now = now + .minutes(model.pick(1...25)) }
                rig.clock.move(to: now)
                model.advance(to: now)
                let failing = rig.engine.writes + model.pick(1...4)
                let tookEffect = model.chance(50)
                let fails = model.chance(40)
                rig.engine.plan { attempt in
                    fails && attempt.number == failing ? .fails(tookEffect: tookEffect) : .goesThrough
                }
                await router.tick()
                let batch = (1...model.pick(1...10)).compactMap { _ -> (request: RouterRequest, answer: Answer)? in
                    let command = model.command(now)
                    return model.give(command, at: now)
                }
                let replies = await settle(batch.map(\.request), caller)
                try #require(replies.map(\.answer) == batch.map(\.answer), "seed \(seed), round \(round)")
            }
            await router.ready()
            try await expectSame(model, rig, caller, seed)
            #expect(rig.engine.checkpointWrites > 20)
            await router.stop()
            // And once more from rows alone.
            let next = rig.router("router-2")
            await next.join(2, ["router-2"])
            await next.ready()
            try await expectSame(model, rig, Caller(next), seed)
            await next.stop()
        }
    }

    private func expectSame(_ model: Model, _ rig: RuntimeRig, _ caller: Caller, _ seed: UInt64) async throws {
        let records = try rig.engine.disk().records()
        #expect(records == model.records, "seed \(seed)")
        #expect(await caller.ask(Give.ask(.board)) == .view(.board(model.desk.board)), "seed \(seed)")
        for buyer in Model.buyers {
            let expected: RouterReply =
                model.desk.buyerView(buyer).map { .view(.buyer($0)) } ?? .refusal(.unknownBuyer(buyer))
            #expect(await caller.ask(Give.ask(.buyer(buyer))) == expected, "seed \(seed)")
        }
        let ended = SessionFilter(state: .ended, page: Page(limit: 1_000))
        let expected = model.desk.recentlyEnded(ended).map(\.session).sorted { $0.session < $1.session }
        #expect(await caller.ask(Give.ask(.sessions(ended))) == .view(.sessions(expected, next: nil)), "seed \(seed)")
    }

    /// Every write of rows waits for the second latch; the first says that one has begun.
    private func holdRows(_ rig: RuntimeRig) -> (begun: Latch, until: Latch) {
        let (begun, until) = (Latch(), Latch())
        rig.engine.plan { attempt in
            attempt.changes.isEmpty ? .goesThrough : .waits(begun: begun, until: until, then: .goesThrough)
        }
        return (begun, until)
    }

    @Test("commands are answered while the rows of a checkpoint are written")
    func commitsDoNotWaitForRows() async throws {
        try await RuntimeRig.with(Self.tight) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            _ = await caller.replies(caller.send((1...20).map { Give.say("b\($0)", "m\($0)") }))
            let rows = holdRows(rig)
            await router.tick()
            await rows.begun.wait()
            let replies = await caller.replies(caller.send((21...30).map { Give.say("b\($0)", "m\($0)") }))
            #expect(replies.allSatisfy { $0.answer != nil })
            #expect(rig.engine.disk().checkpoint == 0)
            rows.until.open()
            await router.stop()
            #expect(rig.engine.disk().buyers.count >= 20)
            #expect(rig.engine.disk().checkpoint >= 23)
        }
    }

    @Test(
        "a write and a piece hold no more rows than they may, and the checkpoint moves with the last",
        arguments: [1, 16 << 20])
    func rowsAreWrittenInPieces(pieceBytes: Int) async throws {
        var settings = Self.tight
        settings.checkpointBytes = 1_000
        settings.rowsPieceBytes = pieceBytes
        try await RuntimeRig.with(settings) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            _ = await caller.replies(caller.send((1...40).map { Give.say("b\($0)", "m\($0)") }))
            await router.stop()
            let seen = rig.engine.rowWrites
            #expect(seen.count >= 4)
            let pieces = seen.map { changes in
                changes.compactMap { if case .buyers(let packed) = $0 { packed } else { nil } }
            }
            // Besides what fills the bound and what was coded with it, six rows each.
            let besides = pieceBytes > 1 ? 2 : 12
            #expect(pieces.allSatisfy { $0.dropLast(besides).reduce(0) { $0 + $1.bytes.count } < 1_000 })
            #expect(pieces.allSatisfy { $0.allSatisfy { $0.places.count <= (pieceBytes > 1 ? 6 : 1) } })
            #expect(pieces.contains { $0.contains { $0.places.count > 1 } } == (pieceBytes > 1))
            let moves = seen.map { $0.contains { if case .checkpoint = $0 { true } else { false } } }
            #expect(moves == seen.indices.map { $0 == seen.count - 1 })
            #expect(rig.engine.disk().buyers.count == 40)
            #expect(rig.engine.disk().checkpoint == rig.engine.disk().durable)
        }
    }

    @Test("a shard that is to leave while its log is moved writes its rows then, and leaves")
    func aShardLeavesWhileItsLogIsMoved() async throws {
        var settings = Self.tight
        settings.checkpointEvery = 1_000_000
        try await RuntimeRig.with(settings) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            _ = await caller.replies(caller.send((1...20).map { Give.say("b\($0)", "m\($0)") }))
            let (begun, until) = (Latch(), Latch())
            rig.engine.holdTending(begun, until: until)
            await router.tick()
            await begun.wait()
            async let stopped: Void = router.stop()
            while await caller.ask(Give.ask(.board)).fault != .notHolder {}
            until.open()
            await stopped
            #expect(rig.engine.disk().buyers.count == 20)
            #expect(rig.engine.disk().checkpoint == rig.engine.disk().durable)
        }
    }

    @Test("I3: no row is written before the events that it holds are durable")
    func rowsWaitForTheirEvents() async throws {
        var settings = Self.tight
        settings.checkpointEvery = 1
        try await RuntimeRig.with(settings) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            let (begun, until) = (Latch(), Latch())
            rig.engine.plan { attempt in
                attempt.rows.isEmpty ? .goesThrough : .waits(begun: begun, until: until, then: .goesThrough)
            }
            let ids = caller.send((1...5).map { Give.say("b\($0)", "m\($0)") })
            await begun.wait()
            await router.tick()
            // Until all rows are taken and coded, and wait.
            let waits: @Sendable (Shard) -> Bool = { shard in
                shard.pendingCheckpoint.map { $0.complete && !$0.busy && $0.taken.isEmpty } ?? false
            }
            while await !router.shard(0, waits) { await router.tick() }
            #expect(rig.engine.checkpointWrites == 0)
            until.open()
            #expect(await caller.replies(ids).allSatisfy { $0.answer != nil })
            await router.stop()
            #expect(rig.engine.checkpointWrites > 0)
        }
    }

    @Test("commits wait for the rows of a checkpoint that is too far behind, and go on then")
    func commitsWaitForACheckpointThatLags() async throws {
        var settings = Self.tight
        settings.checkpointLag = 20
        try await RuntimeRig.with(settings) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            _ = await caller.replies(caller.send((1...20).map { Give.say("b\($0)", "m\($0)") }))
            let rows = holdRows(rig)
            await router.tick()
            await rows.begun.wait()
            let before = caller.answered.count
            let ids = caller.send([Give.say("b", "m")])
            await caller.settled()
            #expect(caller.answered.count == before)
            #expect(rig.engine.disk().durable == 23)
            rows.until.open()
            #expect(await caller.reply(ids[0]).answer != nil)
            await router.stop()
        }
    }

    @Test("a session that ended is found while its row is on the way to the disk")
    func endedSessionsAreFoundWhileTheirRowsAreWritten() async throws {
        try await RuntimeRig.with(Self.tight) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            _ = await caller.replies(caller.send((1...10).map { Give.say("b\($0)", "m\($0)") }))
            for number in 1...10 {
                let close = CloseSession(session: SessionID(UInt64(number)))
                _ = await caller.ask(Give.command(.closeSession(close)))
            }
            let ended = Give.ask(.sessions(SessionFilter(state: .ended, page: Page(limit: 100))))
            let one = Give.ask(.session(SessionID(7)))
            let before = await caller.replies(caller.send([ended, one]))
            let rows = holdRows(rig)
            await router.tick()
            await rows.begun.wait()
            #expect(rig.engine.disk().sessions.isEmpty)
            #expect(await caller.replies(caller.send([ended, one])) == before)
            rows.until.open()
            while await router.shard(0, { $0.pendingCheckpoint != nil }) { await router.tick() }
            #expect(rig.engine.disk().sessions[Give.shop]?.count == 10)
            #expect(await caller.replies(caller.send([ended, one])) == before)
            let held = await router.shard { shard in
                shard.shops[Give.shop]?.guarded { $0.recentlyEnded(SessionID(7)) != nil }
            }
            #expect(held == false)
            await router.stop()
        }
    }

    @Test("I5: without its rows a shard is read from its events, with the same answers")
    func rowsThatAreGoneAreMadeAgain() async throws {
        try await RuntimeRig.with(Self.tight) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            let first = await caller.replies(caller.send((1...20).map { Give.say("b\($0)", "m\($0)") }))
            for number in 1...5 {
                let close = CloseSession(session: SessionID(UInt64(number)))
                _ = await caller.ask(Give.command(.closeSession(close)))
            }
            let looks = [Give.ask(.board), Give.ask(.sessions(SessionFilter(state: .ended, page: Page(limit: 100))))]
            let before = await caller.replies(caller.send(looks))
            await router.stop()
            #expect(rig.engine.disk().checkpoint == 28)
            rig.engine.change { disk in
                (disk.checkpoint, disk.shops, disk.buyers) = (0, [:], [:])
                (disk.sessions, disk.answers) = ([:], [])
            }
            let next = rig.router("router-2")
            await next.join(2, ["router-2"])
            await next.ready()
            let other = Caller(next)
            #expect(await other.replies(other.send(looks)) == before)
            #expect(await other.replies(other.send((1...20).map { Give.say("b\($0)", "m\($0)") })) == first)
            await next.stop()
            #expect(rig.engine.disk().buyers.count == 20)
            #expect(rig.engine.disk().sessions[Give.shop]?.count == 5)
        }
    }

    @Test("a checkpoint stands only when the rows hold every event up to it, though buyers change all the while")
    func rowsHoldEveryEventUpToTheCheckpoint() async throws {
        try await RuntimeRig.with(Self.tight) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            _ = await caller.replies(caller.send((1...20).map { Give.say("b\($0)", "m\($0)") }))
            var checkpoints: Set<UInt64> = []
            for number in 1...120 {
                await router.tick()
                // Old buyers change again and new ones come, more in each commit than a step writes.
                let batch = (0..<6).map { Give.say("b\((number * 7 + $0 * 11) % 200)", "n\(number)-\($0)") }
                _ = await caller.replies(caller.send(batch))
                let disk = rig.engine.disk()
                if disk.checkpoint > 0 { checkpoints.insert(disk.checkpoint) }
                for record in try disk.records() where record.sequence <= disk.checkpoint {
                    guard let buyer = record.event.buyer else { continue }
                    let row = disk.buyers[BuyerPlace(shop: Give.shop, buyer: buyer)]
                    try #require(
                        (row?.reflects ?? 0) >= record.sequence, "\(buyer) at checkpoint \(disk.checkpoint)")
                }
            }
            #expect(checkpoints.count >= 3)
            await router.stop()
        }
    }

    @Test("I9: an answer outlives checkpoint and opening until it is among the oldest beyond the bound")
    func answersAreBoundedAndOutliveOpenings() async throws {
        var settings = Self.tight
        settings.answersKept = 20
        try await RuntimeRig.with(settings) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            var first: [RouterReply] = []
            for number in 1...30 {
                first.append(await caller.ask(Give.say("b", "m\(number)")))
                await router.tick()
            }
            await router.stop()
            let next = rig.router("router-2")
            await next.join(2, ["router-2"])
            await next.ready()
            let other = Caller(next)
            for number in 11...30 {
                #expect(await other.ask(Give.say("b", "m\(number)")) == first[number - 1])
            }
            // The tenth is forgotten: it counts as a new command.
            #expect(await other.ask(Give.say("b", "m10")).answer?.sequence == 34)
            await next.stop()
        }
    }

    @Test("buyers beyond the bound leave memory and come back from their rows")
    func buyersLeaveMemoryAndComeBack() async throws {
        try await RuntimeRig.with(Self.tight) { rig in
            let router = await rig.holder()
            #expect(await Self.residentAfterTwenty(router, rig) <= 6)
            let back = await Caller(router).ask(Give.say("b1", "again"))
            #expect(back.answer?.rule == .recentContact24h)
            #expect(back.answer?.session == SessionID(21))
            await router.stop()
        }
    }

    /// Buyers in memory after the sessions of twenty were opened, ended and written.
    static func residentAfterTwenty(_ router: Router, _ rig: RuntimeRig) async -> Int {
        let caller = Caller(router)
        _ = await caller.replies(caller.send(Give.opening))
        _ = await caller.replies(caller.send((1...20).map { Give.say("b\($0)", "m\($0)") }))
        for number in 1...20 {
            let close = CloseSession(session: SessionID(UInt64(number)))
            _ = await caller.ask(Give.command(.closeSession(close)))
        }
        let done = Latch()
        await router.tick()
        await router.shard { shard in shard.whenDurable { _ in done.open() } }
        await done.wait()
        while await router.shard(0, { $0.pendingCheckpoint != nil }) { await router.tick() }
        return await router.onLoop { $0.status().shards[0].residentBuyers }
    }
}
