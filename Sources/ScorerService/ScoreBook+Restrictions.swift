// RR-6 as it goes out: what each shop's desk has yet to note, and when a shop is looked at next. Nothing of it is an input
// of the scores: a step is derived from days, violations and decisions alone, as often as it takes.

import Domain
import HeapModule
import NIOCore
import Wire

/// When shops are looked at. None is looked at, or passed, before its time has come.
struct ReviewTimes {
    private struct Item: Comparable {
        var at: Timestamp
        var shop: ShopID

        static func < (a: Self, b: Self) -> Bool { (a.at, a.shop) < (b.at, b.shop) }
    }

    private var times: [ShopID: Timestamp] = [:]
    /// Of each shop its time, unless it stands in line; times that are no longer its own are passed over.
    private var coming = Heap<Item>()
    /// Whose time has come. Who was looked at goes to the end, so that shops that stay due keep nobody waiting.
    private var line = CircularBuffer<ShopID>()
    private var inLine: Set<ShopID> = []

    mutating func set(_ shop: ShopID, _ time: Timestamp) {
        guard times[shop] != time else { return }
        times[shop] = time
        wait(shop, time)
    }

    private mutating func wait(_ shop: ShopID, _ time: Timestamp) {
        if time == .distantFuture { return }
        coming.insert(Item(at: time, shop: shop))
        guard coming.count > 2 * times.count + 64 else { return }
        coming = Heap(times.filter { $0.value < .distantFuture }.map { Item(at: $0.value, shop: $0.key) })
    }

    /// Up to `most` shops whose time has come, those first that were not looked at for longest.
    mutating func due(_ now: Timestamp, most: Int) -> [ShopID] {
        while let next = coming.min, next.at <= now {
            coming.removeMin()
            if times[next.shop] == next.at, inLine.insert(next.shop).inserted { line.append(next.shop) }
        }
        var due: [ShopID] = []
        for _ in 0..<line.count where due.count < most {
            let shop = line.removeFirst()
            guard let time = times[shop] else { continue }
            if time <= now {
                due.append(shop)
                line.append(shop)
            } else {
                inLine.remove(shop)
                // Its own may be gone already, if the clock went back.
                wait(shop, time)
            }
        }
        return due
    }
}

/// A step for a shop's desk.
public struct RestrictionNote: Sendable {
    public var shop: ShopID
    public var shard: Int
    public var note: NoteRestrictions
}

extension ScoreBook {
    /// The next step of each of some shops that have one, and whether further shops are to be looked at. Seals what can
    /// be sealed of those shops' days and lets go of old turns.
    public func review(at now: Timestamp) throws -> (notes: [RestrictionNote], more: Bool) {
        try goOn()
        let due = reviews.due(now, most: settings.reviewShops)
        var seals: [SealedDay] = []
        var pruned: [(shop: ShopID, before: CivilDay)] = []
        var notes: [RestrictionNote] = []
        for shop in due {
            guard let tally = try? tally(shop), let shard = shard(of: shop) else {
                // It comes again with its first fact.
                reviews.set(shop, .distantFuture)
                continue
            }
            let today = tally.zone.day(of: now)
            seals += try sealable(tally, before: today, at: now)
            let oldest = today + -settings.keepDays
            if try file.days(shop, from: Self.firstDay, to: oldest + -1).contains(where: { !$0.pruned }) {
                pruned.append((shop, oldest))
            }
            if let step = try penaltyRecord(tally, at: now).steps(through: today, tally.facts)
                .first(where: { step in noted[shop].map { step.at > $0 } ?? true })
            {
                let from = tally.zone.moment(step.at.day)
                notes.append(
                    RestrictionNote(
                        shop: shop, shard: shard,
                        note: NoteRestrictions(
                            at: step.at, restrictions: step.restrictions, raised: step.raised, notBefore: from,
                            head: seen(shop) >= from ? nil : tally.head)))
            } else {
                reviews.set(shop, tally.zone.moment(today + 1))
            }
        }
        try file.seal(seals, unsaved, pruning: pruned)
        unsaved = []
        return (notes, due.count == settings.reviewShops)
    }

    /// The desks have these, durably.
    public func noted(_ notes: [RestrictionNote]) throws {
        guard !notes.isEmpty else { return }
        try file.note(notes.map { ($0.shop, $0.note.at) })
        for note in notes { noted[note.shop] = note.note.at }
    }
}
