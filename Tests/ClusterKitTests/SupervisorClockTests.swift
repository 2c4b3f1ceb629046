import ClusterKit
import Domain
import Testing
import Wire

@Suite struct SupervisorClockTests {
    let call = SupervisorRig.operatorCall
    let start = Timestamp(millis: 1_000)

    @Test func newcomerHearsTheMembershipAndThenTheClock() {
        var rig = SupervisorRig(routers: 1, clock: start)
        _ = rig.send(.started)
        #expect(rig.join("ingress-1").acts == ["tell ingress-1 membership 0 []", "tell ingress-1 clock 1000"])
    }

    @Test func nobodyIsReadyBeforeHavingReachedTheClock() {
        var rig = SupervisorRig(routers: 1, clock: start)
        _ = rig.send(.started)
        _ = rig.join("router-1")
        _ = rig.join("ingress-1")
        _ = rig.report("router-1")
        _ = rig.report("ingress-1")
        #expect(rig.reached("router-1", start).acts == [])
        #expect(rig.reached("ingress-1", start).acts == ["publish router-1/101 ingress-1/102"])
    }

    @Test func clockIsWrittenDownBeforeItIsToldAndAnsweredWhenAllHaveReachedIt() {
        var rig = SupervisorRig(routers: 1, clock: start)
        _ = rig.up()
        #expect(
            rig.send(.clockAsked(Timestamp(millis: 5_000), call)) == [
                "save 5000", "tell router-1 clock 5000", "tell ingress-1 clock 5000",
            ])
        #expect(rig.reached("ingress-1", Timestamp(millis: 5_000)) == [])
        #expect(rig.reached("router-1", Timestamp(millis: 4_999)) == [])
        #expect(rig.reached("router-1", Timestamp(millis: 5_000)) == ["reply done"])
    }

    @Test func sameTimeAgainIsAnsweredAtOnce() {
        var rig = SupervisorRig(routers: 1, clock: start)
        _ = rig.up()
        #expect(rig.send(.clockAsked(start, call)) == ["reply done"])
    }

    @Test func clockNeverGoesBack() {
        var rig = SupervisorRig(routers: 1, clock: start)
        _ = rig.up()
        #expect(rig.send(.clockAsked(Timestamp(millis: 999), call)) == ["reply clockBackwards"])
    }

    @Test func systemClockCannotBeMoved() {
        var rig = SupervisorRig(routers: 1)
        _ = rig.up()
        #expect(rig.send(.clockAsked(start, call)) == ["reply clockNotManual"])
    }

    @Test func deadRouterDoesNotHoldTheAnswerUpButItsSuccessorMust() {
        var rig = SupervisorRig(routers: 2, clock: start)
        _ = rig.up()
        let time = Timestamp(millis: 9_000)
        _ = rig.send(.clockAsked(time, call))
        _ = rig.reached("ingress-1", time)
        _ = rig.reached("router-1", time)
        _ = rig.exit("router-2", .signal(9))
        #expect(rig.join("router-2").contains("tell router-2 clock 9000"))
        _ = rig.report("router-1")
        #expect(rig.report("router-2").acts == [])
        #expect(rig.reached("router-2", time).acts.contains("reply done"))
    }

    @Test func aScorerHearsTheTimeOnceEveryRouterHasReachedItAndTheAnswerWaitsForIt() {
        var rig = SupervisorRig(routers: 2, scorers: 1, clock: start)
        _ = rig.up()
        let time = Timestamp(millis: 5_000)
        #expect(!rig.send(.clockAsked(time, call)).contains { $0.contains("scorer-1") })
        _ = rig.reached("ingress-1", time)
        #expect(rig.reached("router-1", time).acts == [])
        #expect(rig.reached("router-2", time).acts == ["tell scorer-1 clock 5000"])
        #expect(rig.reached("scorer-1", time).acts == ["reply done"])
    }

    @Test func aScorerThatComesBackHearsWhatTheRoutersHaveReached() {
        var rig = SupervisorRig(routers: 1, scorers: 1, clock: start)
        _ = rig.up()
        let time = Timestamp(millis: 5_000)
        _ = rig.send(.clockAsked(time, call))
        _ = rig.reached("ingress-1", time)
        _ = rig.exit("scorer-1", .signal(9))
        _ = rig.after(.seconds(1))
        #expect(rig.join("scorer-1").contains("tell scorer-1 clock 1000"))
        _ = rig.report("scorer-1")
        #expect(rig.reached("router-1", time).acts == ["tell scorer-1 clock 5000"])
        #expect(rig.reached("scorer-1", time).acts.contains("reply done"))
    }

    @Test func theClusterIsNotReadyBeforeItsScorersAre() {
        var rig = SupervisorRig(routers: 1, scorers: 2)
        _ = rig.send(.started)
        for name in rig.pids.keys.sorted() { _ = rig.join(name) }
        for name in ["router-1", "ingress-1", "scorer-1"] { #expect(rig.report(name).acts == []) }
        #expect(
            rig.report("scorer-2").acts == ["publish router-1/101 ingress-1/102 scorer-1/103 scorer-2/104"])
    }

    @Test func clockThatCannotBeKeptIsToldToNobody() {
        var state = SupervisorState(
            {
                var settings = SupervisorSettings()
                settings.manualClock = start
                return settings
            }())
        let time = Timestamp(millis: 2_000)
        #expect(state.handle(.clockAsked(time, call), at: .zero) == [.saveClock(time)])
        let reply = state.handle(.clockNotSaved(reason: "disk full"), at: .zero)
        #expect(
            reply == [.reply(call, .fault(WireFault(.internalFault, "the clock cannot be kept: disk full")))])
        #expect(state.status.manualClock == start)
    }
}
