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

        /// Lines of code with comments and the content of string literals left out.
        var code: [(number: Int, text: String)] {
            lines.enumerated().map { number, line in
                let bare = line.prefix { $0 != "\u{0}" }.replacing(/"(\\.|[^"\\])*"/, with: "\"\"")
                let end = bare.firstRange(of: "//")?.lowerBound ?? bare.endIndex
                return (number + 1, String(bare[..<end]))
            }
        }
    }

    let root: String

    init(_ here: String = #filePath) {
        root = URL(fileURLWithPath: here).resolvingSymlinksInPath()
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
