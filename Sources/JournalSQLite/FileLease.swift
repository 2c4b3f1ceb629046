// A lease: an exclusive `flock` on a lock file, a shard's or a commit log's. It ends with its process, however that ends.
// The file's text names the holder, for people; it decides nothing.

import Foundation
import Journal
import Synchronization

final class FileLease: Sendable {
    private let descriptor: Mutex<Int32>

    /// Throws `.leaseHeld` if anybody holds it, this process included, at once or after so many milliseconds. `of`: what it
    /// is a lease of, in words.
    init(path: String, of what: String, holder: String, waitMillis: Int = 0) throws(StoreFault) {
        var file = try Self.file(path)
        var waited = 0
        while true {
            if flock(file, LOCK_EX | LOCK_NB) == 0 {
                if Self.isAt(path, file) { break }
                // Whoever held it has removed it since: a lock that nobody else can find is none.
                close(file)
                file = try Self.file(path)
                continue
            }
            let reason = errno
            if reason == EINTR { continue }
            if reason == EWOULDBLOCK, waited < waitMillis {
                usleep(1_000)
                waited += 1
                continue
            }
            let other = Self.text(of: file)
            close(file)
            guard reason == EWOULDBLOCK else { throw StoreFault(.io, path, cause: words(reason)) }
            throw StoreFault(.leaseHeld, "\(what) is held by \(other.isEmpty ? "another process" : other)")
        }
        let line = Array("\(holder) \(getpid())\n".utf8)
        if ftruncate(file, 0) == 0 { _ = pwrite(file, line, line.count, 0) }
        descriptor = Mutex(file)
    }

    private static func file(_ path: String) throws(StoreFault) -> Int32 {
        let file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StoreFault(.io, path, cause: words(errno)) }
        return file
    }

    private static func isAt(_ path: String, _ file: Int32) -> Bool {
        var (named, held) = (stat(), stat())
        return stat(path, &named) == 0 && fstat(file, &held) == 0 && named.st_ino == held.st_ino
            && named.st_dev == held.st_dev
    }

    deinit { release() }

    /// Unlocks before it closes: a child process that was forked a moment ago may still share the descriptor.
    func release() {
        descriptor.withLock { file in
            guard file >= 0 else { return }
            ftruncate(file, 0)
            flock(file, LOCK_UN)
            close(file)
            file = -1
        }
    }

    private static func text(of file: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 256)
        let read = pread(file, &bytes, bytes.count, 0)
        guard read > 0 else { return "" }
        return String(decoding: bytes[..<read], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
