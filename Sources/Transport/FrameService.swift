import Wire

/// What a server does with what arrives. Every method is called on the connection's event loop and must not block;
/// connections on several loops call at the same time.
public protocol FrameService: AnyObject, Sendable {
    /// After the handshake.
    func connected(_ connection: ServerConnection)
    /// Every frame of one read, in order: `request`, `open`, `credit` and `cancel`. Whatever is answered before this
    /// returns goes out with one write. Each `request` must be answered once, with `reply` or `fail`, a cancelled one
    /// too; each `open` once with `end`, unless it was cancelled.
    func received(_ batch: [Frame], on connection: ServerConnection)
    /// After `connected`, once. What is answered from here on is dropped.
    func disconnected(_ connection: ServerConnection)
}
