import Foundation
import Testing

@testable import ClusterKit

@Suite struct ChildProcessTests {
    @Test func endOfAProcessIsToldAndItsOutputKept() async throws {
        let scratch = try Scratch()
        let log = LogFile(folder: scratch.path, name: "one")
        let child = try ChildProcess(
            executable: "/bin/sh", arguments: ["-c", "echo first; echo last >&2; exit 7"], log: log.path)
        await withCheckedContinuation { done in child.whenEnded { done.resume() } }
        #expect(ChildProcess.reap(child.pid) == .code(7))
        #expect(log.lastLine() == "last")
    }

    @Test func killedProcessEndsBySignal() async throws {
        let child = try ChildProcess(executable: "/bin/sleep", arguments: ["60"], log: "/dev/null")
        kill(child.pid, SIGKILL)
        await withCheckedContinuation { done in child.whenEnded { done.resume() } }
        #expect(ChildProcess.reap(child.pid) == .signal(SIGKILL))
    }

    @Test func missingExecutableIsNamed() throws {
        #expect(throws: ClusterFault(.start, "/nowhere/at-all: No such file or directory")) {
            try ChildProcess(executable: "/nowhere/at-all", arguments: [], log: "/dev/null")
        }
    }

    @Test func childInheritsNoDescriptorButTheFirstThree() async throws {
        let scratch = try Scratch()
        let held = open("/dev/null", O_RDONLY)
        defer { close(held) }
        let log = LogFile(folder: scratch.path, name: "one")
        let child = try ChildProcess(
            executable: "/bin/sh", arguments: ["-c", "test -e /proc/$$/fd/\(held); echo $?"], log: log.path)
        await withCheckedContinuation { done in child.whenEnded { done.resume() } }
        _ = ChildProcess.reap(child.pid)
        #expect(log.lastLine() == "1")
    }
}

@Suite struct LogFileTests {
    @Test func logOverItsBoundIsPutAsideAndTwoAreKept() throws {
        let scratch = try Scratch()
        let log = LogFile(folder: scratch.path, name: "r")
        for round in 1...4 {
            try scratch.write("round \(round) 0123456789", to: "r.log")
            log.rotate(limit: 10)
        }
        #expect(try String(contentsOfFile: log.path, encoding: .utf8).isEmpty)
        #expect(try String(contentsOfFile: log.path + ".1", encoding: .utf8).hasPrefix("round 4"))
        #expect(try String(contentsOfFile: log.path + ".2", encoding: .utf8).hasPrefix("round 3"))
        #expect(!FileManager.default.fileExists(atPath: log.path + ".3"))
    }

    @Test func fatalErrorIsTheLastWordBehindItsBacktrace() throws {
        let scratch = try Scratch()
        try scratch.write("start\nX.swift:3: Fatal error: no desk\n0 in f\nBacktrace took 2s\n\n", to: "r.log")
        #expect(LogFile(folder: scratch.path, name: "r").lastLine() == "X.swift:3: Fatal error: no desk")
    }

    @Test func smallLogStays() throws {
        let scratch = try Scratch()
        try scratch.write("short", to: "r.log")
        let log = LogFile(folder: scratch.path, name: "r")
        log.rotate(limit: 10)
        #expect(log.lastLine() == "short")
    }
}

@Suite struct LeftoversTests {
    @Test func processOfAFormerSupervisorIsEndedAndAStrangerIsNot() async throws {
        let scratch = try Scratch()
        let run = try RunDirectory(making: DataDirectory(making: scratch.path), environment: [:])
        let ours = try ChildProcess(executable: "/bin/sleep", arguments: ["60"], log: "/dev/null")
        let leftovers = Leftovers(run)
        leftovers.note([ours.pid])
        let noted = try String(contentsOfFile: leftovers.file, encoding: .utf8)
        try scratch.write(noted + "\(getpid()) 1\n", to: "run/children")
        #expect(leftovers.end() == [ours.pid])
        await withCheckedContinuation { done in ours.whenEnded { done.resume() } }
        #expect(ChildProcess.reap(ours.pid) == .signal(SIGKILL))
        #expect(leftovers.end() == [])
    }
}

@Suite struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:0", "::1", 0), ("localhost:65535", "localhost", 65_535),
    ])
    func addressIsReadAndWritten(_ text: String, _ host: String, _ port: Int) {
        let address = ListenAddress(text)
        #expect(address == ListenAddress(host: host, port: port))
        #expect(address?.description == text)
    }

    @Test(arguments: ["", "8080", ":8080", "host:", "host:65536", "host:-1", "::1:80", "host:8o80"])
    func whatIsNoAddressIsRefused(_ text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test func ingressesTakePortsInARow() {
        #expect(ListenAddress("0.0.0.0:8080")?.ofIngress(3).port == 8082)
        #expect(ListenAddress("0.0.0.0:0")?.ofIngress(3).port == 0)
        #expect(ListenAddress(url: "http://[::1]:81/x") == ListenAddress(host: "::1", port: 81))
    }
}
