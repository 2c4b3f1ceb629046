// A store engine in memory that does what the test says: a write may wait, fail before its effect or after it, and a
// crash takes the lease from whoever has it. What was written stays, as a disk would keep it.

import Domain
import Journal
import Synchronization

/// What becomes of a write.
indirect enum WriteFate: Sendable {
    case goesThrough
    /// It fails; whether it took effect only the disk knows (I3).
    case fails(tookEffect: Bool)
    /// The first latch is opened when the write begins; it goes on when the second is open.
    case waits(begun: Latch, until: Latch, then: WriteFate)
}

/// What lies on the disk of one shard.
struct MemoryDisk: Sendable {
    var term: UInt64 = 0
    var checkpoint: UInt64 = 0
    var rows: [JournalRow] = []
    var shops: [ShopID: StoredShop] = [:]
    var buyers: [BuyerPlace: StoredBuyer] = [:]
    var sessions: [ShopID: [UInt64: EndedSessionRow]] = [:]
    var answers: [AnswerRow] = []
    /// The opening that holds the lease.
    var holder: UInt64?

    var durable: UInt64 { rows.last?.last ?? 0 }

    mutating func write(_ new: [JournalRow], _ changes: [RowChange]) throws(StoreFault) {
        var next = self
        for row in new {
            guard row.first == next.durable + 1, row.last >= row.first else {
                throw StoreFault(.sequenceGap, "\(row.first) does not follow \(next.durable)")
            }
            guard row.term == term else { throw StoreFault(.staleTerm, "term \(row.term)") }
            next.rows.append(row)
        }
        func known(_ sequence: UInt64) throws(StoreFault) {
            if sequence > durable { throw StoreFault(.sequenceGap, "a row reflects \(sequence) of \(durable)") }
        }
        for change in changes {
            switch change {
            case .shop(let shop, let reflects, let body):
                try known(reflects)
                next.shops[shop] = StoredShop(shop: shop, reflects: reflects, body: body)
            case .buyers(let packed):
                for place in packed.places {
                    guard let row = try? packed.row(at: place.offset, \.stored) else {
                        throw StoreFault(.corrupt, "packed rows")
                    }
                    try known(row.reflects)
                    next.buyers[row.place] = row
                }
            case .session(let row):
                try known(row.lastSequence)
                next.sessions[row.shop, default: [:]][row.number] = row
            case .answers(let first, let last, let body):
                try known(last)
                next.answers.removeAll { $0.first == first }
                next.answers.append(AnswerRow(first: first, last: last, body: body))
                next.answers.sort { $0.last < $1.last }
            case .forgetAnswers(let through): next.answers.removeAll { $0.last <= through }
            case .checkpoint(let sequence):
                guard sequence >= checkpoint, sequence <= next.durable else {
                    throw StoreFault(.sequenceGap, "checkpoint \(sequence)")
                }
                next.checkpoint = sequence
            }
        }
        self = next
    }
}

final class MemoryEngine: StoreEngine {
    struct Attempt: Sendable {
        var shard: Int
        /// Counts the engine's writes from 1, those of rows as well.
        var number: Int
        var rows: [JournalRow]
        var changes: [RowChange]
    }

    private struct State {
        var disks: [MemoryDisk]
        var opened: UInt64 = 0
        var writes = 0
        var groups = 0
        var rowWrites: [[RowChange]] = []
        var plan: @Sendable (Attempt) -> WriteFate = { _ in .goesThrough }
        var refusedOpenings = 0
        var onRefusal: Latch?
        var unreadable = false
        var tending: (begun: Latch, until: Latch)?
    }

    let shardCount: Int
    private let state: Mutex<State>

    init(shards: Int = 1) {
        shardCount = shards
        state = Mutex(State(disks: Array(repeating: MemoryDisk(), count: shards)))
    }

    // MARK: For the test

    /// Decides each write from now on.
    func plan(_ plan: @escaping @Sendable (Attempt) -> WriteFate) { state.withLock { $0.plan = plan } }

    /// The next write gets this fate, later ones go through.
    func next(_ fate: WriteFate) {
        let pending = Mutex(true)
        plan { _ in
            let first = pending.withLock { value in
                defer { value = false }
                return value
            }
            return first ? fate : .goesThrough
        }
    }

    /// The process that holds the shards dies: its stores can do nothing any more, and the leases are free.
    func crash() { state.withLock { state in for shard in state.disks.indices { state.disks[shard].holder = nil } } }

    func disk(_ shard: Int = 0) -> MemoryDisk { state.withLock { $0.disks[shard] } }
    func change(_ shard: Int = 0, _ body: (inout MemoryDisk) -> Void) { state.withLock { body(&$0.disks[shard]) } }
    var writes: Int { state.withLock { $0.writes } }
    /// Commits, of one shard or several.
    var groups: Int { state.withLock { $0.groups } }
    /// Writes that held rows of a checkpoint.
    var checkpointWrites: Int { state.withLock { $0.rowWrites.count } }
    var rowWrites: [[RowChange]] { state.withLock { $0.rowWrites } }
    /// Opened when an opening is refused because of the lease.
    func whenRefused(_ latch: Latch) { state.withLock { $0.onRefusal = latch } }
    /// Reads of rows fail from now on.
    func makeUnreadable(_ unreadable: Bool = true) { state.withLock { $0.unreadable = unreadable } }

    /// The next tending of a log opens the first latch and waits for the second.
    func holdTending(_ begun: Latch, until: Latch) { state.withLock { $0.tending = (begun, until) } }

    // MARK: The contract

    fileprivate func tend() {
        let held = state.withLock { state in
            defer { state.tending = nil }
            return state.tending
        }
        held?.begun.open()
        held?.until.block()
    }

    func write(_ batches: [ShardBatch]) -> [StoreFault?] {
        state.withLock { $0.groups += 1 }
        return batches.map { $0.write() }
    }

    func open(shard: Int, holder: String) throws(StoreFault) -> any ShardStore {
        let outcome: Result<(UInt64, UInt64), StoreFault> = state.withLock { state in
            guard state.disks[shard].holder == nil else {
                state.onRefusal?.open()
                return .failure(StoreFault(.leaseHeld, "shard \(shard)"))
            }
            state.opened += 1
            state.disks[shard].holder = state.opened
            state.disks[shard].term += 1
            return .success((state.opened, state.disks[shard].term))
        }
        let (opening, term) = try outcome.get()
        return MemoryStore(self, shard: shard, opening: opening, term: term)
    }

    fileprivate func write(_ store: MemoryStore, _ rows: [JournalRow], _ changes: [RowChange]) throws(StoreFault) {
        var fate = state.withLock { state in
            state.writes += 1
            if !changes.isEmpty { state.rowWrites.append(changes) }
            return state.plan(Attempt(shard: store.shard, number: state.writes, rows: rows, changes: changes))
        }
        while case .waits(let begun, let until, let then) = fate {
            begun.open()
            until.block()
            fate = then
        }
        let tookEffect = if case .fails(let took) = fate { took } else { true }
        let outcome: Result<Void, StoreFault> = state.withLock { state in
            guard state.disks[store.shard].holder == store.opening else {
                return .failure(StoreFault(.closed, "the process is gone"))
            }
            guard tookEffect else { return .success(()) }
            return Result { () throws(StoreFault) in try state.disks[store.shard].write(rows, changes) }
        }
        try outcome.get()
        if case .fails = fate { throw StoreFault(.unknownOutcome, "planned") }
    }

    fileprivate func release(_ store: MemoryStore) {
        state.withLock { state in
            if state.disks[store.shard].holder == store.opening { state.disks[store.shard].holder = nil }
        }
    }

    fileprivate func holds(_ store: MemoryStore) -> Bool {
        state.withLock { $0.disks[store.shard].holder == store.opening }
    }

    fileprivate func read<T>(_ shard: Int, _ body: (MemoryDisk) -> T) throws(StoreFault) -> T {
        let value: T? = state.withLock { $0.unreadable ? nil : body($0.disks[shard]) }
        guard let value else { throw StoreFault(.io, "planned") }
        return value
    }
}

private final class MemoryStore: ShardStore {
    let shard: Int
    let term: UInt64
    let opening: UInt64
    private let engine: MemoryEngine
    private let poisoned = Mutex(false)

    init(_ engine: MemoryEngine, shard: Int, opening: UInt64, term: UInt64) {
        self.engine = engine
        self.shard = shard
        self.opening = opening
        self.term = term
    }

    var durable: UInt64 { engine.disk(shard).durable }
    var checkpoint: UInt64 { engine.disk(shard).checkpoint }

    func write(rows: [JournalRow]) throws(StoreFault) { try write(rows, []) }
    func write(changes: [RowChange]) throws(StoreFault) { try write([], changes) }

    private func write(_ rows: [JournalRow], _ changes: [RowChange]) throws(StoreFault) {
        if poisoned.withLock({ $0 }) { throw StoreFault(.closed, "poisoned") }
        do throws(StoreFault) {
            try engine.write(self, rows, changes)
        } catch {
            poisoned.withLock { $0 = true }
            throw error
        }
    }

    func mergeRows() throws(StoreFault) -> Bool { false }
    func tend(walPages: Int) throws(StoreFault) { engine.tend() }
    func reader() throws(StoreFault) -> any ShardReader { MemoryReader(engine, self) }
    func close() { engine.release(self) }
    fileprivate var isOpen: Bool { engine.holds(self) }
}

private final class MemoryReader: ShardReader {
    private let engine: MemoryEngine
    private let store: MemoryStore

    init(_ engine: MemoryEngine, _ store: MemoryStore) {
        self.engine = engine
        self.store = store
    }

    private func read<T>(_ body: (MemoryDisk) -> T) throws(StoreFault) -> T {
        guard store.isOpen else { throw StoreFault(.closed, "the store is closed") }
        return try engine.read(store.shard, body)
    }

    func rows(after: UInt64, limitBytes: Int) throws(StoreFault) -> [JournalRow] {
        try read { disk in
            var rows: [JournalRow] = []
            var bytes = 0
            for row in disk.rows where row.last > after {
                rows.append(row)
                bytes += row.body.count
                if bytes >= limitBytes { break }
            }
            return rows
        }
    }

    func row(containing sequence: UInt64) throws(StoreFault) -> JournalRow? {
        try read { $0.rows.first { ($0.first...$0.last).contains(sequence) } }
    }

    func shops() throws(StoreFault) -> [StoredShop] { try read { $0.shops.values.sorted { $0.shop < $1.shop } } }

    func mayHold(_ shop: ShopID, _ buyer: BuyerID) -> Bool {
        (try? read { $0.buyers[BuyerPlace(shop: shop, buyer: buyer)] != nil }) ?? true
    }

    func refresh() {}

    func buyer(_ shop: ShopID, _ buyer: BuyerID) throws(StoreFault) -> StoredBuyer? {
        try read { $0.buyers[BuyerPlace(shop: shop, buyer: buyer)] }
    }

    func openBuyers(after: BuyerPlace?, limit: Int) throws(StoreFault) -> [StoredBuyer] {
        try read { disk in
            let all = disk.buyers.values.filter(\.open).sorted { ($0.shop, $0.buyer) < ($1.shop, $1.buyer) }
            let rest = all.filter { row in after.map { (row.shop, row.buyer) > ($0.shop, $0.buyer) } ?? true }
            return Array(rest.prefix(limit))
        }
    }

    func session(_ shop: ShopID, _ number: UInt64) throws(StoreFault) -> EndedSessionRow? {
        try read { $0.sessions[shop]?[number] }
    }

    func sessions(
        _ shop: ShopID, agent: AgentID?, buyer: BuyerID?, after number: UInt64, limit: Int
    ) throws(StoreFault) -> [EndedSessionRow] {
        try read { disk in
            let all = (disk.sessions[shop] ?? [:]).values.filter { row in
                row.number > number && (agent == nil || row.agent == agent) && (buyer == nil || row.buyer == buyer)
            }
            return Array(all.sorted { $0.number < $1.number }.prefix(limit))
        }
    }

    func answers(after: UInt64) throws(StoreFault) -> [AnswerRow] {
        try read { $0.answers.filter { $0.last > after } }
    }

    func close() {}
}
