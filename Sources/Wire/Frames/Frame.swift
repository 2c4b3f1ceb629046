// What travels between two processes: a length and so many bytes, of which the first thirteen say what it is.
// Layout and course of a connection: Protocols/Frame.md.

public enum FrameKind: UInt8, Hashable, Sendable, CaseIterable {
    /// Client to server, first of all: a `Hello`.
    case hello = 1
    /// The server's yes: a `Welcome`.
    case welcome = 2
    /// The server's no: a `Reject`; the connection ends.
    case reject = 3
    /// A call, answered by one `reply` or one `end`. The argument is the deadline.
    case request = 4
    case reply = 5
    /// A request for a stream, answered by `item`s and one `end`. The argument is the first credit.
    case open = 6
    case item = 7
    /// Ends a stream, or a call that failed. The payload is a `WireFault` or empty.
    case end = 8
    /// The client wants no more of it.
    case cancel = 9
    /// The argument is how many bytes of items more the server may send.
    case credit = 10
    case ping = 11
    case pong = 12
    /// The sender is about to close: nothing new is answered.
    case goodbye = 13
}

public struct Frame: Hashable, Sendable {
    public var kind: FrameKind
    /// Of the request, chosen by the client; 0 where there is none.
    public var id: UInt64
    /// `request`: milliseconds left until the deadline, 0 for none; `open` and `credit`: bytes; else 0.
    public var argument: UInt32
    /// Shares memory with the other frames of its batch: copy what is to be kept for long.
    public var payload: ArraySlice<UInt8>

    public init(_ kind: FrameKind, id: UInt64 = 0, argument: UInt32 = 0, payload: ArraySlice<UInt8> = []) {
        self.kind = kind
        self.id = id
        self.argument = argument
        self.payload = payload
    }

    /// Bytes of kind, id and argument, which the length counts.
    public static let fixedBytes = 13
    /// Bytes before the payload.
    public static let headBytes = 17

    /// The head of a frame with a payload of so many bytes.
    @inlinable
    public static func writeHead(
        _ kind: FrameKind, id: UInt64, argument: UInt32, payload: Int, into out: UnsafeMutableRawBufferPointer
    ) {
        precondition(out.count >= headBytes, "no room for a head")
        out.storeBytes(of: UInt32(fixedBytes + payload).littleEndian, toByteOffset: 0, as: UInt32.self)
        out.storeBytes(of: kind.rawValue, toByteOffset: 4, as: UInt8.self)
        out.storeBytes(of: id.littleEndian, toByteOffset: 5, as: UInt64.self)
        out.storeBytes(of: argument.littleEndian, toByteOffset: 13, as: UInt32.self)
    }

    /// The frame as bytes.
    public func encoded() -> [UInt8] {
        var head = [UInt8](repeating: 0, count: Self.headBytes)
        head.withUnsafeMutableBytes {
            Self.writeHead(kind, id: id, argument: argument, payload: payload.count, into: $0)
        }
        return head + payload
    }
}

/// What ends a connection, and nothing else (I10).
public enum FrameFault: Error, Hashable, Sendable {
    /// The length lies below `Frame.fixedBytes` or above the bound.
    case badLength(UInt32)
    case unknownKind(UInt8)
}

public struct FrameLimits: Hashable, Sendable {
    /// Longest frame, without its four bytes of length. Default 1 MiB.
    public var longest: Int

    public init(longest: Int = 1 << 20) { self.longest = longest }

    /// Longest payload.
    public var payload: Int { longest - Frame.fixedBytes }
}
