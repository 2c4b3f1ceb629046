// Where a router's replies and stream items go. The runtime knows no sockets: the service gives it these.

import Wire

/// One caller, on the router's event loop.
public protocol ReplySink: AnyObject, Sendable {
    func reply(_ id: UInt64, _ reply: RouterReply)
    /// Bytes that a stream's reader would take; nil if the stream is gone.
    func credit(for id: UInt64) -> Int?
    /// False if the item was not sent, for lack of credit or because the stream is gone.
    func item(_ id: UInt64, _ payload: [UInt8]) -> Bool
    func end(_ id: UInt64, _ fault: WireFault?)
    /// Answers a call with `ShardSet.overloaded`.
    func overloaded(_ id: UInt64)
    /// So many calls more, or fewer, are refused and not told so yet.
    func refusalsWait(_ change: Int)
    /// Writes what was replied since the last flush.
    func flush()
}

extension ReplySink {
    public func overloaded(_ id: UInt64) { reply(id, .fault(ShardSet.overloaded)) }
    public func refusalsWait(_ change: Int) {}
}

/// A call to be answered once.
public struct ReplyTo: Sendable {
    public var sink: any ReplySink
    public var id: UInt64

    public init(sink: any ReplySink, id: UInt64) {
        self.sink = sink
        self.id = id
    }
}

public struct AskedRequest: Sendable {
    public var request: RouterRequest
    public var to: ReplyTo

    public init(request: RouterRequest, to: ReplyTo) {
        self.request = request
        self.to = to
    }
}
