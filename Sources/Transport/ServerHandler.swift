// Bytes of a channel to batches of frames: everything that one turn of the loop read goes to the connection at once.

import NIOCore
import Wire

final class ServerHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: ServerConnection
    private let joined: (ServerConnection) -> Void
    private let left: (ServerConnection) -> Void
    private var decoder: FrameDecoder
    private var batch: [Frame] = []

    init(
        connection: ServerConnection, limits: FrameLimits, joined: @escaping (ServerConnection) -> Void,
        left: @escaping (ServerConnection) -> Void
    ) {
        self.connection = connection
        self.joined = joined
        self.left = left
        decoder = FrameDecoder(limits: limits)
    }

    func channelActive(context: ChannelHandlerContext) {
        let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
        connection.resume = { loopBound.value.read() }
        joined(connection)
        connection.opened()
        context.fireChannelActive()
    }

    func read(context: ChannelHandlerContext) {
        if connection.mayRead() { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard connection.isOpen else { return }
        let buffer = unwrapInboundIn(data)
        let fed = buffer.withUnsafeReadableBytes { bytes in
            Result { () throws(FrameFault) in try decoder.feed(bytes, into: &batch) }
        }
        if case .failure(let fault) = fed {
            batch = []
            connection.cut("\(fault)", .warning)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        deliver()
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        batch = []
        connection.closed()
        left(connection)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.cut("\(error)", .info)
    }

    private func deliver() {
        guard !batch.isEmpty else { return }
        let frames = batch
        batch.removeAll(keepingCapacity: true)
        connection.received(frames)
    }
}
