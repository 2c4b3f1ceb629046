import Domain
import Testing
import Wire

@testable import Runtime

@Suite(.timeLimit(.minutes(1))) struct TimerTests {
    private func at(_ span: Domain.Span) -> Timestamp { RuntimeRig.start + span }

    @Test("every timer due fires at its own time and in order, before the clock step is answered")
    func timersFireInOrder() async throws {
        try await RuntimeRig.with { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            let shops = ["x", "y"].map(ShopID.init(rawValue:))
            for (index, shop) in shops.enumerated() {
                rig.clock.move(to: at(.minutes(index)))
                _ = await caller.ask(Give.shopSet(shop))
                _ = await caller.ask(Give.say("b", "m-\(shop)", at: at(.minutes(index)), shop: shop))
            }
            // Nobody is there: abandoned after 24 h, one a minute after the other.
            rig.clock.move(to: at(.days(3)))
            await router.ready()
            let ended = try rig.engine.disk().records().filter { record in
                if case .sessionEnded(let body) = record.event { body.end == .abandoned } else { false }
            }
            #expect(ended.map(\.shop) == shops)
            #expect(ended.map(\.at) == [at(.hours(24)), at(.minutes(24 * 60 + 1))])
            await router.stop()
        }
    }

    @Test("what became due while nobody held the shard fires at its own time when it is opened")
    func timersFireAfterAnOpening() async throws {
        try await RuntimeRig.with { rig in
            let former = await rig.holder()
            _ = await Caller(former).ask(Give.shopSet())
            _ = await Caller(former).ask(Give.say("b", "m"))
            await former.stop()
            rig.clock.move(to: at(.hours(30)))
            let next = rig.router("router-2")
            await next.join(2, ["router-2"])
            await next.ready()
            let last = try #require(try rig.engine.disk().records().last)
            #expect(last.at == at(.hours(24)))
            #expect(await Caller(next).ask(Give.ask(.board)).board?.open == 0)
            await next.stop()
        }
    }

    @Test("DIV-6: an agent whose stream is lost for 60 s goes offline, one who comes back in time does not")
    func lostStreamTakesAgentOffline() async throws {
        try await RuntimeRig.with { rig in
            let router = await rig.holder()
            let caller = Caller(router)
            _ = await caller.replies(caller.send(Give.opening + [Give.agent("z"), Give.online("z")]))
            func watch(_ agent: String) -> RouterRequest {
                .watchShop(WatchShop(shop: Give.shop, agent: AgentID(rawValue: agent)))
            }
            let first = Caller(router)
            let second = Caller(router)
            let places = [first.send([watch("a")])[0], second.send([watch("z")])[0]]
            await first.until { $0.contains { $0.isItem(of: places[0]) } }
            await second.until { $0.contains { $0.isItem(of: places[1]) } }
            await first.disconnect()
            await second.disconnect()
            rig.clock.move(to: at(.seconds(30)))
            await router.ready()
            let back = Caller(router)
            let place = back.send([watch("z")])[0]
            await back.until { $0.contains { $0.isItem(of: place) } }
            rig.clock.move(to: RuntimeRig.start + Domain.Span(millis: 59_999))
            await router.ready()
            #expect(await caller.ask(Give.ask(.board)).board?.agents.map(\.presence) == [.online, .online])
            rig.clock.move(to: at(.seconds(60)))
            await router.ready()
            #expect(await caller.ask(Give.ask(.board)).board?.agents.map(\.presence) == [.offline, .online])
            rig.clock.move(to: at(.minutes(10)))
            await router.ready()
            #expect(await caller.ask(Give.ask(.board)).board?.agents.map(\.presence) == [.offline, .online])
            await router.stop()
        }
    }

    @Test("DIV-6: a stream that was lost with its router counts as lost from the next opening on")
    func streamLostWithItsRouter() async throws {
        try await RuntimeRig.with { rig in
            let former = await rig.holder()
            let caller = Caller(former)
            _ = await caller.replies(caller.send(Give.opening))
            let agent = AgentID(rawValue: "a")
            let id = caller.send([.watchShop(WatchShop(shop: Give.shop, agent: agent))])[0]
            await caller.until { $0.contains { $0.isItem(of: id) } }
            rig.engine.crash()
            rig.clock.move(to: at(.minutes(5)))
            let next = rig.router("router-2")
            await next.join(2, ["router-2"])
            await next.ready()
            let other = Caller(next)
            #expect(await other.ask(Give.ask(.board)).board?.agents.first?.presence == .online)
            rig.clock.move(to: at(.minutes(6)))
            await next.ready()
            #expect(await other.ask(Give.ask(.board)).board?.agents.first?.presence == .offline)
            await next.stop()
        }
    }
}
