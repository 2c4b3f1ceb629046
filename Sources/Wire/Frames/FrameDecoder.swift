// Cuts a stream of bytes into frames: every whole frame of what was fed, at once. Pure; fed by the transport. A length
// is checked against both bounds before anything is kept for it; after a fault the decoder is of no more use.

public struct FrameDecoder: Sendable {
    private let limits: FrameLimits
    /// The beginning of a frame that is not whole yet, and whatever else came in since the last batch.
    private var pending: [UInt8] = []

    public init(limits: FrameLimits = .init()) { self.limits = limits }

    /// Bytes of a frame that is not whole yet.
    public var buffered: Int { pending.count }

    /// Appends every frame that is whole now to `batch`, in order. Frames before a faulty one are appended, too.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer, into batch: inout [Frame]) throws(FrameFault) {
        pending.append(contentsOf: bytes)
        guard try nextEnd(in: pending, from: 0) != nil else { return }
        let storage = pending
        pending = []
        var at = 0
        while let end = try nextEnd(in: storage, from: at) {
            batch.append(try frame(in: storage, from: at, to: end))
            at = end
        }
        pending = Array(storage[at...])
    }

    public mutating func feed(_ bytes: [UInt8]) throws(FrameFault) -> [Frame] {
        var batch: [Frame] = []
        let fed = bytes.withUnsafeBytes { raw in
            Result { () throws(FrameFault) in try feed(raw, into: &batch) }
        }
        try fed.get()
        return batch
    }

    /// Where the frame that begins at `start` ends; nil if it is not whole.
    private func nextEnd(in storage: [UInt8], from start: Int) throws(FrameFault) -> Int? {
        guard storage.count - start >= 4 else { return nil }
        let length = storage.withUnsafeBytes {
            UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: UInt32.self))
        }
        guard length >= UInt32(Frame.fixedBytes), length <= UInt32(clamping: limits.longest) else {
            throw .badLength(length)
        }
        if storage.count - start > 4, FrameKind(rawValue: storage[start + 4]) == nil {
            throw .unknownKind(storage[start + 4])
        }
        let end = start + 4 + Int(length)
        return end <= storage.count ? end : nil
    }

    private func frame(in storage: [UInt8], from start: Int, to end: Int) throws(FrameFault) -> Frame {
        guard let kind = FrameKind(rawValue: storage[start + 4]) else { throw .unknownKind(storage[start + 4]) }
        return storage.withUnsafeBytes {
            Frame(
                kind, id: UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: start + 5, as: UInt64.self)),
                argument: UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: start + 13, as: UInt32.self)),
                payload: storage[(start + Frame.headBytes)..<end])
        }
    }
}
