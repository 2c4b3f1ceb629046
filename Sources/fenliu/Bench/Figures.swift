// What `fenliu bench` found: one figure for each workload and size, the median of its runs, and how they are shown.

import Foundation

/// One figure: a median with the runs that it came from.
struct Figure: Codable {
    /// The workload's letter.
    var workload: String
    var what: String
    /// Requests in flight, where that matters.
    var inFlight: Int?
    var unit: String
    var value: Double
    var runs: [Double]
    /// Milliseconds; of the run that gave the median.
    var p50: Double?
    var p99: Double?
    /// Microseconds of processor that one request costs the servers, and the load generator beside them.
    var serverMicros: Double?
    var clientMicros: Double?
    /// What was asked of this figure.
    var goal: Double?
    /// The goal is an upper bound.
    var goalIsMost = false

    var reached: Bool? { goal.map { goalIsMost ? value <= $0 : value >= $0 } }
}

/// The machine that it was found on.
struct Machine: Codable {
    var date: String
    var processor: String
    var cores: Int
    var system: String
    /// Debug builds are five to thirty times slower.
    var build: String

    init() {
        let format = ISO8601DateFormatter()
        date = format.string(from: Date())
        let cpu = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model = cpu.split(separator: "\n").first { $0.hasPrefix("model name") }
        processor =
            model?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
        cores = ProcessInfo.processInfo.activeProcessorCount
        system = ProcessInfo.processInfo.operatingSystemVersionString
        #if DEBUG
            build = "debug"
        #else
            build = "release"
        #endif
    }
}

struct BenchReport: Codable {
    var machine = Machine()
    var runs: Int
    /// Of one run.
    var seconds: Double
    var figures: [Figure] = []
    /// What could not be measured, and why.
    var notes: [String] = []
    /// By workload: the part of the machine's processors that its host kept from it meanwhile, in hundredths. Figures found
    /// then say too little.
    var keptByHost: [String: Double] = [:]

    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + [0x0a]
    }

    // MARK: As text

    var text: String {
        var lines = [
            "\(machine.date), \(machine.processor), \(machine.cores) cores, \(machine.system), \(machine.build) build",
            "medians of \(runs) runs of \(seconds) s; CPU is what one request costs the servers + the load generator",
            "",
        ]
        lines += Self.table(
            head: ["", "what", "in flight", "figure", "p50 ms", "p99 ms", "CPU µs", "goal"],
            rows: figures.map { figure in
                [
                    figure.workload, figure.what, figure.inFlight.map { "\($0)" } ?? "",
                    "\(Self.number(figure.value)) \(figure.unit)", Self.millis(figure.p50), Self.millis(figure.p99),
                    Self.cost(figure), Self.goal(figure),
                ]
            })
        let beside = besideLimits
        if !beside.isEmpty { lines += [""] + beside }
        let kept = keptByHost.sorted { $0.key < $1.key }.map { "\($0.key) \(Self.number($0.value)) %" }
        if !kept.isEmpty {
            lines += ["", "kept by the machine's host meanwhile, of its processors: " + kept.joined(separator: ", ")]
        }
        for note in notes { lines.append("note: \(note)") }
        return lines.joined(separator: "\n")
    }

    /// Durable consults beside their limits and the peer, in the same run and at the same number in flight.
    private var besideLimits: [String] {
        let columns: [(String, String)] = [
            ("consults/s", BenchName.durable), ("echo/s", BenchName.echo), ("SQLite rows/s", BenchName.commits),
            ("Redis, fsync always/s", BenchName.redisDurable), ("Redis, in memory/s", BenchName.redisMemory),
        ]
        let own = figures.filter { $0.what == BenchName.durable }
        guard !own.isEmpty else { return [] }
        return Self.table(
            head: ["in flight"] + columns.map(\.0),
            rows: own.map { figure in
                ["\(figure.inFlight ?? 0)"]
                    + columns.map { column in
                        figures.first { $0.what == column.1 && $0.inFlight == figure.inFlight }.map {
                            Self.number($0.value)
                        } ?? "–"
                    }
            })
    }

    private static func table(head: [String], rows: [[String]]) -> [String] {
        let all = [head] + rows
        let widths = head.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column < 2 ? row[column] + space : space + row[column]
            }.joined(separator: "  ")
        }
    }

    static func number(_ value: Double) -> String {
        value < 100 ? String(format: "%.1f", value) : count(Int(value.rounded()))
    }

    private static func millis(_ value: Double?) -> String { value.map { String(format: "%.2f", $0) } ?? "" }

    private static func cost(_ figure: Figure) -> String {
        guard let server = figure.serverMicros else { return "" }
        let client = figure.clientMicros.map { String(format: " + %.1f", $0) } ?? ""
        return String(format: "%.1f", server) + client
    }

    private static func goal(_ figure: Figure) -> String {
        guard let goal = figure.goal, let reached = figure.reached else { return "" }
        return "\(figure.goalIsMost ? "≤" : "≥") \(number(goal)) \(reached ? "reached" : "missed")"
    }
}

/// Figures that stand beside each other.
enum BenchName {
    static let durable = "durable consults, 1 shop, 100 agents"
    static let echo = "echo of the same frames"
    static let commits = "the same records straight into SQLite, FULL"
    static let redisDurable = "Redis, the choice in Lua, appendfsync always"
    static let redisMemory = "Redis, the choice in Lua, in memory"
}

/// The run whose value is in the middle; of an even number the lower one.
func median<Run>(_ runs: [Run], by value: (Run) -> Double) -> Run? {
    let sorted = runs.sorted { value($0) < value($1) }
    return sorted.isEmpty ? nil : sorted[(sorted.count - 1) / 2]
}

/// With commas between the thousands.
func count(_ number: Int) -> String {
    var text = ""
    for (place, digit) in String(number).reversed().enumerated() {
        if place > 0, place % 3 == 0 { text.append(",") }
        text.append(digit)
    }
    return String(text.reversed())
}
