import ArgumentParser
import Foundation
import Logging
import ScorerService
import Transport

/// One scorer process. The supervisor starts it (`fenliu up`).
@main
struct FenliuScorer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fenliu-scorer", abstract: "Scores the service of every shop; started by `fenliu up`.")

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

    @Option(help: ArgumentHelp("Days after which person-times go; cards stay. 8…3660.", valueName: "days"))
    var keepDays = ScoreBookSettings().keepDays

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
        if !(8...3_660).contains(keepDays) { throw ValidationError("--keep-days must be 8 to 3660") }
        if Logger.Level(rawValue: logLevel) == nil { throw ValidationError("--log-level \(logLevel): unknown level") }
    }

    func run() async {
        ignoreSIGPIPE()
        var logger = Logger(label: name) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        var plan = ScorerPlan(
            name: name, data: data, runDirectory: runDir, supervisor: supervisor ?? runDir + "/supervisor.sock",
            manualClock: clock == .manual)
        plan.book.keepDays = keepDays
        do {
            if case .lost(let reason) = try await ScorerProcess(plan, logger: logger).run() {
                Self.end(Exit.supervisorLost.rawValue, "\(name): the supervisor is gone: \(reason)")
            }
            // Whatever was scored is durable; a standby's wait for the lease has no other end.
            Foundation.exit(0)
        } catch {
            Self.end(Exit.fault.rawValue, "\(name): \(error)")
        }
    }

    private static func end(_ code: Int32, _ line: String) -> Never {
        FileHandle.standardError.write(Data((line + "\n").utf8))
        Foundation.exit(code)
    }
}
