// The shops of one shard, in order of their opening and found by ID. Made by the thread that reads the shard, then the
// router's loop's.

import CCalls
import Domain

final class ShopTable: @unchecked Sendable {
    private struct Cell {
        var hash: UInt64
        /// Held by `actors`; nil in an empty cell.
        var shop: Unmanaged<ShopActor>?
    }

    private(set) var actors: [ShopActor] = []
    /// What their desks hold together.
    let held = ShopActor.Held()
    private var cells = [Cell](repeating: Cell(hash: 0, shop: nil), count: 16)

    var count: Int { actors.count }

    subscript(id: ShopID) -> ShopActor? {
        let hash = Self.hash(id)
        var probe = home(hash)
        while let shop = cells[probe].shop {
            if cells[probe].hash == hash {
                let shop = shop.takeUnretainedValue()
                if shop.id == id { return shop }
            }
            probe = (probe + 1) & (cells.count - 1)
        }
        return nil
    }

    /// The ID must not be there yet.
    func append(_ shop: ShopActor) {
        actors.append(shop)
        if actors.count * 2 > cells.count {
            cells = Array(repeating: Cell(hash: 0, shop: nil), count: cells.count * 2)
            for shop in actors { link(shop) }
        } else {
            link(shop)
        }
    }

    private func link(_ shop: ShopActor) {
        let hash = Self.hash(shop.id)
        var probe = home(hash)
        while cells[probe].shop != nil { probe = (probe + 1) & (cells.count - 1) }
        cells[probe] = Cell(hash: hash, shop: .passUnretained(shop))
    }

    private func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (cells.count - 1) }

    // MARK: Looking ahead

    @inline(__always)
    static func hash(_ id: ShopID) -> UInt64 { NameHash.of(id.rawValue) }

    /// Whoever asks `likely` next does not wait for memory.
    @inline(__always)
    func prefetch(_ hash: UInt64) {
        cells.withUnsafeBufferPointer { will_be_read($0.baseAddress.unsafelyUnwrapped + home(hash)) }
    }

    /// The first shop with that hash, which is not read and may be another than the one that is meant; valid until the
    /// table goes.
    @inline(__always)
    func likely(_ hash: UInt64) -> Unmanaged<ShopActor>? {
        cells.withUnsafeBufferPointer { cells in
            var probe = home(hash)
            while let shop = cells[probe].shop {
                if cells[probe].hash == hash { return shop }
                probe = (probe + 1) & (cells.count - 1)
            }
            return nil
        }
    }
}
