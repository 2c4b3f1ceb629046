// One client, seen from the server: what is in flight, the credit of its streams, and what waits to be written. Driven
// by its channel handler and by the service, on one event loop. A bad frame or a slow reader ends this connection and
// nothing else (I10, I11). Course: Protocols/Frame.md.

import Logging
import NIOCore
import Wire

/// Every method must be called on `eventLoop`; from elsewhere go through `post`.
public final class ServerConnection: @unchecked Sendable {
    public let eventLoop: any EventLoop
    /// Who it is, by its hello.
    public internal(set) var peer: PeerIdentity
    public private(set) var version: UInt32 = 0
    /// For the service.
    public var attachment: AnyObject?
    public private(set) var isOpen = true

    private let settings: FrameServerSettings
    private let logger: Logger
    private let handshake: ServerHandshake
    private let service: any FrameService
    private let channel: any Channel
    private var outbox: FrameOutbox
    private var scratch = ByteWriter()
    /// Bytes written that the socket has not taken yet.
    private var unsent = 0
    private var writesDone: UInt64 = 0
    private var watching = false
    private var calls = 0
    private var credits: [UInt64: Int] = [:]
    private var welcomed = false
    private var leaving = false
    private var handshakeLimit: Scheduled<Void>?

    init(
        channel: any Channel, service: any FrameService, handshake: ServerHandshake, settings: FrameServerSettings,
        logger: Logger
    ) {
        eventLoop = channel.eventLoop
        peer = PeerIdentity(role: .command, name: "", pid: 0)
        self.channel = channel
        self.service = service
        self.handshake = handshake
        self.settings = settings
        self.logger = logger
        outbox = FrameOutbox(allocator: channel.allocator)
    }

    // MARK: For the service

    /// Runs `body` on the connection's loop and flushes. May be called from anywhere.
    public func post(_ body: @escaping @Sendable (ServerConnection) -> Void) {
        eventLoop.execute {
            body(self)
            self.flush()
        }
    }

    /// Answers a call. A payload beyond the longest frame becomes a fault.
    public func reply(_ id: UInt64, _ payload: [UInt8]) {
        payload.withUnsafeBytes { reply(id, $0) }
    }

    /// Answers a call with a message, without an array of its own.
    public func reply(_ id: UInt64, hand message: some HandCoded) {
        var writer = ByteWriter()
        swap(&writer, &scratch)
        writer.truncate()
        message.write(into: &writer)
        writer.withUnsafeBytes { reply(id, $0) }
        swap(&writer, &scratch)
    }

    public func reply(_ id: UInt64, _ payload: UnsafeRawBufferPointer) {
        guard payload.count <= settings.frames.payload else {
            fail(id, WireFault(.internalFault, "the reply is longer than a frame"))
            return
        }
        calls = max(0, calls - 1)
        append(.reply, id: id, payload)
    }

    /// Answers a call with a fault.
    public func fail(_ id: UInt64, _ fault: WireFault) {
        calls = max(0, calls - 1)
        appendEnd(id, fault)
    }

    /// Bytes of items that the client would take; at most zero means none; nil if there is no such stream (any more).
    public func credit(for id: UInt64) -> Int? { credits[id] }

    /// Sends an item if the stream is there and has credit. An item costs its whole frame; the last one may overdraw.
    public func item(_ id: UInt64, _ payload: [UInt8]) -> Bool {
        guard let credit = credits[id], credit > 0, payload.count <= settings.frames.payload else { return false }
        credits[id] = credit - Frame.headBytes - payload.count
        payload.withUnsafeBytes { append(.item, id: id, $0) }
        return true
    }

    /// Ends a stream, with the reason if it ends early. Unknown streams are left alone.
    public func end(_ id: UInt64, _ fault: WireFault? = nil) {
        guard credits.removeValue(forKey: id) != nil else { return }
        appendEnd(id, fault)
    }

    /// Writes everything that was appended, at once. `received` does it by itself at its end.
    public func flush() {
        eventLoop.assertInEventLoop()
        guard isOpen, outbox.count > 0 else { return }
        let buffer = outbox.take()
        let size = buffer.readableBytes
        unsent += size
        let written = eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            unsent -= size
            writesDone &+= 1
            if pausedRead, !isLeftUnread, unsent + outbox.count <= settings.pauseReadingAt / 2 { resumeReading() }
            leaveIfDone()
        }
        channel.writeAndFlush(buffer, promise: written)
        watchForStall()
    }

    /// Nothing more is read while it is set: what comes waits in the socket, and then with the client. It ends a read that
    /// is under way no sooner.
    public var isLeftUnread = false {
        didSet {
            if oldValue, !isLeftUnread, pausedRead, unsent + outbox.count <= settings.pauseReadingAt { resumeReading() }
        }
    }

    /// Bytes that wait for the reader.
    public var waiting: Int { unsent + outbox.count }

    /// Ends the connection without waiting for anything.
    public func close() { cut("closed by the service", .debug) }

    /// Tells the client to go, answers what is in flight, then closes. Streams end with `stopping`.
    public func drain() {
        guard isOpen, !leaving else { return }
        leaving = true
        guard welcomed else { return cut("stopping", .debug) }
        for id in credits.keys.sorted() { end(id, WireFault(.stopping, "this process stops")) }
        outbox.append(.goodbye)
        flush()
        leaveIfDone()
    }

    // MARK: For the handler

    /// The channel's read was held back.
    var pausedRead = false
    var resume: (() -> Void)?

    func opened() {
        handshakeLimit = eventLoop.assumeIsolated().scheduleTask(in: settings.handshake) { [self] in
            if !welcomed { cut("no hello in time", .info) }
        }
    }

    func mayRead() -> Bool {
        pausedRead = isLeftUnread || unsent + outbox.count > settings.pauseReadingAt
        return !pausedRead
    }

    func received(_ frames: [Frame]) {
        guard isOpen else { return }
        var batch = frames
        if !welcomed {
            guard let first = batch.first, greet(first) else { return }
            batch.removeFirst()
        }
        // Mostly all of them are; then nothing is copied.
        if let first = batch.firstIndex(where: { !admit($0) }) {
            let rest = batch[(first + 1)...].filter { admit($0) }
            batch.removeSubrange(first...)
            batch += rest
        }
        if isOpen, !batch.isEmpty { service.received(batch, on: self) }
        flush()
    }

    func closed() {
        isOpen = false
        handshakeLimit?.cancel()
        resume = nil
        credits = [:]
        guard welcomed else { return }
        welcomed = false
        service.disconnected(self)
    }

    func cut(_ reason: String, _ level: Logger.Level) {
        guard isOpen else { return }
        isOpen = false
        logger.log(
            level: level, "connection closed", metadata: ["peer": "\(peer.name)", "reason": "\(reason)"])
        channel.close(promise: nil)
    }

    // MARK: Inside

    private func greet(_ first: Frame) -> Bool {
        switch handshake.receive(first) {
        case .welcome(let frame, let peer, let version):
            self.peer = peer
            self.version = version
            welcomed = true
            handshakeLimit?.cancel()
            outbox.append(frame)
            service.connected(self)
            return true
        case .reject(let frame, let reason):
            outbox.append(frame)
            flush()
            cut(reason, .warning)
            return false
        case .drop(let reason):
            cut(reason, .warning)
            return false
        }
    }

    /// Whether the service is to see it.
    private func admit(_ frame: Frame) -> Bool {
        guard isOpen else { return false }
        switch frame.kind {
        case .request:
            calls += 1
            if leaving {
                fail(frame.id, WireFault(.stopping, "this process stops"))
                return false
            }
            if calls > settings.callsInFlight {
                fail(frame.id, WireFault(.overloaded, "too many calls in flight"))
                return false
            }
            return true
        case .open:
            if credits[frame.id] != nil {
                cut("a stream was opened twice", .warning)
                return false
            }
            if leaving || credits.count >= settings.streams {
                appendEnd(frame.id, WireFault(leaving ? .stopping : .overloaded, "no further stream"))
                return false
            }
            credits[frame.id] = Int(frame.argument)
            return true
        case .credit:
            guard let credit = credits[frame.id] else { return false }
            credits[frame.id] = min(credit + Int(frame.argument), Int(UInt32.max))
            return true
        case .cancel:
            credits[frame.id] = nil
            return true
        case .ping:
            outbox.append(.pong)
            return false
        case .pong, .goodbye:
            return false
        case .hello, .welcome, .reject, .reply, .item, .end:
            cut("\(frame.kind) from a client", .warning)
            return false
        }
    }

    private func append(_ kind: FrameKind, id: UInt64, _ payload: UnsafeRawBufferPointer) {
        eventLoop.assertInEventLoop()
        guard isOpen else { return }
        outbox.append(kind, id: id, payload: payload)
        if waiting > settings.outbound { cut("\(waiting) bytes behind", .warning) }
    }

    private func appendEnd(_ id: UInt64, _ fault: WireFault?) {
        guard let fault else { return append(.end, id: id, UnsafeRawBufferPointer(start: nil, count: 0)) }
        var writer = ByteWriter()
        fault.write(into: &writer)
        writer.withUnsafeBytes { append(.end, id: id, $0) }
    }

    private func resumeReading() {
        pausedRead = false
        resume?()
    }

    private func leaveIfDone() {
        if leaving, isOpen, calls == 0, waiting == 0 { cut("stopping", .debug) }
    }

    /// Looks from time to time, while something waits, whether the reader takes anything.
    private func watchForStall() {
        guard !watching else { return }
        watching = true
        let before = writesDone
        eventLoop.assumeIsolated().scheduleTask(in: settings.stall) { [self] in
            watching = false
            guard isOpen, unsent > 0 else { return }
            if writesDone == before {
                cut("the reader takes nothing", .warning)
            } else {
                watchForStall()
            }
        }
    }
}
