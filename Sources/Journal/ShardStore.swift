// The store contract: what an engine must do for a shard. One open store is the shard's lease; its journal, rows and
// place are changed only through it. The journal is written by one thread at a time, the rows by one that may be another,
// and neither waits for the other. Rows are never ahead of the journal; behind it they may be, or missing.
// Invariants: I2 (durable before `write` returns), I3 (a failed commit is never taken as absent), I4 (one writer per
// shard and term). Files, tables and recovery: Protocols/Journal.md.

import Domain

/// Opens the shards of one data directory.
public protocol StoreEngine: Sendable {
    /// Shards of the data directory, fixed when it is made.
    var shardCount: Int { get }

    /// Takes the lease, raises the term in a durable write, and makes durable whatever it will show.
    /// `holder` is for people only: it names the process in messages.
    /// Throws `.leaseHeld` while anybody holds the shard, `.corrupt` for a file that cannot be read.
    func open(shard: Int, holder: String) throws(StoreFault) -> any ShardStore

    /// Rows of different shards that this engine opened, by one thread at a time: each batch as its store's `write(rows:)`
    /// would, for about the price of one. Gives what each would have thrown, in the same order. That one fails is nothing
    /// to the others, but for those whose outcome is unknown with it.
    func write(_ batches: [ShardBatch]) -> [StoreFault?]
}

public struct ShardBatch: Sendable {
    public var store: any ShardStore
    public var rows: [JournalRow]

    public init(store: any ShardStore, rows: [JournalRow]) {
        self.store = store
        self.rows = rows
    }

    /// The store's own `write(rows:)`.
    public func write() -> StoreFault? {
        do throws(StoreFault) {
            try store.write(rows: rows)
            return nil
        } catch {
            return error
        }
    }
}

/// One open shard; it holds the lease until `close`.
public protocol ShardStore: AnyObject, Sendable {
    var shard: Int { get }
    /// Grows with each opening; counts from 1.
    var term: UInt64 { get }
    /// The last durable sequence number, at the opening and after each write; 0 if there is none.
    var durable: UInt64 { get }
    /// The rows reflect every event up to here; 0 at first. Replay starts after it.
    var checkpoint: UInt64 { get }

    /// One durable transaction: all of it, or none. Empty arguments do nothing.
    /// `.staleTerm`: a row's term is not the stored one; `.sequenceGap`: a row does not follow the last one, or is
    /// empty; nothing was written, the store goes on. Any other failure is `.unknownOutcome` (I3) and poisons the
    /// store: every later call but `close` throws `.closed`.
    func write(rows: [JournalRow]) throws(StoreFault)

    /// Rows beside the events, ended sessions before all others and a checkpoint after them. Each row is there whole or as
    /// it was, and after a crash none without those written before: a write that failed may have left some of them. It
    /// need not survive a loss of power: the journal has what it reflects. A row that reflects an event which is not
    /// durable, or a checkpoint before the present one, is refused (`.sequenceGap`) with all the others; failures
    /// otherwise as those of `write(rows:)`.
    func write(changes: [RowChange]) throws(StoreFault)

    /// One step of housekeeping of the rows, by the thread that writes them: true if there is more to do. Writes that come
    /// between two steps go first. Failures as those of `write(changes:)`.
    func mergeRows() throws(StoreFault) -> Bool

    /// One small step of housekeeping in a lull, by the thread that writes the journal: keeps the log ahead of the tables
    /// below about `walPages` pages (of 4 KiB). Called again and again; returns at once when there is nothing to do, or no
    /// lull. A failure poisons the store.
    func tend(walPages: Int) throws(StoreFault)

    /// A read connection of this process; closed with the store at the latest.
    func reader() throws(StoreFault) -> any ShardReader

    /// Releases the lease. Idempotent. Whatever was written is durable already; a poisoned store loses nothing by it.
    func close()
}

/// Reads a shard beside its writer, from one thread at a time; sees only what is durable. No snapshot outlives a call.
public protocol ShardReader: AnyObject, Sendable {
    /// Whole rows whose `last` > `after`, in order, until their bodies reach `limitBytes` (at least one if there is
    /// any). The first may begin at or before `after`.
    func rows(after: UInt64, limitBytes: Int) throws(StoreFault) -> [JournalRow]
    func row(containing sequence: UInt64) throws(StoreFault) -> JournalRow?

    /// All shops, in order of their IDs' bytes.
    func shops() throws(StoreFault) -> [StoredShop]
    /// False: the buyer has no row. Reads nothing from the disk, and is wrong of few who have none.
    func mayHold(_ shop: ShopID, _ buyer: BuyerID) -> Bool
    /// Lets go of files that merges have replaced. Any question about a buyer does as well; whoever asks none calls this.
    func refresh()
    func buyer(_ shop: ShopID, _ buyer: BuyerID) throws(StoreFault) -> StoredBuyer?
    /// Buyers with an open session, in an order that is the engine's own and does not change.
    func openBuyers(after: BuyerPlace?, limit: Int) throws(StoreFault) -> [StoredBuyer]

    func session(_ shop: ShopID, _ number: UInt64) throws(StoreFault) -> EndedSessionRow?
    /// Ended sessions with a larger number, ascending; those of one agent or one buyer if given.
    func sessions(
        _ shop: ShopID, agent: AgentID?, buyer: BuyerID?, after number: UInt64, limit: Int
    ) throws(StoreFault) -> [EndedSessionRow]

    /// Answer rows whose `last` > `after`, in order.
    func answers(after: UInt64) throws(StoreFault) -> [AnswerRow]

    /// Idempotent; later calls throw `.closed`.
    func close()
}
