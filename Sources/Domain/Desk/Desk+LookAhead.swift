// What messages to a shop will need is looked at before any of several is decided, step by step for all of them: then none
// waits for the memory of another, nor one shop's for that of another shop. Of no effect on what is decided.

extension Desk {
    /// In this order; each reads what the one before has brought near.
    public enum LookAhead: Sendable {
        public static let inOrder = [parts, buyers, sessions, ends]

        /// Where the parts of the desk and the buyers' cells are.
        case parts
        /// What is in the parts, and the buyers.
        case buyers
        /// The buyers' sessions.
        case sessions
        case ends
    }

    /// Of agents and their turns, so many at most.
    static var lookedAt: Int { 8 }

    /// One step. `buyers` are hashes of `hash(of:)` at the first one, and overwritten by each. The result has no meaning;
    /// it is there so that looking is not left out. Mutating, though it changes nothing, so that no desk is copied.
    public mutating func lookAhead(_ step: LookAhead, _ buyers: UnsafeMutableBufferPointer<UInt64>) -> Int {
        switch step {
        case .parts: lookAtParts(buyers)
        case .buyers: lookAtBuyers(buyers)
        case .sessions: lookAtSessions(buyers)
        case .ends: lookAtEnds(buyers)
        }
    }

    /// For `lookAhead`.
    @inline(__always)
    public static func hash(of buyer: BuyerID) -> UInt64 { BuyerTable.hash(buyer) }

    private mutating func lookAtParts(_ hashes: UnsafeMutableBufferPointer<UInt64>) -> Int {
        var seen = roster.seenParts &+ sessions.seenParts &+ timers.seen &+ heldWords.count &+ dirtyBuyers.count
        for hash in hashes { seen &+= buyers.seen(hash) }
        return seen
    }

    /// From here on places of buyers, −1 for whoever is not here.
    private mutating func lookAtBuyers(_ hashes: UnsafeMutableBufferPointer<UInt64>) -> Int {
        let seen = roster.seenLanes &+ sessions.seenLatest
        for number in hashes.indices {
            hashes[number] = UInt64(truncatingIfNeeded: buyers.likely(hashes[number]) ?? -1)
        }
        return seen
    }

    /// From here on slots of sessions, −1 for none.
    private mutating func lookAtSessions(_ places: UnsafeMutableBufferPointer<UInt64>) -> Int {
        for number in places.indices {
            let place = Int(truncatingIfNeeded: places[number])
            places[number] = UInt64(truncatingIfNeeded: place < 0 ? -1 : Int(buyers[place].session))
        }
        return roster.seenClaims &+ sessions.seenFree
    }

    private mutating func lookAtEnds(_ slots: UnsafeMutableBufferPointer<UInt64>) -> Int {
        var seen = 0
        for number in slots.indices {
            let slot = Int(truncatingIfNeeded: slots[number])
            if slot >= 0 { seen &+= Int(sessions[slot].buyer) }
        }
        return seen
    }
}
