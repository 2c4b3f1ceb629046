// How processes of a cluster hold their memory, as a word of their environment. Tables are large and read at random: on
// huge pages the processor finds a place in fewer steps (`madvise`, where the machine allows it). And a batch of decisions
// frees hundreds of small objects at once, which each thread keeps for the next batch.

import Foundation

package enum ProcessMemory {
    static let name = "GLIBC_TUNABLES"
    static let value = "glibc.malloc.hugetlb=1:glibc.malloc.tcache_count=1000"

    /// Begins this process anew with it, unless it has it or another value. To be called before anything is done.
    package static func takeUp() {
        guard getenv(name) == nil else { return }
        setenv(name, value, 1)
        execv("/proc/self/exe", CommandLine.unsafeArgv)
    }
}
