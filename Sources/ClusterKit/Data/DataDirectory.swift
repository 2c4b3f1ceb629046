// The files of one cluster, outside the shards:
//   secret.key       key of all tokens (32 random bytes, base64), mode 0600
//   clock            where the manual clock stands, RFC 3339
//   cluster.json     who runs, while it runs; mode 0600
//   supervisor.lock  held by the supervisor
//   demo.pending     the demonstration shop is still to be made
//   scorer.db        the scores, derived from the journals; scorer.lock is held by the active scorer
//   logs/ run/       the processes' output; sockets

import Domain
import Foundation

public struct DataDirectory: Sendable {
    /// Absolute, without symbolic links.
    public let path: String

    public var secretFile: String { path + "/secret.key" }
    public var clockFile: String { path + "/clock" }
    public var clusterFile: String { path + "/cluster.json" }
    public var lockFile: String { path + "/supervisor.lock" }
    public var demoFile: String { path + "/demo.pending" }
    public var logs: String { path + "/logs" }
    public var shards: String { path + "/shards" }

    /// Opens a data directory that exists. Throws `.data`.
    public init(existing path: String) throws(ClusterFault) {
        guard let resolved = realpath(path, nil) else {
            throw ClusterFault(.data, "\(path): \(DurableFile.words(errno))")
        }
        defer { free(resolved) }
        self.path = String(cString: resolved)
        var about = stat()
        guard stat(self.path, &about) == 0, about.st_mode & S_IFMT == S_IFDIR else {
            throw ClusterFault(.data, "\(path): no directory")
        }
    }

    /// Makes the directory (0700) if it is not there. Throws `.data`.
    public init(making path: String) throws(ClusterFault) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ClusterFault(.data, "\(path): cannot be made (\(DurableFile.words(errno)))")
        }
        try self.init(existing: path)
        guard access(self.path, R_OK | W_OK | X_OK) == 0 else {
            throw ClusterFault(.data, "\(path): not writable for this user")
        }
        guard mkdir(logs, 0o700) == 0 || errno == EEXIST else { throw DurableFile.fault(logs) }
    }

    /// `$XDG_STATE_HOME/fenliu`, else `~/.local/state/fenliu`.
    public static func standard(environment: [String: String]) -> String {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/fenliu" }
        return (environment["HOME"] ?? "/var/lib") + "/.local/state/fenliu"
    }

    /// No shard was ever made here.
    public var isFresh: Bool { access(shards, F_OK) != 0 }

    // MARK: - Secret

    /// The key of tokens; made on the first call. Throws `.data`, also for a file that others may read.
    public func secret() throws(ClusterFault) -> [UInt8] {
        if let found = try DurableFile.read(secretFile) {
            var about = stat()
            guard stat(secretFile, &about) == 0, about.st_mode & 0o077 == 0 else {
                throw ClusterFault(.data, "\(secretFile): must be for its owner only (chmod 600)")
            }
            let text = String(decoding: found, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard let key = Data(base64Encoded: text), key.count >= 32 else {
                throw ClusterFault(.data, "\(secretFile): must hold at least 32 bytes in base64")
            }
            return [UInt8](key)
        }
        var generator = SystemRandomNumberGenerator()
        let key = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        try DurableFile.replace(secretFile, with: Array((Data(key).base64EncodedString() + "\n").utf8))
        return key
    }

    // MARK: - Manual clock

    /// Where a manual clock starts that was never moved.
    public static let clockStart = Timestamp(millis: 946_684_800_000)

    public func manualClock() throws(ClusterFault) -> Timestamp {
        guard let bytes = try DurableFile.read(clockFile) else { return Self.clockStart }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let time = RFC3339.parse(text) else { throw ClusterFault(.data, "\(clockFile): no RFC 3339 time") }
        return time
    }

    /// What a cluster's clock shows: the manual one if there is one, else the system's.
    public func presentTime() throws(ClusterFault) -> Timestamp {
        if access(clockFile, F_OK) == 0 { return try manualClock() }
        return Timestamp(millis: Int64(Date.now.timeIntervalSince1970 * 1_000))
    }

    /// Durable when it returns.
    public func keep(clock: Timestamp) throws(ClusterFault) {
        try DurableFile.replace(clockFile, with: Array((RFC3339.text(clock) + "\n").utf8))
    }

    // MARK: - Demonstration shop

    /// Notes that the demonstration shop is to be made. Idempotent.
    public func wantDemo() throws(ClusterFault) { try DurableFile.replace(demoFile, with: []) }
    public var wantsDemo: Bool { access(demoFile, F_OK) == 0 }
    public func demoMade() { unlink(demoFile) }
}
