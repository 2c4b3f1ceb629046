import ArgumentParser
import Foundation
import IngressService
import Logging
import Transport

/// One ingress process. The supervisor starts it (`fenliu up`).
@main
struct FenliuIngress: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fenliu-ingress", abstract: "Serves Fenliu's HTTP interface; started by `fenliu up`.",
        version: Release.version)

    @Option(help: "Name of this process in the cluster.")
    var name: String

    @Option(help: "The data directory.")
    var data: String

    @Option(help: "The directory of the sockets.")
    var runDir: String

    @Option(help: "Where to listen, HOST:PORT; port 0 picks a free one.")
    var listen = "127.0.0.1:8080"

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
        if Self.split(listen) == nil {
            throw ValidationError("--listen \(listen): must be HOST:PORT with a port of 0 to 65535")
        }
        if Logger.Level(rawValue: logLevel) == nil { throw ValidationError("--log-level \(logLevel): unknown level") }
    }

    private static func split(_ listen: String) -> (host: String, port: Int)? {
        guard let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        let host = listen[..<colon].trimmingCharacters(in: ["[", "]"])
        return host.isEmpty ? nil : (host, port)
    }

    func run() async {
        ignoreSIGPIPE()
        var logger = Logger(label: name) { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        guard let (host, port) = Self.split(listen) else { return }
        let plan = IngressPlan(
            name: name, data: data, host: host, port: port, supervisor: supervisor ?? runDir + "/supervisor.sock",
            manualClock: clock == .manual)
        do {
            if case .supervisorLost(let reason) = try await Ingress(plan, logger: logger).run() {
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
