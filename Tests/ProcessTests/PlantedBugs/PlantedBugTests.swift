// The power of the tests: each bug is planted in a real cluster and the ordinary checkers must find it; the same run
// without it must find nothing. Nothing here hopes for a race: what a bug needs to show is brought about.

#if PLANTED_BUGS
    import Foundation
    import Testing
    import Wire

    extension WholeCluster {
        @Suite struct PlantedBugTests {
            @Test("a bug that is planted is found, by its kind, and without it nothing is", arguments: Planting.plain)
            func plantedBugIsFound(planting: Planting) async throws {
                try await expectFound(planting)
            }

            @Test(
                "a bug that only system calls show is found, and without it nothing is",
                .enabled(if: SystemCalls.tool != nil, "strace is not installed"), arguments: Planting.traced)
            func plantedBugIsSeenInSystemCalls(planting: Planting) async throws {
                try await expectFound(planting)
            }

            private func expectFound(_ planting: Planting) async throws {
                let with = try await violations(planting, planted: true)
                #expect(with.contains { $0.contains(planting.complaint) }, "\(with)")
                let without = try await violations(planting, planted: false)
                #expect(without == [])
            }

            private func violations(_ planting: Planting, planted: Bool) async throws -> [String] {
                var options = planting.options
                if planted { options.environment = [PlantedBug.variable: planting.bug.rawValue] }
                return try await withCluster(options) { try await planting.violations($0) }
            }

            @Test func everyBugIsPlantedSomewhere() {
                // RuntimeTests have the last one.
                let planted = Planting.plain.map(\.bug) + Planting.traced.map(\.bug) + [.cacheWithoutBound]
                #expect(Set(planted) == Set(PlantedBug.allCases))
                #expect(planted.count == PlantedBug.allCases.count)
            }

            private static let release = (Cluster.binaries as NSString).deletingLastPathComponent + "/release"
            private static let executables = ["fenliu", "fenliu-router", "fenliu-ingress", "fenliu-scorer"]

            private func hasSwitch(_ executable: String) throws -> Bool {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: executable), options: .alwaysMapped)
                return bytes.range(of: Data(PlantedBug.variable.utf8)) != nil
            }

            @Test func debugRouterHasTheSwitch() throws {
                #expect(try hasSwitch(Cluster.binaries + "/fenliu-router"))
            }

            @Test(
                "no release executable has the switch",
                .enabled(
                    if: FileManager.default.fileExists(atPath: release + "/fenliu-router"), "no release was built"),
                arguments: executables)
            func releaseHasNoSwitch(executable: String) throws {
                let path = "\(Self.release)/\(executable)"
                #expect(try FileManager.default.fileExists(atPath: path) && !hasSwitch(path))
            }
        }
    }
#endif
