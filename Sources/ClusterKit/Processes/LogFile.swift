// The output of one process. It writes by itself (appending), so that a crash's last words are kept even when nobody
// supervises; the supervisor only sees to it that the file stays small: it is copied aside and cut to nothing.

import Foundation

struct LogFile: Sendable {
    /// A log larger than this is put aside. Bytes.
    static let limit = 10 << 20
    /// Logs put aside that are kept.
    static let kept = 2

    let path: String

    init(folder: String, name: String) { path = "\(folder)/\(name).log" }

    /// Puts the log aside if it is over `limit`. What is written during the copy may be lost.
    func rotate(limit: Int = LogFile.limit) {
        var about = stat()
        guard stat(path, &about) == 0, Int(about.st_size) > limit else { return }
        for number in stride(from: Self.kept, to: 1, by: -1) { rename("\(path).\(number - 1)", "\(path).\(number)") }
        unlink("\(path).1")
        try? FileManager.default.copyItem(atPath: path, toPath: "\(path).1")
        truncate(path, 0)
    }

    /// The last line that says why the process ended: its last fatal error, else its last line. At most 400 characters;
    /// nil if there is none.
    func lastLine() -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        let end = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: end - min(end, 65_536))
        let tail = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
        let lines = tail.split(separator: "\n").filter { !$0.allSatisfy(\.isWhitespace) }
        let line = lines.last { $0.contains("Fatal error: ") } ?? lines.last
        return line.map { String($0.suffix(400)) }
    }
}
