import ArgumentParser
import ClusterKit
import Domain
import Wire

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows the processes of a running cluster.")

    @OptionGroup var data: DataOption

    func run() async throws {
        let run = RunDirectory(of: try data.existing)
        let status = try await ClusterLink.with(run) { link throws(ClusterFault) in try await link.status() }
        print("membership \(status.epoch), \(status.shards) shards", terminator: "")
        print(status.manualClock.map { ", manual clock at \($0)" } ?? "")
        let rows = status.processes.map { row($0) }
        let head = ["process", "pid", "state", "restarts", "shards", "sessions", "to replay", "address"]
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        for line in [head] + rows {
            let cells = line.indices.map { column in
                column == line.count - 1
                    ? line[column] : line[column] + String(repeating: " ", count: widths[column] - line[column].count)
            }
            print(cells.joined(separator: "  "))
        }
        for process in status.processes {
            for shard in process.router?.shards ?? [] where shard.state == .failed {
                print("shard \(shard.shard) cannot be opened by \(process.name): \(shard.fault ?? "unknown reason")")
            }
        }
    }

    private func row(_ process: ProcessStatus) -> [String] {
        let open = process.router?.shards.filter { $0.state == .open }
        return [
            process.name, process.pid == 0 ? "–" : "\(process.pid)", process.ready ? "ready" : "not ready",
            "\(process.restarts)", open.map { "\($0.count)" } ?? "–",
            open.map { "\($0.reduce(0) { $0 + $1.openSessions })" } ?? "–",
            open.map { "\($0.map(\.toReplay).max() ?? 0)" } ?? "–", process.url ?? process.socket ?? "–",
        ]
    }
}
