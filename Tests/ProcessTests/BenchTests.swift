// `fenliu bench`, small: that every workload still runs and gives a figure. How fast it is, is not a test's concern.

import Foundation
import Testing

extension WholeCluster {
    @Suite struct BenchTests {
        private struct Report: Decodable {
            struct Figure: Decodable {
                var workload: String
                var what: String
                var value: Double
                var runs: [Double]
            }

            var figures: [Figure]
            var notes: [String]
            var keptByHost: [String: Double]
        }

        @Test func everyWorkloadGivesAFigureAndLeavesNothingBehind() async throws {
            let folder = try Cluster.newFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let json = folder + "/figures.json"

            let command = try Command(["bench", "--small", "--data", folder, "--json", json])
            let status = await command.ended()
            #expect(status == 0, "\(command.errors)")

            let report = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
            // Redis may not be installed; then a note says so.
            let redisMissing = report.notes.contains { $0.contains("redis-server") }
            let expected = Set(["a", "b", "c", "d", "f", "g", "h", "i"] + (redisMissing ? [] : ["e"]))
            #expect(Set(report.figures.map(\.workload)) == expected)
            // What the host keeps is said of all that ran; how much that is, is its concern.
            #expect(Set(report.keptByHost.keys) == expected.union(["e"]))
            #expect(report.keptByHost.values.allSatisfy { (0...100).contains($0) })
            #expect(command.output.contains("kept by the machine's host meanwhile, of its processors: a "))
            for figure in report.figures {
                #expect(figure.value > 0, "\(figure.what)")
                #expect(!figure.runs.isEmpty, "\(figure.what)")
                #expect(command.output.contains(figure.what), "the table lacks \(figure.what)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["figures.json"])
        }

        @Test("at a rate it says how long replies take, and what was refused if not all could be answered")
        func rates() async throws {
            let folder = try Cluster.newFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let small = ["bench", "--small", "--workloads", "b", "--data", folder]
            let borne = try Command(small + ["--rate", "500"])
            #expect(await borne.ended() == 0, "\(borne.errors)")
            #expect(borne.output.contains(" ms at "))
            #expect(!borne.output.contains("consults, 1 shop"))
            let tooMuch = try Command(small + ["--rate", "3000000", "--seconds", "2"])
            #expect(await tooMuch.ended() != 0)
            #expect(tooMuch.errors.contains("overloaded, too many requests wait"), "\(tooMuch.errors)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }

        @Test("what the ingress refuses is named: more connections than it has places for")
        func refusals() async throws {
            let folder = try Cluster.newFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let command = try Command([
                "bench", "--small", "--workloads", "c", "--in-flight", "1500", "--seconds", "2", "--data", folder,
            ])
            #expect(await command.ended() != 0)
            #expect(command.errors.contains("503"), "\(command.errors)")
            #expect(command.errors.contains("Too many requests at once"), "\(command.errors)")
        }

        @Test func anUnknownWorkloadIsAUsageError() async throws {
            let command = try Command(["bench", "--workloads", "a,x"])
            #expect(await command.ended() == 64)
            #expect(command.errors.contains("--workloads"))
        }
    }
}
