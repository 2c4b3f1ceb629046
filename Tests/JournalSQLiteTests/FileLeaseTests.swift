import Foundation
import Journal
import Testing

@testable import JournalSQLite

@Suite struct FileLeaseTests {
    /// Locks the file, says so, and holds it until its input ends.
    private static let holder = """
        import fcntl, os, sys
        f = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(f, fcntl.LOCK_EX)
        os.write(f, b"router-9 4711\\n")
        sys.stdout.write("held\\n"); sys.stdout.flush()
        sys.stdin.read()
        """

    @Test func aShardHeldByAnotherProcessIsRefusedAndNamesIt() throws {
        let rig = try SQLiteRig()
        let lock = rig.scratch.path + "/data/shards/shard-00.lock"
        let process = Process()
        let input = Pipe()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.holder, lock]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "held\n")
        do {
            _ = try rig.open()
            Issue.record("opened a shard that another process holds")
        } catch let fault as StoreFault {
            #expect(fault.code == .leaseHeld)
            #expect(fault.message == "shard 0 is held by router-9 4711")
        }
        // The lock dies with its holder, however that ends.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try rig.open().close()
    }

    @Test func anotherProcessCannotLockAShardThatIsOpenHere() throws {
        let rig = try SQLiteRig()
        let lock = rig.scratch.path + "/data/shards/shard-00.lock"
        let store = try rig.open()
        #expect(throws: ProcessFault.self) { try run("/usr/bin/env", ["flock", "-n", lock, "true"]) }
        store.close()
        try run("/usr/bin/env", ["flock", "-n", lock, "true"])
    }
}
