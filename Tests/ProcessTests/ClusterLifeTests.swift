import ClusterKit
import Foundation
import Testing

extension WholeCluster {
    @Suite struct ClusterLifeTests {
        @Test func clusterStartsAnswersAndStopsCleanly() async throws {
            try await withCluster(ClusterOptions(routers: 2)) { cluster in
                let file = try cluster.file()
                #expect(file.processes.map(\.name) == ["router-1", "router-2", "ingress-1", "scorer-1"])
                #expect(file.processes.map(\.role) == ["router", "router", "ingress", "scorer"])
                #expect(try await cluster.http("GET", "/healthz").status == 200)
                #expect(try await cluster.http("GET", "/readyz").status == 200)
                #expect(await cluster.stop() == 0)
                #expect(throws: ClusterFault.self) { try cluster.file() }
                for process in file.processes { #expect(!Cluster.runs(process.pid), "\(process.name) still runs") }
            }
        }

        /// `Deploy/check` installs it.
        @Test(.enabled(if: ProcessMemory.allocator != nil)) func processesHoldTheirMemoryWithJemalloc() async throws {
            try await withCluster { cluster in
                for process in try cluster.file().processes {
                    // One read gives a page of it.
                    let maps = try FileHandle(forReadingAtPath: "/proc/\(process.pid)/maps")?.readToEnd()
                    let text = String(decoding: maps ?? Data(), as: UTF8.self)
                    #expect(text.contains("libjemalloc.so.2"), "\(process.name)")
                    let words = try String(contentsOfFile: "/proc/\(process.pid)/environ", encoding: .utf8)
                    #expect(words.contains("MALLOC_CONF=lg_tcache_nslots_mul:4"), "\(process.name)")
                }
            }
        }

        @Test func interruptStopsAsCleanlyAsTermination() async throws {
            try await withCluster { cluster in
                #expect(await cluster.stop(SIGINT) == 0)
            }
        }

        @Test func openStreamsEndWithTheCluster() async throws {
            var options = ClusterOptions()
            options.empty = false
            try await withCluster(options) { cluster in
                let reader = EventReader(cluster, shop: "demo")
                reader.start()
                await reader.until { !$0.isEmpty }
                #expect(await cluster.stop() == 0)
                reader.stop()
                #expect(cluster.lastErrors.withLock { !$0.contains("does not stop") })
            }
        }

        @Test func secondClusterOnTheSameDataDirectoryIsRefused() async throws {
            try await withCluster { cluster in
                let outcome = try await cluster.fenliu("up", "--listen", "127.0.0.1:0", "--empty")
                #expect(outcome.status == 75)
                #expect(outcome.errors.contains("a cluster runs on this data directory already"))
                #expect(try await cluster.http("GET", "/readyz").status == 200)
            }
        }

        @Test func takenPortIsNamedAndNothingIsLeftRunning() async throws {
            try await withCluster { cluster in
                let address = try cluster.file().url.replacing("http://", with: "")
                let other = cluster.folder + "/other"
                let command = try Command(["up", "--data", other, "--listen", address, "--empty", "--shards", "4"])
                #expect(await command.ended() == 71)
                #expect(command.errors.contains("ingress-1 does not start"))
            }
        }

        @Test func freshDataDirectoryHasTheDemonstrationShop() async throws {
            var options = ClusterOptions()
            options.empty = false
            try await withCluster(options) { cluster in
                let board = try await cluster.http("GET", "/v1/shops/demo/board")
                #expect(board.status == 200)
                #expect(board.text.contains("xiaomei"))
                let again = try await cluster.fenliu("demo")
                #expect(again.status == 0, "\(again.errors)")
            }
        }

        @Test func statusSaysWhatEachProcessHasAndWhatAnOpeningWouldReadAgain() async throws {
            var options = ClusterOptions()
            options.empty = false
            try await withCluster(options) { cluster in
                #expect(try await cluster.fenliu("demo").status == 0)
                var lines: [[String]] = []
                // The supervisor asks routers now and then.
                for _ in 0..<100 where lines.first(where: { $0.first == "router-1" }).flatMap({ Int($0[6]) }) ?? 0 <= 3
                {
                    let status = try await cluster.fenliu("status")
                    #expect(status.status == 0)
                    lines = status.output.split(separator: "\n").map { line in
                        line.split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) }
                            .filter { !$0.isEmpty }
                    }
                }
                let head = try #require(lines.first { $0.first == "process" })
                #expect(head == ["process", "pid", "state", "restarts", "shards", "sessions", "to replay", "address"])
                let router = try #require(lines.first { $0.first == "router-1" })
                #expect(router.count == head.count)
                // The demonstration shop's events; no checkpoint came yet.
                #expect(try #require(Int(router[6])) > 3)
                #expect(lines.first { $0.first == "ingress-1" }?[6] == "–")
            }
        }

        @Test func wrongOptionIsNamedInOneLine() async throws {
            let command = try Command(["up", "--listen", "nowhere", "--data", "/dev/null/x"])
            #expect(await command.ended() == 64)
            #expect(command.errors.contains("--listen"))
            let data = try Command(["status", "--data", "/dev/null/x"])
            #expect(await data.ended() == 65)
            #expect(data.errors.hasPrefix("fenliu: --data /dev/null/x"))
        }

        @Test func commandsSayThatNothingRuns() async throws {
            try await withCluster { cluster in
                await cluster.stop()
                let outcome = try await cluster.fenliu("scale", "--routers", "2")
                #expect(outcome.status == 69)
                #expect(outcome.errors.contains("no cluster"))
            }
        }

        @Test func tokenOpensWhatItsRoleMaySee() async throws {
            var options = ClusterOptions()
            options.empty = false
            try await withCluster(options) { cluster in
                let merchant = try await cluster.token("merchant", shop: "demo")
                #expect(try await cluster.http("GET", "/v1/shops/demo/board", token: merchant).status == 200)
                let stranger = try await cluster.token("merchant", shop: "other")
                #expect(try await cluster.http("GET", "/v1/shops/demo/board", token: stranger).status == 404)
            }
        }
    }
}
