/// `HOST:PORT`, an IPv6 address in brackets. Port 0 picks a free one.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Nil if the text is no address.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.init(host: host, port: port)
    }

    /// That of `http://HOST:PORT`.
    public init?(url: String) {
        guard url.hasPrefix("http://") else { return nil }
        self.init(String(url.dropFirst(7).prefix { $0 != "/" }))
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Of the ingress with that number, counted from 1: they take ports in a row, or each a free one.
    public func ofIngress(_ number: Int) -> ListenAddress {
        ListenAddress(host: host, port: port == 0 ? 0 : port + number - 1)
    }
}
