// What the connections of one loop ask the routers, when it is much: a part each time the loop has read its sockets, in
// which the shops take turns and agents' replies go before consults. So a shop with a hundred times as many connections
// as another is felt by itself alone, whether the routers are short of time or this loop is. A connection whose request
// stands in line is read no further, and the line is no longer than what `Admission` lets in. On its loop.

import Domain
import NIOCore
import Runtime
import Wire

/// How many are with the routers. Those that are there for too long, since their router is away or their shard moves, hold
/// nobody else up: they count no more. A pure value.
struct AskWindow {
    private let slowNanos: UInt64
    /// Of what began in the present stretch of `slowNanos`, and in the one before, how many are not answered.
    private var present = 0
    private var before = 0
    private var stretch: UInt64 = 0

    /// Whoever waits for `slow` to twice `slow` is counted no more.
    init(slow: TimeAmount) {
        slowNanos = UInt64(max(1, slow.nanoseconds))
    }

    /// Those that count. `now`: monotonic nanoseconds, never earlier than before.
    mutating func count(at now: UInt64) -> Int {
        advance(to: now)
        return present + before
    }

    /// One more is with the routers; gives what `end` is to be told.
    mutating func begin(at now: UInt64) -> UInt64 {
        advance(to: now)
        present += 1
        return stretch
    }

    /// It is answered; once.
    mutating func end(_ began: UInt64) {
        if began == stretch { present -= 1 } else if began + 1 == stretch { before -= 1 }
    }

    private mutating func advance(to now: UInt64) {
        let next = now / slowNanos
        guard next > stretch else { return }
        before = next == stretch + 1 ? present : 0
        present = 0
        stretch = next
    }
}

final class AskLine {
    typealias Told = (Result<Answer, DeskError>) -> Void

    private struct Asked {
        var command: ShopCommand
        var told: Told
    }

    /// Runs it on the loop, once that has read its sockets.
    typealias AfterReading = (@escaping @Sendable () -> Void) -> Void

    private let desks: any Desks
    private let loop: any EventLoop
    private let afterReading: AfterReading
    private let settings: IngressSettings
    private let limits: InboundLimits
    private var window: AskWindow
    private var line: Inbound<Asked>
    /// The next turn is on its way.
    private var isWorking = false
    /// Until the next turn when everybody has to wait for answers.
    private static let held = TimeAmount.milliseconds(1)

    init(
        to desks: any Desks, on loop: any EventLoop, settings: IngressSettings, afterReading: @escaping AfterReading
    ) {
        self.desks = desks
        self.loop = loop
        self.afterReading = afterReading
        self.settings = settings
        window = AskWindow(slow: .milliseconds(Int64(settings.slowAskMillis)))
        var limits = InboundLimits()
        limits.turn = settings.askTurn
        limits.ahead = settings.asking
        self.limits = limits
        line = Inbound(limits: limits) { _ in 0 }
    }

    /// `told` is called once, on the loop, never before this returns unless the desks answer at once. What waited for too
    /// long is `overloaded`; then nothing was done.
    func ask(_ command: ShopCommand, then told: @escaping Told) {
        let now = NIODeadline.now().uptimeNanoseconds
        let asked = Asked(command: command, told: told)
        if line.isEmpty, window.count(at: now) < settings.lineFrom { return submit(asked, at: now) }
        line.put(asked, line.line(command.command.rank, shop: command.shop), at: now)
        goOn(isHeld: false)
    }

    /// Calls when a refusal is to be told: at once, or a little later while others wait, since whoever is refused asks again
    /// all the sooner.
    func refuse(_ tell: @escaping () -> Void) {
        if line.isEmpty { return tell() }
        loop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(settings.refusalMillis)), tell)
    }

    private func submit(_ asked: Asked, at now: UInt64) {
        let began = window.begin(at: now)
        let bound = NIOLoopBound((line: self, told: asked.told), eventLoop: loop)
        desks.submit(asked.command) { [loop] result in
            if loop.inEventLoop {
                bound.value.line.answered(began, bound.value.told, result)
            } else {
                loop.execute { bound.value.line.answered(began, bound.value.told, result) }
            }
        }
    }

    private func answered(_ began: UInt64, _ told: Told, _ result: Result<Answer, DeskError>) {
        window.end(began)
        told(result)
    }

    private func goOn(isHeld: Bool) {
        if isWorking || line.isEmpty { return }
        isWorking = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        if isHeld {
            loop.scheduleTask(in: Self.held) { bound.value.turn() }
        } else {
            afterReading { bound.value.turn() }
        }
    }

    private func turn() {
        line.forgetIdle()
        let now = NIODeadline.now().uptimeNanoseconds
        var taken = 0
        // In a loop that has much else to do a long line goes on faster, so that nobody waits for ever.
        let most = max(settings.asksAtOnce, line.count / 16)
        while taken < most,
            let next = line.take(at: now, isHeld: { window.count(at: now) >= $0.limit(limits) })
        {
            taken += 1
            switch next {
            case .serve(let asked, _): submit(asked, at: now)
            case .late(let asked): asked.told(.failure(.failed(ShardSet.overloaded)))
            }
        }
        isWorking = false
        goOn(isHeld: taken == 0)
    }
}
