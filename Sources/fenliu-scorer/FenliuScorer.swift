import ArgumentParser
import Launch
import ScorerService

/// One scorer process. The supervisor starts it (`fenliu up`).
@main
struct FenliuScorer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fenliu-scorer", abstract: "Scores the service of every shop; started by `fenliu up`.")

    @OptionGroup var process: ProcessOptions

    func run() async {
        await process.run { logger in
            let plan = ScorerPlan(
                name: process.name, data: process.data, runDirectory: process.runDir,
                supervisor: process.supervisorSocket, manualClock: process.isManualClock)
            guard case .lost(let reason) = try await ScorerProcess(plan, logger: logger).run() else { return nil }
            return reason
        }
    }
}
