// One connection of a client: handshake first, then batches of frames to the core. Gives the connection up when it was
// silent for two pings.

import NIOCore
import Wire

final class ClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let core: ClientCore
    private let handshake: ClientHandshake
    private let settings: WireClientSettings
    private var decoder: FrameDecoder
    private var batch: [Frame] = []
    private var welcomed = false
    private var gone = false
    private var reason = "closed by the other end"
    private var heard = true
    private var asked = false
    private var limit: Scheduled<Void>?

    init(core: ClientCore, identity: PeerIdentity, settings: WireClientSettings) {
        self.core = core
        self.settings = settings
        handshake = ClientHandshake(identity: identity)
        decoder = FrameDecoder(limits: settings.frames)
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: handshake.hello.encoded())), promise: nil)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        limit = context.eventLoop.scheduleTask(in: settings.handshake) {
            let (handler, context) = bound.value
            if !handler.welcomed { handler.giveUp("no welcome in time", context) }
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !gone else { return }
        heard = true
        let fed = unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
            Result { () throws(FrameFault) in try decoder.feed(bytes, into: &batch) }
        }
        if case .failure(let fault) = fed {
            batch = []
            giveUp("\(fault)", context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        var frames = batch
        batch = []
        if !welcomed, let first = frames.first {
            frames.removeFirst()
            greet(first, context)
        }
        if welcomed, !gone, !frames.isEmpty, !core.received(frames, on: context.channel) {
            giveUp("a frame out of place", context)
        }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        limit?.cancel()
        gone = true
        core.lost(reason)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { giveUp("\(error)", context) }

    private func greet(_ frame: Frame, _ context: ChannelHandlerContext) {
        switch handshake.receive(frame) {
        case .open(let peer, _):
            welcomed = true
            limit?.cancel()
            core.opened(context.channel, peer: peer)
            keepAlive(context)
        case .rejected(let why): giveUp("rejected: \(why)", context)
        case .drop(let why): giveUp(why, context)
        }
    }

    private func giveUp(_ why: String, _ context: ChannelHandlerContext) {
        guard !gone else { return }
        gone = true
        reason = why
        context.close(promise: nil)
    }

    private func keepAlive(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        limit = context.eventLoop.scheduleTask(in: settings.ping) {
            let (handler, context) = bound.value
            handler.checkAlive(context)
        }
    }

    private func checkAlive(_ context: ChannelHandlerContext) {
        guard !gone else { return }
        if heard {
            asked = false
        } else if asked {
            return giveUp("silent", context)
        } else {
            asked = true
            core.ping()
        }
        heard = false
        keepAlive(context)
    }
}
