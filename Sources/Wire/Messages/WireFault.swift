/// Something that a process could not do. `code` is open: an unknown one is treated as `internalFault`.
public struct WireFault: Error, Hashable, Codable, Sendable {
    public struct Code: RawRepresentable, Hashable, Codable, Sendable {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public init(from decoder: any Decoder) throws {
            rawValue = try decoder.singleValueContainer().decode(String.self)
        }

        public func encode(to encoder: any Encoder) throws {
            var c = encoder.singleValueContainer()
            try c.encode(rawValue)
        }

        /// This router does not hold the shard now; nothing was done. Ask its holder, or again in a moment.
        public static let notHolder = Code(rawValue: "notHolder")
        /// A commit failed: it is unknown whether the command took effect (I3). Try again with the same command ID.
        public static let unknownOutcome = Code(rawValue: "unknownOutcome")
        /// A queue is full; nothing was done. Try again after `retryAfterMillis`.
        public static let overloaded = Code(rawValue: "overloaded")
        /// The deadline passed. Whether it took effect is unknown.
        public static let deadlineExceeded = Code(rawValue: "deadlineExceeded")
        /// The connection ended before the reply. Whether it took effect is unknown.
        public static let disconnected = Code(rawValue: "disconnected")
        /// The process stops; nothing was done.
        public static let stopping = Code(rawValue: "stopping")
        /// The request cannot be read; nothing was done.
        public static let badRequest = Code(rawValue: "badRequest")
        /// A reader that took too long was cut off (I11).
        public static let tooSlow = Code(rawValue: "tooSlow")
        /// The shard cannot be read; nothing was done. Its router tries again from time to time.
        public static let shardFailed = Code(rawValue: "shardFailed")
        public static let internalFault = Code(rawValue: "internalFault")
    }

    public var code: Code
    public var message: String
    public var retryAfterMillis: Int?

    public init(_ code: Code, _ message: String, retryAfterMillis: Int? = nil) {
        self.code = code
        self.message = message
        self.retryAfterMillis = retryAfterMillis
    }

    enum CodingKeys: Int, CodingKey {
        case code = 1
        case message = 2
        case retryAfterMillis = 3
    }
}
