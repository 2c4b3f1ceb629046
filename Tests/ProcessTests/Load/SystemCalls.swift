// `strace` on a running process: what it wrote, when it was on the disk, and what it sent; or a disk that fails.

import Foundation

final class SystemCalls: Sendable {
    static let tool = ["/usr/bin/strace", "/bin/strace", "/usr/local/bin/strace"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private let command: Command
    private let file: String

    /// Attaches to a process and returns when it is watched.
    init(of pid: Int32, in folder: String, _ options: [String]) async throws {
        guard let tool = Self.tool else { throw HTTPFault(description: "no strace") }
        file = "\(folder)/calls-\(pid)"
        command = try Command(["-f", "-o", file, "-p", "\(pid)"] + options, executable: tool)
        guard await command.errorLine(holding: " attached") != nil
        else { throw HTTPFault(description: "strace: \(command.errors)") }
    }

    /// Lets the process go.
    func detach() async {
        command.signal(SIGINT)
        _ = await command.ended()
    }

    /// One line for each call that ended, or began and ended later, in order.
    func lines() throws -> [String] {
        try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }
}

/// The proof that an acknowledgement followed the disk: of each message the write that held it, a sync of that file which
/// began after the write had ended, and the reply that was sent after the sync had ended.
struct DurabilityProof {
    private(set) var violations: [String] = []
    private(set) var proven = 0

    /// `lines`: of strace with `-f -yy` and strings long enough for a page; `socket`: where replies leave.
    init(_ lines: [String], ids: [String], socket: String) {
        for id in ids {
            guard let reply = lines.firstIndex(where: { $0.contains(socket) && $0.contains(id) }) else {
                violations.append("\(id): no reply was sent")
                continue
            }
            guard let write = lines.firstIndex(where: { $0.contains(" pwrite64(") && $0.contains(id) }) else {
                violations.append("\(id): the reply left before its write was synced, or so much as begun")
                continue
            }
            guard let file = Self.file(lines[write]), let written = Self.end(of: write, in: lines) else {
                violations.append("\(id): its write did not end")
                continue
            }
            let synced = lines.indices.contains { index in
                guard index > written, index < reply, lines[index].contains(" fdatasync("),
                    Self.file(lines[index]) == file,
                    let end = Self.end(of: index, in: lines)
                else { return false }
                return end < reply && (lines[end].hasSuffix("= 0") || lines[end].hasSuffix("= 0 (DELAYED)"))
            }
            if synced { proven += 1 } else { violations.append("\(id): the reply left before its write was synced") }
        }
    }

    /// Watches router-1 while so many messages are acknowledged. `slowSync`: each sync takes so much longer.
    static func seek(
        _ cluster: Cluster, under load: Load, messages: Int, slowSyncMillis: Int = 0
    ) async throws -> (proof: DurabilityProof, log: ClientLog) {
        guard let socket = try cluster.file().processes.first(where: { $0.name == "router-1" })?.socket else {
            throw HTTPFault(description: "no router-1")
        }
        var options = ["-yy", "-s", "8192", "-e", "trace=pwrite64,fdatasync,fsync,write,writev,sendmsg,sendto"]
        if slowSyncMillis > 0 { options += ["-e", "inject=fdatasync:delay_enter=\(slowSyncMillis * 1_000)"] }
        let calls = try await SystemCalls(of: cluster.pid("router-1"), in: cluster.folder, options)
        let ids = (1...messages).map { "proof-\(1_000 + $0)-" }
        let log = try await load.during {
            for id in ids {
                let answer = try await cluster.http(
                    "POST", "/v1/shops/north/buyers/prover/messages",
                    ["id": id, "kind": "text", "text": "is it on the disk?"])
                guard answer.status == 201 else { throw HTTPFault(description: answer.text) }
            }
        }
        await calls.detach()
        return (DurabilityProof(try calls.lines(), ids: ids, socket: "\"\(socket)\""), log)
    }

    /// What stands between `<` and `>` after the first descriptor.
    private static func file(_ line: String) -> Substring? {
        guard let open = line.firstIndex(of: "<"), let close = line[open...].firstIndex(of: ">") else { return nil }
        return line[line.index(after: open)..<close]
    }

    /// The line on which the call that begins at `index` ends.
    private static func end(of index: Int, in lines: [String]) -> Int? {
        guard lines[index].hasSuffix("<unfinished ...>") else { return index }
        let thread = lines[index].prefix { $0 != " " }
        return lines.indices.first { $0 > index && lines[$0].hasPrefix(thread + " ") && lines[$0].contains("resumed>") }
    }
}
