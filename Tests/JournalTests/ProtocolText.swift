import Foundation

/// Protocols/Journal.md, as the tests read it.
enum ProtocolText {
    static func lines() throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("Protocols/Journal.md"), encoding: .utf8)
        return text.components(separatedBy: "\n")
    }

    /// The bytes of the example: what stands before the first two spaces of each line of its block.
    static func example() throws -> [UInt8] {
        let block = try lines().drop { !$0.hasPrefix("29 ") }.prefix { $0 != "```" }
        return block.flatMap { line in
            let words = line.trimmingCharacters(in: .whitespaces).components(separatedBy: "  ")[0]
            return words.split(separator: " ").compactMap { UInt8($0, radix: 16) }
        }
    }
}
