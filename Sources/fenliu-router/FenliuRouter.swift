import ArgumentParser
import Launch
import RouterService

/// One router process. The supervisor starts it (`fenliu up`).
@main
struct FenliuRouter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fenliu-router", abstract: "Holds shards and decides; started by `fenliu up`.")

    @OptionGroup var process: ProcessOptions

    func run() async {
        await process.run { logger in
            let plan = RouterPlan(
                name: process.name, data: process.data, runDirectory: process.runDir,
                supervisor: process.supervisorSocket, manualClock: process.isManualClock)
            guard case .lost(let reason) = try await RouterProcess(plan, logger: logger).run() else { return nil }
            return reason
        }
    }
}
