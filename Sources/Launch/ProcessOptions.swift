// What the executables of a cluster's processes share: the options that the supervisor gives each of them, the log, and
// how they end.

import ArgumentParser
import Foundation
import Logging
import Transport

/// Exit codes of a process of the cluster; 0 after a clean stop.
public enum ProcessExit: Int32 {
    /// A fault that the process cannot outlive.
    case fault = 70
    /// The supervisor is gone.
    case supervisorLost = 75
}

public struct ProcessOptions: ParsableArguments {
    public enum ClockKind: String, ExpressibleByArgument, CaseIterable {
        case system, manual
    }

    @Option(help: "Name of this process in the cluster.")
    public var name: String

    @Option(help: "The data directory.")
    public var data: String

    @Option(help: "The directory of the sockets.")
    public var runDir: String

    @Option(help: "Socket of the supervisor; default supervisor.sock in the directory of the sockets.")
    var supervisor: String?

    @Option(help: "system or manual.")
    var clock = ClockKind.system

    @Option(help: "Least level of log lines.")
    var logLevel = "info"

    public init() {}

    public func validate() throws {
        if Logger.Level(rawValue: logLevel) == nil { throw ValidationError("--log-level \(logLevel): unknown level") }
    }

    public var supervisorSocket: String { supervisor ?? runDir + "/supervisor.sock" }
    public var isManualClock: Bool { clock == .manual }

    /// Runs the process and ends it. `body` returns why the supervisor counts as gone; nil after a clean stop, when
    /// whatever was acknowledged is durable.
    public func run(_ body: (Logger) async throws -> String?) async -> Never {
        ignoreSIGPIPE()
        takeShortTurns()
        var logger = Logger(label: name) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        do {
            if let reason = try await body(logger) { end(.supervisorLost, "the supervisor is gone: \(reason)") }
        } catch {
            end(.fault, "\(error)")
        }
        // Nothing that still waits, such as a standby for its lease, keeps the process.
        Foundation.exit(0)
    }

    private func end(_ code: ProcessExit, _ line: String) -> Never {
        FileHandle.standardError.write(Data("\(name): \(line)\n".utf8))
        Foundation.exit(code.rawValue)
    }
}
