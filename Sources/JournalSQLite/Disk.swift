// Files beside SQLite's own calls: brought to the disk a little at a time, since commits share it, and folders synced.

import Foundation
import Journal

enum Disk {
    /// Begins to write what has changed between two places of a file, `bytes` at a time with a pause of so many microseconds
    /// after each. Nothing is on the disk before a sync.
    static func startWriting(
        _ file: Int32, from start: Int, to end: Int, bytes: Int, pause: () -> UInt32
    ) {
        for place in stride(from: start, to: end, by: bytes) {
            posix_fadvise(file, place, min(bytes, end - place), POSIX_FADV_DONTNEED)
            usleep(pause())
        }
    }

    static func length(_ file: Int32, _ path: String) throws(StoreFault) -> Int {
        var about = stat()
        guard fstat(file, &about) == 0 else { throw StoreFault(.io, path, cause: words(errno)) }
        return Int(about.st_size)
    }

    static func sync(_ file: Int32, _ path: String) throws(StoreFault) {
        guard fdatasync(file) == 0 else { throw StoreFault(.io, path, cause: words(errno)) }
    }

    static func sync(folder path: String) throws(StoreFault) {
        let file = open(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { throw StoreFault(.io, path, cause: words(errno)) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw StoreFault(.io, path, cause: words(errno)) }
    }
}

/// The operating system's words for an error number.
func words(_ number: Int32) -> String { String(cString: strerror(number)) }
