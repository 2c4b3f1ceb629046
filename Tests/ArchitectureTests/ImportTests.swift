import Testing

/// Imports go one way (Package.swift).
@Suite struct ImportTests {
    /// A module may import those of a lower level only.
    static let levels: [String: Int] = [
        "OpenAPIText": 0, "CCalls": 0, "Domain": 0, "Wire": 1, "Journal": 2, "JournalSQLite": 3, "Transport": 3,
        "Runtime": 3,
        "RouterService": 4,
        "IngressService": 5, "ScorerService": 5, "ClusterKit": 6, "Launch": 6, "fenliu": 7, "fenliu-router": 7,
        "fenliu-ingress": 7,
        "fenliu-scorer": 7,
    ]

    /// Where a library from outside may be used; what is not listed may be used anywhere above `Domain`.
    static let homes: [String: Set<String>] = [
        "GRDB": ["JournalSQLite", "ScorerService"], "GRDBSQLite": ["JournalSQLite"],
        "Hummingbird": ["IngressService"], "JWTKit": ["IngressService"],
        "ArgumentParser": ["fenliu", "Launch", "fenliu-router", "fenliu-ingress", "fenliu-scorer"],
        "NIOPosix": [
            "Transport", "Runtime", "RouterService", "IngressService", "ScorerService", "ClusterKit", "fenliu",
            "fenliu-router", "fenliu-ingress",
        ],
    ]

    static func imports(_ file: SourceTree.File) -> [(line: Int, module: String)] {
        file.code.filter { $0.text.contains("import ") }.compactMap { number, text in
            guard let found = text.firstMatch(of: /^\s*(?:@\w+\s+)*(?:\w+\s+)?import\s+(?:\w+\s+)?(\w+)/) else {
                return nil
            }
            return (number, String(found.1))
        }
    }

    @Test func everyModuleHasItsLevel() throws {
        let modules = Set(try SourceTree().files("Sources").map(\.module))
        #expect(modules.isSubset(of: Self.levels.keys))
        #expect(modules.contains("Domain"))
    }

    @Test func importsGoDownOnly() throws {
        var seen = 0
        for file in try SourceTree().files("Sources") {
            let level = Self.levels[file.module] ?? 0
            for (line, module) in Self.imports(file) {
                guard let other = Self.levels[module] else { continue }
                seen += 1
                #expect(other < level, "\(file.path):\(line): \(file.module) imports \(module)")
            }
        }
        #expect(seen > 20)
    }

    @Test func domainImportsNothingButHeaps() throws {
        for file in try SourceTree().files("Sources/Domain") {
            for (line, module) in Self.imports(file) {
                #expect(module == "HeapModule", "\(file.path):\(line): Domain imports \(module)")
            }
        }
    }

    @Test func librariesStayInTheirPlace() throws {
        for file in try SourceTree().files("Sources") {
            for (line, module) in Self.imports(file) {
                guard let homes = Self.homes[module] else { continue }
                #expect(homes.contains(file.module), "\(file.path):\(line): \(file.module) imports \(module)")
            }
        }
    }
}
