import ClusterKit
import Foundation
import Testing

extension WholeCluster {
    /// They need strace, which `Deploy/check` installs.
    @Suite(.enabled(if: SystemCalls.tool != nil, "strace is not installed")) struct DurabilityTests {
        private var options: ClusterOptions {
            var options = ClusterOptions(routers: 1)
            options.shards = 4
            return options
        }

        @Test("I2: every acknowledgement leaves after the fdatasync of its write")
        func acknowledgementFollowsItsSync() async throws {
            try await withCluster(options) { cluster in
                let load = Load(cluster)
                try await load.prepare()
                let socket = try #require(try cluster.file().processes.first { $0.role == "router" }?.socket)
                let calls = try await SystemCalls(
                    of: cluster.pid("router-1"), in: cluster.folder,
                    ["-yy", "-s", "8192", "-e", "trace=pwrite64,fdatasync,fsync,write,writev,sendmsg,sendto"])
                var ids: [String] = []
                let log = try await load.during {
                    for number in 1...20 {
                        let id = "proof-\(1_000 + number)-"
                        let answer = try await cluster.http(
                            "POST", "/v1/shops/north/buyers/prover/messages",
                            ["id": id, "kind": "text", "text": "is it on the disk?"])
                        #expect(answer.status == 201, "\(answer.text)")
                        ids.append(id)
                    }
                }
                await calls.detach()
                let proof = DurabilityProof(try calls.lines(), ids: ids, socket: "\"\(socket)\"")
                #expect(proof.violations == [])
                #expect(proof.proven == 20)
                #expect(log.complaints == [])
            }
        }

        @Test(
            "I3: the disk fails under load; what was acknowledged is there, what was not is nowhere claimed as absent",
            arguments: ["fdatasync:error=EIO:when=4+9", "pwrite64:error=ENOSPC:when=15+40"])
        func failingDiskLosesNothing(fault: String) async throws {
            try await withCluster(options) { cluster in
                let load = Load(cluster)
                try await load.prepare()
                let call = fault.prefix { $0 != ":" }
                let calls = try await SystemCalls(
                    of: cluster.pid("router-1"), in: cluster.folder, ["-e", "trace=\(call)", "-e", "inject=\(fault)"])
                let log = try await load.during {
                    await load.more(40)
                    await calls.detach()
                    await load.more(10)
                }
                let injected = try calls.lines().filter { $0.hasSuffix("(INJECTED)") }
                #expect(injected.count >= 3)
                let (found, _) = try await load.violations(log)
                #expect(found == [])
            }
        }
    }
}
