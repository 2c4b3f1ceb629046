import Domain
import Journal
import NIOCore
import Testing
import Wire

@testable import Runtime

@Suite(.timeLimit(.minutes(1))) struct FailedShardTests {
    /// A shop of each of two shards.
    private func shops() throws -> [ShopID] {
        let names = (1...20).map { ShopID(rawValue: "shop-\($0)") }
        return try [0, 1].map { shard in try #require(names.first { ShardMap.shard(of: $0, shards: 2) == shard }) }
    }

    @Test("I12: a shard whose rows cannot be read is refused with its reason, the other one serves, and it comes back")
    func unreadableShardStopsNoOther() async throws {
        var settings = RuntimeRig.settings
        settings.reopenLongest = .milliseconds(2)
        try await RuntimeRig.with(settings, shards: 2) { rig in
            let shops = try shops()
            let former = await rig.holder("router-1")
            for shop in shops { #expect(await Caller(former).ask(Give.shopSet(shop)).answer != nil) }
            await former.stop()
            let good = try #require(rig.engine.disk(1).shops[shops[1]])
            rig.engine.change(1) { $0.shops[shops[1]] = StoredShop(shop: shops[1], reflects: 1, body: [0xff]) }

            let router = rig.router("router-2")
            await router.join(2, ["router-2"])
            let caller = Caller(router)
            // Waits for the second opening that fails, then is told; later calls are told at once.
            #expect(await caller.ask(Give.ask(.shop, shop: shops[1])).fault == .shardFailed)
            #expect(await caller.ask(Give.ask(.shop, shop: shops[1])).fault == .shardFailed)
            #expect(await caller.ask(Give.ask(.shop, shop: shops[0])).fault == nil)
            let stream = caller.send([.watchShop(WatchShop(shop: shops[1]))])[0]
            await caller.until { outputs in outputs.contains { $0.isEnd(of: stream) } }
            // Nobody waits for its clock, and the router counts as ready.
            await router.ready()
            #expect(await router.onLoop { $0.ready })
            let status = await router.onLoop { $0.status() }
            #expect(status.shards.map(\.state) == [.open, .failed])
            #expect(status.shards[0].fault == nil)
            #expect(status.shards[1].fault?.hasPrefix("corrupt: shard 1 cannot be read") == true)

            rig.engine.change(1) { $0.shops[shops[1]] = good }
            var reply = await caller.ask(Give.ask(.shop, shop: shops[1]))
            while reply.fault == .shardFailed { reply = await caller.ask(Give.ask(.shop, shop: shops[1])) }
            #expect(reply.fault == nil)
            let healed = await router.onLoop { $0.status().shards[1] }
            #expect(healed.state == .open)
            #expect(healed.fault == nil)
            await router.stop()
        }
    }

    @Test("the pause before a shard is opened again doubles up to its bound")
    func pausesGrowToTheirBound() {
        var settings = RuntimeSettings()
        settings.reopenAfter = .milliseconds(100)
        settings.reopenLongest = .seconds(1)
        #expect(
            (1...6).map { settings.reopenPause(after: $0) } == [
                .milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800), .seconds(1),
                .seconds(1),
            ])
        #expect(settings.reopenPause(after: .max) == .seconds(1))
    }
}
