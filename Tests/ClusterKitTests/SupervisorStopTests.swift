import ClusterKit
import Testing
import Wire

@Suite struct SupervisorStopTests {
    @Test func ingressesStopBeforeRouters() {
        var rig = SupervisorRig(routers: 2)
        _ = rig.up()
        #expect(rig.send(.stopAsked(nil)) == ["withdraw", "tell ingress-1 stop"])
        #expect(rig.exit("ingress-1") == ["tell router-1 stop", "tell router-2 stop"])
        #expect(rig.exit("router-2") == [])
        #expect(rig.exit("router-1") == ["finished"])
    }

    @Test func stopThatHangsEndsWithKills() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.up()
        _ = rig.send(.stopAsked(nil))
        #expect(rig.after(.milliseconds(4_999)).acts == [])
        #expect(rig.after(.milliseconds(1)).acts == ["kill ingress-1"])
        #expect(rig.exit("ingress-1", .signal(9)) == ["tell router-1 stop"])
        #expect(rig.after(.seconds(5)).acts == ["kill router-1"])
        #expect(rig.exit("router-1", .signal(9)) == ["finished"])
    }

    @Test func secondSignalKillsAtOnce() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.up()
        _ = rig.send(.stopAsked(nil))
        #expect(rig.send(.stopAsked(nil)).acts == ["kill router-1", "kill ingress-1"])
    }

    @Test func nobodyIsStartedAgainDuringAStop() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.up()
        _ = rig.send(.stopAsked(nil))
        #expect(rig.exit("router-1", .signal(9)) == [])
        #expect(rig.exit("ingress-1", .signal(9)) == ["finished"])
    }

    @Test func whoeverAskedForTheStopHearsOfItsEnd() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.up()
        _ = rig.send(.stopAsked(SupervisorRig.operatorCall))
        _ = rig.exit("ingress-1")
        #expect(rig.exit("router-1") == ["reply done", "finished"])
    }

    @Test func callersThatWaitAreToldThatTheClusterStops() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.up()
        _ = rig.send(.scaleAsked(routers: 2, SupervisorRig.operatorCall))
        #expect(rig.send(.stopAsked(nil)).acts.contains("reply stopping"))
    }

    @Test func processThatIsStillStartingIsTerminated() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.send(.started)
        #expect(rig.send(.stopAsked(nil)) == ["withdraw", "terminate ingress-1"])
        #expect(rig.exit("ingress-1", .signal(15)) == ["terminate router-1"])
        #expect(rig.exit("router-1", .signal(15)) == ["finished"])
    }
}
