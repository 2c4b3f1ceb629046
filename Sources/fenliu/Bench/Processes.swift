// The processes that a bench starts: each is ended by its pid and waited for, also when the bench is interrupted.

import ClusterKit
import Foundation
import Synchronization

final class BenchProcess: Sendable {
    let pid: Int32
    private let process: Mutex<Process>
    private let output: FileHandle
    private let name: String
    private let log: String

    /// Standard error goes to `log`. `isPeer`: it holds its memory in its own way, not as `ProcessMemory` says.
    init(_ executable: String, _ arguments: [String], isPeer: Bool = false, log: String) throws(ClusterFault) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        if isPeer {
            let given = ProcessMemory.environment
            process.environment = ProcessInfo.processInfo.environment.filter { given[$0.key] != $0.value }
        }
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        _ = FileManager.default.createFile(atPath: log, contents: nil, attributes: [.posixPermissions: 0o600])
        process.standardError = FileHandle(forWritingAtPath: log) ?? FileHandle.nullDevice
        do {
            try Self.withoutBlockedSignals { try process.run() }
        } catch {
            throw ClusterFault(.start, "\(executable): \(error.localizedDescription)")
        }
        pid = process.processIdentifier
        name = executable
        self.log = log
        output = pipe.fileHandleForReading
        self.process = Mutex(process)
        BenchChildren.started(pid)
    }

    /// A child inherits the mask of the thread that starts it, and threads of a pool block most signals.
    private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    /// The first line of the output that begins so. Throws `.start` if the process ends before it.
    func line(startingWith prefix: String) throws(ClusterFault) -> String { try line { $0.hasPrefix(prefix) } }

    /// The first line that fits.
    func line(where fits: (String) -> Bool) throws(ClusterFault) -> String {
        var text = ""
        while true {
            let bytes = output.availableData
            guard !bytes.isEmpty else { throw ClusterFault(.start, "\(name) ended early: \(lastWords)") }
            text += String(decoding: bytes, as: UTF8.self)
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            where fits(String(line)) {
                return String(line)
            }
        }
    }

    /// Until a child that was asked to end is made to.
    private static let patience = DispatchTimeInterval.seconds(15)

    private var lastWords: String {
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").last.map(String.init) ?? "it said nothing"
    }

    /// Asks it to end and waits for that. Idempotent.
    func stop() {
        let pid = pid
        let force = DispatchWorkItem { kill(pid, SIGKILL) }
        defer { force.cancel() }
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience, execute: force)
        kill(pid, SIGTERM)
        // It may have something to say at its end.
        while !output.availableData.isEmpty {}
        process.withLock { $0.waitUntilExit() }
        BenchChildren.ended(pid)
    }
}

/// What has to go when the bench is interrupted.
enum BenchChildren {
    private struct State {
        var pids: Set<Int32> = []
        var folders: Set<String> = []
        var interrupted = false
    }

    private static let state = Mutex(State())

    /// One that was started while the bench was interrupted goes at once.
    static func started(_ pid: Int32) {
        let stays = state.withLock { state in
            state.pids.insert(pid)
            return !state.interrupted
        }
        if !stays { kill(pid, SIGTERM) }
    }
    static func ended(_ pid: Int32) { state.withLock { _ = $0.pids.remove(pid) } }
    static func made(_ folder: String) { state.withLock { _ = $0.folders.insert(folder) } }

    static func remove(_ folder: String) {
        try? FileManager.default.removeItem(atPath: folder)
        state.withLock { _ = $0.folders.remove(folder) }
    }

    /// At SIGINT or SIGTERM: ends the children, removes the folders, ends the bench.
    static func watchSignals() -> [any DispatchSourceSignal] {
        [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                let left = state.withLock { state in
                    state.interrupted = true
                    return state
                }
                for pid in left.pids { kill(pid, SIGTERM) }
                for pid in left.pids {
                    var status: Int32 = 0
                    waitpid(pid, &status, 0)
                }
                for folder in left.folders { try? FileManager.default.removeItem(atPath: folder) }
                Foundation.exit(130)
            }
            source.resume()
            return source
        }
    }
}

/// A folder of the bench, removed at its end.
struct BenchFolder {
    let path: String

    init(in parent: String) throws(ClusterFault) {
        var template = Array("\(parent)/fenliu-bench-\(String(repeating: "X", count: 6))".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw ClusterFault(.data, "\(parent): no folder can be made there")
        }
        path = String(cString: made)
        BenchChildren.made(path)
    }

    func remove() { BenchChildren.remove(path) }
}

/// What the operating system says of a process.
enum Usage {
    /// Seconds of processor that it has used; 0 if it is not there.
    static func seconds(of pid: Int32) -> Double {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let paren = text.lastIndex(of: ")")
        else { return 0 }
        let fields = text[paren...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Bytes of this process, or another, in memory.
    static func residentBytes(of pid: Int32 = getpid()) -> Int {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8) else { return 0 }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    /// Ticks of all the machine's processors since its start, and those of them that its host gave to others while they were
    /// wanted here: the first eight numbers of `cpu` in `/proc/stat`, and the eighth. Zeros where it does not say.
    static func machineTicks() -> (all: Double, keptByHost: Double) {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("cpu ") })
        else { return (0, 0) }
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        return ticks.count == 8 ? (ticks.reduce(0, +), ticks[7]) : (0, 0)
    }
}
