/// Something that a store could not do. The code is open: treat an unknown one as `unknownOutcome` after a write, as
/// `io` after a read.
public struct StoreFault: Error, Hashable, Sendable, CustomStringConvertible {
    public struct Code: RawRepresentable, Hashable, Sendable {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Another process, or this one, holds the shard. Nothing was done.
        public static let leaseHeld = Code(rawValue: "leaseHeld")
        /// The term is not the shard's any more. Nothing was written.
        public static let staleTerm = Code(rawValue: "staleTerm")
        /// The sequence numbers do not follow the last one. Nothing was written.
        public static let sequenceGap = Code(rawValue: "sequenceGap")
        /// It is unknown whether the write took effect (I3): close, open again, and read.
        public static let unknownOutcome = Code(rawValue: "unknownOutcome")
        /// The store or the reader is closed or poisoned. Nothing was done.
        public static let closed = Code(rawValue: "closed")
        /// What was read is not what an engine writes.
        public static let corrupt = Code(rawValue: "corrupt")
        /// Reading, or opening, failed. Nothing was written.
        public static let io = Code(rawValue: "io")
        /// The data directory was made otherwise: another number of shards, or a newer format.
        public static let mismatch = Code(rawValue: "mismatch")
    }

    public var code: Code
    public var message: String
    /// The engine's own words.
    public var cause: String?

    public init(_ code: Code, _ message: String, cause: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String {
        cause.map { "\(code.rawValue): \(message) (\($0))" } ?? "\(code.rawValue): \(message)"
    }
}
