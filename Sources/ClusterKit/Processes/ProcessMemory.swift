// How processes of a cluster hold their memory, as words of their environment. A batch of decisions frees hundreds of small
// objects at once, which each thread keeps for the next batch; jemalloc does that for every thread with little waiting for
// each other. Where it is not installed, glibc. Huge pages are left to whoever runs the machine: a thread that is given one
// waits until all of it is cleared, up to 5 ms where the machine's own host gives memory at the first touch.

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
        guard let allocator else { return ["GLIBC_TUNABLES": "glibc.malloc.tcache_count=1000"] }
        return ["LD_PRELOAD": allocator, "MALLOC_CONF": "lg_tcache_nslots_mul:4,tcache_nslots_small_max:1000"]
    }

    /// Begins this process anew with it, unless it has it or other values. To be called before anything is done.
    package static func takeUp() {
        let missing = environment.filter { getenv($0.key) == nil }
        guard !missing.isEmpty else { return }
        for (name, value) in missing { setenv(name, value, 1) }
        execv("/proc/self/exe", CommandLine.unsafeArgv)
    }
}
