// Calls to a running cluster over one connection: the body as JSON, retries within a bound, and every other answer as
// one line for a person. A retry is safe because each POST has its own key, the same each time.

import Domain
import Foundation
import IngressService

/// Where a cluster is and who asks.
public struct ShopAddress: Sendable {
    public var host: String
    public var port: Int
    public var token: String

    /// `http://HOST:PORT`. Throws `.usage`.
    public init(url: String, token: String) throws(ClusterFault) {
        guard let parts = URLComponents(string: url), parts.scheme == "http", let host = parts.host, !host.isEmpty,
            parts.path.isEmpty || parts.path == "/"
        else { throw ClusterFault(.usage, "\(url): must be an address such as http://127.0.0.1:8080") }
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? 80
        self.token = token
    }
}

struct ShopCalls: Sendable {
    private let address: ShopAddress
    private let connection: HTTPConnection
    private let patience: Duration

    init(_ address: ShopAddress, settings: PlaySettings) {
        self.address = address
        connection = HTTPConnection(host: address.host, port: address.port)
        patience = .seconds(settings.retrySeconds)
    }

    struct Answer {
        var status: Int
        var body: JSONValue
        var code: String? { body["code"]?.asText }
    }

    /// The answer, if it is 2xx or one of `expected`; throws `.refused` for others, `.notRunning` if none came.
    func call(
        _ method: String, _ path: [String], query: String = "", key: String? = nil, _ body: JSONValue? = nil,
        expecting expected: Set<Int> = []
    ) async throws -> Answer {
        let target = "/v1/" + path.map(Self.escape).joined(separator: "/") + query
        var headers = [(name: "Authorization", value: "Bearer \(address.token)")]
        if body != nil { headers.append(("Content-Type", "application/json")) }
        if let key { headers.append(("Idempotency-Key", key)) }
        let reply = try await send(method, target, headers, body?.jsonBytes)
        var json = JSONValue.null
        if !reply.body.isEmpty {
            do throws(JSONFault) {
                json = try JSONReader.read(reply.body)
            } catch {
                throw ClusterFault(
                    .refused, "\(method) \(target): \(reply.status), and no JSON: byte \(error.offset) \(error.reason)")
            }
        }
        guard (200..<300).contains(reply.status) || expected.contains(reply.status) else {
            throw ClusterFault(.refused, "\(method) \(target): \(reply.status) \(Self.reason(json))")
        }
        return Answer(status: reply.status, body: json)
    }

    func close() async { await connection.close() }

    /// Tries again what found no cluster, an overloaded one, or one that is just handing a shard over.
    private func send(
        _ method: String, _ target: String, _ headers: [(name: String, value: String)], _ body: [UInt8]?
    ) async throws -> HTTPReply {
        let end = ContinuousClock.now + patience
        var pause = Duration.milliseconds(20)
        while true {
            let failure: ClusterFault
            do throws(HTTPConnectionFault) {
                let reply = try await connection.send(method, target, headers: headers, body: body)
                guard [429, 502, 503, 504].contains(reply.status) else { return reply }
                failure = ClusterFault(
                    .refused,
                    "\(method) \(target): \(reply.status) \(Self.reason((try? JSONReader.read(reply.body)) ?? .null))")
            } catch {
                failure = ClusterFault(.notRunning, "http://\(address.host):\(address.port): \(error.message)")
            }
            guard ContinuousClock.now + pause < end else { throw failure }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(1))
        }
    }

    /// What a problem document says, in one line.
    private static func reason(_ problem: JSONValue) -> String {
        let parts = [problem["title"]?.asText, problem["detail"]?.asText].compactMap { $0 }
        let fields = (problem["errors"]?.asList ?? []).prefix(5).map {
            "\($0["pointer"]?.asText ?? $0["parameter"]?.asText ?? "") \($0["detail"]?.asText ?? "")"
        }
        return parts.joined(separator: ": ") + (fields.isEmpty ? "" : " (\(fields.joined(separator: "; ")))")
    }

    private static func escape(_ part: String) -> String {
        var text = ""
        for byte in part.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f, 0x7e:
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += String(format: "%%%02X", Int(byte))
            }
        }
        return text
    }
}
