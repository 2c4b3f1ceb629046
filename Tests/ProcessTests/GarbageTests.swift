import ClusterKit
import Foundation
import Testing

extension WholeCluster {
    @Suite struct GarbageTests {
        /// Sends bytes to a Unix-domain socket, says that there is no more, and returns once the other side has closed;
        /// nil if it did not within 20 s.
        private func closes(_ path: String, after bytes: [UInt8]) -> Bool? {
            let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard file >= 0 else { return nil }
            defer { close(file) }
            var limit = timeval(tv_sec: 20, tv_usec: 0)
            setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let connected = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            guard connected == 0 else { return nil }
            // It may close while bytes are still on their way.
            _ = bytes.withUnsafeBytes { send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            shutdown(file, Int32(SHUT_WR))
            var chunk = [UInt8](repeating: 0, count: 4_096)
            while true {
                let count = recv(file, &chunk, chunk.count, 0)
                if count > 0 { continue }
                return count == 0 || errno == ECONNRESET
            }
        }

        @Test("I10: torn, empty, oversized and garbage frames end their own connection and nothing else")
        func badFramesEndTheirOwnConnection() async throws {
            var options = ClusterOptions()
            options.empty = false
            try await withCluster(options) { cluster in
                let processes = try cluster.file().processes
                let socket = try #require(processes.first { $0.role == "router" }?.socket)
                var noise: UInt8 = 1
                let garbage = (0..<65_536).map { _ -> UInt8 in
                    noise = noise &* 181 &+ 7
                    return noise
                }
                let frames: [(name: String, bytes: [UInt8])] = [
                    ("nothing", []), ("an empty frame", [0, 0, 0, 0]), ("a torn head", [20, 0]),
                    ("a torn frame", [200, 0, 0, 0, 1, 0, 0]), ("an oversized frame", [0xff, 0xff, 0xff, 0x7f, 1]),
                    ("garbage", garbage), ("text", Array("GET / HTTP/1.1\r\n\r\n".utf8)),
                ]
                for frame in frames {
                    #expect(closes(socket, after: frame.bytes) == true, "\(frame.name)")
                    let answer = try await cluster.http(
                        "POST", "/v1/shops/demo/buyers/b/messages", ["kind": "text", "text": "after \(frame.name)"])
                    #expect(answer.status == 201, "\(frame.name): \(answer.text)")
                }
                #expect(try cluster.file().processes.map(\.pid) == processes.map(\.pid))
            }
        }
    }
}
