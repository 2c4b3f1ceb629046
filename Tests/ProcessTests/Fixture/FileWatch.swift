import Foundation

/// Waits until a file of a folder is replaced by a rename.
final class FileWatch: Sendable {
    private let queue: Int32
    private let name: String

    init(folder: String, name: String) throws {
        queue = inotify_init1(Int32(IN_CLOEXEC))
        self.name = name
        guard queue >= 0, inotify_add_watch(queue, folder, UInt32(IN_MOVED_TO)) >= 0 else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
    }

    deinit { close(queue) }

    /// Returns at the next replacement since the watch was made or last returned; throws after `limitSeconds`.
    func next(limitSeconds: Int = 20) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            let thread = Thread { [self] in done.resume(with: Result { try wait(limitSeconds) }) }
            thread.start()
        }
    }

    /// The same, on the caller's thread.
    func wait(_ limitSeconds: Int) throws {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            var wanted = pollfd(fd: queue, events: Int16(POLLIN), revents: 0)
            let ready = poll(&wanted, 1, Int32(limitSeconds) * 1_000)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { throw POSIXError(.ETIMEDOUT) }
            let count = read(queue, &buffer, buffer.count)
            guard count > 0 else { throw POSIXError(.EIO) }
            if String(decoding: buffer[..<count], as: UTF8.self).contains(name) { return }
        }
    }
}
