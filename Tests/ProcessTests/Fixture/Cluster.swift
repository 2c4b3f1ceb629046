// A whole cluster of real processes for one test: `fenliu up` with a folder of its own and a free port. Everything that
// it started is gone when `withCluster` returns, however the test ended.

import ClusterKit
import Foundation
import Synchronization
import Testing

struct ClusterOptions {
    var routers = 1
    var ingresses = 1
    var scorers = 1
    var manualClock = false
    /// Without the demonstration shop.
    var empty = true
    var shards = 16
    /// Further options of `fenliu up`.
    var upArguments: [String] = []
    /// Of every process of the cluster, on top of the test's own.
    var environment: [String: String] = [:]
}

/// Runs `body` with a cluster that is ready, then stops it and removes its folder.
func withCluster<Value>(
    _ options: ClusterOptions = ClusterOptions(), _ body: (Cluster) async throws -> Value
) async throws -> Value {
    let cluster = try Cluster(options)
    do {
        try await cluster.up()
        let value = try await body(cluster)
        await cluster.discard()
        return value
    } catch {
        cluster.showLogs()
        await cluster.discard()
        throw error
    }
}

final class Cluster: Sendable {
    let options: ClusterOptions
    let folder: String
    private let supervisor = Mutex<Command?>(nil)

    var data: String { folder + "/d" }

    /// Beside the test's own executable.
    static let binaries: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (own as NSString).deletingLastPathComponent
    }()

    init(_ options: ClusterOptions) throws {
        self.options = options
        folder = try Self.newFolder()
    }

    /// Of a short name, so that sockets in it have paths under 108 bytes.
    static func newFolder() throws -> String {
        var template = Array("/tmp/fl-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw POSIXError(.EIO) }
        return String(cString: made)
    }

    // MARK: - Life

    /// Starts the cluster and returns when it says that it is ready. May be called again after `stop` or a crash.
    func up() async throws {
        var arguments = [
            "up", "--data", data, "--listen", "127.0.0.1:0", "--routers", "\(options.routers)", "--ingresses",
            "\(options.ingresses)", "--shards", "\(options.shards)", "--scorers", "\(options.scorers)",
        ]
        if options.manualClock { arguments += ["--clock", "manual"] }
        if options.empty { arguments += ["--empty"] }
        let command = try Command(arguments + options.upArguments, environment: options.environment)
        supervisor.withLock { $0 = command }
        guard await command.line(startingWith: "ready") != nil else {
            throw HTTPFault(description: "fenliu up ended: \(await command.ended()) \(command.errors)")
        }
    }

    /// What `fenliu up` said on standard error, once it was stopped.
    let lastErrors = Mutex("")

    /// The clean stop; gives the exit status of `fenliu up`.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) async -> Int32? {
        guard let command = supervisor.withLock({ $0 }) else { return nil }
        command.signal(signal)
        let status = await command.ended()
        supervisor.withLock { $0 = nil }
        lastErrors.withLock { $0 = command.errors }
        return status
    }

    /// Ends whatever still runs and removes the folder.
    func discard() async {
        let left = (try? file())?.processes.map(\.pid) ?? []
        if supervisor.withLock({ $0 != nil }) { await stop() }
        for pid in left where Self.runs(pid) { Glibc.kill(pid, SIGKILL) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    func showLogs() {
        let logs = data + "/logs"
        for name in ((try? FileManager.default.contentsOfDirectory(atPath: logs)) ?? []).sorted() {
            let text = (try? String(contentsOfFile: "\(logs)/\(name)", encoding: .utf8)) ?? ""
            print("--- \(name)\n\(text.suffix(3_000))")
        }
        if let errors = supervisor.withLock({ $0?.errors }) { print("--- fenliu up\n\(errors.suffix(3_000))") }
    }

    // MARK: - Processes

    /// `cluster.json`. Throws while there is none.
    func file() throws -> ClusterFile { try ClusterFile.read(DataDirectory(existing: data)) }

    func pid(_ name: String) throws -> Int32 {
        guard let process = try file().processes.first(where: { $0.name == name }) else {
            throw HTTPFault(description: "no process \(name)")
        }
        return process.pid
    }

    var supervisorPid: Int32? { supervisor.withLock { $0?.pid } }

    /// Signals a process of the cluster by name.
    func kill(_ name: String, _ signal: Int32 = SIGKILL) throws { Glibc.kill(try pid(name), signal) }

    /// Kills the process and returns when its successor is known to all.
    func killAndAwaitSuccessor(_ name: String) async throws {
        let former = try pid(name)
        let watch = try FileWatch(folder: data, name: "cluster.json")
        Glibc.kill(former, SIGKILL)
        while ((try? pid(name)) ?? former) == former { try await watch.next() }
    }

    /// Whether the process is there and has not ended.
    static func runs(_ pid: Int32) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let paren = text.lastIndex(of: ")")
        else { return false }
        return !text[paren...].hasPrefix(") Z")
    }

    /// Returns when the process has ended, true, or after `limitSeconds`, false.
    static func ended(_ pid: Int32, limitSeconds: Int = 20) async throws -> Bool {
        let watch = try Command(
            ["\(limitSeconds)", "tail", "-s", "0.05", "--pid=\(pid)", "-f", "/dev/null"],
            executable: "/usr/bin/timeout")
        return await watch.ended() == 0
    }

    // MARK: - Speaking to it

    /// One more command: `fenliu scale …`; `--data` is added.
    func fenliu(_ arguments: String...) async throws -> (status: Int32, output: String, errors: String) {
        let command = try Command(arguments + ["--data", data])
        let status = await command.ended()
        return (status, command.output, command.errors)
    }

    /// Returns when there are so many routers and every shard is open where it belongs.
    func scale(to routers: Int) async throws {
        let outcome = try await fenliu("scale", "--routers", "\(routers)")
        if outcome.status != 0 { throw HTTPFault(description: outcome.errors) }
    }

    /// One request with the operator's token, or another.
    func http(
        _ method: String, _ path: String, token: String? = nil, key: String? = nil,
        _ body: [String: any Sendable]? = nil
    ) async throws -> HTTPAnswer {
        let file = try file()
        var headers: [String: String] = [:]
        if let key { headers["Idempotency-Key"] = key }
        let bytes = try body.map { [UInt8](try JSONSerialization.data(withJSONObject: $0)) } ?? []
        return try await TestHTTP.send(
            method, file.url + path, token: token ?? file.operatorToken, headers: headers, body: bytes)
    }

    /// A token as `fenliu token` prints it.
    func token(_ role: String, shop: String? = nil, agent: String? = nil, buyer: String? = nil) async throws -> String {
        var arguments = ["token", "--role", role, "--data", data]
        for (option, value) in [("--shop", shop), ("--agent", agent), ("--buyer", buyer)] {
            if let value { arguments += [option, value] }
        }
        let command = try Command(arguments)
        let status = await command.ended()
        guard status == 0 else { throw HTTPFault(description: command.errors) }
        return command.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
