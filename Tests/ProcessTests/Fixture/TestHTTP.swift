// A small HTTP/1.1 client for tests: one blocking connection per call, bounded by a time limit.

import Foundation

struct HTTPAnswer: Sendable {
    var status: Int
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as a JSON object; empty if it is none.
    var json: [String: any Sendable] {
        let object = try? JSONSerialization.jsonObject(with: Data(body))
        return object as? [String: any Sendable] ?? [:]
    }
}

struct HTTPFault: Error, CustomStringConvertible {
    var description: String
}

enum TestHTTP {
    /// Sends one request to `url` (http only) and waits for the whole answer.
    static func send(
        _ method: String, _ url: String, token: String? = nil, headers: [String: String] = [:], body: [UInt8] = [],
        limitSeconds: Int = 30
    ) async throws -> HTTPAnswer {
        try await withCheckedThrowingContinuation { done in
            let thread = Thread {
                done.resume(
                    with: Result {
                        try exchange(
                            method, url, token: token, headers: headers, body: body, limitSeconds: limitSeconds)
                    })
            }
            thread.start()
        }
    }

    private static func exchange(
        _ method: String, _ url: String, token: String?, headers: [String: String], body: [UInt8], limitSeconds: Int
    ) throws -> HTTPAnswer {
        guard url.hasPrefix("http://") else { throw HTTPFault(description: "\(url): not http") }
        let rest = url.dropFirst(7)
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count)
        let parts = authority.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1]) else { throw HTTPFault(description: "\(url): no port") }
        let file = try connect(to: String(parts[0]), port: port, limitSeconds: limitSeconds)
        defer { close(file) }
        var head = "\(method) \(path.isEmpty ? "/" : path) HTTP/1.1\r\nHost: \(authority)\r\nConnection: close\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        if !body.isEmpty, headers["Content-Type"] == nil { head += "Content-Type: application/json\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        head += "Content-Length: \(body.count)\r\n\r\n"
        try write(Array(head.utf8) + body, to: file)
        return try parse(try readAll(file))
    }

    private static func connect(to host: String, port: UInt16, limitSeconds: Int) throws -> Int32 {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard file >= 0 else { throw HTTPFault(description: "socket: \(String(cString: strerror(errno)))") }
        var limit = timeval(tv_sec: limitSeconds, tv_usec: 0)
        setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            let reason = String(cString: strerror(errno))
            close(file)
            throw HTTPFault(description: "connect to port \(port): \(reason)")
        }
        return file
    }

    private static func write(_ bytes: [UInt8], to file: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw HTTPFault(description: "send: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
    }

    private static func readAll(_ file: Int32) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(file, &chunk, chunk.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw HTTPFault(description: "receive: \(String(cString: strerror(errno)))") }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    static func parse(_ bytes: [UInt8]) throws -> HTTPAnswer {
        let gap = Array("\r\n\r\n".utf8)
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: gap) }) else {
            throw HTTPFault(description: "no whole head in \(bytes.count) bytes")
        }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, let status = Int(words[1]) else { throw HTTPFault(description: lines[0]) }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        var body = Array(bytes[(end + 4)...])
        if headers["transfer-encoding"]?.lowercased() == "chunked" { body = try unchunk(body) }
        return HTTPAnswer(status: status, headers: headers, body: body)
    }

    private static func unchunk(_ bytes: [UInt8]) throws -> [UInt8] {
        var body: [UInt8] = []
        var rest = bytes[...]
        while let line = rest.firstIndex(of: 0x0d) {
            guard let count = Int(String(decoding: rest[..<line], as: UTF8.self), radix: 16) else { break }
            rest = rest[(line + 2)...]
            if count == 0 { return body }
            guard rest.count >= count + 2 else { break }
            body += rest.prefix(count)
            rest = rest.dropFirst(count + 2)
        }
        throw HTTPFault(description: "torn chunks")
    }
}
