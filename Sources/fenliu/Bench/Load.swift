// The load generator: one thread, one epoll over its connections, a fixed number in flight on each, or a fixed rate.
// It knows requests only as bytes that a `LoadSpeech` writes, so that it costs little beside the servers it measures.

import ClusterKit
import DequeModule
import Foundation
import Histogram
import Synchronization

/// How one kind of server is spoken to.
protocol LoadSpeech {
    /// Appends a request. `number` rises by one from request to request of all connections; `ticket` from 0 on within
    /// one connection.
    mutating func append(_ number: UInt64, connection: Int, ticket: UInt64, to out: inout [UInt8])
    /// Hands over every whole reply at the front, with its ticket if it says so (else they are in order), and its bytes if
    /// it is a bad one. Gives the number of bytes used.
    func replies(
        _ bytes: UnsafeRawBufferPointer, _ each: (_ ticket: UInt64?, _ bad: UnsafeRawBufferPointer?) -> Void
    ) -> Int
    /// What a bad reply says.
    func words(_ bad: [UInt8]) -> String
    /// Whether a request is counted apart from the others.
    func isApart(_ number: UInt64, connection: Int) -> Bool
}

extension LoadSpeech {
    func isApart(_ number: UInt64, connection: Int) -> Bool { false }

    func words(_ bad: [UInt8]) -> String { firstLine(of: bad) }
}

func firstLine(of bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix { $0 != 0x0a && $0 != 0x0d }.prefix(200), as: UTF8.self)
}

struct LoadPlan {
    /// On each connection.
    var inFlight: Int
    var seconds: Double
    /// Requests a second of all connections; nil is as fast as the replies come.
    var rate: Double?
    /// Part of the time that is not counted.
    var warmUp = 0.15
    /// False: latencies and counts are those of good replies alone.
    var countsBad = true
}

struct LoadOutcome {
    var count = 0
    var bad = 0
    /// What the first bad reply said.
    var firstBad: String?
    var seconds = 0.0
    /// Milliseconds.
    var p50 = 0.0
    var p99 = 0.0
    var clientSeconds = 0.0
    /// Good and bad, in the whole time.
    var answered = 0
    /// Milliseconds of the slowest good reply of each connection.
    var longest: [Double] = []
    /// All that were sent, those of the warming up included.
    var sent: UInt64 = 0
    /// Of the requests that are counted apart; they are not in the counts and latencies above. Nil if there are none.
    var apart: Apart?

    struct Apart {
        var count = 0
        var bad = 0
        var answered = 0
        /// Milliseconds.
        var p50 = 0.0
        var p99 = 0.0
    }

    var perSecond: Double { seconds > 0 ? Double(count) / seconds : 0 }

    /// How many replies were bad, what the first of them said, and how many were counted.
    var badWords: String {
        "\(bad) of \(answered) replies were bad\(firstBad.map { ", the first: \($0)" } ?? ""); \(count) counted"
    }
}

/// What came back of one kind of requests.
private struct Tally {
    /// A longer reply counts as one of so many.
    private static let longestMicros: UInt64 = 120_000_000

    /// Of a fixed size: one that grew would keep the load waiting while it does.
    private var micros = Histogram<UInt32>(highestTrackableValue: longestMicros, numberOfSignificantValueDigits: .three)
    var bad = 0
    /// Bytes of the first bad reply.
    var firstBad: [UInt8]?
    var answered = 0

    /// How many latencies were counted.
    var count: Int { Int(micros.totalCount) }

    mutating func record(nanos: UInt64) { micros.record(min(nanos / 1_000, Self.longestMicros)) }

    /// Milliseconds below which that part is, within a thousandth.
    var p50: Double { Double(micros.valueAtPercentile(50)) / 1_000 }
    var p99: Double { Double(micros.valueAtPercentile(99)) / 1_000 }
}

private struct Line {
    let socket: LoadSocket
    var out: [UInt8] = []
    var outStart = 0
    var read: [UInt8]
    var readCount = 0
    /// When each request was due, by ticket; a power of two of them.
    var starts: [UInt64]
    /// Which of them are counted apart.
    var apart: [Bool]
    var nextTicket: UInt64 = 0
    var nextReply: UInt64 = 0
    var waiting = 0
    /// The socket took nothing more.
    var isBlocked = false
    /// Nanoseconds of the slowest good reply.
    var longest: UInt64 = 0

    init(_ socket: LoadSocket, inFlight: Int) {
        self.socket = socket
        var room = 64
        while room < inFlight * 8 { room *= 2 }
        starts = [UInt64](repeating: 0, count: room)
        apart = [Bool](repeating: false, count: room)
        read = [UInt8](repeating: 0, count: inFlight > 64 ? 1 << 18 : 1 << 14)
    }
}

/// Runs the load to its end, in the caller's thread. `first` is the number of the first request.
/// Throws `.notRunning` if a connection breaks or nothing comes back for ten seconds.
func runLoad<Speech: LoadSpeech>(
    _ sockets: [LoadSocket], _ speech: inout Speech, _ plan: LoadPlan, first: UInt64 = 0
) throws(ClusterFault) -> LoadOutcome {
    var lines = sockets.map { Line($0, inFlight: plan.inFlight) }
    var events = try LoadEvents(sockets.map(\.descriptor))
    /// Those that have room for a request, and bytes to go out.
    var ready = Array(lines.indices)
    /// Of those that are not counted apart, and of those that are.
    var tallies = [Tally(), Tally()]
    var outcome = LoadOutcome()
    // Who measures how long replies take does not wait for a processor himself.
    let before = sched_getscheduler(0)
    if plan.rate == nil { setScheduling(batch) }
    // Servers started later by this thread would have it too.
    defer { if before >= 0 { setScheduling(before) } }
    let ownBefore = threadSeconds()
    let begin = monotonicNanos()
    let countFrom = begin + UInt64(plan.seconds * plan.warmUp * 1e9)
    let end = begin + UInt64(plan.seconds * 1e9)
    var lastReply = begin
    var counted = begin
    var now = begin
    /// Those that have room, of a fixed rate.
    var turns = Deque(lines.indices)
    func ask(_ place: Int, at start: UInt64) {
        let ticket = lines[place].nextTicket
        let cell = Int(truncatingIfNeeded: ticket) & (lines[place].starts.count - 1)
        lines[place].starts[cell] = start
        lines[place].apart[cell] = speech.isApart(first + outcome.sent, connection: place)
        speech.append(first + outcome.sent, connection: place, ticket: ticket, to: &lines[place].out)
        lines[place].nextTicket += 1
        lines[place].waiting += 1
        outcome.sent += 1
    }
    while now < end {
        // As fast as the replies come, only who had one has room. Of a fixed rate whoever had to wait longest gets the next.
        var asking = ready
        if let rate = plan.rate {
            let due = UInt64(Double(now - begin) / 1e9 * rate)
            while outcome.sent < due, let place = turns.popFirst() {
                ask(place, at: begin + UInt64(Double(outcome.sent) / rate * 1e9))
                if lines[place].waiting < plan.inFlight { turns.append(place) }
                asking.append(place)
            }
        } else {
            for place in ready { while lines[place].waiting < plan.inFlight { ask(place, at: now) } }
        }
        for place in asking where !lines[place].out.isEmpty {
            try lines[place].write()
            let isBlocked = !lines[place].out.isEmpty
            guard isBlocked != lines[place].isBlocked else { continue }
            lines[place].isBlocked = isBlocked
            try events.watch(lines[place].socket.descriptor, at: place, writing: isBlocked)
        }
        events.wait(millis: plan.rate == nil ? 100 : 1, into: &ready)
        now = monotonicNanos()
        for place in ready {
            let counts = now >= countFrom
            let wasFull = lines[place].waiting >= plan.inFlight
            if try lines[place].take(speech, now, counts, plan.countsBad, &tallies) {
                lastReply = now
                if counts { counted = now }
            }
            if plan.rate != nil, wasFull, lines[place].waiting < plan.inFlight { turns.append(place) }
        }
        if now - lastReply > 10_000_000_000 { throw ClusterFault(.notRunning, "no reply for ten seconds") }
    }
    outcome.count = tallies[0].count
    outcome.bad = tallies[0].bad
    outcome.firstBad = tallies[0].firstBad.map(speech.words)
    outcome.answered = tallies[0].answered
    outcome.seconds = Double(max(counted, countFrom + 1) - countFrom) / 1e9
    outcome.clientSeconds = threadSeconds() - ownBefore
    outcome.longest = lines.map { Double($0.longest) / 1e6 }
    (outcome.p50, outcome.p99) = (tallies[0].p50, tallies[0].p99)
    if tallies[1].answered > 0 {
        outcome.apart = LoadOutcome.Apart(
            count: tallies[1].count, bad: tallies[1].bad, answered: tallies[1].answered, p50: tallies[1].p50,
            p99: tallies[1].p99)
    }
    return outcome
}

/// A load that is still to be run.
protocol PlannedLoad: Sendable {
    func result() -> Result<LoadOutcome, ClusterFault>
}

struct LoadRun<Speech: LoadSpeech & Sendable>: PlannedLoad {
    var sockets: [LoadSocket]
    var speech: Speech
    var plan: LoadPlan
    var first: UInt64

    func result() -> Result<LoadOutcome, ClusterFault> {
        var speech = speech
        do throws(ClusterFault) {
            return .success(try runLoad(sockets, &speech, plan, first: first))
        } catch {
            return .failure(error)
        }
    }
}

/// Loads at the same time, each on a thread of its own.
final class RunningLoads: Sendable {
    private let results = Mutex([Int: Result<LoadOutcome, ClusterFault>]())
    private let ended = DispatchSemaphore(value: 0)
    private let count: Int

    init(_ loads: [any PlannedLoad]) {
        count = loads.count
        for (place, load) in loads.enumerated() {
            let thread = Thread { [self] in
                let result = load.result()
                results.withLock { $0[place] = result }
                ended.signal()
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    /// Waits for their ends; to be called once. Throws the first fault.
    func outcomes() throws(ClusterFault) -> [LoadOutcome] {
        for _ in 0..<count { ended.wait() }
        let all = results.withLock { $0 }
        var outcomes: [LoadOutcome] = []
        for place in 0..<count {
            guard let result = all[place] else { continue }
            outcomes.append(try result.get())
        }
        return outcomes
    }
}

extension Line {
    fileprivate mutating func write() throws(ClusterFault) {
        while outStart < out.count {
            let count = out.withUnsafeBytes {
                send(
                    socket.descriptor, $0.baseAddress.map { $0 + outStart }, out.count - outStart,
                    Int32(MSG_DONTWAIT))
            }
            if count > 0 {
                outStart += count
            } else if errno == EAGAIN {
                // A socket that is always full would have it grow without bound.
                if outStart > out.count / 2 {
                    out.removeFirst(outStart)
                    outStart = 0
                }
                return
            } else if errno != EINTR {
                throw ClusterFault(.notRunning, "send: error \(errno)")
            }
        }
        out.removeAll(keepingCapacity: true)
        outStart = 0
    }

    /// Reads all that is there; true if a reply came.
    fileprivate mutating func take(
        _ speech: some LoadSpeech, _ now: UInt64, _ counts: Bool, _ countsBad: Bool, _ tallies: inout [Tally]
    ) throws(ClusterFault) -> Bool {
        var came = false
        while true {
            let room = read.count - readCount
            let got = read.withUnsafeMutableBytes {
                recv(socket.descriptor, $0.baseAddress.map { $0 + readCount }, room, Int32(MSG_DONTWAIT))
            }
            if got < 0, errno == EINTR { continue }
            if got < 0, errno == EAGAIN { return came }
            guard got > 0 else { throw ClusterFault(.notRunning, "the other end closed the connection") }
            readCount += got
            if tally(speech, now, counts, countsBad, &tallies) { came = true }
            // Less than there was room for: that was all.
            if got < room { return came }
        }
    }

    /// Counts the whole replies that were read; true if there was one.
    private mutating func tally(
        _ speech: some LoadSpeech, _ now: UInt64, _ counts: Bool, _ countsBad: Bool, _ tallies: inout [Tally]
    ) -> Bool {
        var next = nextReply
        var done = 0
        var slowest = longest
        let mask = starts.count - 1
        let used = read.withUnsafeBytes { bytes in
            speech.replies(UnsafeRawBufferPointer(rebasing: bytes[..<readCount])) { ticket, bad in
                let cell = Int(truncatingIfNeeded: ticket ?? next) & mask
                let start = starts[cell]
                let kind = apart[cell] ? 1 : 0
                next += 1
                done += 1
                tallies[kind].answered += 1
                if let bad {
                    tallies[kind].bad += 1
                    if tallies[kind].firstBad == nil { tallies[kind].firstBad = Array(bad) }
                }
                let took = now - min(start, now)
                if bad == nil { slowest = max(slowest, took) }
                if counts, bad == nil || countsBad { tallies[kind].record(nanos: took) }
            }
        }
        nextReply = next
        longest = slowest
        waiting -= done
        if used > 0 {
            read.withUnsafeMutableBytes { bytes in
                if let base = bytes.baseAddress { memmove(base, base + used, readCount - used) }
            }
            readCount -= used
        }
        return done > 0
    }
}

func monotonicNanos() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// SCHED_BATCH, which Swift's Glibc leaves out. Whoever answers is not interrupted at each reply, as no client of another
/// machine would: the thread, when it is woken, waits until a processor is free or its turn has come.
private let batch: Int32 = 3

private func setScheduling(_ policy: Int32) {
    var parameters = sched_param()
    _ = sched_setscheduler(0, policy, &parameters)
}

private func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Writes a number with so many decimal digits over what stands there.
func putDigits(_ number: UInt64, _ count: Int, at place: Int, in bytes: inout [UInt8]) {
    var rest = number
    var at = place + count - 1
    while at >= place {
        bytes[at] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
        rest /= 10
        at -= 1
    }
}

/// Where a text stands in a request, each time; it must be there.
func places(of text: String, in bytes: [UInt8]) -> [Int] {
    let sought = Array(text.utf8)
    guard bytes.count >= sought.count else { return [] }
    return (0...(bytes.count - sought.count)).filter { bytes[$0..<($0 + sought.count)].elementsEqual(sought) }
}
