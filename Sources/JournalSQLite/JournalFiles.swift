// A shard's journal as a chain of files. Commits go to the last one. When its log has grown and there is no lull to move
// it in, the next file is made beside the commits, one of them seals the former, and the former's log is moved by its own
// connection beside the commits that follow: a commit never waits for a log, and no file has two connections that write.
//
// A crash may leave, besides the last file: those before it with a log (their opening moves it), or one after it that is
// not in use yet, because the last file is not sealed (it is removed). The term is raised in the transaction that reads
// the seal, so who lost the term can neither seal a file nor write the next (I4).

import Domain
import Foundation
import GRDB
import Journal
import Synchronization
import Wire

final class JournalFiles: Sendable {
    /// A file of the chain and the number of its first event.
    struct Segment: Hashable, Sendable {
        var number: Int
        var first: UInt64
    }

    private struct State {
        var current: ShardFile
        /// All of them, the current one last.
        var segments: [Segment]
        /// The next file, ready to be written.
        var ready: ShardFile?
        /// It may name a log.
        var isReadyNamed = false
        /// The next file is being made, or the former's log moved.
        var busy = false
        /// Pages of the log at which the next file is made, and from which on it is used.
        var makeAt: Int
        var useAt: Int
        /// Pages of the log at the last look.
        var seen = 0
        /// What a commit log has and the files do not.
        var logged = LoggedRows()
        /// Why a former file's log was not moved: the next opening does it.
        var failure: (any Error)?
        var moment: (@Sendable (Moment) throws -> Void)?
    }

    /// Where a test may look at the files. What it throws is a failure to move the log after `copied`, else nothing.
    enum Moment: Sendable { case made, sealed, copied, moved }

    /// Of a page in the log.
    private static let frameBytes = 4_096 + 24

    let shard: Int
    private let shards: Int
    private let holder: String
    private let directory: ShardDirectory
    let settings: SQLiteSettings
    let term: UInt64
    /// The last event when it was opened.
    let durable: UInt64
    private let state: Mutex<State>
    private enum Phase { case open, ended, closed }

    /// Held by a transaction to its end. Once it has ended nothing is written any more.
    private let turn = Mutex(Phase.open)
    /// Nothing is written any more, and somebody waits for what is under way beside the commits.
    private let isLeaving = Atomic(false)
    /// Held while a reader opens a file, and while a former one leaves its log: whoever finds a log by its name has looked
    /// into it before it may become another's.
    private let opening = Mutex(())
    /// Makes files and moves logs beside the commits.
    private let beside: SideQueue

    init(
        shard: Int, shards: Int, holder: String, directory: ShardDirectory, settings: SQLiteSettings
    ) throws(StoreFault) {
        let last = try directory.lastSegment(shard)
        let path = directory.databaseFile(shard, segment: last)
        let opened: Opened
        do {
            opened = try Self.open(last, shard, shards, holder, directory, settings)
            if opened.namesLog { try opened.file.transaction { try Opening.name(nil, in: $0) } }
        } catch {
            throw ShardFile.openingFault(error, path)
        }
        term = opened.place.term
        durable = opened.place.durable
        state = Mutex(
            State(
                current: opened.file, segments: opened.segments, makeAt: settings.segmentPages / 2,
                useAt: settings.segmentPages))
        self.shard = shard
        self.shards = shards
        self.holder = holder
        self.directory = directory
        self.settings = settings
        beside = SideQueue("fenliu.journal.\(shard)")
    }

    // MARK: Opening

    private struct Opened {
        var file: ShardFile
        var place: Opening
        var segments: [Segment]
        /// The file still names a commit log, of which it has everything.
        var namesLog = false
    }

    private static func purpose(_ settings: SQLiteSettings) -> ShardFile.Purpose {
        ShardFile.Purpose(
            steps: Migrations.journal, durable: true, pageBytes: 4_096, cacheKiB: settings.writerCacheKiB)
    }

    private static func file(_ path: String, _ settings: SQLiteSettings) throws(StoreFault) -> ShardFile {
        try ShardFile(path: path, settings: settings, purpose: purpose(settings))
    }

    private static func open(
        _ last: Int, _ shard: Int, _ shards: Int, _ holder: String, _ directory: ShardDirectory,
        _ settings: SQLiteSettings
    ) throws -> Opened {
        // Opening a file moves its log. One before the last two has one only if that failed once.
        for number in 0..<max(0, last - 1) where directory.hasLog(shard, segment: number) {
            try file(directory.databaseFile(shard, segment: number), settings).close()
        }
        var before: (opening: Opening, number: Int)?
        for number in max(0, last - 1)...last {
            let file = try file(directory.databaseFile(shard, segment: number), settings)
            do {
                var place = Opening()
                var segments: [Segment] = []
                let base = before?.opening.durable ?? 0
                let log = try file.access { try Opening.log($0) }
                let left = try log.flatMap {
                    try LeftLog($0, holder: holder, directory: directory, settings: settings)
                }
                defer { left?.close() }
                try file.transaction { db in
                    if let left {
                        let last = try Place.last(db, after: base)
                        try Opening.takeOver(left.rows(of: shard, after: last), to: db, after: base)
                    }
                    place = try Opening.take(db, shard: shard, shards: shards, holder: holder, after: base)
                    segments = try Self.segments(db, own: number, after: base)
                }
                try left?.finish(shard)
                if !place.sealed {
                    if number < last { try directory.removeSegment(shard, last) }
                    return Opened(file: file, place: place, segments: segments, namesLog: log != nil)
                }
                before = (place, number)
                file.close()
            } catch {
                file.close()
                throw error
            }
        }
        throw StoreFault(.corrupt, "\(directory.databaseFile(shard, segment: last + 1)) is missing")
    }

    private static func segments(_ db: Database, own: Int, after base: UInt64) throws -> [Segment] {
        var all: [Segment] = []
        let select = try db.raw("SELECT number, first FROM segments ORDER BY number")
        try select.each {
            all.append(Segment(number: Int(select.number(0)), first: select.number(1)))
            return true
        }
        guard all.map(\.number) == Array(0..<own) else {
            throw StoreFault(.corrupt, "segment \(own) names \(all.count) before it")
        }
        let first = try db.raw("SELECT first FROM events ORDER BY first LIMIT 1")
        var begin = base + 1
        try first.each {
            begin = first.number(0)
            return false
        }
        return all + [Segment(number: own, first: begin)]
    }

    // MARK: Writing

    var walPages: Int { state.withLock { $0.current.walPages } }

    /// One durable transaction in the last file, after whatever a commit log has; `body` gets the place to append to. `log`:
    /// its name stands in the file from then on, if it may.
    func transaction(naming log: String? = nil, _ body: (Database, inout Place) throws -> Void) throws -> Place {
        try whileOpen { _ in try append(naming: log, body) }
    }

    /// Brings whatever a commit log has, up to an event, to the files, durably: a little at a time, with such a pause, since
    /// commits share the disk.
    func takeLogged(upTo last: UInt64 = .max, pauseMicros: UInt32 = 0) throws {
        guard let end = state.withLock({ $0.logged.rows.last?.last }) else { return }
        while try whileOpen({ _ in try takeSome(upTo: min(last, end)) }) { usleep(pauseMicros) }
    }

    /// The next little of it; false if there is none. Nil, and nothing was done, if somebody writes to the files.
    func takeLoggedIfFree(upTo last: UInt64) throws -> Bool? {
        try turn.withLockIfAvailable { phase in
            try check(phase)
            return try takeSome(upTo: last)
        }
    }

    /// The turn is held.
    private func takeSome(upTo last: UInt64) throws -> Bool {
        guard let first = state.withLock({ $0.logged.rows.first?.first }), first <= last else { return false }
        _ = try append(naming: nil, most: settings.moveBytes) { _, _ in }
        return true
    }

    /// These rows, which follow the last ones, are durable in the log that is named.
    func log(_ rows: [JournalRow]) { state.withLock { $0.logged.append(rows) } }

    func isNamed(_ log: String) -> Bool { state.withLock { $0.logged.isNamed(log) } }
    var mayName: Bool { state.withLock { $0.logged.mayName } }

    var loggedBytes: Int { state.withLock { $0.logged.bytes } }
    var hasLogged: Bool { state.withLock { !$0.logged.rows.isEmpty } }

    /// This log has nothing that the files have not.
    func isDone(_ log: String) { state.withLock { $0.logged.finish(log) } }

    /// Takes the name of a log out that is done, though a write named it a moment ago; nothing is written after it.
    func end(_ log: String) throws {
        try whileOpen {
            isDone(log)
            _ = try append(naming: nil) { _, _ in }
            $0 = .ended
            isLeaving.store(true, ordering: .relaxed)
        }
    }

    private func whileOpen<Value>(_ body: (inout Phase) throws -> Value) throws -> Value {
        try turn.withLock { phase in
            try check(phase)
            return try body(&phase)
        }
    }

    private func check(_ phase: Phase) throws {
        if phase != .open { throw StoreFault(.closed, "shard \(shard) is not open here") }
    }

    private func append(
        naming asked: String?, most: Int? = nil, _ body: (Database, inout Place) throws -> Void
    ) throws -> Place {
        let (file, base, ready, failure, logged) = state.withLock {
            (
                $0.current, ($0.segments.last?.first ?? 1) - 1, $0.current.walPages >= $0.useAt ? $0.ready : nil,
                $0.failure, $0.logged
            )
        }
        if let failure { throw failure }
        let log = logged.name(asked: asked)
        // Before the former is sealed: whoever opens the shard finds the log by the file that is not.
        if let ready, log != nil || state.withLock({ $0.isReadyNamed }) {
            state.withLock { $0.isReadyNamed = true }
            try ready.transaction { try Opening.name(log, in: $0) }
        }
        let taken = logged.first(bytes: most)
        var place = Place(last: 0)
        try file.transaction { db in
            #if PLANTED_BUGS
                // Takes the term back, whoever has it.
                if PlantedBug.chosen == .noTermCheck {
                    try db.execute(sql: "UPDATE shard SET term = ?", arguments: [term])
                }
            #endif
            place = try Place.read(db, term: term, after: base)
            try place.append(LoggedRows.joined(taken), term: term, to: db)
            try body(db, &place)
            if log != logged.log { try Opening.name(log, in: db) }
            if ready != nil { try place.seal(db) }
        }
        state.withLock { $0.logged.took(count: taken.count, name: log) }
        if let ready { goOn(in: ready, from: file, after: place.last) }
        makeNextIfDue()
        return place
    }

    /// The former file is sealed: its log is moved beside what follows.
    private func goOn(in ready: ShardFile, from former: ShardFile, after last: UInt64) {
        let moment = state.withLock { state in
            state.current = ready
            (state.ready, state.isReadyNamed) = (nil, false)
            state.busy = true
            state.seen = 0
            (state.makeAt, state.useAt) = (settings.segmentPages / 2, settings.segmentPages)
            state.segments.append(Segment(number: state.segments.count, first: last + 1))
            return state.moment
        }
        try? moment?(.sealed)
        beside.async { [self] in
            do {
                try former.moveGently(
                    bytes: settings.moveBytes, pause: pause, copied: { try moment?(.copied) })
                former.closeMoved(spare: spare) { body in opening.withLock { _ in body() } }
                state.withLock { $0.busy = false }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                // A reader stays too long at an older state. Closing copies the rest and syncs all of it, or leaves the log.
                former.close()
                state.withLock { $0.busy = false }
            } catch {
                former.keepLog()
                state.withLock { $0.failure = error }
            }
            try? moment?(.moved)
        }
    }

    /// Takes no lock that a commit waits for: this thread gives way to others.
    private func pause() -> UInt32 { isLeaving.load(ordering: .relaxed) ? 0 : settings.movePauseMicros }

    private func makeNextIfDue() {
        let segments: [Segment]? = state.withLock { state in
            guard !state.busy, state.ready == nil, state.current.walPages >= state.makeAt else { return nil }
            state.busy = true
            return state.segments
        }
        guard let segments else { return }
        beside.async { [self] in
            let made = try? make(segments)
            let moment = state.withLock { state in
                state.busy = false
                state.ready = made
                // It failed: the log goes on growing, and it is tried again after as much more.
                if made == nil { state.makeAt = state.current.walPages + settings.segmentPages }
                return state.moment
            }
            try? moment?(.made)
        }
    }

    /// Bytes of the log for whose writing there is room in a file that was made under load.
    private var room: Int { settings.segmentPages * Self.frameBytes / 8 * 9 }
    private var spare: SpareLog { SpareLog(path: directory.spareLog(shard), mostBytes: 2 * room) }

    /// The next file, empty and on the disk, with room in its log for what will be written there. Throws if there is one:
    /// then somebody else writes the chain.
    private func make(_ segments: [Segment]) throws -> ShardFile {
        let path = try directory.makeSegment(shard, segments.count)
        do {
            return try ShardFile.make(
                path: path, settings: settings, purpose: Self.purpose(settings), spare: spare, room: room,
                pause: pause
            ) { file in
                try file.transaction { db in
                    try Opening.prepare(db, shard: shard, shards: shards, holder: holder, term: term)
                    let insert = try db.raw("INSERT INTO segments (number, first) VALUES (?1, ?2)")
                    for segment in segments {
                        insert.bind(1, Int64(segment.number))
                        insert.bind(2, segment.first)
                        try insert.run()
                    }
                }
            }
        } catch {
            try? directory.removeSegment(shard, segments.count)
            throw error
        }
    }

    /// In a lull: moves a short log in place and leaves a long one to a change of files. Does nothing while the log grows
    /// by more than a sixteenth of `most` between two calls: that is no lull.
    func tend(walPages most: Int) throws {
        try whileOpen { _ in
            if let failure = state.withLock({ $0.failure }) { throw failure }
            let (file, pages, grown) = state.withLock { state in
                let pages = state.current.walPages
                defer { state.seen = pages }
                let grown = pages - state.seen
                if grown <= most / 16, pages > 2 * most {
                    (state.makeAt, state.useAt) = (min(state.makeAt, pages), min(state.useAt, pages))
                }
                return (state.current, pages, grown)
            }
            if grown > most / 16 { return }
            if pages > 2 * most { return makeNextIfDue() }
            if pages > most { try file.checkpointPassively() }
        }
    }

    // MARK: Reading

    /// What the files do not have. Look here first, then at the files: rows come there before they go from here.
    var logged: LoggedRows { state.withLock { $0.logged } }

    /// The files from the one with this event on.
    func segments(from sequence: UInt64) -> ArraySlice<Segment> {
        state.withLock { state in
            let start = state.segments.lastIndex { $0.first <= sequence } ?? 0
            return state.segments[start...]
        }
    }

    /// `open` opens the file and reads something of it.
    func reader<Value: Sendable>(of segment: Segment, _ open: (String) throws -> Value) rethrows -> Value {
        try opening.withLock { _ in try open(path(segment)) }
    }

    func path(_ segment: Segment) -> String { directory.databaseFile(shard, segment: segment.number) }

    // MARK: End

    /// Waits for what is under way.
    func close() {
        let isClosed = turn.withLock { phase in
            defer { phase = .closed }
            isLeaving.store(true, ordering: .relaxed)
            return phase == .closed
        }
        if isClosed { return }
        beside.settle()
        let (current, ready, next) = state.withLock { state in
            defer { state.ready = nil }
            return (state.current, state.ready, state.segments.count)
        }
        if let ready {
            let room = HeldRoom([ready.logPath])
            ready.keepLog()
            try? directory.removeSegment(shard, next)
            room.giveBack(settings)
        }
        HeldRoom.remove(spare.path, settings)
        current.close()
    }

    /// Seams for tests.
    func inspect<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try state.withLock { $0.current }.access(body)
    }
    func atMoments(_ body: (@Sendable (Moment) throws -> Void)?) { state.withLock { $0.moment = body } }
    /// Runs beside the commits, after what is under way there.
    func besideCommits(_ body: @escaping @Sendable () -> Void) { beside.async(body) }
    func settle() { beside.settle() }
}
