// `fenliu bench`: the speed of each part beside its limit and a peer, found in one go on one machine. It starts what
// it needs on sockets and folders of its own and leaves nothing behind.

import ArgumentParser
import ClusterKit
import Foundation
import Transport

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures this build on this machine, beside its limits and Redis.",
        discussion: """
            Workloads: a the pure desk; b durable consults at the router's socket; c the same through HTTP; d the limits \
            of socket, disk, memory and HTTP server; e the same choice in Redis, if redis-server is installed; f growth \
            with agents, shops and buyers; g the response rate; h routers that come, go and die under load; i three times \
            the load that it can bear, at the socket and through HTTP. The whole takes about fourteen minutes.
            """)

    @Option(help: ArgumentHelp("Which of them, such as a,b,d.", valueName: "letters"))
    var workloads = "a,b,c,d,e,f,g,h,i"

    @Option(help: "Runs of each; the median counts. Default 3, with --small 1.")
    var runs: Int?

    @Option(help: "Length of a run. Default 3, with --small 0.2.")
    var seconds: Double?

    @Option(
        help: ArgumentHelp(
            "Requests in flight of b, d and e, and connections of c, such as 16,1024.", valueName: "numbers"))
    var inFlight: String?

    @Option(help: "Of b only this: so many consults a second, however long the replies take, in place of --in-flight.")
    var rate: Double?

    @Flag(help: "Everything once and short: whether it works, not how fast it is.")
    var small = false

    @Option(help: ArgumentHelp("Also writes the figures to this file.", valueName: "file"))
    var json: String?

    @Option(
        name: .customLong("data"),
        help: ArgumentHelp("Where its folders are made and removed again.", valueName: "dir"))
    var folder = "."

    func validate() throws {
        let letters = workloads.split(separator: ",")
        guard !letters.isEmpty, letters.allSatisfy({ $0.count == 1 && BenchPlan.workloads.contains($0[$0.startIndex]) })
        else { throw ValidationError("--workloads must be letters a…i with commas between them") }
        if let runs, !(1...100).contains(runs) { throw ValidationError("--runs must be 1…100") }
        if let seconds, !(0.05...600).contains(seconds) { throw ValidationError("--seconds must be 0.05…600") }
        if let rate {
            guard (1...10_000_000).contains(rate) else { throw ValidationError("--rate must be 1…10000000") }
            guard letters.contains("b") else { throw ValidationError("--rate is of workload b") }
        }
        if inFlight != nil, numbersInFlight == nil {
            throw ValidationError("--in-flight must be numbers 1…65536 with commas between them")
        }
    }

    /// Nil if they are not given, or not numbers.
    private var numbersInFlight: [Int]? {
        guard let inFlight else { return nil }
        let numbers = inFlight.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        let good = numbers.compactMap(\.self).filter { (1...65_536).contains($0) }
        return good.count == numbers.count ? good : nil
    }

    func run() async throws {
        // Desks are measured in this process.
        ProcessMemory.takeUp()
        ignoreSIGPIPE()
        let signals = BenchChildren.watchSignals()
        defer { for source in signals { source.cancel() } }
        var plan = BenchPlan(
            workloads: Set(workloads.filter { $0 != "," }), runs: runs ?? (small ? 1 : 3),
            seconds: seconds ?? (small ? 0.2 : 3), folder: try absolute(folder))
        if small { plan.makeSmall() }
        if let numbersInFlight {
            plan.inFlight = numbersInFlight
            plan.connections = numbersInFlight
        }
        plan.rate = rate
        // Long and blocking: on a thread of its own, not on one of the tasks'.
        let report = try await withCheckedThrowingContinuation { (done: CheckedContinuation<BenchReport, any Error>) in
            let thread = Thread { [plan] in done.resume(with: Result { try Self.measure(plan) }) }
            thread.stackSize = 8 << 20
            thread.start()
        }
        print(report.text)
        guard let json else { return }
        do {
            try report.json().write(to: URL(fileURLWithPath: json))
        } catch {
            throw ClusterFault(.data, "--json \(json): cannot be written")
        }
    }

    private static func measure(_ plan: BenchPlan) throws -> BenchReport {
        var report = BenchReport(runs: plan.runs, seconds: plan.seconds)
        func run(_ letter: Character, _ what: String, _ body: (inout BenchReport) throws -> Void) rethrows {
            guard plan.workloads.contains(letter) else { return }
            FileHandle.standardError.write(Data("\(letter): \(what)\n".utf8))
            let before = Usage.machineTicks()
            try body(&report)
            let after = Usage.machineTicks()
            let part = max(0, after.keptByHost - before.keptByHost) / max(1, after.all - before.all)
            report.keptByHost["\(letter)"] = 100 * min(1, part)
        }
        try run("a", "the pure desk") { try DeskBench(plan: plan).decisions(into: &$0) }
        try run("b", "durable consults at the socket") { try RouterBench(plan: plan).durable(into: &$0) }
        try run("c", "through HTTP") { try HTTPBench(plan: plan).consults(into: &$0) }
        try run("d", "the limits") {
            try RouterBench(plan: plan).echo(into: &$0)
            try CommitBench(plan: plan).run(into: &$0)
            try MemoryBench(plan: plan).run(into: &$0)
            try HTTPBench(plan: plan).echo(into: &$0)
        }
        try run("e", "Redis") { try RedisBench(plan: plan).run(into: &$0) }
        try run("f", "growth") {
            try DeskBench(plan: plan).growth(into: &$0)
            try RouterBench(plan: plan).growth(into: &$0)
        }
        try run("g", "the response rate") { try ScoreBench(plan: plan).run(into: &$0) }
        try run("h", "routers that come, go and die") { try ScalingBench(plan: plan).run(into: &$0) }
        try run("i", "overload") {
            try OverloadBench(plan: plan).run(into: &$0)
            try HTTPOverloadBench(plan: plan).run(into: &$0)
        }
        report.figures.sort { $0.workload < $1.workload }
        return report
    }

    private func absolute(_ path: String) throws -> String {
        let url = URL(fileURLWithPath: path).standardizedFileURL
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
            throw ClusterFault(.data, "--data \(path): is no directory")
        }
        return url.path
    }
}
