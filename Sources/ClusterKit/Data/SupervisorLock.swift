import Foundation

/// The right to supervise a data directory: an exclusive `flock`, which ends with its process.
public final class SupervisorLock: Sendable {
    private let file: Int32

    /// Throws `.busy` at once if another process has it.
    public init(_ directory: DataDirectory) throws(ClusterFault) {
        let path = directory.lockFile
        let file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DurableFile.fault(path) }
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            let reason = errno
            close(file)
            guard reason == EWOULDBLOCK else { throw ClusterFault(.data, "\(path): \(DurableFile.words(reason))") }
            throw ClusterFault(.busy, "\(directory.path): a cluster runs on this data directory already")
        }
        self.file = file
    }

    deinit { close(file) }
}
