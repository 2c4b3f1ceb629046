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
}
