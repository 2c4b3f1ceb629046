import Foundation

/// The project's own files, found from where this one lies.
struct SourceTree {
    struct File {
        /// Below the root, such as `Sources/Domain/Desk/Roster.swift`.
        var path: String
        var lines: [Substring]

        var name: String { String(path.split(separator: "/").last ?? "") }
        /// The folder below `Sources` or `Tests`.
        var module: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

        /// Lines of code without comments and without the content of string literals.
        var code: [(number: Int, text: String)] {
            lines.enumerated().map { ($0 + 1, Self.bare($1)) }
        }

        private static func bare(_ line: Substring) -> String {
            var bytes: [UInt8] = []
            var quoted = false
            var escaped = false
            for byte in line.utf8 {
                if escaped {
                    escaped = false
                } else if quoted {
                    if byte == UInt8(ascii: "\\") { escaped = true }
                    if byte == UInt8(ascii: "\"") { quoted = false }
                } else {
                    if byte == UInt8(ascii: "/"), bytes.last == byte {
                        bytes.removeLast()
                        break
                    }
                    quoted = byte == UInt8(ascii: "\"")
                    bytes.append(byte)
                }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    let root: String

    init(_ here: String = #filePath) {
        root =
            URL(fileURLWithPath: here).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    }

    var topLevel: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: root) }
    }

    /// All Swift files below a folder.
    func files(_ folder: String) throws -> [File] {
        let paths = FileManager.default.enumerator(atPath: "\(root)/\(folder)")?.compactMap { $0 as? String } ?? []
        return try paths.filter { $0.hasSuffix(".swift") }.sorted().map { path in
            let text = try String(contentsOfFile: "\(root)/\(folder)/\(path)", encoding: .utf8)
            return File(path: "\(folder)/\(path)", lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        }
    }
}
