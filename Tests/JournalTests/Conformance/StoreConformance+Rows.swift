import Domain
import Journal
import Testing

extension StoreConformance {
    static let rows: [StoreClaim] = [
        StoreClaim("aRowWrittenAgainReplacesTheFirst") { rig in
            try withStore(rig) { store, reader in
                try store.write(
                    changes: [
                        .shop(S.shop, reflects: 1, body: [1]), .shop(S.shop, reflects: 2, body: [2, 2]),
                        .buyer(S.shop, S.buyer, reflects: 1, open: true, body: [1]),
                        .buyer(S.shop, S.buyer, reflects: 3, open: false, body: [3]),
                        .session(session(S.shop, 1, buyer: S.buyer, agent: nil)),
                        .session(session(S.shop, 1, buyer: S.buyer, agent: S.agent)),
                    ])
                #expect(try reader.shops() == [StoredShop(shop: S.shop, reflects: 2, body: [2, 2])])
                #expect(
                    try reader.buyer(S.shop, S.buyer)
                        == StoredBuyer(shop: S.shop, buyer: S.buyer, reflects: 3, open: false, body: [3]))
                #expect(reader.mayHold(S.shop, S.buyer))
                #expect(try reader.openBuyers(after: nil, limit: 5).isEmpty)
                #expect(try reader.session(S.shop, 1) == session(S.shop, 1, buyer: S.buyer, agent: S.agent))
            }
        },
        StoreClaim("keysAreComparedByTheirBytes") { rig in
            try withStore(rig) { store, reader in
                // The second and third are equal to Swift: é, composed and not.
                let names = [
                    "a'; --", "e\u{301}", "\u{e9}", "店", "\u{1F600}", String(repeating: "x", count: 64), "A", "a",
                ]
                for (index, name) in names.enumerated() {
                    let shop = ShopID(rawValue: name)
                    try store.write(
                        changes: [
                            .shop(shop, reflects: UInt64(index), body: [UInt8(index)]),
                            .buyer(shop, BuyerID(rawValue: name), reflects: 0, open: true, body: [UInt8(index)]),
                        ])
                }
                let byBytes = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                #expect(try reader.shops().map { Array($0.shop.rawValue.utf8) } == byBytes.map { Array($0.utf8) })
                for (index, name) in names.enumerated() {
                    let found = try reader.buyer(ShopID(rawValue: name), BuyerID(rawValue: name))
                    #expect(found?.body == [UInt8(index)])
                }
                #expect(try reader.buyer(S.shop, S.buyer) == nil)
            }
        },
        StoreClaim("openBuyersArePagedWithoutGapOrRepeat") { rig in
            try withStore(rig) { store, reader in
                var wanted: [BuyerPlace] = []
                var changes: [RowChange] = []
                for shop in ["s1", "s2", "s3"] {
                    for number in 10..<40 {
                        let place = BuyerPlace(shop: ShopID(rawValue: shop), buyer: BuyerID(rawValue: "b\(number)"))
                        let open = number % 3 != 0
                        changes.append(.buyer(place.shop, place.buyer, reflects: 7, open: open, body: [9]))
                        if open { wanted.append(place) }
                    }
                }
                try store.write(changes: changes.reversed())
                var orders: [BuyerPlace] = []
                for limit in [1, 7, 20, 1_000] {
                    var found: [BuyerPlace] = []
                    while true {
                        let page = try reader.openBuyers(after: found.last, limit: limit)
                        #expect(page.count <= limit)
                        #expect(page.allSatisfy { $0.open && $0.reflects == 7 && $0.body == [9] })
                        if page.isEmpty { break }
                        found += page.map(\.place)
                    }
                    // In an order of the engine's own, always the same.
                    #expect(found.count == wanted.count)
                    #expect(Set(found) == Set(wanted))
                    if orders.isEmpty { orders = found }
                    #expect(found == orders)
                }
            }
        },
        StoreClaim("endedSessionsAreListedByNumberAgentAndBuyer") { rig in
            try withStore(rig) { store, reader in
                let all = (1...60).map { (number: Int) -> EndedSessionRow in
                    session(
                        ShopID(rawValue: number % 10 == 0 ? "other" : "s"), UInt64(number),
                        buyer: BuyerID(rawValue: "b\(number % 4)"),
                        agent: number % 3 == 0 ? nil : AgentID(rawValue: "a\(number % 3)"))
                }
                try store.write(changes: all.inAnotherOrder().map { .session($0) })
                let ofShop = all.filter { $0.shop == S.shop }
                let agents: [AgentID?] = [nil, AgentID(rawValue: "a1"), AgentID(rawValue: "nobody")]
                let buyers: [BuyerID?] = [nil, BuyerID(rawValue: "b2")]
                for agent in agents {
                    for buyer in buyers {
                        let wanted = ofShop.filter {
                            (agent == nil || $0.agent == agent) && (buyer == nil || $0.buyer == buyer)
                        }
                        var found: [EndedSessionRow] = []
                        while true {
                            let page = try reader.sessions(
                                S.shop, agent: agent, buyer: buyer, after: found.last?.number ?? 0, limit: 4)
                            #expect(page.count <= 4)
                            if page.isEmpty { break }
                            found += page
                        }
                        #expect(found == wanted)
                    }
                }
                #expect(try reader.session(S.shop, 59) == all[58])
                #expect(try reader.session(S.shop, 60) == nil)
            }
        },
        StoreClaim("answersAreKeptUntilForgotten") { rig in
            try withStore(rig) { store, reader in
                let rows = (0..<5).map { AnswerRow(first: $0 * 10 + 1, last: $0 * 10 + 10, body: [UInt8($0)]) }
                try store.write(
                    changes: rows.map { .answers(first: $0.first, last: $0.last, body: $0.body) })
                #expect(try reader.answers(after: 0) == rows)
                #expect(try reader.answers(after: 20) == Array(rows[2...]))
                #expect(try reader.answers(after: 25) == Array(rows[2...]))
                try store.write(changes: [.forgetAnswers(through: 25)])
                #expect(try reader.answers(after: 0) == Array(rows[2...]))
                try store.write(changes: [.forgetAnswers(through: 50)])
                #expect(try reader.answers(after: 0).isEmpty)
            }
        },
        StoreClaim("theCheckpointMovesOnlyForwardAndNeverBeyondTheEvents") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            try store.write(rows: [row(1, 10, store)])
            try store.write(changes: [.checkpoint(4)])
            #expect(store.checkpoint == 4)
            #expect(code { try store.write(changes: [.checkpoint(3)]) } == .sequenceGap)
            #expect(code { try store.write(changes: [.checkpoint(11)]) } == .sequenceGap)
            #expect(store.checkpoint == 4)
            try store.write(rows: [row(11, 12, store)])
            try store.write(changes: [.checkpoint(12)])
            store.close()
            let again = try rig.engine.open(shard: 0, holder: "t")
            #expect(again.checkpoint == 12)
            #expect(again.durable == 12)
            again.close()
        },
        StoreClaim("aRowThatReflectsMoreThanIsDurableIsRefused") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            defer { store.close() }
            try store.write(rows: [row(1, 10, store)])
            let ahead: [RowChange] = [
                .shop(S.shop, reflects: 11, body: [1]), .buyer(S.shop, S.buyer, reflects: 11, open: true, body: [1]),
                .session(session(S.shop, 4, buyer: S.buyer, agent: nil)), .answers(first: 1, last: 11, body: [1]),
            ]
            for change in ahead {
                let good = RowChange.shop(S.shop, reflects: 10, body: [2])
                #expect(code { try store.write(changes: [good, change]) } == .sequenceGap)
            }
            let reader = try store.reader()
            #expect(try reader.shops().isEmpty)
            #expect(try reader.buyer(S.shop, S.buyer) == nil)
            #expect(!reader.mayHold(S.shop, S.buyer))
            #expect(try reader.sessions(S.shop, agent: nil, buyer: nil, after: 0, limit: 5).isEmpty)
            #expect(try reader.answers(after: 0).isEmpty)
            // It goes on.
            try store.write(changes: [.shop(S.shop, reflects: 10, body: [2])])
            #expect(try reader.shops().count == 1)
        },
        StoreClaim("thousandsOfBuyersAreFoundAndChangedInAnyOrder") { rig in
            try withStore(rig) { store, reader in
                var wanted: [BuyerPlace: StoredBuyer] = [:]
                var seed: UInt64 = 7
                func draw(_ most: UInt64) -> UInt64 {
                    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return (seed >> 33) % most
                }
                for batch in [1, 3_000, 40, 2_000, 1, 5_000, 3_000, 700, 2_000, 4_000] {
                    var changes: [RowChange] = []
                    for _ in 0..<batch {
                        // Three shops, one with few buyers; now and then a body larger than a page.
                        let shop = ShopID(rawValue: "shop-\(draw(3))")
                        let buyer = BuyerID(rawValue: "buyer-\(draw(shop.rawValue == "shop-2" ? 5 : 3_000))")
                        let bytes = draw(200) == 0 ? 20_000 : Int(draw(300))
                        let row = StoredBuyer(
                            shop: shop, buyer: buyer, reflects: draw(60), open: draw(4) == 0,
                            body: (0..<bytes).map { UInt8(truncatingIfNeeded: $0) })
                        wanted[row.place] = row
                        changes.append(
                            .buyer(shop, buyer, reflects: row.reflects, open: row.open, body: row.body))
                    }
                    try store.write(changes: changes)
                    // Before, while and after the engine puts its rows in order.
                    if batch == 5_000 { while try store.mergeRows() {} } else { _ = try store.mergeRows() }
                    for (place, row) in wanted {
                        #expect(reader.mayHold(place.shop, place.buyer))
                        #expect(try reader.buyer(place.shop, place.buyer) == row)
                    }
                    #expect(try reader.buyer(S.shop, S.buyer) == nil)
                    var open: [StoredBuyer] = []
                    while true {
                        let page = try reader.openBuyers(after: open.last?.place, limit: 500)
                        open += page
                        if page.count < 500 { break }
                    }
                    #expect(open.count == Set(open.map(\.place)).count)
                    #expect(Set(open) == Set(wanted.values.filter(\.open)))
                }
            }
        },
        StoreClaim("ofManyBuyersInOnePieceTheLastRowOfEachCounts") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            defer { store.close() }
            let reader = try store.reader()
            let other = ShopID(rawValue: "other")
            var packer = BuyerPacker()
            for (shop, name, number) in [
                (S.shop, "b", 1), (S.shop, "c", 2), (S.shop, "b", 3), (other, "b", 4), (S.shop, "a", 5),
                (other, "c", 6), (other, "b", 7), (S.shop, "c", 1),
            ] {
                packer.begin(shop)
                packer.add(BuyerID(rawValue: name), reflects: UInt64(number), open: number % 2 == 1) {
                    $0.append([UInt8(number)])
                }
            }
            let packed = packer.finish()
            try store.write(rows: [row(1, 6, store)])
            #expect(code { try store.write(changes: [.buyers(packed)]) } == .sequenceGap)
            try store.write(rows: [row(7, 7, store)])
            try store.write(changes: [.buyers(packed)])
            let found = try [(S.shop, "a"), (S.shop, "b"), (S.shop, "c"), (other, "b"), (other, "c")].map {
                try reader.buyer($0.0, BuyerID(rawValue: $0.1))
            }
            #expect(found.map { $0?.body } == [[5], [3], [1], [7], [6]])
            #expect(found.map { $0?.reflects } == [5, 3, 1, 7, 6])
            #expect(try reader.openBuyers(after: nil, limit: 9).count == 4)
        },
        StoreClaim("rowsOfEveryKindSurviveAReopening") { rig in
            let store = try rig.engine.open(shard: 0, holder: "t")
            let ended = session(S.shop, 9, buyer: S.buyer, agent: S.agent)
            try store.write(rows: [row(1, 30, store)])
            try store.write(
                changes: [
                    .shop(S.shop, reflects: 3, body: [1]), .buyer(S.shop, S.buyer, reflects: 2, open: true, body: [2]),
                    .session(ended), .answers(first: 1, last: 3, body: [4]), .checkpoint(3),
                ])
            store.close()
            let again = try rig.engine.open(shard: 0, holder: "t")
            let reader = try again.reader()
            #expect(try reader.shops() == [StoredShop(shop: S.shop, reflects: 3, body: [1])])
            #expect(try reader.openBuyers(after: nil, limit: 5).map(\.body) == [[2]])
            #expect(try reader.session(S.shop, 9) == ended)
            #expect(try reader.answers(after: 0) == [AnswerRow(first: 1, last: 3, body: [4])])
            again.close()
        },
    ]

    static func session(_ shop: ShopID, _ number: UInt64, buyer: BuyerID, agent: AgentID?) -> EndedSessionRow {
        EndedSessionRow(
            shop: shop, number: number, buyer: buyer, agent: agent,
            endedAt: Timestamp(millis: 1_700_000_000_000 + Int64(number)), lastSequence: number * 3,
            body: [UInt8(number)])
    }

    static func withStore(_ rig: StoreRig, _ body: (any ShardStore, any ShardReader) throws -> Void) throws {
        let store = try rig.engine.open(shard: 0, holder: "t")
        defer { store.close() }
        try store.write(rows: [row(1, 1_000, store)])
        try body(store, try store.reader())
    }
}

extension Array {
    /// Another order, always the same.
    func inAnotherOrder() -> [Element] {
        indices.sorted { ($0 * 37 % 101, $0) < ($1 * 37 % 101, $1) }.map { self[$0] }
    }
}
