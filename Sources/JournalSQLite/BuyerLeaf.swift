// Buyers' rows in leaves: a leaf holds the rows of a range of keys, so that a run in key order enters SQLite once for many
// buyers.

import Journal

/// Rows to be written, put in order.
struct LeafBatch {
    private struct Place {
        var key: UInt64
        /// Pieces and what is in them rank by age.
        var piece: Int32
        var offset: Int32
    }

    private var pieces: [PackedBuyers] = []
    private(set) var count = 0

    mutating func add(_ piece: PackedBuyers) {
        pieces.append(piece)
        count += piece.places.count
    }

    /// Calls `body` with the rows in order; of those with the same names only the last is there.
    func each(_ body: (PackedBuyer) throws -> Void) throws {
        try withExtendedLifetime(pieces) { try each(of: sorted(), body) }
    }

    private func each(of places: [Place], _ body: (PackedBuyer) throws -> Void) throws {
        var first = 0
        while first < places.count {
            var end = first + 1
            while end < places.count, places[end].key == places[first].key { end += 1 }
            if end == first + 1 {
                try body(row(places[first]))
            } else {
                // The same buyer again, or two whose keys meet.
                var same: [PackedBuyer] = []
                for place in places[first..<end] {
                    let row = try row(place)
                    same.removeAll { $0.order(row) == 0 }
                    same.append(row)
                }
                for row in same.sorted(by: { $0.order($1) < 0 }) { try body(row) }
            }
            first = end
        }
    }

    private func row(_ place: Place) throws -> PackedBuyer {
        try PackedBuyer(at: Int(place.offset), in: pieces[Int(place.piece)].bytes)
    }

    private func sorted() -> [Place] {
        var places: [Place] = []
        places.reserveCapacity(count)
        for (number, piece) in pieces.enumerated() {
            for place in piece.places {
                places.append(Place(key: place.key, piece: Int32(number), offset: Int32(place.offset)))
            }
        }
        places.sort {
            $0.key != $1.key ? $0.key < $1.key : $0.piece != $1.piece ? $0.piece < $1.piece : $0.offset < $1.offset
        }
        return places
    }
}

/// Puts rows, which come in order, into leaves.
struct LeafPacker {
    struct Leaf {
        /// Of its first row.
        var first: UInt64
        /// One of its rows is open.
        var open: Bool
        var range: Range<Int>
    }

    /// Most bytes of a leaf, so that it fits into a page. Rows with one key stay together, so a leaf may be larger.
    private let most: Int
    private(set) var bytes: [UInt8] = []
    /// Those that are full.
    private(set) var leaves: [Leaf] = []
    private var start = 0
    private var first: UInt64 = 0
    private var last: UInt64 = 0
    private var open = false

    init(most: Int) { self.most = most }

    mutating func add(_ row: PackedBuyer) {
        let key = row.key
        if bytes.count - start + row.bytes.count > most, key != last { cut() }
        if bytes.count == start { first = key }
        last = key
        open = open || row.open
        bytes.append(contentsOf: row.bytes)
    }

    /// Ends the leaf that is being filled.
    mutating func cut() {
        if bytes.count == start { return }
        leaves.append(Leaf(first: first, open: open, range: start..<bytes.count))
        start = bytes.count
        open = false
    }

    /// Forgets the leaves that are full.
    mutating func drop() {
        bytes.removeFirst(start)
        start = 0
        leaves.removeAll(keepingCapacity: true)
    }
}
