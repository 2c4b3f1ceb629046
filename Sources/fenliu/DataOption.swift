import ArgumentParser
import ClusterKit
import Foundation

/// `--data DIR`, as every command has it.
struct DataOption: ParsableArguments {
    @Option(
        name: .customLong("data"),
        help: ArgumentHelp("The data directory.", valueName: "dir"))
    var path: String = DataDirectory.standard(environment: ProcessInfo.processInfo.environment)

    /// A directory that exists. Throws `.data`.
    var existing: DataDirectory {
        get throws(ClusterFault) {
            do throws(ClusterFault) {
                return try DataDirectory(existing: path)
            } catch {
                throw ClusterFault(error.code, "--data \(error.message)")
            }
        }
    }
}
