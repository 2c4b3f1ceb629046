import ArgumentParser
import ClusterKit
import Domain
import Foundation
import Synchronization

struct Play: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Plays a day of a shop against a running cluster, as its buyers and agents.",
        discussion: """
            The cluster must have been started with --clock manual, and its clock must not have passed the day's start. \
            The same day gives the same result each time, whatever the number of routers.
            """)

    @Argument(help: ArgumentHelp("The day: one JSON object a line.", valueName: "file"), completion: .file())
    var file: String

    @OptionGroup var data: DataOption

    @Option(help: ArgumentHelp("The cluster's address, instead of the one in the data directory.", valueName: "url"))
    var url: String?

    @Option(help: "An operator's token; needed with --url.")
    var token: String?

    @Option(help: "Plays the day as this shop, instead of the one that the file names.")
    var shop: String?

    @Option(help: ArgumentHelp("Also writes the result to this file, as JSON.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Connections that make buyers and orders.", valueName: "n"))
    var connections = PlaySettings().connections

    func validate() throws {
        guard (url == nil) == (token == nil) else { throw ValidationError("--url and --token go together") }
        guard (1...64).contains(connections) else { throw ValidationError("--connections must be 1…64") }
    }

    func run() async throws {
        var settings = PlaySettings()
        settings.connections = connections
        let day = try readDay()
        let address = try clusterAddress()
        let unknown = try await DaySetup(day, at: address, settings: settings).make()
        if !unknown.isEmpty {
            complain("settings that this cluster does not know are left out: \(unknown.joined(separator: ", "))")
        }
        let ticker = PlayTicker()
        let target = HTTPShop(day.shop, at: address, settings: settings)
        let tally: PlayTally
        do {
            tally = try await Player(day, target, settings: settings) { ticker.show($0) }.play()
        } catch {
            await target.close()
            ticker.finish()
            throw error
        }
        await target.close()
        ticker.finish()
        print(tally.table)
        if let json { try write(tally.json(day) + [0x0a], to: json) }
    }

    private func readDay() throws(ClusterFault) -> DayFile {
        let bytes: [UInt8]
        do {
            bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        } catch {
            throw ClusterFault(.data, "\(file): cannot be read")
        }
        var day: DayFile
        do throws(DayFault) {
            day = try DayFile(bytes)
        } catch {
            throw ClusterFault(.data, "\(file): \(error)")
        }
        guard let shop else { return day }
        do throws(IdentifierFault) {
            day.shop.id = try ShopID(checking: shop)
        } catch {
            throw ClusterFault(.usage, "--shop: an identifier has 1–64 bytes and no control characters")
        }
        return day
    }

    private func clusterAddress() throws(ClusterFault) -> ShopAddress {
        if let url, let token { return try ShopAddress(url: url, token: token) }
        let cluster = try ClusterFile.read(try data.existing)
        return try ShopAddress(url: cluster.url, token: cluster.operatorToken)
    }

    private func write(_ bytes: [UInt8], to path: String) throws(ClusterFault) {
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        } catch {
            throw ClusterFault(.data, "--json \(path): cannot be written")
        }
    }
}

/// Progress on standard error: one line that is written over on a terminal, else a line for each simulated hour.
private final class PlayTicker: Sendable {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    /// The last minute or hour that was shown.
    private let shown = Mutex<Int64>(-1)

    func show(_ progress: PlayProgress) {
        let minute = progress.elapsed.millis / 60_000
        let step = isTerminal ? minute : minute / 60
        let isNew = shown.withLock { last in
            defer { last = step }
            return last != step
        }
        guard isNew || progress.rowsDone == progress.rows else { return }
        let clock = String(format: "%02d:%02d", Int(minute / 60), Int(minute % 60))
        let line = "\(clock)  \(progress.rowsDone) of \(progress.rows) rows"
        FileHandle.standardError.write(Data((isTerminal ? "\r\(line)" : "\(line)\n").utf8))
    }

    /// Leaves the line on a terminal.
    func finish() {
        if isTerminal, shown.withLock({ $0 >= 0 }) { FileHandle.standardError.write(Data("\n".utf8)) }
    }
}
