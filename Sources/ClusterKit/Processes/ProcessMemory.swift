// How processes of a cluster hold their memory, as words of their environment. Tables are large and read at random: on
// huge pages the processor finds a place in fewer steps. And a batch of decisions frees hundreds of small objects at once,
// which each thread keeps for the next batch. jemalloc does both, for every thread; where it is not installed, glibc, whose
// huge pages are for the first thread alone.

import Foundation

package enum ProcessMemory {
    /// Where Linux distributions put it.
    private static let folders = [
        "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib",
    ]

    /// The allocator that processes are begun with, nil for glibc's own.
    package static let allocator: String? = folders.map { $0 + "/libjemalloc.so.2" }.first {
        FileManager.default.isReadableFile(atPath: $0)
    }

    /// Words of the environment; whoever sets one of them keeps its own.
    package static var environment: [String: String] {
        guard let allocator else {
            return ["GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.tcache_count=1000"]
        }
        return [
            "LD_PRELOAD": allocator,
            "MALLOC_CONF": "thp:always,metadata_thp:auto,lg_tcache_nslots_mul:4,tcache_nslots_small_max:1000",
        ]
    }

    /// Begins this process anew with it, unless it has it or other values. To be called before anything is done.
    package static func takeUp() {
        let missing = environment.filter { getenv($0.key) == nil }
        guard !missing.isEmpty else { return }
        for (name, value) in missing { setenv(name, value, 1) }
        execv("/proc/self/exe", CommandLine.unsafeArgv)
    }
}
