// Processes of a supervisor that was itself killed end by themselves when its connection is gone. One that is stopped
// or stuck cannot, and would keep its shards for ever: the next supervisor ends it. `run/children` holds a line
// `pid start-time` for each; the start time tells a process from another that got its number later.

import Foundation

struct Leftovers: Sendable {
    let file: String

    init(_ run: RunDirectory) { file = run.path + "/children" }

    func note(_ pids: [Int32]) {
        let lines = pids.compactMap { pid in Self.startTime(pid).map { "\(pid) \($0)\n" } }
        try? DurableFile.replace(file, with: Array(lines.joined().utf8))
    }

    /// Kills those that still run, and gives their pids.
    func end() -> [Int32] {
        guard let bytes = try? DurableFile.read(file) else { return [] }
        var ended: [Int32] = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let pid = Int32(words[0]), pid > 1 else { continue }
            if Self.startTime(pid) == words[1], kill(pid, SIGKILL) == 0 { ended.append(pid) }
        }
        unlink(file)
        return ended
    }

    /// Field 22 of `/proc/PID/stat`: ticks since the machine started. Nil if there is no such process.
    static func startTime(_ pid: Int32) -> Substring? {
        guard let bytes = try? DurableFile.read("/proc/\(pid)/stat") else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let paren = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: paren)...].split(separator: " ")
        return fields.count > 19 ? fields[19] : nil
    }
}
