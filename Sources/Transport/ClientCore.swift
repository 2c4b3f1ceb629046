// The client's state on its event loop: connection, calls, streams, what goes out next. Other threads only put
// submissions into the inbox, which the loop empties with one task however many they are.

import Logging
import NIOCore
import NIOPosix
import Synchronization
import Wire

/// What another thread asks of the loop.
enum Submission: Sendable {
    case call(UInt64, [UInt8], NIODeadline, WireClient.Completion)
    case open(UInt64, [UInt8], StreamBox)
    case cancel(UInt64)
    case credit(UInt64, Int)
    case connect(NIODeadline, @Sendable (Result<Void, WireFault>) -> Void)
    case close(@Sendable () -> Void)
    case abandon
}

final class ClientCore: @unchecked Sendable {
    private struct Inbox {
        var submissions: [Submission] = []
        var scheduled = false
        var closed = false
    }

    struct Call {
        var id: UInt64
        var completion: WireClient.Completion
        /// Not sent yet.
        var held: [UInt8]?
    }

    struct Stream {
        var box: StreamBox
        /// What the server may still send.
        var allowance: Int
        /// Not sent yet.
        var held: [UInt8]?
    }

    private enum Link {
        case none
        case connecting
        case pausing
        case open(any Channel)
    }

    let loop: any EventLoop
    let settings: WireClientSettings
    private let address: WireAddress
    private let identity: PeerIdentity
    private let logger: Logger
    private let changed: (@Sendable (WireClient.ConnectionState) -> Void)?

    // Any thread.
    private let inbox = Mutex(Inbox())
    private let ids = Atomic<UInt64>(1)
    private let inFlight = Atomic<Int>(0)

    // The loop alone.
    private var link = Link.none
    private var failures = 0
    private var lastReason = "not tried yet"
    private var calls = PendingCalls<Call>()
    private var held: [UInt64] = []
    private var streams: [UInt64: Stream] = [:]
    private var connectors = PendingCalls<@Sendable (Result<Void, WireFault>) -> Void>()
    private var outbox: FrameOutbox
    private var unsent = 0
    /// For which deadline the next look at them is; `distantFuture` if none is to come.
    private var scanDue = NIODeadline.distantFuture
    private var scanTask: Scheduled<Void>?
    private var closers: [@Sendable () -> Void] = []
    private var closing = false
    private var ended = false
    private var isSettling = false

    init(
        address: WireAddress, loop: any EventLoop, identity: PeerIdentity, settings: WireClientSettings,
        logger: Logger, changed: (@Sendable (WireClient.ConnectionState) -> Void)?
    ) {
        self.address = address
        self.loop = loop
        self.identity = identity
        self.settings = settings
        self.logger = logger
        self.changed = changed
        outbox = FrameOutbox()
    }

    // MARK: From any thread

    func nextID() -> UInt64 { ids.wrappingAdd(1, ordering: .relaxed).oldValue }

    func call(_ id: UInt64, _ payload: [UInt8], deadline: Duration, _ completion: @escaping WireClient.Completion) {
        guard payload.count <= settings.frames.payload else {
            return completion(.failure(WireFault(.badRequest, "the request is longer than a frame")))
        }
        guard inFlight.wrappingAdd(1, ordering: .relaxed).newValue <= settings.callsInFlight else {
            inFlight.wrappingSubtract(1, ordering: .relaxed)
            return completion(.failure(WireFault(.overloaded, "too many calls to \(address) in flight")))
        }
        let due = NIODeadline.now() + TimeAmount(deadline)
        // On the loop nothing needs to cross to it, unless something does already: the order stays.
        if loop.inEventLoop, inbox.withLock({ $0.submissions.isEmpty && !$0.closed }) {
            begin(id, payload, due, completion)
            settleSoon()
        } else {
            submit(.call(id, payload, due, completion))
        }
    }

    func submit(_ submission: Submission) {
        let (accepted, wakes) = inbox.withLock { inbox in
            if inbox.closed { return (false, false) }
            inbox.submissions.append(submission)
            defer { inbox.scheduled = true }
            return (true, !inbox.scheduled)
        }
        if !accepted { return refuse(submission) }
        if wakes { loop.execute { self.drainInbox() } }
    }

    func close(_ done: @escaping @Sendable () -> Void) { submit(.close(done)) }
    func abandon() { submit(.abandon) }

    private func refuse(_ submission: Submission) {
        let fault = WireFault(.stopping, "the client of \(address) is closed")
        switch submission {
        case .call(_, _, _, let completion):
            inFlight.wrappingSubtract(1, ordering: .relaxed)
            completion(.failure(fault))
        case .open(_, _, let box): box.finish(.failure(fault))
        case .connect(_, let done): done(.failure(fault))
        case .close(let done): done()
        case .cancel, .credit, .abandon: break
        }
    }

    // MARK: On the loop

    private func drainInbox() {
        let submissions = inbox.withLock { inbox in
            inbox.scheduled = false
            defer { inbox.submissions = [] }
            return inbox.submissions
        }
        for submission in submissions { perform(submission) }
        settle()
    }

    private func settle() {
        flush()
        scheduleScan()
        finishIfDone()
    }

    /// At the end of this turn of the loop.
    private func settleSoon() {
        guard !isSettling else { return }
        isSettling = true
        loop.execute { [self] in
            isSettling = false
            settle()
        }
    }

    private func perform(_ submission: Submission) {
        switch submission {
        case .call(let id, let payload, let deadline, let completion):
            begin(id, payload, deadline, completion)
        case .open(let id, let payload, let box):
            open(id, payload, box)
        case .cancel(let id):
            if let call = calls.take(id) {
                if call.held == nil { sendIfOpen(.cancel, id) }
                complete(call, .failure(WireFault(.cancelled, "the caller gave up")))
            } else if let stream = streams.removeValue(forKey: id), stream.held == nil {
                sendIfOpen(.cancel, id)
            }
        case .credit(let id, let bytes):
            guard let stream = streams[id] else { return }
            streams[id]?.allowance = stream.allowance + bytes
            if stream.held == nil { sendIfOpen(.credit, id, UInt32(clamping: bytes)) }
        case .connect(let deadline, let done):
            if case .open = link { return done(.success(())) }
            if closing { return done(.failure(stopping)) }
            connectors.insert(nextID(), deadline: deadline, done)
            connectIfNeeded()
        case .close(let done):
            closers.append(done)
            beginClosing(within: settings.drain)
        case .abandon:
            beginClosing(within: .zero)
        }
    }

    private var stopping: WireFault { WireFault(.stopping, "the client of \(address) is closed") }

    private func begin(
        _ id: UInt64, _ payload: [UInt8], _ deadline: NIODeadline, _ completion: @escaping WireClient.Completion
    ) {
        var call = Call(id: id, completion: completion, held: payload)
        if closing { return complete(call, .failure(stopping)) }
        if case .open = link {
            guard unsent + outbox.count <= settings.outbound else {
                return complete(call, .failure(WireFault(.overloaded, "\(address) takes nothing")))
            }
            call.held = nil
            calls.insert(id, deadline: deadline, call)
            send(request: id, payload, deadline)
            return
        }
        if settings.unconnected == .fail, failures > 0 {
            connectIfNeeded()
            return complete(call, .failure(WireFault(.disconnected, "no connection to \(address): \(lastReason)")))
        }
        calls.insert(id, deadline: deadline, call)
        held.append(id)
        connectIfNeeded()
    }

    private func open(_ id: UInt64, _ payload: [UInt8], _ box: StreamBox) {
        if closing { return box.finish(.failure(stopping)) }
        guard streams.count < settings.streams, payload.count <= settings.frames.payload else {
            return box.finish(.failure(WireFault(.overloaded, "too many streams, or a request longer than a frame")))
        }
        var stream = Stream(box: box, allowance: box.credit, held: payload)
        if case .open = link {
            stream.held = nil
            send(open: id, payload, box.credit)
        } else if settings.unconnected == .fail, failures > 0 {
            connectIfNeeded()
            return box.finish(.failure(WireFault(.disconnected, "no connection to \(address): \(lastReason)")))
        }
        streams[id] = stream
        connectIfNeeded()
    }

    private func send(request id: UInt64, _ payload: [UInt8], _ deadline: NIODeadline) {
        let left = max(1, (deadline - .now()).nanoseconds / 1_000_000)
        payload.withUnsafeBytes {
            outbox.append(.request, id: id, argument: UInt32(clamping: left), payload: $0)
        }
    }

    private func send(open id: UInt64, _ payload: [UInt8], _ credit: Int) {
        payload.withUnsafeBytes { outbox.append(.open, id: id, argument: UInt32(clamping: credit), payload: $0) }
    }

    private func sendIfOpen(_ kind: FrameKind, _ id: UInt64, _ argument: UInt32 = 0) {
        if case .open = link { outbox.append(kind, id: id, argument: argument) }
    }

    private func complete(_ call: Call, _ result: Result<[UInt8], WireFault>) {
        inFlight.wrappingSubtract(1, ordering: .relaxed)
        call.completion(result)
    }

    private func flush() {
        guard case .open(let channel) = link, outbox.count > 0 else { return }
        let buffer = outbox.take()
        let size = buffer.readableBytes
        unsent += size
        let written = loop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in unsent -= size }
        channel.writeAndFlush(buffer, promise: written)
    }

    // MARK: The connection

    private func connectIfNeeded() {
        guard case .none = link, !ended else { return }
        link = .connecting
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(settings.connect)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 16_384, maximum: 131_072)
            )
            .channelOption(.maxMessagesPerRead, value: 8)
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = ClientHandler(core: self, identity: identity, settings: settings)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        let attempt =
            switch address {
            case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
            case .tcp(let host, let port):
                bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1).connect(host: host, port: port)
            }
        attempt.hop(to: loop).assumeIsolated().whenFailure { [self] error in
            if case .connecting = link { lost("\(error)") }
        }
    }

    /// The handshake is done.
    func opened(_ channel: any Channel, peer: PeerIdentity) {
        if ended {
            channel.close(promise: nil)
            return
        }
        link = .open(channel)
        failures = 0
        changed?(.connected(peer))
        for done in connectors.takeAll() { done(.success(())) }
        let order = held
        held = []
        for id in order {
            calls.update(id) { call, deadline in
                guard let payload = call.held else { return }
                call.held = nil
                send(request: id, payload, deadline)
            }
        }
        for id in streams.keys.sorted() {
            guard let stream = streams[id], let payload = stream.held else { continue }
            streams[id]?.held = nil
            send(open: id, payload, stream.allowance)
        }
        flush()
    }

    /// The connection ended, or there was none: fails what it carried and tries again after a pause.
    func lost(_ reason: String) {
        if case .open = link { changed?(.disconnected(reason: reason)) }
        failures += 1
        lastReason = reason
        link = .none
        outbox = FrameOutbox()
        let fault = WireFault(.disconnected, "the connection to \(address) ended: \(reason)")
        let failsHeld = settings.unconnected == .fail
        for call in calls.takeAll(where: { call, _ in call.held == nil || failsHeld }) {
            complete(call, .failure(fault))
        }
        for id in streams.keys.sorted() where streams[id]?.held == nil || failsHeld {
            streams.removeValue(forKey: id)?.box.finish(.failure(fault))
        }
        finishIfDone()
        guard !ended, !closing else { return }
        link = .pausing
        logger.debug("no connection", metadata: ["address": "\(address)", "reason": "\(reason)"])
        loop.assumeIsolated().scheduleTask(in: settings.backoff.pause(after: failures)) { [self] in
            guard case .pausing = link else { return }
            link = .none
            connectIfNeeded()
        }
    }

    /// The server closes soon: what is in flight may still be answered, what is new waits for the next connection.
    func leaving() {
        if case .open = link {
            link = .connecting
            changed?(.disconnected(reason: "the server stops"))
        }
    }

    // MARK: What comes in

    /// Frames of one read after the welcome. False ends the connection.
    func received(_ batch: [Frame], on channel: any Channel) -> Bool {
        for frame in batch {
            switch frame.kind {
            case .reply:
                if let call = calls.take(frame.id) { complete(call, .success(Array(frame.payload))) }
            case .item:
                guard let stream = streams[frame.id] else { continue }
                guard stream.allowance > 0 else { return false }
                streams[frame.id]?.allowance = stream.allowance - StreamBox.cost(frame.payload.count)
                stream.box.put(Array(frame.payload))
            case .end:
                finish(frame)
            case .ping:
                outbox.append(.pong)
            case .pong: break
            case .goodbye: leaving()
            case .hello, .welcome, .reject, .request, .open, .cancel, .credit:
                return false
            }
        }
        flush()
        finishIfDone()
        return true
    }

    private func finish(_ frame: Frame) {
        let fault: WireFault? =
            if frame.payload.isEmpty {
                nil
            } else {
                (try? WireFault(decoding: frame.payload))
                    ?? WireFault(.internalFault, "a fault that cannot be read")
            }
        if let stream = streams.removeValue(forKey: frame.id) {
            stream.box.finish(fault.map { .failure($0) } ?? .success(()))
        } else if let call = calls.take(frame.id) {
            complete(call, .failure(fault ?? WireFault(.internalFault, "a call ended without a reply")))
        }
    }

    func ping() {
        guard case .open = link else { return }
        outbox.append(.ping)
        flush()
    }

    // MARK: Deadlines

    private func scheduleScan() {
        let due = min(calls.earliest, connectors.earliest)
        guard due < scanDue else { return }
        scanDue = due
        scanTask?.cancel()
        let at = max(due, .now() + settings.deadlineScan)
        scanTask = loop.assumeIsolated().scheduleTask(deadline: at) { [self] in
            scanTask = nil
            scanDue = .distantFuture
            scan()
        }
    }

    private func scan() {
        let now = NIODeadline.now()
        for call in calls.expired(at: now) {
            let text =
                call.held == nil ? "no reply from \(address) in time" : "no connection to \(address): \(lastReason)"
            if call.held == nil { sendIfOpen(.cancel, call.id) }
            complete(call, .failure(WireFault(.deadlineExceeded, text)))
        }
        for done in connectors.expired(at: now) {
            done(.failure(WireFault(.disconnected, "no connection to \(address): \(lastReason)")))
        }
        flush()
        scheduleScan()
        finishIfDone()
    }

    // MARK: The end

    private func beginClosing(within grace: TimeAmount) {
        guard !closing else { return }
        closing = true
        for call in calls.takeAll(where: { call, _ in call.held != nil }) { complete(call, .failure(stopping)) }
        for done in connectors.takeAll() { done(.failure(stopping)) }
        for id in streams.keys.sorted() {
            guard let stream = streams.removeValue(forKey: id) else { continue }
            if stream.held == nil { sendIfOpen(.cancel, id) }
            stream.box.finish(.failure(stopping))
        }
        sendIfOpen(.goodbye, 0)
        flush()
        if grace > .zero, !calls.isEmpty {
            loop.assumeIsolated().scheduleTask(in: grace) { [self] in end() }
        } else {
            end()
        }
    }

    private func finishIfDone() {
        if closing, calls.isEmpty { end() }
    }

    private func end() {
        guard !ended else { return }
        ended = true
        let late = inbox.withLock { inbox in
            inbox.closed = true
            defer { inbox.submissions = [] }
            return inbox.submissions
        }
        for submission in late { refuse(submission) }
        for call in calls.takeAll() { complete(call, .failure(stopping)) }
        if case .open(let channel) = link { channel.close(promise: nil) }
        link = .none
        for done in closers { done() }
        closers = []
    }
}
