import Foundation
import Testing

/// What keeps the tree readable.
@Suite struct ShapeTests {
    let tree = SourceTree()

    @Test func topLevelHoldsNothingElse() throws {
        // Package.resolved is written by every build and not kept.
        let allowed: Set = [
            "Package.swift", "Package.resolved", "Sources", "Tests", "Deploy", "Protocols", "README.md",
        ]
        let strange = try tree.topLevel.filter { !$0.hasPrefix(".") && !allowed.contains($0) }
        #expect(strange == [])
    }

    @Test func fileNamesSayWhatIsInThem() throws {
        for file in try tree.files("Sources") + tree.files("Tests") {
            for word in ["Manager", "Helper", "Util", "Common"] {
                #expect(!file.name.contains(word), "\(file.path)")
            }
        }
    }

    @Test func noTypeHasTheNameOfItsModule() throws {
        for file in try tree.files("Sources") {
            for (line, text) in file.code where text.contains(file.module) {
                guard let found = text.firstMatch(of: /\b(?:struct|class|enum|actor|protocol)\s+(\w+)/) else {
                    continue
                }
                #expect(found.1 != file.module, "\(file.path):\(line)")
            }
        }
    }

    @Test func filesAreOfAReadableLength() throws {
        // OpenAPIDocument.swift is Protocols/openapi.yaml once more, as text.
        for file in try tree.files("Sources") + tree.files("Tests") where file.name != "OpenAPIDocument.swift" {
            #expect(file.lines.count <= 900, "\(file.path): \(file.lines.count) lines")
        }
    }

    @Test func coreReadsNoClockAndDrawsNoLots() throws {
        for file in try tree.files("Sources/Domain") + tree.files("Sources/Wire") + tree.files("Sources/Runtime") {
            for (line, text) in file.code where !file.name.contains("Clock") {
                for word in ["Date()", "ContinuousClock", "SuspendingClock", ".random(", "UUID()"] {
                    #expect(!(file.module == "Domain" && text.contains(word)), "\(file.path):\(line): \(word)")
                }
                #expect(!text.contains("Date()"), "\(file.path):\(line)")
            }
        }
    }

    @Test func nothingIsLeftUndoneOrForced() throws {
        for file in try tree.files("Sources") {
            for (line, text) in file.lines.enumerated() {
                for word in ["TODO", "FIXME", "XXX", "try!", "fatalError(\"not implemented"] {
                    #expect(!text.contains(word), "\(file.path):\(line + 1): \(word)")
                }
            }
        }
    }

    @Test func testsNeverSleep() throws {
        for file in try tree.files("Tests") {
            for (line, text) in file.code where text.contains("sleep") {
                #expect(text.firstMatch(of: /\b(Task\.sleep|usleep|sleep)\s*\(/) == nil, "\(file.path):\(line)")
            }
        }
    }

    @Test func scriptsAreThereAndMayBeRun() {
        for script in ["Deploy/up", "Deploy/check", "Deploy/demo", ".ci/run"] {
            #expect(FileManager.default.isExecutableFile(atPath: "\(tree.root)/\(script)"), "\(script)")
        }
    }
}
