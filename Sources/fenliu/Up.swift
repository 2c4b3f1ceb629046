import ArgumentParser
import ClusterKit
import Domain
import Foundation
import IngressService
import JournalSQLite
import Logging
import NIOPosix
import ScorerService
import Transport
import Wire

struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a whole cluster in the foreground until SIGINT or SIGTERM stop it cleanly.",
        discussion: """
            When every process is ready, DIR/cluster.json says where they are and one line that begins with "ready" is
            printed. The first start in an empty directory makes the demonstration shop.
            """)

    enum Clock: String, ExpressibleByArgument, CaseIterable {
        case system
        case manual
    }

    @OptionGroup var data: DataOption

    @Option(help: ArgumentHelp("Routers, 1…64.", valueName: "n"))
    var routers = 1

    @Option(help: ArgumentHelp("Ingresses, 1…16; they listen on ports in a row.", valueName: "n"))
    var ingresses = 1

    @Option(help: ArgumentHelp("Scorers, 0…8: one is active, the others stand by.", valueName: "n"))
    var scorers = 1

    @Option(help: ArgumentHelp("Where the HTTP interface listens; port 0 picks a free one.", valueName: "host:port"))
    var listen = "127.0.0.1:8080"

    @Option(help: ArgumentHelp("A stream may be so many bytes behind, 65536…67108864.", valueName: "n"))
    var streamBacklogBytes: Int?

    @Option(
        help: ArgumentHelp("A stream that is so many seconds behind is cut off, 1…3600. Default 10.", valueName: "n"))
    var streamBacklogSeconds: Int?

    @Option(help: ArgumentHelp("Days after which person-times go; scorecards stay. 8…3660.", valueName: "days"))
    var keepDays = ScoreBookSettings().keepDays

    @Option(help: "The system's clock, or one that only POST /v1/clock moves.")
    var clock = Clock.system

    @Flag(help: "No demonstration shop.")
    var empty = false

    @Option(
        help: ArgumentHelp("Shards of a new data directory, 1…4096; fixed from then on. Default 64.", valueName: "n"))
    var shards: Int?

    func validate() throws {
        guard (1...64).contains(routers) else { throw ValidationError("--routers must be 1…64") }
        guard (1...16).contains(ingresses) else { throw ValidationError("--ingresses must be 1…16") }
        guard (0...8).contains(scorers) else { throw ValidationError("--scorers must be 0…8") }
        guard ListenAddress(listen) != nil else {
            throw ValidationError("--listen must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080")
        }
        if let fault = ingressSettings.faults().first { throw ValidationError("ingress setting \(fault)") }
        guard (8...3_660).contains(keepDays) else { throw ValidationError("--keep-days must be 8…3660") }
        if let shards, !(1...4_096).contains(shards) { throw ValidationError("--shards must be 1…4096") }
    }

    private var ingressSettings: IngressSettings {
        var settings = IngressSettings()
        if let streamBacklogBytes { settings.streamBacklogBytes = streamBacklogBytes }
        if let streamBacklogSeconds { settings.streamBacklogSeconds = streamBacklogSeconds }
        return settings
    }

    func run() async throws {
        ignoreSIGPIPE()
        raiseDescriptorLimit()
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let directory = try DataDirectory(making: data.path)
        let lock = try SupervisorLock(directory)
        let plan = try await plan(directory)
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let supervisor = Supervisor(plan, on: loop, logger: Logger(label: "fenliu.supervisor")) { file in
            say("ready \(file.url)")
            for process in file.processes { say("  \(process.name) (pid \(process.pid)) \(process.socket ?? "")") }
            say("  data \(directory.path)")
        }
        try await supervisor.run()
        withExtendedLifetime(lock) {}
    }

    private func plan(_ directory: DataDirectory) async throws -> SupervisorPlan {
        if !empty, directory.isFresh { try directory.wantDemo() }
        var settings = SupervisorSettings()
        settings.routers = routers
        settings.ingresses = ingresses
        settings.scorers = scorers
        settings.shards = try shardCount(directory)
        if clock == .manual {
            let time = try directory.manualClock()
            try directory.keep(clock: time)
            settings.manualClock = time
        }
        let run = try RunDirectory(making: directory, environment: ProcessInfo.processInfo.environment)
        let mint = TokenMint(secret: try TokenSecret(bytes: try directory.secret()))
        guard let address = ListenAddress(listen) else { throw ClusterFault(.usage, "--listen \(listen)") }
        return SupervisorPlan(
            data: directory, run: run, settings: settings, listen: address, executables: try Self.ownFolder(),
            operatorToken: try await mint.mint(role: .operator),
            arguments: [
                .ingress: [
                    "--stream-backlog-bytes", "\(ingressSettings.streamBacklogBytes)", "--stream-backlog-seconds",
                    "\(ingressSettings.streamBacklogSeconds)",
                ],
                .scorer: ["--keep-days", "\(keepDays)"],
            ])
    }

    private func shardCount(_ directory: DataDirectory) throws(ClusterFault) -> Int {
        do {
            let wanted = directory.isFresh ? shards ?? ShardMap.defaultShards : shards
            return try SQLiteEngine(directory: directory.path, shards: wanted).shardCount
        } catch {
            throw ClusterFault(.data, "--shards: \(error.message)")
        }
    }

    private static func ownFolder() throws(ClusterFault) -> String {
        guard let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            throw ClusterFault(.start, "/proc/self/exe: cannot be read")
        }
        return (own as NSString).deletingLastPathComponent
    }

    /// Each client and each shard costs descriptors.
    private func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
