// Starts one process of the cluster and waits for its end. A child has a process group of its own (a Ctrl-C reaches
// the supervisor alone), default signals, no descriptor but 0–2, and its output goes to its log.
// A pid stays taken until `reap`, so a signal never hits a stranger.

import Foundation
import Wire

struct ChildProcess: Sendable {
    let pid: Int32

    /// Throws `.start` with the operating system's words.
    init(executable: String, arguments: [String], log: String) throws(ClusterFault) {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))
        Self.closeDescriptorsOnExec()

        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var environment = Self.environment.map { strdup($0) }
        environment.append(nil)
        defer { for word in environment { free(word) } }
        var started = pid_t()
        let failure = posix_spawn(&started, executable, &actions, &attributes, words, environment)
        guard failure == 0 else {
            throw ClusterFault(.start, "\(executable): \(DurableFile.words(failure))")
        }
        pid = started
    }

    /// The supervisor's own; its values for `ProcessMemory` go before.
    private static var environment: [String] {
        ProcessInfo.processInfo.environment.merging(ProcessMemory.environment) { own, _ in own }
            .map { "\($0)=\($1)" }.sorted()
    }

    /// A child that held the supervisor's sockets or locks would keep them alive after it.
    private static func closeDescriptorsOnExec() {
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in open.compactMap({ Int32($0) }) where descriptor > 2 {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }

    /// Calls back, on a thread of its own, when the process has ended; it is not reaped yet.
    func whenEnded(_ then: @escaping @Sendable () -> Void) {
        let pid = pid
        let thread = Thread {
            var about = siginfo_t()
            while waitid(P_PID, id_t(pid), &about, WEXITED | WNOWAIT) != 0, errno == EINTR {}
            then()
        }
        thread.stackSize = 128 * 1_024
        thread.start()
    }

    /// Frees the pid of a process that has ended.
    static func reap(_ pid: Int32) -> ProcessEnd {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            if errno != EINTR { return .code(-1) }
        }
        let signal = status & 0x7f
        return signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
    }
}
