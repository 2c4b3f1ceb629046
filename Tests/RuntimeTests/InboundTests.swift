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

        init(_ limits: InboundLimits = InboundLimits()) { inbound = Inbound(limits: limits) { _ in 0 } }

        var count: Int { inbound.count }
        var shopsKnown: Int { inbound.shopsKnown }
        func forgetIdle() { inbound.forgetIdle() }

        func put(_ item: String, _ rank: Rank, shop: ShopID, at now: UInt64) -> Bool {
            inbound.put(item, rank, shop: shop, at: now)
        }

        func take(at now: UInt64 = 0) -> String? {
            switch inbound.take(at: now) {
            case .serve(let item, _): item
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

    @Test func whoFloodsIsRefusedBeforeOthersAre() {
        var limits = InboundLimits()
        limits.most = 400
        limits.mostOfShop = 400
        limits.turn = 4
        let line = Line(limits)
        // Alone a shop has all places, then its part of them.
        #expect((1...1_000).count { line.put("n\($0)", .consult, shop: Self.north, at: 0) } == 300)
        #expect(!line.put("s", .consult, shop: Self.south, at: 0))
        for _ in 1...200 { _ = line.take() }
        let others = (1...9).map { ShopID(rawValue: "other-\($0)") }
        for shop in others { #expect(line.put("first", .consult, shop: shop, at: 0)) }
        #expect((1...1_000).count { line.put("m\($0)", .consult, shop: Self.north, at: 0) } == 0)
        // None of the others is refused before it has its part of what is free.
        for number in 1...20 {
            for shop in others { #expect(line.put("\(number)", .consult, shop: shop, at: 0)) }
        }
        #expect(line.count <= 300)
    }

    @Test func quietShopWaitsForOneRoundBehindOneThatFloods() {
        var limits = InboundLimits()
        limits.turn = 4
        let line = Line(limits)
        var mine: [Int] = []
        var served = 0
        var behind = 0
        // A hundred of the one for one of each of ten others, and only part of it is served.
        for step in 1...200 {
            for number in 1...100 { _ = line.put("n\(step).\(number)", .consult, shop: Self.north, at: 0) }
            for shop in 1...10 {
                #expect(line.put("q\(step)", .consult, shop: ShopID(rawValue: "quiet-\(shop)"), at: 0))
            }
            for _ in 1...20 {
                guard let item = line.take() else { break }
                served += 1
                if item.hasPrefix("q") {
                    mine.append(step)
                    behind = max(behind, step - (Int(item.dropFirst()) ?? 0))
                }
            }
        }
        #expect(served == 4_000)
        // Every one is served in the step in which it came, or the next.
        #expect(mine.count >= 1_990)
        #expect(behind <= 1)
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

    @Test("shops of which nothing waits are forgotten when there are many, and whoever waits keeps place and order")
    func idleShopsAreForgotten() {
        var limits = InboundLimits()
        limits.most = 40
        limits.turn = 2
        limits.idle = 10
        let line = Line(limits)
        for number in 1...50 {
            #expect(line.put("gone", .consult, shop: ShopID(rawValue: "shop-\(number)"), at: 0))
            _ = line.take()
        }
        for number in 1...5 { #expect(line.put("n\(number)", .consult, shop: Self.north, at: 0)) }
        for number in 1...3 { #expect(line.put("s\(number)", .consult, shop: Self.south, at: 0)) }
        #expect(line.put("reply", .reply, shop: Self.south, at: 0))
        // In the middle of a turn.
        #expect(["reply", "n1"] == [line.take(), line.take()])
        #expect(line.shopsKnown == 52)
        line.forgetIdle()
        #expect(line.shopsKnown == 2)
        #expect(line.count == 7)
        #expect(line.put("s4", .consult, shop: Self.south, at: 0))
        #expect(line.put("new", .consult, shop: ShopID(rawValue: "shop-1"), at: 0))
        #expect(line.drain() == ["n2", "s1", "s2", "new", "n3", "n4", "s3", "s4", "n5"])
        line.forgetIdle()
        #expect(line.shopsKnown == 3)
    }

    @Test func whoIsHeldBackWaitsAndKeepsNobodyElse() {
        var limits = InboundLimits()
        limits.turn = 2
        var inbound = Inbound<String>(limits: limits) { $0 == Self.north ? 0 : 1 }
        for number in 1...3 {
            _ = inbound.put("n\(number)", .consult, shop: Self.north, at: 0)
            _ = inbound.put("s\(number)", .consult, shop: Self.south, at: 0)
        }
        _ = inbound.put("reply", .reply, shop: Self.north, at: 0)
        #expect(inbound.count == 7)
        func take(_ isHeld: (Inbound<String>.Ahead) -> Bool) -> String? {
            if case .serve(let item, let shard) = inbound.take(at: 0, isHeld: isHeld) {
                #expect(shard == (item.hasPrefix("s") ? 1 : 0))
                return item
            }
            return nil
        }
        let north: (Inbound<String>.Ahead) -> Bool = { $0.shard == 0 && $0.rank == .consult }
        #expect(take(north) == "reply")
        #expect((1...3).map { _ in take(north) } == ["s1", "s2", "s3"])
        #expect(take(north) == nil)
        #expect(inbound.count == 3)
        #expect((1...4).map { _ in take { _ in false } } == ["n1", "n2", "n3", nil])
        #expect(inbound.isEmpty)
    }

    @Test("a shard may be further ahead of the disk for a shop of which little waits than for one that floods")
    func whoHasLittleGoesOnBesideOneThatFloods() {
        var limits = InboundLimits()
        limits.turn = 2
        limits.ahead = 10
        var inbound = Inbound<String>(limits: limits) { $0 == Self.north ? 0 : 1 }
        for number in 1...3 { _ = inbound.put("n\(number)", .consult, shop: Self.north, at: 0) }
        for number in 1...2 { _ = inbound.put("s\(number)", .consult, shop: Self.south, at: 0) }
        func take(_ ahead: Int) -> String? {
            guard case .serve(let item, _) = inbound.take(at: 0, isHeld: { ahead >= $0.limit(limits) }) else {
                return nil
            }
            return item
        }
        #expect(take(20) == nil)
        #expect(take(10) == "s1")
        #expect(take(9) == "s2")
        #expect(take(10) == nil)
        #expect(take(9) == "n1")
        _ = inbound.put("reply", .reply, shop: Self.north, at: 0)
        #expect(take(19) == "reply")
    }

    @Test func aLookAtARequestRanksItAsTheWholeDoes() throws {
        let buyer = BuyerID(rawValue: "b")
        let message = MessageID(rawValue: "m")
        let agent = AgentID(rawValue: "a")
        let commands: [Command] = [
            .receiveMessage(ReceiveMessage(buyer: buyer, message: message, text: "?")),
            .askForHuman(AskForHuman(buyer: buyer)),
            .importMessage(ImportMessage(buyer: buyer, message: message, at: RuntimeRig.start, text: "?")),
            .setBuyer(SetBuyer(buyer: buyer)), .setShop(SetShop(name: "s")), .setAgent(SetAgent(agent: agent)),
            .setOrder(
                SetOrder(order: OrderID(rawValue: "o"), buyer: buyer, state: .unpaid, updatedAt: RuntimeRig.start)),
            .setPresence(SetPresence(agent: agent, state: .online)), .closeSession(CloseSession(session: SessionID(1))),
            .sendMessage(SendMessage(session: SessionID(1), message: message, sender: .agent(agent), text: "!")),
        ]
        for request in commands.map({ Give.command($0) }) + [Give.ask(.board)] {
            let rank = try request.encoded().withUnsafeBytes { bytes in
                Rank(try #require(RequestHead(peeking: bytes)).kind)
            }
            #expect(rank == request.rank)
        }
        #expect(Rank(.command(21)) == nil)
    }

    @Test(
        "a read is shared while each request of another shop or rank pays for so many that were refused",
        arguments: [(0, 0, true), (1, 0, false), (1, 1, true), (8, 1, true), (9, 1, false), (16, 2, true)])
    func othersPayForRefusals(refused: Int, others: Int, isRead: Bool) async throws {
        try await RuntimeRig.with { rig in
            let caller = Caller(rig.router())
            var inbound = Inbound<String>(limits: InboundLimits()) { _ in 0 }
            var read = CrowdedRead()
            // Of the shop and rank that floods some find a place: they pay nothing.
            for _ in 0..<5 where refused > 0 { read.placed(inbound.line(.consult, shop: Self.north)) }
            for number in 0..<others {
                read.placed(
                    inbound.line(number == 0 ? .reply : .consult, shop: number == 0 ? Self.north : Self.south))
            }
            for _ in 0..<refused {
                read.refused(ReplyTo(sink: caller, id: 1), inbound.line(.consult, shop: Self.north))
            }
            #expect(read.others == others)
            #expect(read.refused.count == refused)
            #expect(read.isRead(on: 8) == isRead)
            read.end()
            #expect(read.others == 0)
            #expect(read.refused.isEmpty)
            #expect(read.isRead(on: 8))
        }
    }

    @Test func whoWaitsForManyRefusalsIsLeftUnreadUntilHalfAreTold() {
        var untold = RefusalsToTell(most: 4)
        func leavesUnread(after change: Int) -> Bool {
            untold.change(by: change)
            return untold.leavesUnread
        }
        #expect([4, 1, 20].map(leavesUnread) == [false, true, true])
        #expect([-21, -1, -1].map(leavesUnread) == [true, true, false])
        #expect([1, 1, 1, -5].map(leavesUnread) == [false, false, true, false])
        #expect(untold.count == 0)
    }

    @Test("a queue that was long gives its room back, and a short one keeps it")
    func queuesGiveRoomBack() {
        var queue = Queue<Int>()
        for number in 0..<10_000 { queue.append(number) }
        #expect(queue.capacity >= 10_000)
        for number in 0..<10_000 { #expect(queue.removeFirst() == number) }
        #expect(queue.removeFirst() == nil)
        #expect(queue.capacity == 0)
        for _ in 0..<100 {
            queue.append(1)
            queue.append(2)
            #expect([queue.removeFirst(), queue.removeFirst()] == [1, 2])
        }
        #expect((2...32).contains(queue.capacity))
    }

    @Test("bytes in line stand in cells that are used again; what is longer than a cell finds none")
    func cellsAreUsedAgain() {
        var cells = PayloadCells()
        func put(_ text: String) -> Int32? { cells.put(Array(text.utf8)[...]) }
        func take(_ cell: Int32, _ count: Int) -> String {
            cells.take(cell, count: count) { String(decoding: $0, as: UTF8.self) }
        }
        let longest = String(repeating: "x", count: PayloadCells.size)
        var held: [(cell: Int32, text: String)] = []
        for text in ["one", "", longest, "four"] {
            guard let cell = put(text) else {
                Issue.record("no cell for \(text)")
                continue
            }
            held.append((cell, text))
        }
        #expect(put(longest + "x") == nil)
        #expect(cells.count == 4)
        for (cell, text) in held.reversed() { #expect(take(cell, text.utf8.count) == text) }
        let again = (1...4).compactMap { put("\($0)") }
        #expect(Set(again) == Set(held.map(\.cell)))
        cells.free(again[0])
        #expect(put("5") == again[0])
        #expect(cells.count == 4)
    }

    // MARK: In a router

    /// One read of sixty consults of one shop, of which 48 are refused, and of so many of another; gives what there is to
    /// see after the first turn.
    private static func flood(
        _ router: Router, _ caller: Caller, others: Int, _ look: @escaping @Sendable (isolated ShardSet) -> Int
    ) async -> Int {
        let requests =
            (1...60).map { Give.say("b\($0)", "m\($0)") }
            + (0..<others).map { Give.say("b\($0)", "m\($0)", shop: south) }
        let ids = caller.numbers(requests.count)
        let seen = await router.onLoop { set in
            for (request, id) in zip(requests, ids) {
                _ = set.line(up: request.encoded()[...], ReplyTo(sink: caller, id: id))
            }
            set.finish()
            caller.flush()
            return look(set)
        }
        let replies = await caller.replies(ids)
        #expect(replies.count { $0.fault == .overloaded } == 48)
        return seen
    }

    private static var tight: RuntimeSettings {
        var settings = RuntimeRig.settings
        settings.atOnce = 4
        settings.inbound.atOnce = 4
        settings.inbound.most = 40
        settings.inbound.mostOfShop = 16
        return settings
    }

    @Test("a router turns away what has no place by a look at it, each once, and takes what has one")
    func requestsAreTurnedAwayByALook() async throws {
        var settings = Self.tight
        settings.inbound.atOnce = 1
        settings.inbound.told = 1
        settings.inbound.paid = 1
        try await RuntimeRig.with(settings) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            let south = ShopID(rawValue: "south")
            _ = await caller.replies(caller.send([Give.shopSet(south)]))
            let flood = (1...60).map { Give.say("b\($0)", "m\($0)") }
            let quiet = Give.command(
                .setPresence(SetPresence(agent: AgentID(rawValue: "x"), state: .offline)), shop: south)
            let consult = Give.say("b", "m", shop: south)
            let requests = flood + [quiet, consult, Give.ask(.board)]
            let untold = await router.onLoop { set in
                for (place, request) in requests.enumerated() {
                    let to = ReplyTo(sink: caller, id: UInt64(1_000 + place))
                    if !set.line(up: request.encoded()[...], to) { Issue.record("\(request)") }
                }
                set.finish()
                return caller.refusalsWaiting
            }
            // Twelve places for one shop's consults; all else has one. One refusal was told in the first turn.
            #expect(untold == 47)
            for place in requests.indices {
                let reply = await caller.reply(UInt64(1_000 + place))
                #expect((reply.fault == .overloaded) == (12..<60).contains(place))
            }
            await caller.settled()
            #expect(caller.answered.filter { $0 >= 1_000 }.count == requests.count)
            #expect(caller.refusalsWaiting == 0)
            await router.stop()
        }
    }

    @Test("on a read that others share whoever floods is told so at once, so that the connection is read on")
    func refusalsOnASharedConnectionDoNotWait() async throws {
        var settings = Self.tight
        settings.inbound.paid = 8
        settings.inbound.told = 1
        try await RuntimeRig.with(settings) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            let south = ShopID(rawValue: "south")
            _ = await caller.replies(caller.send([Give.shopSet(south)]))
            func read(_ others: Int) async -> Int {
                await Self.flood(router, caller, others: others) { _ in caller.refusalsWaiting }
            }
            // 48 refusals, for which six others pay.
            #expect(await read(6) == 0)
            #expect(await read(5) > 0)
            await router.stop()
        }
    }

    @Test("a turn is short after refusals on a shared connection, which must be read again soon, and long otherwise")
    func turnsAreShortWhileOthersStandBehindRefusals() async throws {
        var settings = Self.tight
        settings.inbound.atOnce = 12
        settings.inbound.atOnceShared = 3
        try await RuntimeRig.with(settings) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            let south = ShopID(rawValue: "south")
            _ = await caller.replies(caller.send([Give.shopSet(south)]))
            /// What one turn leaves of twelve of the flood and of the others.
            func left(_ others: Int) async -> Int {
                let left = await Self.flood(router, caller, others: others) { $0.inbound.count }
                await caller.settled()
                return left
            }
            #expect(await left(6) == 12 + 6 - 3)
            #expect(await left(5) == 12 + 5 - 12)
            await router.stop()
        }
    }

    @Test("who stands in line is served as it asked, long texts too, and what waited too long leaves nothing behind")
    func longAndLateRequestsInLine() async throws {
        var settings = Self.tight
        settings.inbound.oldestNanos = 0
        try await RuntimeRig.with(Self.tight) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            let texts = ["short", String(repeating: "long ", count: 100), "again"]
            let requests = texts.enumerated().map { Give.say("b\($0)", "m\($0)", $1) }
            let ids = caller.numbers(3)
            await router.onLoop { set in
                for (request, id) in zip(requests, ids) {
                    let taken = set.line(up: request.encoded()[...], ReplyTo(sink: caller, id: id))
                    #expect(taken)
                }
                set.finish()
            }
            let first = await caller.replies(ids).compactMap { $0.answer }
            #expect(Set(first.compactMap(\.session)).count == 3)
            // The same commands once more (I9).
            let again = await caller.replies(caller.send(requests)).compactMap { $0.answer }
            #expect(again.map(\.session) == first.map(\.session))
            await router.stop()
        }
        try await RuntimeRig.with(settings) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            for round in 1...3 {
                let ids = caller.numbers(4)
                let cells = await router.onLoop { set in
                    for (place, id) in ids.enumerated() {
                        let request = Give.say("b\(place)", "m\(round).\(place)").encoded()
                        let taken = set.line(up: request[...], ReplyTo(sink: caller, id: id))
                        #expect(taken)
                    }
                    set.finish()
                    return set.cells.count
                }
                for reply in await caller.replies(ids) { #expect(reply.fault == .overloaded) }
                #expect(cells == 4)
            }
            await router.stop()
        }
    }

    @Test("bytes in line that are no request are answered so and keep nobody")
    func whatCannotBeReadIsToldSo() async throws {
        try await RuntimeRig.with(Self.tight) { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening))
            let good = Give.say("b1", "m1")
            // The shop and the kind can be seen; the text is none.
            var bad = Give.say("b2", "m2", "cut here").encoded()
            let text = Array("cut here".utf8)
            let place = try #require((0...bad.count - 8).first { bad[$0..<$0 + 8].elementsEqual(text) })
            bad[place] = 0xff
            let cut = bad
            let ids = caller.numbers(2)
            let taken = await router.onLoop { set in
                let taken = [
                    set.line(up: cut[...], ReplyTo(sink: caller, id: ids[0])),
                    set.line(up: good.encoded()[...], ReplyTo(sink: caller, id: ids[1])),
                ]
                set.finish()
                return taken
            }
            #expect(taken == [true, true])
            #expect(await caller.reply(ids[0]).fault == .badRequest)
            #expect(await caller.reply(ids[1]).answer != nil)
            await router.stop()
        }
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

extension Inbound {
    /// False if there is no place for it.
    fileprivate mutating func put(_ item: Item, _ rank: Rank, shop: ShopID, at now: UInt64) -> Bool {
        let line = line(rank, shop: shop)
        guard hasPlace(line) else { return false }
        put(item, line, at: now)
        return true
    }
}
