// The front of an HTTP connection, before the parser. What is plain (`Edge+Plain`) is answered right here; of every
// other request the bytes go on, exactly one request at a time, and when it is answered the next is looked at. The rest
// of the pipeline is put in place when something first goes on. From bytes that are not plain on, everything goes on:
// where one request ends and the next begins is the parser's to say then. One request at a time: what comes in before
// a response is out waits, and nothing more is read meanwhile.

import Domain
import NIOCore

final class PlainConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// Between two requests, or within a head.
        case ready
        /// The desk has a request, or it waits in line, or its refusal waits to be told.
        case asking
        /// The token of the request that waits first is being looked at.
        case looking
        /// So many bytes of a request are still to go on.
        case passing(left: Int)
        /// A request went on whole and is not answered.
        case passed
        /// Everything goes on.
        case open
        case closed
    }

    private let edge: Edge
    private let line: AskLine
    private let pen: PlainPen
    private let idle: IdleWatch
    /// Puts what is behind in place.
    private var install: ((PlainConnection) throws -> Void)?
    private let ended: () -> Void
    private var context: ChannelHandlerContext?
    private var state = State.ready
    /// Bytes that wait: for the rest of their head, or until the request before is answered.
    private var kept = ByteBuffer()
    private var token: KnownToken?
    /// The last token that was not known.
    private var lookedAt: String?
    private var isTaking = false
    /// Bytes behind the request that is being taken.
    private var behind = 0
    private var isReadHeld = false
    private var hasPassed = false
    private var isHalfClosed = false
    private var isLeaving = false

    /// `install` adds the handlers behind, once; `ended` is called when the connection is closed. A connection is closed
    /// if no request is in hand and none came for `idle`.
    init(
        edge: Edge, line: AskLine, pen: PlainPen, idle: TimeAmount,
        install: @escaping (PlainConnection) throws -> Void, ended: @escaping () -> Void = {}
    ) {
        self.edge = edge
        self.line = line
        self.pen = pen
        self.idle = IdleWatch(idle)
        self.install = install
        self.ended = ended
    }

    // MARK: the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        idle.begin(context) { [self] in
            switch state {
            case .closed: .closed
            case .asking, .looking, .passing, .passed, .open: .busy
            case .ready: .quiet
            }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .open = state { return pass(data, context) }
        var bytes = unwrapInboundIn(data)
        if kept.readableBytes > 0 {
            kept.writeBuffer(&bytes)
            takeKept(context)
        } else {
            take(&bytes, context)
            if bytes.readableBytes > 0 { kept.writeBuffer(&bytes) }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { deliver(context) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        context.fireChannelWritabilityChanged()
        goOn(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            isHalfClosed = true
            endInput(context)
        case is ChannelShouldQuiesceEvent:
            isLeaving = true
            switch state {
            case .passing, .open: context.fireUserInboundEventTriggered(event)
            case .passed where kept.readableBytes == 0: context.fireUserInboundEventTriggered(event)
            default: leaveIfDone(context)
            }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if install == nil {
            context.fireErrorCaught(error)
        } else {
            context.close(promise: nil)
        }
    }

    func read(context: ChannelHandlerContext) {
        if isHolding(context) {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    /// What waits does not wait for more bytes.
    private func isHolding(_ context: ChannelHandlerContext) -> Bool {
        guard kept.readableBytes > 0 else { return false }
        switch state {
        case .ready: return !context.channel.isWritable
        case .asking, .looking, .passed: return true
        case .passing, .open, .closed: return false
        }
    }

    // MARK: what is behind

    /// The connection is in the hands of what is behind, so its silence is, too.
    var isPassed: Bool {
        switch state {
        case .passing, .passed, .open: true
        case .ready, .asking, .looking, .closed: false
        }
    }

    /// What is behind has answered a request and got all of it.
    func isDoneBehind() {
        guard case .passed = state, let context else { return }
        isDone(context)
    }

    // MARK: what comes in

    private func takeKept(_ context: ChannelHandlerContext) {
        var bytes = kept
        kept = ByteBuffer()
        take(&bytes, context)
        kept = bytes.readableBytes > 0 ? bytes : ByteBuffer()
    }

    /// Takes what can be taken now.
    private func take(_ bytes: inout ByteBuffer, _ context: ChannelHandlerContext) {
        isTaking = true
        defer { isTaking = false }
        while bytes.readableBytes > 0 {
            switch state {
            case .ready:
                guard context.channel.isWritable else { return }
                switch bytes.withUnsafeReadableBytes({ PlainHead.read($0, known: token?.value ?? []) }) {
                case .tooShort: return
                case .unusual: state = .open
                case .read(let head):
                    if bytes.readableBytes >= head.whole {
                        let opening = bytes.withUnsafeReadableBytes { edge.open(head, $0, &token) }
                        if ask(opening, head, &bytes, context) { continue }
                        if case .looking = state { return }
                    }
                    state = .passing(left: head.whole)
                }
            case .passing(let left):
                guard let part = bytes.readSlice(length: min(left, bytes.readableBytes)) else { return }
                state = left > part.readableBytes ? .passing(left: left - part.readableBytes) : .passed
                pass(wrapInboundOut(part), context)
                if isLeaving, bytes.readableBytes == 0 {
                    context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
                }
            case .open:
                guard let all = bytes.readSlice(length: bytes.readableBytes) else { return }
                pass(wrapInboundOut(all), context)
            case .asking, .looking, .passed: return
            case .closed: bytes.clear()
            }
        }
    }

    /// False if the rest is to answer.
    private func ask(
        _ opening: Edge.PlainOpening, _ head: PlainHead, _ bytes: inout ByteBuffer, _ context: ChannelHandlerContext
    ) -> Bool {
        switch opening {
        case .rest: return false
        case .look(let token):
            if token != lookedAt { look(at: token, context) }
            return false
        case .told(let reply, let mark):
            bytes.moveReaderIndex(forwardBy: head.whole)
            idle.touch(context)
            behind = bytes.readableBytes
            put(edge.bytes(reply, mark, date: pen.dateText(), closes: closes), context)
        case .refused(let reply, let mark):
            bytes.moveReaderIndex(forwardBy: head.whole)
            state = .asking
            behind = bytes.readableBytes
            line.refuse { [self] in finish(edge.bytes(reply, mark, date: pen.dateText(), closes: closes)) }
        case .ask(let turn, let command):
            bytes.moveReaderIndex(forwardBy: head.whole)
            state = .asking
            behind = bytes.readableBytes
            line.ask(command) { [self] result in told(turn, result) }
        }
        return true
    }

    /// Once for each token: if it is not known then, it is no good, and the rest says so.
    private func look(at token: String, _ context: ChannelHandlerContext) {
        lookedAt = token
        state = .looking
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        edge.look(atToken: token) { [loop = context.eventLoop] in
            loop.execute { bound.value.hasLooked() }
        }
    }

    private func hasLooked() {
        guard case .looking = state, let context else { return }
        state = .ready
        goOn(context)
    }

    // MARK: what goes out

    /// The response to the request in hand is the last.
    private var closes: Bool { isLeaving && (isTaking ? behind : kept.readableBytes) == 0 }

    private func told(_ turn: PlainTurn, _ result: Result<Answer, DeskError>) {
        let answer = edge.tell(turn, result, pen: pen, closes: closes)
        switch answer {
        case .bytes(let bytes): finish(bytes)
        case .look(let look):
            guard let context else {
                Task { await look() }
                return
            }
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            Task { [loop = context.eventLoop] in
                let reply = await look()
                loop.execute { bound.value.seen(turn, reply) }
            }
        }
    }

    private func seen(_ turn: PlainTurn, _ reply: Reply) {
        finish(edge.bytes(reply, turn, pen: pen, closes: closes))
    }

    private func finish(_ bytes: ByteBuffer) {
        guard case .asking = state, let context else { return }
        put(bytes, context)
        isDone(context)
    }

    private func put(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    private func pass(_ data: NIOAny, _ context: ChannelHandlerContext) {
        if let install {
            self.install = nil
            do {
                try install(self)
            } catch {
                return context.close(promise: nil)
            }
        }
        hasPassed = true
        context.fireChannelRead(data)
    }

    /// Whoever is behind takes parts when a read is complete.
    private func deliver(_ context: ChannelHandlerContext) {
        guard hasPassed else { return }
        hasPassed = false
        context.fireChannelReadComplete()
    }

    // MARK: ends

    /// The request in hand is over.
    private func isDone(_ context: ChannelHandlerContext) {
        state = .ready
        idle.touch(context)
        if !isTaking { goOn(context) }
    }

    /// Takes what waits, if it may.
    private func goOn(_ context: ChannelHandlerContext) {
        guard !isTaking else { return }
        if kept.readableBytes > 0 {
            takeKept(context)
            deliver(context)
        }
        if isReadHeld, !isHolding(context) {
            isReadHeld = false
            context.read()
        }
        if isHalfClosed { endInput(context) }
        if isLeaving { leaveIfDone(context) }
    }

    /// The client sends no more: whatever is behind hears of it when what came before is answered.
    private func endInput(_ context: ChannelHandlerContext) {
        switch state {
        case .asking, .looking, .closed: return
        case .ready, .passed:
            if isHolding(context) { return }
        case .passing, .open: break
        }
        isHalfClosed = false
        if install != nil, kept.readableBytes == 0 { return close(context) }
        if case .passed = state {} else { state = .open }
        if kept.readableBytes > 0 { takeKept(context) }
        deliver(context)
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    private func leaveIfDone(_ context: ChannelHandlerContext) {
        guard isLeaving, case .ready = state, !isHolding(context) else { return }
        close(context)
    }

    /// When everything is written.
    private func close(_ context: ChannelHandlerContext) {
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
    }

    private func end() {
        guard context != nil else { return }
        context = nil
        state = .closed
        kept = ByteBuffer()
        lookedAt = nil
        install = nil
        idle.end()
        ended()
    }
}
