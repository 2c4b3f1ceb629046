// A few requests before they are decided: what they will need is looked at step by step for all of them, so that the loop
// waits for the memory of several at once, be they of one shop or of as many. Of no effect on what is decided.

import Domain
import Wire

/// Requests in a row that are for one shop, or a single one that is for none.
struct ShopRun {
    /// Requests that are looked at together. With more the first ones' memory may have left the processor's caches again.
    static var most: Int { 16 }
    /// Fewer are decided sooner than looked at.
    fileprivate static var fewest: Int { 4 }

    /// Nil if they are for none.
    var shard: Int?
    var requests: Range<Int>

    // While they are looked at.
    fileprivate var buyers = 0..<0
    fileprivate var hash: UInt64 = 0
    fileprivate var table: Unmanaged<ShopTable>?
    fileprivate var shop: Unmanaged<ShopActor>?
}

/// What is known of a few requests before they are decided. The loop's alone, as long as `withLook` lasts.
struct Look: @unchecked Sendable {
    fileprivate(set) var runs: UnsafeMutableBufferPointer<ShopRun>
    /// By request, of its command's ID; nil without one or if nobody looked.
    fileprivate let keys: UnsafeMutableBufferPointer<AnswerKey?>
    /// Hashes of the buyers whom commands are about, and then what `Desk.lookAhead` makes of them.
    fileprivate let buyers: UnsafeMutableBufferPointer<UInt64>
    fileprivate var buyersSeen = 0
}

extension ShardSet {
    func withLook(at requests: ArraySlice<AskedRequest>, _ body: (Look) -> Void) {
        let room = requests.count
        withUnsafeTemporaryAllocation(of: ShopRun.self, capacity: room) { runs in
            withUnsafeTemporaryAllocation(of: AnswerKey?.self, capacity: room) { keys in
                withUnsafeTemporaryAllocation(of: UInt64.self, capacity: room) { buyers in
                    keys.initialize(repeating: nil)
                    let count = divide(requests, runs)
                    var look = Look(
                        runs: UnsafeMutableBufferPointer(rebasing: runs[..<count]), keys: keys, buyers: buyers)
                    if room >= ShopRun.fewest { lookAhead(requests, &look) }
                    body(look)
                }
            }
        }
    }

    private func divide(_ requests: ArraySlice<AskedRequest>, _ runs: UnsafeMutableBufferPointer<ShopRun>) -> Int {
        var count = 0
        var last: ShopID?
        for place in requests.indices {
            let shop = requests[place].request.shop
            // Mostly the next is for the same shop.
            if shop != nil, shop == last {
                runs[count - 1].requests = runs[count - 1].requests.lowerBound..<place + 1
            } else {
                let shard = shardNumber(of: requests[place].request)
                runs.initializeElement(at: count, to: ShopRun(shard: shard, requests: place..<place + 1))
                count += 1
            }
            last = shop
        }
        return count
    }

    private func lookAhead(_ requests: ArraySlice<AskedRequest>, _ look: inout Look) {
        for number in look.runs.indices {
            guard let shard = look.runs[number].shard else { continue }
            shards[shard].look(at: requests, run: number, &look)
        }
        for number in look.runs.indices {
            let hash = look.runs[number].hash
            look.runs[number].shop = look.runs[number].table?._withUnsafeGuaranteedRef { $0.likely(hash) }
            if let shop = look.runs[number].shop { ShopActor.prefetch(shop) }
        }
        for step in Desk.LookAhead.inOrder {
            for run in look.runs {
                let own = UnsafeMutableBufferPointer(rebasing: look.buyers[run.buyers])
                // Kept, so that looking is not left out.
                seen &+= run.shop?._withUnsafeGuaranteedRef { $0.lookAhead(step, own) } ?? 0
            }
        }
    }
}

extension Shard {
    /// Requests of which some are looked at.
    func receive(_ run: ShopRun, of requests: ArraySlice<AskedRequest>, _ look: Look) {
        for place in run.requests {
            receive(requests[place].request, to: requests[place].to, key: look.keys[place - requests.startIndex])
        }
    }

    /// What is seen of a run without its shop.
    fileprivate func look(at requests: ArraySlice<AskedRequest>, run number: Int, _ look: inout Look) {
        let run = look.runs[number].requests
        guard phase == .open, let id = requests[run.lowerBound].request.shop else { return }
        let first = look.buyersSeen
        let hash = ShopTable.hash(id)
        shops.prefetch(hash)
        look.runs[number].hash = hash
        look.runs[number].table = .passUnretained(shops)
        let beginning = AnswerKey.Beginning(id)
        for place in run {
            guard case .command(let call) = requests[place].request else { continue }
            if let stamp = call.stamp {
                let key = AnswerKey(beginning, stamp.id)
                answers.prefetch(key)
                look.keys[place - requests.startIndex] = key
            }
            guard let buyer = call.command.buyer else { continue }
            look.buyers.initializeElement(at: look.buyersSeen, to: Desk.hash(of: buyer))
            look.buyersSeen += 1
        }
        look.runs[number].buyers = first..<look.buyersSeen
    }
}
