// A few commands before they are decided: what they will need is looked at step by step for all of them, so that the loop
// waits for the memory of several at once. Of no effect on what is decided.

import Domain
import Wire

extension Shard {
    /// Commands that are looked at together. With more the first ones' memory may have left the processor's caches again.
    private static var lookedAt: Int { 16 }

    /// Requests of one shop, or one of any, in order.
    func receive(_ requests: ArraySlice<AskedRequest>) {
        var place = requests.startIndex
        while place < requests.endIndex {
            let end = min(place + Self.lookedAt, requests.endIndex)
            // A few are decided sooner than looked at.
            if end - place > 3, phase == .open {
                lookAhead(requests[place..<end])
            } else {
                for number in place..<end { receive(requests[number].request, to: requests[number].to) }
            }
            place = end
        }
    }

    private func lookAhead(_ requests: ArraySlice<AskedRequest>) {
        withUnsafeTemporaryAllocation(of: AnswerKey?.self, capacity: requests.count) { keys in
            keys.initialize(repeating: nil)
            look(at: requests, keys)
            for (place, key) in zip(requests.indices, keys) {
                receive(requests[place].request, to: requests[place].to, key: key)
            }
        }
    }

    private func look(
        at requests: ArraySlice<AskedRequest>, _ keys: UnsafeMutableBufferPointer<AnswerKey?>
    ) {
        guard let id = requests.first?.request.shop, let shop = shops[id] else { return }
        let beginning = AnswerKey.Beginning(id)
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: requests.count) { buyers in
            var count = 0
            for (number, place) in requests.indices.enumerated() {
                guard case .command(let call) = requests[place].request else { continue }
                if let stamp = call.stamp {
                    let key = AnswerKey(beginning, stamp.id)
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
