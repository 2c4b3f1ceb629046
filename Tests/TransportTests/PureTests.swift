import NIOCore
import Testing

@testable import Transport

@Suite struct PureTests {
    @Test func pausesDoubleUpToTheLongest() {
        let backoff = Backoff(first: .milliseconds(10), factor: 2, longest: .milliseconds(100))
        #expect((1...6).map { backoff.pause(after: $0).nanoseconds / 1_000_000 } == [10, 20, 40, 80, 100, 100])
        #expect(backoff.pause(after: 100_000) == .milliseconds(100))
    }

    @Test func callsExpireAtTheirDeadlineOldestFirst() {
        var calls = PendingCalls<String>()
        let start = NIODeadline.uptimeNanoseconds(1_000)
        calls.insert(3, deadline: start + .nanoseconds(30), "c")
        calls.insert(1, deadline: start + .nanoseconds(30), "a")
        calls.insert(2, deadline: start + .nanoseconds(50), "b")
        #expect(calls.earliest == start + .nanoseconds(30))
        #expect(calls.expired(at: start + .nanoseconds(29)).isEmpty)
        #expect(calls.expired(at: start + .nanoseconds(30)) == ["a", "c"])
        #expect(calls.earliest == start + .nanoseconds(50))
        #expect(calls.take(2) == "b")
        #expect(calls.take(2) == nil)
        #expect(calls.earliest == .distantFuture)
    }

    @Test func aTakenCallDoesNotExpire() {
        var calls = PendingCalls<Int>()
        let at = NIODeadline.uptimeNanoseconds(5)
        calls.insert(1, deadline: at, 1)
        calls.insert(2, deadline: at + .seconds(1), 2)
        #expect(calls.take(1) == 1)
        #expect(calls.expired(at: at).isEmpty)
        #expect(calls.count == 1)
    }
}
