import Foundation
import Wire

/// A connection to a router without a framework: what is asked at once leaves in one piece, so that the router reads it
/// in one piece. Blocking, bounded by 20 s.
final class RouterSocket {
    private let file: Int32
    private var decoder = FrameDecoder()
    private var lastID: UInt64 = 0
    /// Of what was given and is not taken.
    private var firstID: UInt64 = 1

    init(_ path: String) throws {
        file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard file >= 0 else { throw POSIXError(.EMFILE) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        // As much as may stand in the socket of a router that reads nothing.
        var room: Int32 = 212_992
        setsockopt(file, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw POSIXError(.ECONNREFUSED) }
        let handshake = ClientHandshake(identity: PeerIdentity(role: .command, name: "test", pid: getpid()))
        try send(handshake.hello.encoded())
        guard let first = try frames().first, case .open = handshake.receive(first) else {
            throw HTTPFault(description: "\(path): no welcome")
        }
    }

    deinit { close(file) }

    /// The replies in the order of the requests.
    func ask(_ requests: [RouterRequest]) throws -> [RouterReply] {
        try give(requests)
        return try take()
    }

    /// Sends requests in one piece; `take` has the replies.
    func give(_ requests: [RouterRequest]) throws {
        var bytes: [UInt8] = []
        for request in requests {
            lastID += 1
            bytes += Frame(.request, id: lastID, argument: 20_000, payload: request.encoded()[...]).encoded()
        }
        try send(bytes)
    }

    /// The replies to everything given since the last time, in its order.
    func take() throws -> [RouterReply] {
        let wanted = firstID...lastID
        var replies: [UInt64: RouterReply] = [:]
        while replies.count < wanted.count {
            for frame in try frames() {
                switch frame.kind {
                case .reply: replies[frame.id] = try RouterReply(decoding: frame.payload)
                case .end: replies[frame.id] = .fault(try WireFault(decoding: frame.payload))
                default: break
                }
            }
        }
        firstID = lastID + 1
        return wanted.compactMap { replies[$0] }
    }

    private func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw POSIXError(.EPIPE) }
            rest = rest.dropFirst(count)
        }
    }

    private func frames() throws -> [Frame] {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(file, &chunk, chunk.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw POSIXError(.ECONNRESET) }
            let batch = try decoder.feed(Array(chunk[..<count]))
            if !batch.isEmpty { return batch }
        }
    }
}
