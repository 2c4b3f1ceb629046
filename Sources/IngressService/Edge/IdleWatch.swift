// Closes a connection that has nothing in hand and on which nothing came for a while. On the connection's event loop.

import NIOCore

final class IdleWatch {
    enum Look {
        /// Something is in hand.
        case busy
        case quiet
        case closed
    }

    private let most: TimeAmount
    private var activeAt = NIODeadline.now()
    private var next: Scheduled<Void>?

    init(_ most: TimeAmount) { self.most = most }

    /// Looks from time to time, until it is ended.
    func begin(_ context: ChannelHandlerContext, _ look: @escaping () -> Look) {
        touch(context)
        check(at: activeAt + most, context, look)
    }

    /// Something came or went.
    func touch(_ context: ChannelHandlerContext) { activeAt = context.eventLoop.now }

    /// Idempotent.
    func end() {
        next?.cancel()
        next = nil
    }

    private func check(at time: NIODeadline, _ context: ChannelHandlerContext, _ look: @escaping () -> Look) {
        next = context.eventLoop.assumeIsolated().scheduleTask(deadline: time) { [self] in
            let now = context.eventLoop.now
            switch look() {
            case .closed: return
            case .busy: check(at: now + most, context, look)
            case .quiet:
                if now >= activeAt + most { return context.close(promise: nil) }
                check(at: activeAt + most, context, look)
            }
        }
    }
}
