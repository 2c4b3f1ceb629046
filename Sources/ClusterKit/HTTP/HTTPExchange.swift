// One request and its response at a time on one channel: the ends that NIO's HTTP/1.1 codec does not have.
// Driven by HTTPConnection. Invariant: each promise is fulfilled once, also when the channel dies.

import NIOCore
import NIOHTTP1

/// What HTTPConnection writes into the channel.
struct HTTPExchange: Sendable {
    var head: HTTPRequestHead
    var body: ByteBuffer?
    var reply: EventLoopPromise<HTTPReply>
}

final class HTTPExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPExchange
    typealias OutboundOut = HTTPClientRequestPart

    private let replyLimit: Int
    private let deadline: TimeAmount
    private var waiting: EventLoopPromise<HTTPReply>?
    private var timer: Scheduled<Void>?
    private var reply = HTTPReply(status: 0)
    private var keepAlive = true

    init(replyLimit: Int, deadline: TimeAmount) {
        self.replyLimit = replyLimit
        self.deadline = deadline
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        guard waiting == nil else {
            exchange.reply.fail(HTTPConnectionFault("another request is under way on this connection"))
            promise?.fail(HTTPConnectionFault("another request is under way on this connection"))
            return
        }
        waiting = exchange.reply
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: deadline) {
            let (handler, context) = bound.value
            handler.fail("no answer in time", context)
        }
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        if let body = exchange.body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            reply = HTTPReply(status: Int(head.status.code), headers: head.headers.map { ($0.name, $0.value) })
            keepAlive = head.isKeepAlive
        case .body(let part):
            guard reply.body.count + part.readableBytes <= replyLimit else {
                fail("the answer is over \(replyLimit) bytes", context)
                return
            }
            reply.body.append(contentsOf: part.readableBytesView)
        case .end:
            // An interim response (1xx) is not the answer.
            guard reply.status >= 200 else { return }
            timer?.cancel()
            let promise = waiting
            waiting = nil
            if !keepAlive { context.close(promise: nil) }
            promise?.succeed(reply)
            reply = HTTPReply(status: 0)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail("\(error)", context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail("the connection was closed", context)
        context.fireChannelInactive()
    }

    private func fail(_ message: String, _ context: ChannelHandlerContext) {
        timer?.cancel()
        let promise = waiting
        waiting = nil
        context.close(promise: nil)
        promise?.fail(HTTPConnectionFault(message))
    }
}
