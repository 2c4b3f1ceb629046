import ArgumentParser
import Foundation
import Logging
import RouterService
import Transport

/// One router process. The supervisor starts it (`fenliu up`).
@main
struct FenliuRouter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fenliu-router", abstract: "Holds shards and decides; started by `fenliu up`.")

    @Option(help: "Name of this process in the cluster.")
    var name: String

    @Option(help: "The data directory.")
    var data: String

    @Option(help: "The directory of the sockets.")
    var runDir: String

    @Option(help: "Socket of the supervisor; default supervisor.sock in the directory of the sockets.")
    var supervisor: String?

    @Option(help: "system or manual.")
    var clock = ClockKind.system

    @Option(help: "Least level of log lines.")
    var logLevel = "info"

    enum ClockKind: String, ExpressibleByArgument, CaseIterable {
        case system, manual
    }

    enum Exit: Int32 {
        /// A fault that the process cannot outlive.
        case fault = 70
        /// The supervisor is gone.
        case supervisorLost = 75
    }

    func validate() throws {
        if Logger.Level(rawValue: logLevel) == nil { throw ValidationError("--log-level \(logLevel): unknown level") }
    }

    func run() async {
        ignoreSIGPIPE()
        var logger = Logger(label: name) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        let plan = RouterPlan(
            name: name, data: data, runDirectory: runDir, supervisor: supervisor ?? runDir + "/supervisor.sock",
            manualClock: clock == .manual)
        do {
            if case .lost(let reason) = try await RouterProcess(plan, logger: logger).run() {
                Self.end(.supervisorLost, "\(name): the supervisor is gone: \(reason)")
            }
        } catch {
            Self.end(.fault, "\(name): \(error)")
        }
    }

    private static func end(_ exit: Exit, _ line: String) -> Never {
        FileHandle.standardError.write(Data((line + "\n").utf8))
        Foundation.exit(exit.rawValue)
    }
}
