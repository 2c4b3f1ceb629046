// A cluster of the bench's own: `fenliu up` beside this executable, on a data directory that is removed afterwards.

import ClusterKit
import Domain
import Foundation
import Wire

struct BenchCluster {
    let supervisor: BenchProcess
    let file: ClusterFile
    private let folder: BenchFolder

    /// Ready when it returns.
    init(routers: Int, shards: Int = ShardMap.defaultShards, in parent: String) throws(ClusterFault) {
        folder = try BenchFolder(in: parent)
        let data = folder.path + "/d"
        supervisor = try BenchProcess(
            try Self.own("fenliu"),
            [
                "up", "--data", data, "--listen", "127.0.0.1:0", "--routers", "\(routers)", "--shards", "\(shards)",
                "--empty",
            ],
            log: folder.path + "/up.log")
        do throws(ClusterFault) {
            _ = try supervisor.line(startingWith: "ready")
            file = try ClusterFile.read(try DataDirectory(existing: data))
        } catch {
            supervisor.stop()
            folder.remove()
            throw error
        }
    }

    var data: String { folder.path + "/d" }

    /// Comes back when there are so many routers and each shard has its holder.
    func scale(to routers: Int) throws(ClusterFault) {
        let command = try BenchProcess(
            try Self.own("fenliu"), ["scale", "--data", data, "--routers", "\(routers)"],
            log: folder.path + "/scale.log")
        defer { command.stop() }
        _ = try command.line(startingWith: "routers:")
    }

    /// As the cluster is now.
    func presentFile() throws(ClusterFault) -> ClusterFile { try ClusterFile.read(try DataDirectory(existing: data)) }

    func stop() {
        supervisor.stop()
        folder.remove()
    }

    /// An executable beside this one.
    static func own(_ name: String) throws(ClusterFault) -> String {
        guard let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            throw ClusterFault(.start, "/proc/self/exe: cannot be read")
        }
        return (own as NSString).deletingLastPathComponent + "/" + name
    }

    /// Sockets of the routers, by name.
    var routers: [(name: String, socket: String)] {
        file.processes.compactMap { process in
            guard process.role == Role.router.name, let socket = process.socket else { return nil }
            return (process.name, socket)
        }
    }

    /// Processor time of all that serves, in seconds.
    var used: Double {
        file.processes.reduce(0) { $0 + Usage.seconds(of: $1.pid) }
    }

    /// Host and port of the HTTP interface.
    var httpPort: Int { file.url.split(separator: ":").last.flatMap { Int($0) } ?? 0 }
}
