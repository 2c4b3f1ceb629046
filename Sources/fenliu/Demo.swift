import ArgumentParser
import ClusterKit

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes the demonstration shop in a running cluster, or sets it right again.")

    @OptionGroup var data: DataOption

    func run() async throws {
        let run = RunDirectory(of: try data.existing)
        try await ClusterLink.with(run) { link throws(ClusterFault) in try await link.makeDemoShop() }
        print("shop \(DemoShop.shop): agents online, try a message of \(DemoShop.buyer)")
    }
}
