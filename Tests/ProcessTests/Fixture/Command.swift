// One run of the executable `fenliu`: its output as it comes, and its end.

import Foundation
import Synchronization

final class Command: Sendable {
    private struct State {
        var output = ""
        var errors = ""
        var status: Int32?
        var outputEnded = false
        var waiting: [(text: String, inErrors: Bool, done: CheckedContinuation<String?, Never>)] = []
        var ends: [CheckedContinuation<Int32, Never>] = []
    }

    let pid: Int32
    private let state = Mutex(State())

    /// `environment` comes on top of this process's own.
    init(
        _ arguments: [String], executable: String = Cluster.binaries + "/fenliu", environment: [String: String] = [:]
    ) throws {
        let process = Process()
        if !environment.isEmpty {
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        }
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        // The threads of the pool block signals, and a child takes that over: one that does not unblock them itself
        // could not be asked to stop.
        var none = sigset_t()
        var former = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &former)
        defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
        try process.run()
        pid = process.processIdentifier
        let outputRead = DispatchSemaphore(value: 0)
        Thread { [self] in
            read(output.fileHandleForReading) { $0.output += $1 }
            outputRead.signal()
        }.start()
        Thread { [self] in
            read(errors.fileHandleForReading) { $0.errors += $1 }
            outputRead.wait()
            process.waitUntilExit()
            let exit = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
            finish(exit)
        }.start()
    }

    var output: String { state.withLock { $0.output } }
    var errors: String { state.withLock { $0.errors } }

    func signal(_ number: Int32) { if state.withLock({ $0.status == nil }) { kill(pid, number) } }

    /// The exit status; negative for a signal.
    func ended() async -> Int32 {
        await withCheckedContinuation { done in
            let known = state.withLock { state -> Int32? in
                if state.status == nil { state.ends.append(done) }
                return state.status
            }
            if let known { done.resume(returning: known) }
        }
    }

    /// The first line of the output that begins so; nil if the output ends without one.
    func line(startingWith prefix: String) async -> String? {
        await withCheckedContinuation { done in
            state.withLock { $0.waiting.append((prefix, false, done)) }
            settle()
        }
    }

    /// The first line of its errors that holds the text; nil if they end without one.
    func errorLine(holding text: String) async -> String? {
        await withCheckedContinuation { done in
            state.withLock { $0.waiting.append((text, true, done)) }
            settle()
        }
    }

    private func read(_ file: FileHandle, into put: (inout State, String) -> Void) {
        while true {
            let bytes = file.availableData
            if bytes.isEmpty { break }
            state.withLock { put(&$0, String(decoding: bytes, as: UTF8.self)) }
            settle()
        }
    }

    private func finish(_ status: Int32) {
        let ends = state.withLock { state in
            state.status = status
            state.outputEnded = true
            defer { state.ends = [] }
            return state.ends
        }
        for end in ends { end.resume(returning: status) }
        settle()
    }

    private func settle() {
        let (answers, found) = state.withLock { state in
            var answers: [(CheckedContinuation<String?, Never>, String?)] = []
            // A long output is looked at only as long as somebody waits for a line of it.
            if state.waiting.isEmpty { return (answers, 0) }
            let output = state.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            let errors = state.errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            state.waiting.removeAll { waiting in
                let line =
                    waiting.inErrors
                    ? errors.first { $0.contains(waiting.text) } : output.first { $0.hasPrefix(waiting.text) }
                guard line != nil || state.outputEnded else { return false }
                answers.append((waiting.done, line.map(String.init)))
                return true
            }
            return (answers, answers.count)
        }
        if found > 0 { for (done, line) in answers { done.resume(returning: line) } }
    }
}
