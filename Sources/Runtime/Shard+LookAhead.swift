// A few commands before they are decided: what they will need is looked at step by step for all of them, so that the loop
// waits for the memory of several at once. Of no effect on what is decided.

import Domain
import Wire

extension Shard {
    /// Commands that are looked at together. With more the first ones' memory may have left the processor's caches again.
    private static var lookedAt: Int { 16 }

    /// Requests of one shop, or one of any, in order.
    func receive(_ requests: ArraySlice<(RouterRequest, ReplyTo)>) {
        var place = requests.startIndex
        while place < requests.endIndex {
            let end = min(place + Self.lookedAt, requests.endIndex)
            // A few are decided sooner than looked at.
            if end - place > 3, phase == .open {
                lookAhead(requests[place..<end])
            } else {
                for (request, to) in requests[place..<end] { receive(request, to: to) }
            }
            place = end
        }
    }

    private func lookAhead(_ requests: ArraySlice<(RouterRequest, ReplyTo)>) {
        withUnsafeTemporaryAllocation(of: AnswerKey?.self, capacity: requests.count) { keys in
            keys.initialize(repeating: nil)
            look(at: requests, keys)
            for (number, (request, to)) in requests.enumerated() { receive(request, to: to, key: keys[number]) }
        }
    }

    private func look(
        at requests: ArraySlice<(RouterRequest, ReplyTo)>, _ keys: UnsafeMutableBufferPointer<AnswerKey?>
    ) {
        guard let id = requests.first?.0.shop, let shop = shops[id] else { return }
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: requests.count) { buyers in
            var count = 0
            for (number, (request, _)) in requests.enumerated() {
                guard case .command(let call) = request else { continue }
                if let stamp = call.stamp {
                    let key = AnswerKey(call.shop, stamp.id)
                    answers.prefetch(key)
                    keys[number] = key
                }
                guard let buyer = call.command.buyer else { continue }
                buyers[count] = Desk.hash(of: buyer)
                count += 1
            }
            // Kept, so that looking is not left out.
            seen &+= shop.guarded { $0.lookAhead(UnsafeMutableBufferPointer(rebasing: buyers[..<count])) }
        }
    }
}
