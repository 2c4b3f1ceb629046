import Domain
import Foundation
import Testing
import Wire

@testable import ClusterKit

@Suite struct DataDirectoryTests {
    @Test func secretIsMadeOnceAndForItsOwnerOnly() throws {
        let scratch = try Scratch()
        let data = try DataDirectory(making: scratch.path + "/data")
        let key = try data.secret()
        #expect(key.count == 32)
        #expect(try data.secret() == key)
        #expect(scratch.mode("data/secret.key") == 0o600)
        #expect(try DataDirectory(making: scratch.path + "/other").secret() != key)
    }

    @Test func secretThatOthersMayReadIsRefused() throws {
        let scratch = try Scratch()
        let data = try DataDirectory(making: scratch.path)
        _ = try data.secret()
        chmod(data.secretFile, 0o644)
        #expect(throws: ClusterFault.self) { try data.secret() }
    }

    @Test func shortSecretIsRefused() throws {
        let scratch = try Scratch()
        let data = try DataDirectory(making: scratch.path)
        try scratch.write("c2hvcnQ=\n", to: "secret.key")
        #expect(throws: ClusterFault.self) { try data.secret() }
    }

    @Test func manualClockStartsIn2000AndIsKept() throws {
        let scratch = try Scratch()
        let data = try DataDirectory(making: scratch.path)
        #expect(RFC3339.text(try data.manualClock()) == "2000-01-01T00:00:00.000Z")
        try data.keep(clock: Timestamp(millis: 946_684_861_007))
        #expect(RFC3339.text(try data.manualClock()) == "2000-01-01T00:01:01.007Z")
    }

    @Test func spoiltClockIsNamed() throws {
        let scratch = try Scratch()
        let data = try DataDirectory(making: scratch.path)
        try scratch.write("tomorrow", to: "clock")
        #expect(throws: ClusterFault(.data, "\(data.clockFile): no RFC 3339 time")) { try data.manualClock() }
    }

    @Test func secondSupervisorOfADirectoryIsRefusedUntilTheFirstIsGone() throws {
        let scratch = try Scratch()
        let data = try DataDirectory(making: scratch.path)
        var first: SupervisorLock? = try SupervisorLock(data)
        #expect(first != nil)
        #expect(throws: ClusterFault.self) { try SupervisorLock(data) }
        first = nil
        _ = try SupervisorLock(data)
    }

    @Test func fileInPlaceOfADirectoryIsRefused() throws {
        let scratch = try Scratch()
        try scratch.write("", to: "file")
        #expect(throws: ClusterFault.self) { try DataDirectory(making: scratch.path + "/file") }
        #expect(throws: ClusterFault.self) { try DataDirectory(existing: scratch.path + "/nothing") }
    }

    @Test func defaultFollowsTheEnvironment() {
        #expect(DataDirectory.standard(environment: ["XDG_STATE_HOME": "/s", "HOME": "/h"]) == "/s/fenliu")
        #expect(DataDirectory.standard(environment: ["HOME": "/h"]) == "/h/.local/state/fenliu")
        #expect(DataDirectory.standard(environment: ["XDG_STATE_HOME": "s", "HOME": "/h"]) == "/h/.local/state/fenliu")
    }

    @Test func clusterFileIsForItsOwnerAndReadBack() throws {
        let scratch = try Scratch()
        let data = try DataDirectory(making: scratch.path)
        let status = ClusterStatus(
            epoch: 1, shards: 4, manualClock: nil,
            processes: [
                ProcessStatus(
                    name: "router-1", role: .router, pid: 12, socket: "/run/router-1.sock", url: nil, ready: true,
                    restarts: 0, router: nil)
            ])
        let file = ClusterFile(url: "http://127.0.0.1:8080", operatorToken: "t", status: status)
        try file.write(to: data.clusterFile)
        #expect(scratch.mode("cluster.json") == 0o600)
        #expect(try ClusterFile.read(data) == file)
        let text = try String(contentsOfFile: data.clusterFile, encoding: .utf8)
        #expect(text.contains(#""role" : "router""#))
    }

    @Test func missingClusterFileSaysThatNothingRuns() throws {
        let scratch = try Scratch()
        let data = try DataDirectory(making: scratch.path)
        let fault = #expect(throws: ClusterFault.self) { try ClusterFile.read(data) }
        #expect(fault?.code == .notRunning)
    }
}

@Suite struct RunDirectoryTests {
    @Test func socketsLieInTheDataDirectory() throws {
        let scratch = try Scratch()
        let data = try DataDirectory(making: scratch.path)
        let run = try RunDirectory(making: data, environment: [:])
        #expect(run.path == data.path + "/run")
        #expect(scratch.mode("run") == 0o700)
        #expect(RunDirectory(of: data).supervisor == data.path + "/run/supervisor.sock")
    }

    @Test func longPathGetsAShortDirectoryThatCommandsFind() throws {
        let scratch = try Scratch()
        let data = try DataDirectory(making: scratch.path + "/" + String(repeating: "d", count: 90))
        let run = try RunDirectory(making: data, environment: ["XDG_RUNTIME_DIR": scratch.path])
        #expect(run.path.hasPrefix(scratch.path + "/fenliu-"))
        #expect(run.socket("campaign-worker").utf8.count <= 107)
        #expect(RunDirectory(of: data).path == run.path)
        #expect(try RunDirectory(making: data, environment: ["XDG_RUNTIME_DIR": scratch.path]).path == run.path)
    }

    @Test func openRunDirectoryIsClosedToOthers() throws {
        let scratch = try Scratch()
        let data = try DataDirectory(making: scratch.path)
        mkdir(data.path + "/run", 0o755)
        chmod(data.path + "/run", 0o755)
        _ = try RunDirectory(making: data, environment: [:])
        #expect(scratch.mode("run") == 0o700)
    }
}
