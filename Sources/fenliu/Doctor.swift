import ArgumentParser
import ClusterKit
import Foundation
import IngressService
import JournalSQLite

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Looks at this machine and the data directory, and says what stands in the way.")

    @OptionGroup var data: DataOption

    enum Finding {
        case good
        /// Works, with a risk that the line names.
        case careful
        case bad

        var mark: String {
            switch self {
            case .good: "ok     "
            case .careful: "careful"
            case .bad: "bad    "
            }
        }
    }

    func run() async throws {
        var findings: [(Finding, String)] = [(.good, "fenliu \(Release.version)")]
        findings.append(sqlite)
        findings += limits
        findings += executables
        findings.append(allocator)
        findings += directory
        for (finding, line) in findings { print(finding.mark, line) }
        if findings.contains(where: { $0.0 == .bad }) { throw ExitCode(ExitStatus.findings.rawValue) }
    }

    private var sqlite: (Finding, String) {
        let version = SQLiteEngine.libraryVersion
        let numbers = version.split(separator: ".").compactMap { Int($0) }
        guard numbers.count == 3 else { return (.careful, "SQLite \(version): unknown version") }
        if (numbers[0], numbers[1], numbers[2]) >= (3, 51, 3) { return (.good, "SQLite \(version)") }
        return (
            .careful,
            "SQLite \(version): before 3.51.3 two connections that write or checkpoint one file at once may corrupt its "
                + "log. Fenliu has exactly one; do not open shards/*.db with another program while they are held"
        )
    }

    private var limits: [(Finding, String)] {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let most = limit.rlim_max
        return [
            (
                most >= 4_096 ? .good : .careful,
                "open files: at most \(most)" + (most >= 4_096 ? "" : "; 4096 or more are advised (ulimit -n)")
            )
        ]
    }

    private var executables: [(Finding, String)] {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let folder = (own as NSString).deletingLastPathComponent
        return ["fenliu-router", "fenliu-ingress", "fenliu-scorer"].map { name in
            access("\(folder)/\(name)", X_OK) == 0
                ? (.good, "\(folder)/\(name)") : (.bad, "\(folder)/\(name): missing; it must lie beside fenliu")
        }
    }

    private var allocator: (Finding, String) {
        guard let found = ProcessMemory.allocator else {
            return (.careful, "libjemalloc2 is missing: routers with many shops serve half of what they could")
        }
        return (.good, found)
    }

    private var directory: [(Finding, String)] {
        guard access(data.path, F_OK) == 0 else { return [(.good, "\(data.path): not made yet")] }
        let directory: DataDirectory
        do throws(ClusterFault) {
            directory = try DataDirectory(existing: data.path)
        } catch {
            return [(.bad, error.message)]
        }
        var findings: [(Finding, String)] = []
        var about = stat()
        stat(directory.path, &about)
        let mode = String(about.st_mode & 0o777, radix: 8)
        if access(directory.path, R_OK | W_OK | X_OK) != 0 {
            findings.append((.bad, "\(directory.path): not writable for this user"))
        } else if about.st_mode & 0o077 != 0 {
            findings.append((.careful, "\(directory.path): mode \(mode), others may look in (chmod 700)"))
        } else {
            findings.append((.good, "\(directory.path): mode \(mode)"))
        }
        findings.append(space(directory))
        if directory.isFresh {
            findings.append((.good, "no shards yet"))
        } else {
            do {
                _ = try directory.secret()
                findings.append((.good, "secret.key"))
            } catch {
                findings.append((.bad, "\(error)"))
            }
        }
        findings.append((.good, "sockets in \(RunDirectory(of: directory).path)"))
        let running = access(directory.clusterFile, F_OK) == 0
        findings.append((.good, running ? "a cluster runs (cluster.json is there)" : "no cluster runs"))
        return findings
    }

    private func space(_ directory: DataDirectory) -> (Finding, String) {
        var about = statvfs()
        guard statvfs(directory.path, &about) == 0 else { return (.careful, "free space: unknown") }
        let mebibytes = (UInt64(about.f_bavail) * UInt64(about.f_frsize)) >> 20
        return (mebibytes >= 1_024 ? .good : .careful, "free space: \(mebibytes) MiB")
    }
}
