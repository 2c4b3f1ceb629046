// One shard in a router: its shops' actors, its journal, and everybody who waits for it. It runs on the router's event
// loop, in its `ShardSet`'s isolation (a class, since asking an actor costs more than what a shard does for a request);
// commits and reads run on other threads, and everything that came in during a commit goes into the next one.
// Invariants: I2 (no reply, item or notice before the event is on disk), I3 (a failed commit drops all memory and the
// journal is read again), I9 (a command ID gives its first answer). Format: Protocols/Journal.md.

import Domain
import Journal
import Logging
import NIOCore
import NIOPosix
import Wire

public final class Shard: @unchecked Sendable {
    /// What shards of one router share.
    public struct Surroundings: Sendable {
        public var loop: any EventLoop
        /// The delegate of the loop's group.
        public var ticks: LoopTicks
        public var engine: any StoreEngine
        /// Where commits and openings run.
        public var writers: NIOThreadPool
        /// Where rows are coded and written.
        public var keepers: NIOThreadPool
        /// Where reads of the journal run.
        public var readers: NIOThreadPool
        public var clock: any WallClock
        public var settings: RuntimeSettings
        public var holder: String
        public var logger: Logger
        let pace: FollowerPace
        let commits: GroupCommit

        public init(
            loop: any EventLoop, ticks: LoopTicks, engine: any StoreEngine, writers: NIOThreadPool,
            keepers: NIOThreadPool, readers: NIOThreadPool, clock: any WallClock, settings: RuntimeSettings,
            holder: String, logger: Logger
        ) {
            self.loop = loop
            self.ticks = ticks
            self.engine = engine
            self.writers = writers
            self.keepers = keepers
            self.readers = readers
            self.clock = clock
            self.settings = settings
            self.holder = holder
            self.logger = logger
            pace = FollowerPace(on: loop, settings: settings)
            commits = GroupCommit(on: loop, engine: engine, writers: writers)
        }
    }

    enum Phase {
        /// Another router's, or nobody's.
        case away
        case opening
        case open
        /// Finishes what it has, writes a checkpoint and lets go.
        case draining
    }

    public let number: Int
    let around: Surroundings
    let settings: RuntimeSettings

    var phase = Phase.away
    /// Rises with each opening and closing: results of older threads are dropped.
    var generation = 0

    // Of an open shard.
    var store: (any ShardStore)?
    /// Of this thread; the reading thread has its own.
    var reader: (any ShardReader)?
    var history: SerialReader?
    var shops = ShopTable()
    /// Commands to one shop mostly follow each other.
    private var lastAsked: ShopActor?
    var next: UInt64 = 1
    var now = Timestamp(millis: 0)
    var answers: AnswerIndex
    var due = ShopTimers()

    // Commits.
    var durable: UInt64 = 0
    var writing = false
    /// Looks at the journal's log that are due in lulls.
    var looks = 0
    var parked: [Parked] = []
    var parkedStart = 0
    /// Decided and in no commit yet, in order; `parked` bounds them.
    var uncommitted: [EventRecord] = []
    /// Empty: room for those after them.
    private var room: [EventRecord] = []

    // Checkpoints.
    var checkpoint: UInt64 = 0
    var checkpointAt = NIODeadline.now()
    var pendingCheckpoint: PendingCheckpoint?
    /// The rows' thread makes few runs of many.
    var isMerging = false
    /// Answers up to here are rows.
    var answersWritten: UInt64 = 0

    // Streams.
    var tail: JournalTail
    var followers: [Follower] = []
    /// It is called when its followers may be sent more.
    var isGathered = false
    var watchers: [Watcher] = []

    // Of a shard that is opening.
    /// Openings in a row that failed, and why the last did.
    var openingsFailed = 0
    var openingFault: StoreFault?
    /// Calls that came while the shard was opening, in order.
    var waiting: [(request: RouterRequest, to: ReplyTo)] = []
    /// This router is the shard's by the last membership.
    var wanted = false
    var drained: [@Sendable () -> Void] = []
    /// Who waits for the shard to open and reach the clock's time.
    var reaching: [@Sendable () -> Void] = []

    /// Something that may go out once everything up to `sequence` is durable.
    struct Parked {
        var sequence: UInt64
        var work: Work

        enum Work {
            case reply(ReplyTo, RouterReply)
            /// Goes on, or fails with the shard.
            case run((WireFault?) -> Void)
            /// It went out.
            case done
        }
    }

    public init(number: Int, around: Surroundings) {
        self.number = number
        self.around = around
        settings = around.settings
        answers = AnswerIndex(most: around.settings.answersKept)
        tail = JournalTail(most: around.settings.tailBytes)
    }

    /// For whoever is not in the set's isolation: runs on the router's loop, in one piece; anywhere else it traps.
    @inline(__always)
    func onLoop<T>(_ body: (Shard) -> T) -> T {
        around.loop.preconditionInEventLoop()
        return body(self)
    }

    // MARK: Requests

    /// One request for this shard. Replies are flushed by the caller, or when they become durable. `key`: of the command, if
    /// it is known.
    func receive(_ request: RouterRequest, to: ReplyTo, key: AnswerKey? = nil) {
        switch phase {
        case .open:
            #if PLANTED_BUGS
                if settings.planted == .decisionAcrossAwait { return serveLater(request, to: to) }
            #endif
            serve(request, to: to, key: key)
        case .opening:
            if let failure {
                refuse(request, to, failure)
            } else if waiting.count >= settings.waiting {
                refuse(request, to, WireFault(.overloaded, "the shard is opening", retryAfterMillis: 200))
            } else {
                waiting.append((request, to))
            }
        case .away, .draining:
            refuse(request, to, WireFault(.notHolder, "shard \(number) is not held here"))
        }
    }

    func serve(_ request: RouterRequest, to: ReplyTo, key: AnswerKey? = nil) {
        switch request {
        case .command(let call): command(call, to: to, key)
        case .query(let query): answer(query, to: to)
        case .followShard(let follow): self.follow(follow, to: to)
        case .watchShop(let watch): self.watch(watch, to: to)
        case .status: refuse(request, to, WireFault(.badRequest, "status is the router's"))
        }
    }

    func refuse(_ request: RouterRequest, _ to: ReplyTo, _ fault: WireFault) {
        switch request {
        case .followShard, .watchShop: to.sink.end(to.id, fault)
        case .command, .query, .status: to.sink.reply(to.id, .fault(fault))
        }
    }

    func park(_ to: ReplyTo, _ reply: RouterReply) {
        let sequence = next - 1
        #if PLANTED_BUGS
            if settings.planted == .acknowledgeBeforeDurable { return to.sink.reply(to.id, reply) }
        #endif
        if sequence <= durable {
            to.sink.reply(to.id, reply)
        } else {
            parked.append(Parked(sequence: sequence, work: .reply(to, reply)))
        }
    }

    /// Runs `work` once everything decided so far is durable, with a fault if it will not be known.
    func whenDurable(_ work: @escaping (WireFault?) -> Void) {
        if next - 1 <= durable {
            work(nil)
        } else {
            parked.append(Parked(sequence: next - 1, work: .run(work)))
        }
    }

    // MARK: Commands

    private func command(_ call: ShopCommand, to: ReplyTo, _ known: AnswerKey?) {
        if parked.count - parkedStart >= settings.parked {
            to.sink.reply(to.id, .fault(WireFault(.overloaded, "too many replies wait", retryAfterMillis: 100)))
            return
        }
        // A shard's time never runs backwards, and a caller's clock never drives it into the future (I13).
        advance(to: max(now, min(call.at, around.clock.now())))
        var key: AnswerKey?
        if let stamp = call.stamp {
            let found = known ?? AnswerKey(call.shop, stamp.id)
            if let first = answers.entry(found) { return repeated(first, stamp, to: to) }
            key = found
        }
        guard let shop = shop(for: call) else {
            if case .setShop = call.command { return park(to, .refusal(.limitReached(what: "shops"))) }
            return park(to, .refusal(.unknownShop))
        }
        do {
            try admit(call.command, shop)
        } catch {
            return to.sink.reply(to.id, .fault(WireFault(.internalFault, "a buyer's row cannot be read: \(error)")))
        }
        let first = next
        let result = decide(shop, call)
        switch result {
        case .success(let answer):
            if let key, let stamp = call.stamp, answer.sequence >= first, next > first {
                answers.note(key, sequence: answer.sequence, fingerprint: stamp.fingerprint)
            }
            park(to, .answer(answer))
        case .failure(let refusal):
            park(to, .refusal(refusal))
        }
    }

    /// Lets the desk decide; its events go into the next commit.
    private func decide(_ shop: ShopActor, _ call: ShopCommand) -> Result<Answer, Refusal> {
        var next = self.next
        var events = uncommitted
        uncommitted = []
        let at = now
        let (result, due) = shop.acting { desk -> Result<Answer, Refusal> in
            do throws(Refusal) {
                return .success(
                    try desk.handle(call.command, stamp: call.stamp, at: at, next: &next, into: &events))
            } catch {
                return .failure(error)
            }
        }
        self.next = next
        uncommitted = events
        if let due { self.due.note(shop.id, due) }
        return result
    }

    private func repeated(_ known: AnswerIndex.Entry, _ stamp: CommandStamp, to: ReplyTo) {
        guard known.fingerprint == stamp.fingerprint else { return park(to, .refusal(.commandReused)) }
        #if PLANTED_BUGS
            if settings.planted == .retryWithoutFirstAnswer {
                return park(to, .answer(Answer(sequence: known.sequence, changed: false)))
            }
        #endif
        if let answer = parkedAnswer(known.sequence) { return park(to, .answer(answer)) }
        do {
            guard let row = try reader?.row(containing: known.sequence),
                let record = try RecordCoding.decodeOne(known.sequence, in: row.body)?.record
            else { throw StoreFault(.corrupt, "event \(known.sequence) is not there") }
            park(to, .answer(Answer(first: record)))
        } catch {
            to.sink.reply(to.id, .fault(WireFault(.internalFault, "a first answer cannot be read: \(error)")))
        }
    }

    /// The answer to a command that is not durable yet. It waits among the replies, which are in order.
    private func parkedAnswer(_ sequence: UInt64) -> Answer? {
        guard sequence > durable else { return nil }
        var low = parkedStart
        var high = parked.count
        while low < high {
            let middle = (low + high) / 2
            if parked[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        for item in parked[low...] {
            if case .reply(_, .answer(let answer)) = item.work, answer.sequence == sequence { return answer }
        }
        return nil
    }

    private func shop(for call: ShopCommand) -> ShopActor? {
        if let lastAsked, lastAsked.id == call.shop { return lastAsked }
        if let shop = shops[call.shop] {
            lastAsked = shop
            return shop
        }
        guard case .setShop = call.command, shops.count < settings.shops else { return nil }
        let shop = ShopActor(Desk(id: call.shop, limits: settings.desk), held: shops.held, on: around.loop)
        shops.append(shop)
        return shop
    }

    /// Takes the buyer whom a command is about into memory, if there is a row.
    private func admit(_ command: Command, _ shop: ShopActor) throws {
        if let buyer = command.buyer { try admit(buyer, shop) }
    }

    func admit(_ buyer: BuyerID, _ shop: ShopActor) throws {
        // Who is in memory is looked up again by the desk, for little then.
        guard let reader, !shop.guarded({ $0.isResidentHere(buyer) }), reader.mayHold(shop.id, buyer),
            let held = try reader.buyer(shop.id, buyer)
        else { return }
        let row = try BinaryDecoder().decode(Domain.BuyerRow.self, from: held.body)
        shop.guarded { $0.admit(row) }
    }

    // MARK: Time

    /// Fires every timer of the shard due until then, each at its own time and in order.
    func advance(to time: Timestamp) {
        while let (shop, at) = due.first, at <= time {
            due.removeFirst()
            guard let actor = shops[shop] else { continue }
            now = max(now, at)
            var next = self.next
            var events = uncommitted
            uncommitted = []
            let later = actor.acting(fired: at) { desk in
                desk.advance(to: at, next: &next, into: &events)
            }.due
            self.next = next
            uncommitted = events
            if let later { due.note(shop, later) }
        }
        now = max(now, time)
    }

    /// The loop's look at the clock.
    func tick() {
        guard phase == .open else { return }
        advance(to: max(now, around.clock.now()))
        if pendingCheckpoint == nil, next - 1 > checkpoint,
            next - 1 - checkpoint >= settings.checkpointEvery
                || NIODeadline.now() - checkpointAt >= settings.checkpointAfter
        {
            beginCheckpoint()
        }
        kick()
        continueCheckpoint()
        tendInLull()
    }

    /// Fires everything due until the clock's time and says when that is durable. A shard that is opening does so at its
    /// opening, for which nobody waits if it has failed; one that leaves says so when it has left: its next holder goes
    /// on from there.
    func reach(_ done: @escaping @Sendable () -> Void) {
        switch phase {
        case .away: done()
        case .opening: if failure == nil { reaching.append(done) } else { done() }
        case .draining: drained.append(done)
        case .open:
            advance(to: max(now, around.clock.now()))
            whenDurable { fault in
                if fault == nil { done() } else { self.onLoop { $0.reach(done) } }
            }
            kick()
        }
    }

    // MARK: Commits

    /// Starts a commit of everything decided so far, unless one is under way.
    func kick() {
        guard !writing, !waitsForRows, store != nil, phase == .open || phase == .draining else { return }
        if uncommitted.isEmpty {
            finishDraining()
            return
        }
        writing = true
        around.commits.join(self)
    }

    /// What was decided so far, for the commit that begins now; nil if there is nothing any more.
    func takeUncommitted() -> GroupCommit.Part? {
        guard let store, !uncommitted.isEmpty else { return nil }
        precondition(uncommitted[0].sequence == durable + 1, "events without gaps")
        let part = GroupCommit.Part(shard: self, store: store, generation: generation, records: uncommitted)
        uncommitted = room
        room = []
        writing = true
        looks = 2
        return part
    }

    /// The commit has ended; the next begins once every shard of it was told.
    func committed(_ outcome: Result<[JournalRow], StoreFault>, _ sinks: inout FlushList) {
        writing = false
        let rows: [JournalRow]
        switch outcome {
        case .success(let written): rows = written
        case .failure(let fault): return failed(fault)
        }
        let events = rows.last.map { Int($0.last - durable) } ?? 0
        if let last = rows.last {
            durable = last.last
            tail.append(rows)
        }
        release(&sinks, nil)
        pump(rows, &sinks)
        kick()
        continueCheckpoint(after: events)
    }

    /// For the records of the commit after the next. Empty.
    func takeRoom(_ records: [EventRecord]) { room = records }

    /// At a tick, not after each commit: the next command would wait for it. The second look finds a log that has not grown
    /// since the first.
    private func tendInLull() {
        guard !writing, looks > 0, let store, phase == .open else { return }
        looks -= 1
        writing = true
        let pages = settings.walPages
        let generation = generation
        around.writers.runIfActive(eventLoop: around.loop) { () -> StoreFault? in
            do throws(StoreFault) {
                try store.tend(walPages: pages)
                return nil
            } catch {
                return error
            }
        }.whenComplete { outcome in
            self.onLoop { shard in
                guard shard.generation == generation else { return }
                shard.writing = false
                if case .success(.some(let fault)) = outcome { return shard.failed(fault) }
                shard.kick()
                // It waits for whatever holds the writer, this too.
                shard.continueCheckpoint()
            }
        }
    }

    /// Replies that wait for a commit.
    var ahead: Int { parked.count - parkedStart }

    /// Lets go what is durable; with a fault everything.
    private func release(_ sinks: inout FlushList, _ fault: WireFault?) {
        while parkedStart < parked.count, fault != nil || parked[parkedStart].sequence <= durable {
            // Moved out, not copied.
            var work = Parked.Work.done
            swap(&work, &parked[parkedStart].work)
            parkedStart += 1
            switch consume work {
            case .done: break
            case .reply(let to, let reply):
                if let fault { to.sink.reply(to.id, .fault(fault)) } else { to.sink.reply(to.id, reply) }
                sinks.add(to.sink)
            case .run(let work): work(fault)
            }
        }
        if parkedStart == parked.count {
            parked.removeAll(keepingCapacity: parkedStart < 65_536)
            parkedStart = 0
        } else if parkedStart > 4_096 {
            parked.removeFirst(parkedStart)
            parkedStart = 0
        }
    }

    /// I3: it is unknown what is on disk. All memory goes, everybody is told so, and the journal is read again.
    func failed(_ fault: StoreFault) {
        around.logger.error("commit failed", metadata: ["shard": "\(number)", "fault": "\(fault)"])
        // Before anybody is told: a clock step that waited goes on with the next opening.
        let draining = phase == .draining
        if !draining { phase = .opening }
        var sinks = FlushList()
        release(&sinks, WireFault(.unknownOutcome, "the commit failed: \(fault.message)"))
        endStreams(WireFault(.notHolder, "the shard is read again"), &sinks)
        sinks.flush()
        let store = store
        forget()
        let generation = generation
        around.writers.runIfActive(eventLoop: around.loop) { store?.close() }.whenComplete { _ in
            self.onLoop { shard in
                guard shard.generation == generation else { return }
                if draining {
                    shard.left()
                } else {
                    shard.openLater(shard.settings.reopenAfter)
                }
            }
        }
    }

    /// Drops all memory of the shard; the store is the caller's to close.
    func forget() {
        generation += 1
        store = nil
        reader = nil
        history = nil
        shops = ShopTable()
        lastAsked = nil
        due = ShopTimers()
        answers = AnswerIndex(most: settings.answersKept)
        tail = JournalTail(most: settings.tailBytes)
        uncommitted = []
        writing = false
        pendingCheckpoint = nil
        isMerging = false
        answersWritten = 0
        parked = []
        parkedStart = 0
    }

    /// The lease is free. Opens again if the shard came back to this router meanwhile.
    func left() {
        phase = .away
        let told = drained
        drained = []
        for tell in told { tell() }
        if wanted { claim() }
    }

    // MARK: Status

    func status() -> ShardStatus? {
        let state: ShardStatus.State
        switch phase {
        case .away: return nil
        case .opening: state = failure == nil ? .opening : .failed
        case .open: state = .open
        case .draining: state = .draining
        }
        return ShardStatus(
            shard: number, state: state, term: store?.term ?? 0, durable: durable, checkpoint: checkpoint,
            shops: shops.count, residentBuyers: shops.held.buyers, openSessions: shops.held.sessions,
            followers: followers.count + watchers.count,
            fault: state == .failed ? openingFault.map { "\($0)" } : nil)
    }
}

/// Callers that were replied to and are flushed together.
struct FlushList {
    private var sinks: [ObjectIdentifier: any ReplySink] = [:]
    private var last: (any ReplySink)?

    mutating func add(_ sink: any ReplySink) {
        // Replies to one caller mostly follow each other.
        if last === sink { return }
        last = sink
        sinks[ObjectIdentifier(sink)] = sink
    }

    func flush() {
        // The order among connections is of no consequence.
        for sink in sinks.values { sink.flush() }
    }
}
