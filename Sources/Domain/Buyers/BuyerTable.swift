// The buyers whom a desk has in memory: packed entries in chunks, found by open addressing. A bounded cache: entries
// that a checkpoint holds and that have no open session may be dropped and taken in again from their rows.

/// One buyer, at most 100 bytes with its place in the index while its ID has at most 15 bytes: 64 of them here, one line of
/// the processor's caches.
package struct BuyerEntry: Sendable {
    package let id: BuyerID
    /// Of the ID.
    let hash: UInt64
    /// Sequence number of the last event that touched the buyer; 0 if none did.
    package var head: UInt64 = 0
    /// DIV-2.
    package var contactAt = Timestamp(millis: 0)
    /// Slots of agents, −1 for none.
    package var contact: Int32 = -1
    package var exclusive: Int32 = -1
    /// Slot of the open session, −1 for none.
    package var session: Int32 = -1
    /// Place in `BuyerTable.details`, −1 for none.
    package var details: Int32 = -1
    package var memberLevel: UInt8 = 0
    /// Changed since it was last written as a row.
    var dirty = false
    /// Used since the eviction hand last passed.
    var recent = false
    var live = true

    init(_ id: BuyerID, hash: UInt64) {
        self.id = id
        self.hash = hash
    }

    enum Noted {
        /// The entry holds the event already.
        case known
        /// It was clean before.
        case firstChange
        case change
    }

    /// Takes the number of an event.
    mutating func note(_ sequence: UInt64) -> Noted {
        guard sequence > head else { return .known }
        head = sequence
        recent = true
        defer { dirty = true }
        return dirty ? .change : .firstChange
    }

    /// DIV-2: the latest counts.
    mutating func touch(_ agent: Int32, _ at: Timestamp) {
        if contact >= 0, contactAt > at { return }
        contact = agent
        contactAt = at
    }
}

/// What only some buyers have.
package struct BuyerDetails: Sendable {
    /// Of when the values are that the shop set; nil if it set none.
    package var updatedAt: Timestamp?
    package var segments: [String] = []
    package var relationSince: Timestamp?
    /// Ascending by ID.
    package var orders: [SetOrder] = []
    /// Ascending by time.
    package var interests: [RecordInterest] = []
    /// In the order of arrival.
    package var imported: [ImportedMark] = []

    /// Most kept of each; the oldest go first, and what is older than all that are kept does not come in.
    static let ordersKept = 50
    static let interestsKept = 50
    /// A further one is refused: a forgotten one would come in again with the next run of its file.
    static let importedKept = 10_000

    var isEmpty: Bool {
        updatedAt == nil && segments.isEmpty && relationSince == nil && orders.isEmpty && interests.isEmpty
            && imported.isEmpty
    }
}

struct BuyerTable: Sendable {
    private var entries = Chunks<BuyerEntry>()
    private var free: [Int32] = []
    private var places = PlaceTable()
    private var details: [BuyerDetails] = []
    private var freeDetails: [Int32] = []
    private var hand = 0
    var count: Int { places.count }

    // MARK: Entries

    subscript(place: Int) -> BuyerEntry {
        @inline(__always) _read { yield entries[place] }
        @inline(__always) _modify { yield &entries[place] }
    }

    @inline(__always)
    static func hash(_ id: BuyerID) -> UInt64 { NameHash.of(id.rawValue) }

    @inline(__always)
    mutating func note(_ place: Int, _ sequence: UInt64) -> BuyerEntry.Noted { entries[place].note(sequence) }

    /// What of a hash tells where a buyer is.
    @inline(__always)
    private func place(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) }

    /// The place of a buyer, nil if it is not in memory.
    func find(_ id: BuyerID) -> Int? { find(id, Self.hash(id)) }

    /// The same for whoever has its hash.
    func find(_ id: BuyerID, _ hash: UInt64) -> Int? {
        places.find(place(hash)) { self[Int($0)].id == id }.map { Int($0) }
    }

    /// For `Desk.lookAhead`: the parts.
    @inline(__always)
    func seen(_ hash: UInt64) -> Int {
        places.withHome(place(hash)) { Int(truncatingIfNeeded: $0.pointee) } &+ entries.count &+ free.count
    }

    /// Where a buyer with that hash most likely is.
    @inline(__always)
    func likely(_ hash: UInt64) -> Int? { places.find(place(hash)) { _ in true }.map { Int($0) } }

    mutating func findOrInsert(_ id: BuyerID) -> Int {
        let hash = Self.hash(id)
        return find(id, hash) ?? insert(id, hash)
    }

    /// The buyer must not be there yet.
    mutating func insert(_ id: BuyerID, _ hash: UInt64) -> Int {
        let place: Int
        if let reused = free.last {
            free.removeLast()
            place = Int(reused)
            self[place] = BuyerEntry(id, hash: hash)
        } else {
            place = entries.append(BuyerEntry(id, hash: hash))
        }
        places.insert(self.place(hash), UInt32(place))
        return place
    }

    // MARK: Details

    @inline(__always)
    func details(_ place: Int) -> BuyerDetails? { details(self[place]) }

    @inline(__always)
    func details(_ entry: BuyerEntry) -> BuyerDetails? { entry.details < 0 ? nil : details[Int(entry.details)] }

    /// Changes a buyer's details, which come into being with the first change.
    mutating func change(_ place: Int, _ body: (inout BuyerDetails) -> Void) {
        if self[place].details < 0 {
            var fresh = BuyerDetails()
            body(&fresh)
            if fresh.isEmpty { return }
            if let reused = freeDetails.popLast() {
                details[Int(reused)] = fresh
                self[place].details = reused
            } else {
                details.append(fresh)
                self[place].details = Int32(details.count - 1)
            }
        } else {
            body(&details[Int(self[place].details)])
        }
    }

    // MARK: Eviction

    /// Drops up to `limit` entries that are clean, without a session and not used since the last look (a clock hand).
    /// Looks at most at twice as many entries as it holds.
    mutating func evict(_ limit: Int) {
        var left = limit
        var looks = 2 * entries.count
        while left > 0, looks > 0, entries.count > 0 {
            looks -= 1
            hand = hand + 1 < entries.count ? hand + 1 : 0
            guard self[hand].live, !self[hand].dirty, self[hand].session < 0 else { continue }
            if self[hand].recent {
                self[hand].recent = false
                continue
            }
            places.remove(place(self[hand].hash), UInt32(hand))
            if self[hand].details >= 0 {
                details[Int(self[hand].details)] = BuyerDetails()
                freeDetails.append(self[hand].details)
            }
            self[hand].live = false
            self[hand].details = -1
            free.append(Int32(hand))
            left -= 1
        }
    }
}
