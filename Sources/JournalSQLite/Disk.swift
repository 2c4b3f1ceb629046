// Files beside SQLite's own calls: brought to the disk a little at a time, since commits share it, and folders synced.

import Foundation
import Journal
import CCalls

enum Disk {
    /// Writes out what has changed between two places of a file, `bytes` at a time: each is with the device before the next,
    /// with a pause of so many microseconds between them, so that a commit's sync never waits for more than one. Nothing
    /// counts as written before a sync.
    static func writeOut(
        _ file: Int32, _ path: String, from start: Int, to end: Int, bytes: Int, pause: () -> UInt32
    ) throws(StoreFault) {
        for place in stride(from: start, to: end, by: bytes) {
            guard write_out_range(file, Int64(place), Int64(min(bytes, end - place))) == 0 else {
                throw StoreFault(.io, path, cause: words(errno))
            }
            usleep(pause())
        }
    }

    /// Writes zeros behind a file's end up to a length, `bytes` at a time, and syncs them. What is written over them later
    /// is synced sooner than what makes a file grow.
    static func fill(_ path: String, to end: Int, bytes: Int, pause: () -> UInt32) throws(StoreFault) {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw StoreFault(.io, path, cause: words(errno)) }
        defer { close(file) }
        var place = try length(file, path)
        let zeros = [UInt8](repeating: 0, count: bytes)
        while place < end {
            let count = pwrite(file, zeros, min(bytes, end - place), off_t(place))
            guard count > 0 else { throw StoreFault(.io, path, cause: words(errno)) }
            try writeOut(file, path, from: place, to: place + count, bytes: bytes, pause: pause)
            place += count
        }
        try sync(file, path)
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
