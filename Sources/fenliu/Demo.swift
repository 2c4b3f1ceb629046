import ArgumentParser
import ClusterKit

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes the demonstration shop in a running cluster, or sets it right again.")

    @OptionGroup var data: DataOption

    func run() async throws {
        let link = try ClusterLink(RunDirectory(of: try data.existing))
        let outcome = await Result { try await link.makeDemoShop() }
        await link.close()
        try outcome.get()
        print("shop \(DemoShop.shop): agents online, try a message of \(DemoShop.buyer)")
    }
}
