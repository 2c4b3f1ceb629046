/// Where a server listens.
public enum WireAddress: Hashable, Sendable, CustomStringConvertible {
    /// A path of less than 108 bytes.
    case unix(path: String)
    case tcp(host: String, port: Int)

    public var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let host, let port): "\(host):\(port)"
        }
    }
}
