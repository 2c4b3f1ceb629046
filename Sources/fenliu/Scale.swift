import ArgumentParser
import ClusterKit

struct Scale: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Changes the number of routers of a running cluster; returns when every shard has its holder.")

    @OptionGroup var data: DataOption

    @Option(help: ArgumentHelp("How many routers there should be.", valueName: "n"))
    var routers: Int

    func validate() throws {
        guard routers >= 1 else { throw ValidationError("--routers must be at least 1") }
    }

    func run() async throws {
        let run = RunDirectory(of: try data.existing)
        try await ClusterLink.with(run) { link throws(ClusterFault) in try await link.scale(routers: routers) }
        print("routers: \(routers)")
    }
}
