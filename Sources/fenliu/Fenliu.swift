import ArgumentParser
import ClusterKit
import Foundation
import IngressService

@main struct Fenliu: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fenliu",
        abstract: "Gives every buyer of a shop to the right agent, and can say why.",
        version: Release.version,
        subcommands: Subcommands.all)

    /// Nothing is thrown out of here: each error is one line and an exit code.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let fault as ClusterFault {
            complain(fault.message)
            Foundation.exit(ExitStatus(fault.code).rawValue)
        } catch {
            exit(withError: error)
        }
    }
}
