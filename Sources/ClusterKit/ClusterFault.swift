/// Why a cluster cannot be brought up or spoken to; one line for a person.
public struct ClusterFault: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// The data directory or a file of it cannot be used.
        case data
        /// Another supervisor owns the data directory.
        case busy
        /// No cluster runs on the data directory.
        case notRunning
        /// A process does not start.
        case start
        /// The supervisor or a router refused.
        case refused
        /// An option makes no sense.
        case usage
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
