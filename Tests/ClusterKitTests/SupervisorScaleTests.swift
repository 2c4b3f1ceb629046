import ClusterKit
import Domain
import Testing
import Wire

@Suite struct SupervisorScaleTests {
    let call = SupervisorRig.operatorCall

    @Test func scalingUpIsAnsweredWhenEveryShardIsOpenUnderTheNewMembership() {
        var rig = SupervisorRig(routers: 1, shards: 8)
        _ = rig.up()
        #expect(rig.send(.scaleAsked(routers: 3, call)).acts == ["spawn router-2", "spawn router-3"])
        #expect(rig.join("router-2").acts.contains { $0.contains("membership 2") } == false)
        #expect(rig.join("router-3").acts.contains("tell router-1 membership 2 [router-1 router-2 router-3]"))
        #expect(rig.report("router-1").acts == [])
        #expect(rig.report("router-2").acts == [])
        #expect(rig.report("router-3").acts == ["reply done"])
    }

    @Test func scalingDownDrainsTheHighestNumbersAndThenStopsThem() {
        var rig = SupervisorRig(routers: 3, shards: 9)
        _ = rig.up()
        let asked = rig.send(.scaleAsked(routers: 1, call)).acts
        #expect(asked.count == 4)
        #expect(asked.allSatisfy { $0.hasSuffix("membership 2 [router-1]") })
        #expect(rig.report("router-3", holding: [4]).acts == [])
        #expect(rig.report("router-3", holding: []).acts == ["tell router-3 stop"])
        #expect(rig.report("router-2", holding: []).acts == ["tell router-2 stop"])
        #expect(rig.report("router-1").acts == [])
        _ = rig.exit("router-3")
        #expect(rig.exit("router-2").acts.last == "reply done")
        #expect(rig.state.status.processes.map(\.name) == ["router-1", "ingress-1"])
    }

    @Test func routerThatCannotDrainIsToldToStopAndThenKilled() {
        var rig = SupervisorRig(routers: 2)
        _ = rig.up()
        _ = rig.send(.scaleAsked(routers: 1, call))
        for _ in 1...9 {
            _ = rig.after(.seconds(1))
            _ = rig.report("router-1")
            _ = rig.report("router-2", holding: [0])
            _ = rig.report("ingress-1")
        }
        #expect(rig.after(.seconds(1)).acts == ["tell router-2 stop"])
        for _ in 1...9 {
            #expect(rig.reportAll().acts == [])
            _ = rig.after(.seconds(1))
        }
        _ = rig.reportAll()
        #expect(rig.after(.seconds(1)).acts.first == "kill router-2")
        #expect(rig.exit("router-2", .signal(9)).acts.contains("reply done"))
    }

    @Test func scalingUpAgainWhileARouterDrainsKeepsIt() {
        var rig = SupervisorRig(routers: 2)
        _ = rig.up()
        _ = rig.send(.scaleAsked(routers: 1, call))
        let lines = rig.send(.scaleAsked(routers: 2, Caller(connection: 901, request: 1))).acts
        #expect(lines.contains("tell router-2 membership 3 [router-1 router-2]"))
        #expect(!lines.contains { $0.hasPrefix("spawn") })
        _ = rig.report("router-1")
        #expect(rig.report("router-2").acts == ["reply done", "reply done"])
    }

    @Test func scalingUpAgainAfterARouterWasToldToStopStartsItAnew() {
        var rig = SupervisorRig(routers: 2)
        _ = rig.up()
        _ = rig.send(.scaleAsked(routers: 1, call))
        _ = rig.report("router-2", holding: [])
        #expect(rig.send(.scaleAsked(routers: 2, call)).acts == [])
        #expect(rig.exit("router-2").contains("spawn router-2"))
    }

    @Test func numberOfRoutersOutsideTheBoundsIsRefused() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.up()
        #expect(rig.send(.scaleAsked(routers: 0, call)) == ["reply badRequest"])
        #expect(rig.send(.scaleAsked(routers: 65, call)) == ["reply badRequest"])
    }
}
