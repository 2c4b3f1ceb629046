// A socket of the load generator, without a framework: blocking for the handshake and the setting up, then polled.

import ClusterKit
import Domain
import Foundation
import Wire

final class LoadSocket: Sendable {
    let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    static func unix(_ path: String) throws(ClusterFault) -> LoadSocket {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw ClusterFault(.usage, "\(path): too long for a socket's address; try --data with a shorter path")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return try connected(AF_UNIX, path, &address)
    }

    static func loopback(port: Int) throws(ClusterFault) -> LoadSocket {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let socket = try connected(AF_INET, "127.0.0.1:\(port)", &address)
        var on: Int32 = 1
        setsockopt(socket.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return socket
    }

    private static func connected<Address>(
        _ family: Int32, _ name: String, _ address: inout Address
    ) throws(ClusterFault) -> LoadSocket {
        let made = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard made >= 0 else { throw ClusterFault(.notRunning, "no socket: error \(errno)") }
        let open = LoadSocket(made)
        let outcome = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(made, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard outcome == 0 else { throw ClusterFault(.notRunning, "\(name): error \(errno)") }
        return open
    }

    func sendAll(_ bytes: [UInt8]) throws(ClusterFault) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, 0)
            }
            if count > 0 { sent += count } else if errno != EINTR { throw ClusterFault(.notRunning, "send: \(errno)") }
        }
    }

    /// What is there, at least one byte.
    func receiveSome() throws(ClusterFault) -> [UInt8] {
        var room = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &room, room.count, 0)
            if count > 0 { return Array(room[..<count]) }
            guard count < 0, errno == EINTR else { throw ClusterFault(.notRunning, "the other end closed") }
        }
    }
}

/// A frame connection for setting up: sends a batch, waits for all its replies.
struct FrameSocket {
    let socket: LoadSocket
    private var decoder = FrameDecoder()

    /// Connects and greets.
    init(_ path: String) throws(ClusterFault) {
        socket = try LoadSocket.unix(path)
        let handshake = ClientHandshake(
            identity: PeerIdentity(role: .command, name: "bench", pid: ProcessInfo.processInfo.processIdentifier))
        try socket.sendAll(handshake.hello.encoded())
        guard let first = try frames().first, case .open = handshake.receive(first) else {
            throw ClusterFault(.refused, "\(path): does not welcome the bench")
        }
    }

    private mutating func frames() throws(ClusterFault) -> [Frame] {
        while true {
            let bytes = try socket.receiveSome()
            do throws(FrameFault) {
                let batch = try decoder.feed(bytes)
                if !batch.isEmpty { return batch }
            } catch {
                throw ClusterFault(.notRunning, "\(error)")
            }
        }
    }

    /// Sends the commands in steps and checks that each is answered. Throws `.refused` with the first other reply.
    /// The answers are in the order of the commands.
    @discardableResult
    mutating func give(_ commands: [ShopCommand]) throws(ClusterFault) -> [Answer] {
        var answers: [UInt64: Answer] = [:]
        var start = 0
        while start < commands.count {
            let end = min(start + 1_000, commands.count)
            var bytes: [UInt8] = []
            for place in start..<end {
                let payload = RouterRequest.command(commands[place]).encoded()
                bytes += Frame(.request, id: UInt64(place), argument: 60_000, payload: payload[...]).encoded()
            }
            try socket.sendAll(bytes)
            var left = end - start
            while left > 0 {
                for frame in try frames() where frame.kind == .reply || frame.kind == .end {
                    left -= 1
                    guard frame.kind == .reply, let reply = try? RouterReply(decoding: frame.payload),
                        case .answer(let answer) = reply
                    else { throw ClusterFault(.refused, "a router refused to set up a shop of the bench") }
                    answers[frame.id] = answer
                }
            }
            start = end
        }
        return commands.indices.compactMap { answers[UInt64($0)] }
    }
}
