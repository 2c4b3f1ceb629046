import Wire

/// The payloads of a stream's items, in order, by one reader. Ends with nil or the server's fault; with `disconnected`
/// when the connection ends. Letting go of it, or cancelling the reading task, tells the server to stop.
public struct WireStream: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = WireFault

    let handle: Handle

    final class Handle: Sendable {
        let box: StreamBox
        let id: UInt64
        let core: ClientCore

        init(box: StreamBox, id: UInt64, core: ClientCore) {
            self.box = box
            self.id = id
            self.core = core
        }

        deinit { core.submit(.cancel(id)) }

        func next() async throws(WireFault) -> [UInt8]? {
            let result = await withTaskCancellationHandler {
                await box.next()
            } onCancel: {
                cancel()
            }
            grant()
            return try result.get()
        }

        func buffered() -> [[UInt8]] {
            defer { grant() }
            return box.takeBuffered()
        }

        private func grant() {
            let grant = box.takeGrant()
            if grant > 0 { core.submit(.credit(id, grant)) }
        }

        func cancel() {
            box.finish(.failure(WireFault(.cancelled, "the reader gave up")))
            core.submit(.cancel(id))
        }
    }

    public func next() async throws(WireFault) -> [UInt8]? { try await handle.next() }

    /// What has come in already and was not read, in order; never waits. For the one reader, between two calls of `next`.
    public func buffered() -> [[UInt8]] { handle.buffered() }

    /// Ends it with `cancelled`. Idempotent.
    public func cancel() { handle.cancel() }

    public func makeAsyncIterator() -> Iterator { Iterator(handle: handle) }

    public struct Iterator: AsyncIteratorProtocol {
        let handle: Handle

        public func next() async throws(WireFault) -> [UInt8]? { try await handle.next() }

        public func next(isolation actor: isolated (any Actor)?) async throws(WireFault) -> [UInt8]? {
            try await handle.next()
        }
    }
}

extension WireFault.Code {
    /// The caller gave up. Whether it took effect is unknown.
    public static let cancelled = WireFault.Code(rawValue: "cancelled")
}
