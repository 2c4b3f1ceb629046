import NIOCore
import Wire

/// Frames that go out with the next write.
struct FrameOutbox {
    private var buffer: ByteBuffer
    private let allocator: ByteBufferAllocator
    /// Room of a fresh buffer: what the last write took.
    private var usual = 4_096

    init(allocator: ByteBufferAllocator = .init()) {
        self.allocator = allocator
        buffer = ByteBuffer()
    }

    var count: Int { buffer.readableBytes }

    mutating func append(_ kind: FrameKind, id: UInt64 = 0, argument: UInt32 = 0) {
        append(kind, id: id, argument: argument, payload: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    mutating func append(_ kind: FrameKind, id: UInt64, argument: UInt32 = 0, payload: UnsafeRawBufferPointer) {
        if buffer.readableBytes == 0 { buffer = allocator.buffer(capacity: usual) }
        let size = Frame.headBytes + payload.count
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { room in
            Frame.writeHead(kind, id: id, argument: argument, payload: payload.count, into: room)
            if let base = room.baseAddress, let source = payload.baseAddress {
                (base + Frame.headBytes).copyMemory(from: source, byteCount: payload.count)
            }
            return size
        }
    }

    mutating func append(_ frame: Frame) {
        frame.payload.withUnsafeBytes { append(frame.kind, id: frame.id, argument: frame.argument, payload: $0) }
    }

    /// Everything that was appended; the outbox is empty then.
    mutating func take() -> ByteBuffer {
        let full = buffer
        buffer = ByteBuffer()
        usual = min(max(4_096, full.readableBytes), 1 << 18)
        return full
    }
}
