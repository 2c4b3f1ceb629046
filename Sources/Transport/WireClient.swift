// One remote address, seen from its caller: calls from any number of tasks, streams, one connection that comes back by
// itself. Calls that come in during one turn of the loop go out with one write. Every call has a deadline, and a
// connection that dies fails all that it carried. Course: Protocols/Frame.md.

import Logging
import NIOCore
import Wire

public final class WireClient: Sendable {
    public typealias Completion = @Sendable (Result<[UInt8], WireFault>) -> Void

    public enum ConnectionState: Hashable, Sendable {
        case connected(PeerIdentity)
        case disconnected(reason: String)
    }

    public let address: WireAddress
    private let core: ClientCore

    /// Connects at the first use, or when `connect` is called. `changed` hears of each connection made and lost, on
    /// the loop.
    public init(
        to address: WireAddress, on loop: any EventLoop, identity: PeerIdentity,
        settings: WireClientSettings = .init(), logger: Logger,
        changed: (@Sendable (ConnectionState) -> Void)? = nil
    ) {
        self.address = address
        core = ClientCore(
            address: address, loop: loop, identity: identity, settings: settings, logger: logger, changed: changed)
    }

    deinit { core.abandon() }

    /// The reply to one request. Fails with `deadlineExceeded`, `disconnected`, `overloaded`, `cancelled`, `stopping`,
    /// or with the server's fault; only after `overloaded` and `stopping` it is certain that nothing was done.
    public func call(_ payload: [UInt8], deadline: Duration) async throws(WireFault) -> [UInt8] {
        let id = core.nextID()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { done in
                core.call(id, payload, deadline: deadline) { done.resume(returning: $0) }
                if Task.isCancelled { core.submit(.cancel(id)) }
            }
        } onCancel: {
            core.submit(.cancel(id))
        }
        return try result.get()
    }

    /// The same without a task. `completion` is called once, on the loop or before this returns.
    public func submit(_ payload: [UInt8], deadline: Duration, completion: @escaping Completion) {
        core.call(core.nextID(), payload, deadline: deadline, completion)
    }

    /// Opens a stream. At most `credit` bytes of frames (1…4 GiB), overdrawn by one, wait for the reader at any time.
    public func stream(_ payload: [UInt8], credit: Int = 1 << 20) -> WireStream {
        let id = core.nextID()
        let box = StreamBox(credit: min(max(1, credit), Int(UInt32.max)))
        core.submit(.open(id, payload, box))
        return WireStream(handle: WireStream.Handle(box: box, id: id, core: core))
    }

    /// Connects now; returns when the handshake is done.
    public func connect(deadline: Duration) async throws(WireFault) {
        let result = await withCheckedContinuation { done in
            core.submit(.connect(.now() + TimeAmount(deadline), { done.resume(returning: $0) }))
        }
        try result.get()
    }

    /// Takes no further call, waits for replies at most `settings.drain`, then closes. Idempotent.
    public func close() async {
        await withCheckedContinuation { done in
            core.close { done.resume() }
        }
    }
}
