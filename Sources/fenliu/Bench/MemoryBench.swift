// (d): what it costs to take memory that nobody has touched since it was free. In a virtual machine whose host lends its
// memory at the first touch, and takes back what is free, a process that grows waits for that host.

import ClusterKit
import Foundation

struct MemoryBench {
    let plan: BenchPlan

    func run(into report: inout BenchReport) throws(ClusterFault) {
        try add("first touch of memory, pages of 4 KiB", 4 << 10, MADV_NOHUGEPAGE, &report)
        try add("first touch of memory, huge pages of 2 MiB", 2 << 20, MADV_HUGEPAGE, &report)
    }

    private func add(_ what: String, _ page: Int, _ advice: Int32, _ report: inout BenchReport) throws(ClusterFault) {
        var runs: [Double] = []
        // Given back at the end: the next run is to have other memory.
        var held: [UnsafeMutableRawBufferPointer] = []
        defer { for taken in held { munmap(taken.baseAddress, taken.count) } }
        for _ in 0..<plan.runs {
            let taken = try take(page, advice)
            held.append(taken)
            runs.append(touch(taken, page))
        }
        report.figures.append(
            Figure(workload: "d", what: what, unit: "µs a page", value: median(runs) { $0 } ?? 0, runs: runs))
    }

    private func take(_ page: Int, _ advice: Int32) throws(ClusterFault) -> UnsafeMutableRawBufferPointer {
        // A huge page begins at a multiple of its size.
        let size = max(plan.touchedBytes, page) + page
        guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            start != MAP_FAILED
        else { throw ClusterFault(.data, "no \(size) bytes of memory: \(String(cString: strerror(errno)))") }
        madvise(start, size, advice)
        return UnsafeMutableRawBufferPointer(start: start, count: size)
    }

    /// Microseconds for each page.
    private func touch(_ taken: UnsafeMutableRawBufferPointer, _ page: Int) -> Double {
        guard let first = taken.baseAddress?.alignedUp(toMultipleOf: page) else { return 0 }
        let pages = taken.count / page - 1
        let begin = monotonicNanos()
        for number in 0..<pages { first.storeBytes(of: 1, toByteOffset: number * page, as: UInt8.self) }
        return Double(monotonicNanos() - begin) / 1e3 / Double(pages)
    }
}
