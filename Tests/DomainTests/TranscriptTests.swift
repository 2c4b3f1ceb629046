// Runs Transcripts/*.txt and holds each reaction against the recorded one. FENLIU_REWRITE=1 records anew: commit a
// rewritten line only if you can say why it changed.

import Foundation
import Testing

@testable import Domain

@Suite("Transcripts")
struct TranscriptTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Transcripts")

    static let names = [
        "botDay", "explained", "morningPool", "offlineHandler", "queueAndCapacity", "statesAndGroups", "streamLost",
        "transfers",
    ]

    @Test("A recorded day runs as it did", arguments: names)
    func runs(name: String) throws {
        let file = Self.folder.appendingPathComponent("\(name).txt")
        let recorded = try String(contentsOf: file, encoding: .utf8)
        let now = try Transcript.run(recorded)
        if ProcessInfo.processInfo.environment["FENLIU_REWRITE"] == "1" {
            try now.write(to: file, atomically: true, encoding: .utf8)
        }
        let (old, new) = (recorded.split(separator: "\n"), now.split(separator: "\n"))
        #expect(old == new)
    }

    @Test("Every transcript in the folder is run")
    func all() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(files.sorted() == Self.names.map { "\($0).txt" })
    }
}
