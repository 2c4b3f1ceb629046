import CCalls
import Foundation
import Synchronization
import Testing
import Transport

/// Linux takes notice of a thread's turn from 6.12 on, where nobody forbids the call.
private let knowsTurns = {
    let version = ProcessInfo.processInfo.operatingSystemVersion
    return (version.majorVersion, version.minorVersion) >= (6, 12) && set_turn(0, 100_000) == 0
}()

/// What `body` gives on a thread that is begun for it.
private func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value {
    let values = Mutex<[Value]>([])
    let ended = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
        let value = body()
        values.withLock { $0.append(value) }
        ended.signal()
    }
    ended.wait()
    return values.withLock { $0[0] }
}

/// One at a time: turns of all threads are those of the other tests, too.
@Suite(.serialized) struct SchedulingTests {
    @Test(.enabled(if: knowsTurns)) func turnsAreThoseOfAllThreadsAndOfLaterOnes() {
        let asked = DispatchSemaphore(value: 0)
        let done = DispatchSemaphore(value: 0)
        let begun = DispatchSemaphore(value: 0)
        let earlier = Mutex<UInt64>(0)
        Thread.detachNewThread {
            begun.signal()
            asked.wait()
            let own = turn(0)
            earlier.withLock { $0 = own }
            done.signal()
        }
        begun.wait()
        takeShortTurns(micros: 250)
        asked.signal()
        done.wait()
        #expect(earlier.withLock { $0 } == 250_000)
        #expect(turn(0) == 250_000)
        #expect(onThread { turn(0) } == 250_000)
    }

    @Test(.enabled(if: knowsTurns)) func aThreadsOwnTurnsAreItsOwn() {
        let before = turn(0)
        #expect(
            onThread {
                takeTurns(micros: 350)
                return turn(0)
            } == 350_000)
        // Whoever gives way has longer ones than any who is waited for.
        #expect(
            onThread {
                giveWay(nice: 3)
                return turn(0)
            } == 4_000_000)
        #expect(turn(0) == before)
    }

    @Test func whoGivesWayDoesSoAlone() {
        let nice: @Sendable () -> Int32 = { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }
        let before = nice()
        let given = onThread {
            giveWay(nice: 7)
            return nice()
        }
        #expect(given == max(7, before))
        #expect(nice() == before)
    }
}
