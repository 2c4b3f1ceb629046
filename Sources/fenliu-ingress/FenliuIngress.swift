import ArgumentParser
import Foundation
import IngressService
import Launch

/// One ingress process. The supervisor starts it (`fenliu up`).
@main
struct FenliuIngress: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fenliu-ingress", abstract: "Serves Fenliu's HTTP interface; started by `fenliu up`.",
        version: Release.version)

    @OptionGroup var process: ProcessOptions

    @Option(help: "Where to listen, HOST:PORT; port 0 picks a free one.")
    var listen = "127.0.0.1:8080"

    @Option(help: "A stream whose reader is so many bytes behind is not read further from the journal.")
    var streamBacklogBytes = IngressSettings().streamBacklogBytes

    @Option(help: "A stream whose reader is so many seconds behind is cut off.")
    var streamBacklogSeconds = IngressSettings().streamBacklogSeconds

    func validate() throws {
        if Self.split(listen) == nil {
            throw ValidationError("--listen \(listen): must be HOST:PORT with a port of 0 to 65535")
        }
    }

    private static func split(_ listen: String) -> (host: String, port: Int)? {
        guard let colon = listen.lastIndex(of: ":"), let port = Int(listen[listen.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        let host = listen[..<colon].trimmingCharacters(in: ["[", "]"])
        return host.isEmpty ? nil : (host, port)
    }

    func run() async {
        guard let (host, port) = Self.split(listen) else { return }
        await process.run { logger in
            var plan = IngressPlan(
                name: process.name, data: process.data, host: host, port: port, supervisor: process.supervisorSocket,
                manualClock: process.isManualClock)
            plan.settings.streamBacklogBytes = streamBacklogBytes
            plan.settings.streamBacklogSeconds = streamBacklogSeconds
            guard case .supervisorLost(let reason) = try await Ingress(plan, logger: logger).run() else { return nil }
            return reason
        }
    }
}
