// Overload: a read that is longer than one turn of the loop stands in line, and so does all that comes meanwhile. Each
// turn serves a part of the line and lets the loop read and commit in between.

import Domain
import NIOCore
import Wire

extension ShardSet {
    /// The loop reads its sockets only when a turn leaves it a moment.
    private static let pause = TimeAmount.microseconds(20)

    func line(up requests: [(RouterRequest, ReplyTo)]) {
        let now = NIODeadline.now().uptimeNanoseconds
        for (request, to) in requests {
            guard let rank = request.rank, let shop = request.shop else {
                serve([(request, to)])
                continue
            }
            if !inbound.put((request, to), rank, shop: shop, at: now) { turnedAway.append((request, to)) }
        }
        if !working {
            working = true
            work()
        }
    }

    private func work() {
        let most = around.settings.inbound.atOnce
        let now = NIODeadline.now().uptimeNanoseconds
        var batch: [(RouterRequest, ReplyTo)] = []
        var sinks = FlushList()
        while batch.count < most, let taken = inbound.take(at: now) {
            switch taken {
            case .serve(let item):
                batch.append(item)
                sinks.add(item.1.sink)
            case .late(let item): turnedAway.append(item)
            }
        }
        serve(batch)
        // Refusing costs little, but not nothing: who is refused asks again all the sooner.
        for _ in 0..<max(1, most / 4) {
            guard let (_, to) = turnedAway.removeFirst() else { break }
            to.sink.reply(to.id, .fault(WireFault(.overloaded, "too many requests wait", retryAfterMillis: 200)))
            sinks.add(to.sink)
        }
        sinks.flush()
        guard !inbound.isEmpty || !turnedAway.isEmpty else {
            working = false
            return
        }
        around.loop.scheduleTask(in: Self.pause) { self.onLoop { $0.work() } }
    }
}
