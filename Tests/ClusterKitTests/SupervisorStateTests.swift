import ClusterKit
import Domain
import Testing
import Wire

@Suite struct SupervisorStateTests {
    @Test func startSpawnsRoutersAndThenIngresses() {
        var rig = SupervisorRig(routers: 2)
        #expect(rig.send(.started) == ["spawn router-1", "spawn router-2", "spawn ingress-1"])
    }

    @Test func membershipWaitsUntilAllRoutersOfTheStartHaveJoined() {
        var rig = SupervisorRig(routers: 2)
        _ = rig.send(.started)
        #expect(rig.join("router-2").acts == ["tell router-2 membership 0 []"])
        #expect(
            rig.join("router-1").acts == [
                "tell router-1 membership 0 []",
                "tell router-1 membership 1 [router-1 router-2]",
                "tell router-2 membership 1 [router-1 router-2]",
            ])
    }

    @Test func routerThatStartsSlowlyDoesNotKeepTheOthersWaiting() {
        var rig = SupervisorRig(routers: 2)
        _ = rig.send(.started)
        _ = rig.join("router-1")
        #expect(rig.after(.milliseconds(999)).acts == [])
        #expect(rig.after(.milliseconds(1)).acts == ["tell router-1 membership 1 [router-1]"])
    }

    @Test func clusterIsPublishedWhenAllAreReadyAndEveryShardIsOpen() {
        var rig = SupervisorRig(routers: 2)
        _ = rig.send(.started)
        for name in ["router-1", "router-2", "ingress-1"] { _ = rig.join(name) }
        #expect(rig.report("router-1").acts == [])
        #expect(rig.report("ingress-1").acts == [])
        #expect(rig.report("router-2", holding: []).acts == [])
        #expect(rig.report("router-2").acts == ["publish router-1/101 router-2/102 ingress-1/103"])
        #expect(rig.reportAll().acts == [])
    }

    @Test func reportOfAnOlderMembershipDoesNotMakeItReady() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.up()
        _ = rig.exit("router-1", .signal(9))
        _ = rig.join("router-1")
        let status = rig.state.status
        #expect(status.epoch == 3)
        #expect(status.processes.map(\.ready) == [false, true])
    }

    @Test func killedRouterLeavesTheMembershipAndIsStartedAgainAtOnce() {
        var rig = SupervisorRig(routers: 2)
        _ = rig.up()
        #expect(rig.after(.seconds(1)).acts == [])
        #expect(rig.reportAll().acts == [])
        #expect(
            rig.exit("router-1", .signal(9)).acts == [
                "spawn router-1",
                "tell router-2 membership 2 [router-2]",
                "tell ingress-1 membership 2 [router-2]",
                "publish router-2/102 ingress-1/103",
            ])
        #expect(
            rig.join("router-1").acts == [
                "tell router-1 membership 2 [router-2]",
                "tell router-1 membership 3 [router-1 router-2]",
                "tell router-2 membership 3 [router-1 router-2]",
                "tell ingress-1 membership 3 [router-1 router-2]",
                "publish router-1/104 router-2/102 ingress-1/103",
            ])
    }

    @Test func silentRouterIsKilledAndKeepsItsShardsUntilItIsReaped() {
        var rig = SupervisorRig(routers: 2)
        _ = rig.up()
        #expect(rig.after(.milliseconds(1_500)).acts == [])
        for name in ["router-1", "ingress-1"] { _ = rig.report(name) }
        #expect(rig.after(.milliseconds(499)).acts == [])
        let lines = rig.after(.milliseconds(1))
        #expect(lines.acts.first == "kill router-2")
        #expect(!lines.contains { $0.contains("membership") })
        #expect(rig.exit("router-2", .signal(9)).contains("tell router-1 membership 2 [router-1]"))
    }

    @Test func supervisorThatWasHeldUpItselfKillsNobodyForIt() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.up()
        _ = rig.after(.milliseconds(100))
        #expect(rig.afterBeingHeldUp(.seconds(5)).acts == [])
        #expect(rig.after(.milliseconds(1_950)).acts == [])
        #expect(rig.after(.milliseconds(50)).acts.contains("kill router-1"))
    }

    @Test func connectionThatIsLostForTwoSecondsIsFatal() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.up()
        _ = rig.send(.disconnected(connection: 2))
        #expect(rig.state.status.processes[0].ready == false)
        #expect(rig.join("router-1").acts == ["tell router-1 membership 1 [router-1]"])
        _ = rig.report("router-1")
        #expect(rig.state.status.processes[0].ready)
        _ = rig.send(.disconnected(connection: 3))
        #expect(rig.after(.seconds(2)).acts.contains("kill router-1"))
    }

    @Test func processThatNeverJoinsIsKilled() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.send(.started)
        _ = rig.join("ingress-1")
        for _ in 1...9 {
            #expect(rig.after(.seconds(1)).acts == [])
            _ = rig.report("ingress-1")
        }
        #expect(rig.after(.seconds(1)).acts == ["kill router-1"])
    }

    @Test func restartsOfAProcessThatIsNeverSteadyAreSpacedOut() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.up()
        #expect(rig.exit("router-1", .code(1)).contains("spawn router-1"))
        #expect(!rig.exit("router-1", .code(1)).contains("spawn router-1"))
        #expect(rig.after(.milliseconds(199)).acts == [])
        #expect(rig.after(.milliseconds(1)).acts == ["spawn router-1"])
        #expect(!rig.exit("router-1", .code(1)).contains("spawn router-1"))
        #expect(rig.after(.milliseconds(399)).acts == [])
        #expect(rig.after(.milliseconds(1)).acts == ["spawn router-1"])
    }

    @Test func steadyRouterIsStartedAtOnceHoweverOftenItIsKilled() {
        var rig = SupervisorRig(routers: 2)
        _ = rig.up()
        for _ in 1...10 {
            _ = rig.after(.seconds(1))
            _ = rig.reportAll()
            #expect(rig.exit("router-1", .signal(9)).contains("spawn router-1"))
            _ = rig.join("router-1")
            _ = rig.reportAll()
        }
        #expect(rig.state.status.processes[0].restarts == 10)
    }

    @Test func routerThatServedAndDiesSoonAgainIsNeverAwayForLong() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.up()
        for _ in 1...10 {
            let away = rig.exit("router-1", .signal(9)).contains("spawn router-1") ? [] : rig.after(.milliseconds(400))
            #expect(away.isEmpty || away.contains("spawn router-1"))
            _ = rig.join("router-1")
            _ = rig.reportAll()
        }
        #expect(rig.state.status.processes[0].restarts == 10)
    }

    @Test func whenAllRoutersDieTheFirstWhoIsBackServesWithoutWaitingForTheOthers() {
        var rig = SupervisorRig(routers: 2)
        _ = rig.up()
        _ = rig.after(.seconds(1))
        _ = rig.reportAll()
        for name in ["router-1", "router-2"] { _ = rig.exit(name, .signal(9)) }
        #expect(rig.join("router-2").acts == ["tell router-2 membership 3 []", "publish router-2/105 ingress-1/103"])
        #expect(
            rig.after(.milliseconds(100)).acts == [
                "tell router-2 membership 4 [router-2]", "tell ingress-1 membership 4 [router-2]",
            ])
        _ = rig.report("router-2")
        #expect(rig.join("router-1").contains("tell router-2 membership 5 [router-1 router-2]"))
    }

    @Test("I12: a shard that cannot be opened keeps nobody waiting")
    func failedShardIsSettled() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.send(.started)
        for name in ["router-1", "ingress-1"] { _ = rig.join(name) }
        _ = rig.report("ingress-1")
        #expect(rig.report("router-1", holding: [0, 1, 2]).acts == [])
        #expect(
            rig.report("router-1", holding: [0, 1, 2], failed: [3]).acts == ["publish router-1/101 ingress-1/102"])
        #expect(rig.send(.scaleAsked(routers: 1, SupervisorRig.operatorCall)).contains("reply done"))
    }

    @Test func clusterThatCannotStartGivesUpWithTheReason() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.send(.started)
        _ = rig.join("router-1")
        _ = rig.exit("ingress-1", .code(71))
        _ = rig.exit("ingress-1", .code(71))
        _ = rig.after(.milliseconds(200))
        let lines = rig.exit("ingress-1", .code(71))
        #expect(lines.acts == ["withdraw", "tell router-1 stop"])
        #expect(rig.exit("router-1") == ["finished: ingress-1 does not start: exit code 71"])
    }

    @Test func ingressThatIsStartedAgainTakesItsAddressAgain() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.up()
        #expect(rig.exit("ingress-1", .signal(9)).contains("spawn ingress-1 at http://127.0.0.1:8080"))
    }

    @Test func strangerIsNotLetIn() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.up()
        let join = Join(role: .router, name: "router-1", pid: 7, socket: "/run/x.sock")
        #expect(rig.send(.joined(join, Caller(connection: 77, request: 1))) == ["reply badRequest"])
        #expect(rig.state.status.processes[0].socket == "/run/router-1.sock")
    }
}
