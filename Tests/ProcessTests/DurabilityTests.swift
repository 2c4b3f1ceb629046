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
                let (proof, log) = try await DurabilityProof.seek(cluster, under: load, messages: 20)
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
