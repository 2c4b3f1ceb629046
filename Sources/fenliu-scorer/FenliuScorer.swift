import ArgumentParser
import Launch
import ScorerService

/// One scorer process. The supervisor starts it (`fenliu up`).
@main
struct FenliuScorer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fenliu-scorer", abstract: "Scores the service of every shop; started by `fenliu up`.")

    @OptionGroup var process: ProcessOptions

    @Option(help: ArgumentHelp("Days after which person-times go; cards stay. 8…3660.", valueName: "days"))
    var keepDays = ScoreBookSettings().keepDays

    func validate() throws {
        if !(8...3_660).contains(keepDays) { throw ValidationError("--keep-days must be 8 to 3660") }
    }

    func run() async {
        await process.run { logger in
            var plan = ScorerPlan(
                name: process.name, data: process.data, runDirectory: process.runDir,
                supervisor: process.supervisorSocket, manualClock: process.isManualClock)
            plan.book.keepDays = keepDays
            guard case .lost(let reason) = try await ScorerProcess(plan, logger: logger).run() else { return nil }
            return reason
        }
    }
}
