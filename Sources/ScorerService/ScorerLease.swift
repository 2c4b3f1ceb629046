// One scorer is active, the others stand by: an exclusive `flock` on a file of the data directory, which ends with its
// holder, however that ends. A standby waits in the kernel and takes over at once.

import Foundation
import Synchronization

final class ScorerLease: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    struct Fault: Error, CustomStringConvertible {
        var description: String
    }

    /// Waits, on a thread of its own, until nobody else holds it; the thread ends with the process.
    static func wait(path: String) async throws -> ScorerLease {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<ScorerLease, any Error>) in
            Thread.detachNewThread {
                let file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
                guard file >= 0 else {
                    return done.resume(throwing: Fault(description: "\(path): \(String(cString: strerror(errno)))"))
                }
                while flock(file, LOCK_EX) != 0 {
                    if errno == EINTR { continue }
                    close(file)
                    return done.resume(throwing: Fault(description: "\(path): \(String(cString: strerror(errno)))"))
                }
                done.resume(returning: ScorerLease(file))
            }
        }
    }

    deinit {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
