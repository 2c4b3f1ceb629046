// One HTTP connection, between the decoder and Hummingbird. A request that is one command to a shop's desk is answered
// right here, on the event loop, without a task; every other passes on, and so does its response. One request at a
// time: what comes in before a response is out waits, and nothing more is read meanwhile, so responses keep their
// order and a client cannot fill the memory. It also closes what is idle and, when the process stops, what is done.

import NIOCore
import NIOHTTP1
import Runtime

final class EdgeConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Between two requests.
        case ready
        /// The body of a desk's request comes in.
        case reading(DeskTurn, [UInt8])
        /// The desk has it.
        case asking
        /// It is answered, but its body is still coming in and is dropped.
        case dropping
        /// It passes on.
        case passing(requestEnded: Bool, responseEnded: Bool)
        case closed
    }

    private enum Arrival {
        case part(HTTPServerRequestPart)
        /// The client sends no more.
        case halfClosed
        /// What the client sends is no HTTP.
        case failed(any Error)
    }

    private let edge: Edge
    private let line: AskLine
    /// Writing there passes the encoder by.
    private let encoder: ChannelHandlerContext
    private let idle: IdleWatch
    private let clock = SystemClock()
    private var date = HTTPDate()
    private let front: PlainConnection?
    private var context: ChannelHandlerContext?
    private var state = State.ready
    private var waiting = CircularBuffer<Arrival>()
    private var isTaking = false
    private var isReadHeld = false
    private var hasPassed = false
    private var isLeaving = false

    /// `behindEncoder` is the context of the encoder of responses. A connection is closed if no request is in hand and
    /// nothing came for `idle`, or if the body of a desk's request has not come in so long after its head. `front` hears
    /// when a request is done with.
    init(
        edge: Edge, line: AskLine, behindEncoder: ChannelHandlerContext, idle: TimeAmount,
        front: PlainConnection? = nil
    ) {
        self.front = front
        self.edge = edge
        self.line = line
        encoder = behindEncoder
        self.idle = IdleWatch(idle)
    }

    // MARK: the channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        idle.begin(context) { [self] in
            switch state {
            case .closed: .closed
            case .asking, .passing(requestEnded: true, _): .busy
            case .ready where front?.isPassed == false: .busy
            case .ready, .reading, .dropping, .passing: .quiet
            }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // A body that drips in does not hold its place in hand any longer for it.
        if case .reading = state {} else { idle.touch(context) }
        arrived(.part(unwrapInboundIn(data)), context)
    }

    func channelReadComplete(context: ChannelHandlerContext) { deliver(context) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError {
            arrived(.failed(error), context)
        } else {
            context.fireErrorCaught(error)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: arrived(.halfClosed, context)
        case is ChannelShouldQuiesceEvent:
            isLeaving = true
            leaveIfDone(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        idle.touch(context)
        context.fireChannelWritabilityChanged()
        takeWaiting(context)
    }

    func read(context: ChannelHandlerContext) {
        if waiting.isEmpty {
            context.read()
        } else {
            isReadHeld = true
        }
    }

    /// The response to a request that passed on.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        context.write(data, promise: promise)
        guard case .end = part, case .passing(let requestEnded, _) = state else { return }
        if requestEnded {
            isDone(context)
        } else {
            state = .passing(requestEnded: false, responseEnded: true)
        }
    }

    // MARK: what comes in

    private func arrived(_ arrival: Arrival, _ context: ChannelHandlerContext) {
        guard waiting.isEmpty, mayTake(arrival, context) else { return waiting.append(arrival) }
        take(arrival, context)
    }

    private func mayTake(_ arrival: Arrival, _ context: ChannelHandlerContext) -> Bool {
        switch state {
        case .asking: return false
        case .ready:
            guard case .part = arrival else { return true }
            return context.channel.isWritable
        case .passing(requestEnded: true, _):
            guard case .part = arrival else { return true }
            return false
        case .reading, .dropping, .passing, .closed: return true
        }
    }

    private func takeWaiting(_ context: ChannelHandlerContext) {
        guard !isTaking else { return }
        isTaking = true
        while let first = waiting.first, mayTake(first, context) { take(waiting.removeFirst(), context) }
        isTaking = false
        deliver(context)
        if isReadHeld, waiting.isEmpty {
            isReadHeld = false
            context.read()
        }
        leaveIfDone(context)
    }

    private func take(_ arrival: Arrival, _ context: ChannelHandlerContext) {
        switch arrival {
        case .part(let part): take(part, context)
        case .halfClosed:
            endRequest(context)
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .failed(let error):
            endRequest(context)
            context.fireErrorCaught(error)
        }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch (state, part) {
        case (.ready, .head(let head)): take(head, context)
        case (.reading(let turn, var body), .body(let buffer)):
            state = .dropping
            let limit = edge.settings.bodyLimit
            guard body.count + buffer.readableBytes <= limit else {
                return answer(edge.refuse(turn, .bodyTooLarge(limit: limit)), turn.mark, context)
            }
            body.append(contentsOf: buffer.readableBytesView)
            state = .reading(turn, body)
        case (.reading(let turn, let body), .end): ask(turn, body, context)
        case (.dropping, .end): isDone(context)
        case (.dropping, _), (.closed, _): break
        case (.passing(_, let responseEnded), .end):
            pass(part, context)
            if responseEnded {
                isDone(context)
            } else {
                state = .passing(requestEnded: true, responseEnded: false)
            }
        default: pass(part, context)
        }
    }

    private func take(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        // HTTP/1.0 ends with the connection unless the client says otherwise.
        if head.version == .http1_0, !head.isKeepAlive { isLeaving = true }
        let opening = edge.open(head)
        let expects = head.version == .http1_1 && head.headers.first(name: "expect")?.lowercased() == "100-continue"
        if expects {
            if case .told = opening {} else { put(ResponseBytes.goOn) }
        }
        switch opening {
        case .told(let reply, let mark) where expects:
            // Whether the body comes all the same is the client's choice: what comes next could be either.
            isLeaving = true
            answer(reply, mark, context)
            isDone(context)
        case .turn(let turn): state = .reading(turn, [])
        case .told(let reply, let mark):
            state = .dropping
            answer(reply, mark, context)
        case .task:
            state = .passing(requestEnded: false, responseEnded: false)
            pass(.head(head), context)
        }
    }

    private func ask(_ turn: DeskTurn, _ body: [UInt8], _ context: ChannelHandlerContext) {
        state = .asking
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        edge.ask(turn, body: body, line: line) { [loop = context.eventLoop] reply in
            if loop.inEventLoop {
                bound.value.told(reply, turn.mark)
            } else {
                loop.execute { bound.value.told(reply, turn.mark) }
            }
        }
    }

    private func told(_ reply: Reply, _ mark: Edge.Mark) {
        guard case .asking = state, let context else { return edge.count(reply, mark) }
        answer(reply, mark, context)
        isDone(context)
    }

    private func answer(_ reply: Reply, _ mark: Edge.Mark, _ context: ChannelHandlerContext) {
        put(edge.bytes(reply, mark, date: date.text(at: clock.now()), closes: isLeaving && waiting.isEmpty))
    }

    private func put(_ bytes: ByteBuffer) { encoder.writeAndFlush(NIOAny(bytes), promise: nil) }

    private func pass(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        hasPassed = true
        context.fireChannelRead(wrapInboundOut(part))
    }

    /// Whoever is behind takes parts when a read is complete.
    private func deliver(_ context: ChannelHandlerContext) {
        guard hasPassed else { return }
        hasPassed = false
        context.fireChannelReadComplete()
    }

    // MARK: ends

    /// The request in hand is over: it is answered, and all of it came in.
    private func isDone(_ context: ChannelHandlerContext) {
        state = .ready
        idle.touch(context)
        if waiting.isEmpty {
            leaveIfDone(context)
            front?.isDoneBehind()
        } else {
            takeWaiting(context)
        }
    }

    /// No more of the request will come.
    private func endRequest(_ context: ChannelHandlerContext) {
        if case .reading(let turn, _) = state { edge.giveUp(turn) }
        switch state {
        case .ready, .asking, .closed: break
        case .reading, .dropping: state = .passing(requestEnded: true, responseEnded: false)
        case .passing(_, let responseEnded): state = .passing(requestEnded: true, responseEnded: responseEnded)
        }
    }

    private func leaveIfDone(_ context: ChannelHandlerContext) {
        guard isLeaving, waiting.isEmpty, case .ready = state else { return }
        context.flush()
        context.close(promise: nil)
    }

    private func end() {
        if case .reading(let turn, _) = state { edge.giveUp(turn) }
        state = .closed
        waiting.removeAll()
        idle.end()
        context = nil
    }
}
