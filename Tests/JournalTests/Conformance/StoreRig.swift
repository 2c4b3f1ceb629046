import Domain
import Journal
import Wire

/// What an engine's tests give the suite: a fresh data directory and the means to break it.
public struct StoreRig: Sendable {
    public enum Moment: Sendable { case beforeCommit, afterCommit }

    /// At least two shards, all empty.
    public var engine: any StoreEngine
    /// Runs the closure in the store's next write, inside its transaction or right after it; what it throws is the
    /// commit's failure.
    public var duringNextWrite:
        @Sendable (_ store: any ShardStore, _ moment: Moment, _ body: @escaping @Sendable () throws -> Void) -> Void
    /// An engine over a copy of what is on the disk now, as a crash would leave it.
    public var crashedCopy: @Sendable () throws -> any StoreEngine
    /// Raises the stored term behind the store's back, as another holder would.
    public var raiseTerm: @Sendable (any ShardStore) throws -> Void

    public init(
        engine: any StoreEngine,
        duringNextWrite: @escaping @Sendable (any ShardStore, Moment, @escaping @Sendable () throws -> Void) -> Void,
        crashedCopy: @escaping @Sendable () throws -> any StoreEngine,
        raiseTerm: @escaping @Sendable (any ShardStore) throws -> Void
    ) {
        self.engine = engine
        self.duringNextWrite = duringNextWrite
        self.crashedCopy = crashedCopy
        self.raiseTerm = raiseTerm
    }
}

/// One claim of the store contract; a test runs it against a fresh rig.
public struct StoreClaim: Sendable, CustomStringConvertible {
    public var description: String
    public var check: @Sendable (StoreRig) throws -> Void

    init(_ description: String, _ check: @escaping @Sendable (StoreRig) throws -> Void) {
        self.description = description
        self.check = check
    }
}

/// The failure that a test puts into a commit.
struct PlannedFailure: Error {}

extension RowChange {
    /// One buyer's row.
    public static func buyer(
        _ shop: ShopID, _ buyer: BuyerID, reflects: UInt64, open: Bool, body: [UInt8]
    ) -> RowChange {
        var packer = BuyerPacker()
        packer.begin(shop)
        packer.add(buyer, reflects: reflects, open: open) { $0.append(body) }
        return .buyers(packer.finish())
    }
}
