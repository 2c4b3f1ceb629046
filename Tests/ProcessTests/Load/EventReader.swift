// A reader of a shop's stream, as a browser's EventSource is one: it keeps the last ID and comes back with it. It can
// also stop reading. One thread; what it saw is there for the test to wait for.

import Foundation
import Synchronization

final class EventReader: Sendable {
    struct Event: Sendable {
        var id: UInt64
        var name: String
        var previousOfShop: UInt64?
        /// The ID of the message that was received, sent or imported.
        var message: String?

        init(id: UInt64, name: String, data: String) {
            self.id = id
            self.name = name
            let json = (try? JSONSerialization.jsonObject(with: Data(data.utf8))) as? [String: any Sendable] ?? [:]
            previousOfShop = (json["previousOfShop"] as? Int).map { UInt64($0) }
            let field = (json["data"] as? [String: any Sendable])?["message"]
            message = field as? String ?? (field as? [String: any Sendable])?["message"] as? String
        }
    }

    private struct State {
        var events: [Event] = []
        /// As the stream told it, with an event or without.
        var lastID: UInt64
        var connections = 0
        var handle: Int32 = -1
        var paused = false
        var stopped = false
        var waiting: [(until: @Sendable ([Event]) -> Bool, done: CheckedContinuation<Void, Never>)] = []
    }

    private let address: @Sendable () throws -> (url: String, token: String)
    private let folder: String
    private let path: String
    private let state: Mutex<State>
    private let resumed = DispatchSemaphore(value: 0)

    /// Reads from after this number on. `address` is asked before each connection.
    init(
        _ cluster: Cluster, shop: String, after: UInt64 = 0
    ) {
        address = {
            let file = try cluster.file()
            return (file.url, file.operatorToken)
        }
        folder = cluster.data
        path = "/v1/shops/\(shop)/stream"
        state = Mutex(State(lastID: after))
    }

    var events: [Event] { state.withLock { $0.events } }
    var connections: Int { state.withLock { $0.connections } }

    func start() { Thread { self.run() }.start() }

    /// The connection is lost; it makes another.
    func drop() { state.withLock { if $0.handle >= 0 { shutdown($0.handle, Int32(SHUT_RDWR)) } } }

    /// Reads nothing more until `resume`, and keeps the connection.
    func pause() { state.withLock { $0.paused = true } }

    func resume() {
        state.withLock { $0.paused = false }
        resumed.signal()
    }

    func stop() {
        state.withLock { $0.stopped = true }
        drop()
        resume()
    }

    func until(_ condition: @escaping @Sendable ([Event]) -> Bool) async {
        await withCheckedContinuation { done in
            let already = state.withLock { state in
                if condition(state.events) { return true }
                state.waiting.append((condition, done))
                return false
            }
            if already { done.resume() }
        }
    }

    // MARK: The thread

    private func run() {
        while !state.withLock({ $0.stopped }) {
            guard let news = try? FileWatch(folder: folder, name: "cluster.json") else { return }
            let seen = events.count
            if let handle = connect() {
                state.withLock { state in
                    state.handle = handle
                    state.connections += 1
                }
                read(handle)
                state.withLock { $0.handle = -1 }
                close(handle)
            }
            // Nobody serves: it comes back when there is news of the cluster, as EventSource does after a second.
            if events.count == seen, !state.withLock({ $0.stopped }) { try? news.wait(1) }
        }
    }

    private func connect() -> Int32? {
        guard let (url, token) = try? address(), let components = URLComponents(string: url),
            let port = components.port, let host = components.host
        else { return nil }
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(handle, $0, size) }
        }
        let head =
            "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nAuthorization: Bearer \(token)\r\n"
            + "Last-Event-ID: \(state.withLock { $0.lastID })\r\n\r\n"
        guard connected == 0, send(handle, head, head.utf8.count, Int32(MSG_NOSIGNAL)) == head.utf8.count else {
            close(handle)
            return nil
        }
        return handle
    }

    /// Reads one connection to its end. The body is chunked; the lines of the chunks' lengths are no lines of events.
    private func read(_ handle: Int32) {
        var chunks = Chunks()
        var event = (id: UInt64?.none, name: "message", data: String?.none)
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            if state.withLock({ $0.paused }) { resumed.wait() }
            let count = recv(handle, &piece, piece.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            for line in chunks.lines(piece[..<count]) {
                if line.isEmpty {
                    end(&event)
                } else if line.hasPrefix("id: ") {
                    event.id = UInt64(line.dropFirst(4))
                } else if line.hasPrefix("event: ") {
                    event.name = String(line.dropFirst(7))
                } else if line.hasPrefix("data: ") {
                    event.data = String(line.dropFirst(6))
                }
            }
        }
    }

    private func end(_ event: inout (id: UInt64?, name: String, data: String?)) {
        defer { event = (nil, "message", nil) }
        let (id, name, data) = event
        let met = state.withLock { state in
            if let id { state.lastID = id }
            guard let data else { return [CheckedContinuation<Void, Never>]() }
            state.events.append(Event(id: state.lastID, name: name, data: data))
            let met = state.waiting.filter { $0.until(state.events) }.map(\.done)
            state.waiting.removeAll { $0.until(state.events) }
            return met
        }
        for waiting in met { waiting.resume() }
    }
}

/// Takes an HTTP/1.1 response with a chunked body apart into the lines of its body.
private struct Chunks {
    private var rest: [UInt8] = []
    private var isHead = true
    /// Bytes of the present chunk that are still to come, with its line end.
    private var left = 0
    private var line: [UInt8] = []

    mutating func lines(_ bytes: ArraySlice<UInt8>) -> [String] {
        rest += bytes
        var lines: [String] = []
        var at = 0
        if isHead {
            let gap = Array("\r\n\r\n".utf8)
            guard let end = rest.indices.first(where: { rest[$0...].starts(with: gap) }) else { return [] }
            isHead = false
            at = end + gap.count
        }
        while at < rest.count {
            if left == 0 {
                guard let end = rest[at...].firstIndex(of: 0x0a) else { break }
                let text = String(decoding: rest[at..<end], as: UTF8.self).trimmingCharacters(in: .whitespaces)
                left = (Int(text.trimmingCharacters(in: .newlines), radix: 16) ?? 0) + 2
                at = end + 1
                continue
            }
            let byte = rest[at]
            at += 1
            left -= 1
            // The chunk's own line end.
            if left < 2 { continue }
            if byte == 0x0a {
                lines.append(String(decoding: line, as: UTF8.self))
                line = []
            } else {
                line.append(byte)
            }
        }
        rest = Array(rest[at...])
        return lines
    }
}
