import Foundation
import Testing

/// Bugs are planted in debug builds alone (Sources/Wire/PlantedBug.swift).
@Suite struct PlantedBugTests {
    let tree = SourceTree()

    @Test func switchIsDefinedForDebugBuildsOnly() throws {
        let manifest = try String(contentsOfFile: tree.root + "/Package.swift", encoding: .utf8)
        #expect(manifest.ranges(of: "PLANTED_BUGS").count == 1)
        #expect(manifest.contains(".define(\"PLANTED_BUGS\", .when(configuration: .debug))"))
    }

    @Test func whateverSpeaksOfPlantedBugsIsLeftOutOfReleases() throws {
        var seen = 0
        for file in try tree.files("Sources") {
            var conditions: [String] = []
            for (line, text) in file.code {
                let bare = text.trimmingCharacters(in: .whitespaces)
                if bare.hasPrefix("#if ") { conditions.append(bare) }
                if bare.hasPrefix("#else") || bare.hasPrefix("#elseif") {
                    #expect(conditions.last != "#if PLANTED_BUGS", "\(file.path):\(line): a release has other code")
                }
                if bare.hasPrefix("#endif") { conditions.removeLast() }
                for word in ["PlantedBug", "planted", "loadKeptApart"] where bare.contains(word) {
                    seen += 1
                    #expect(conditions.contains("#if PLANTED_BUGS"), "\(file.path):\(line): \(bare)")
                }
            }
        }
        #expect(seen > 8)
    }
}
