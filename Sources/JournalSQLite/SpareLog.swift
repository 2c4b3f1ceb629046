// The log of a file that needs it no more, kept for the next file: what is written over is synced sooner than what makes a
// file grow, and need not be made room for. SQLite takes a log without a header for an empty one, and what it finds behind
// a header of its own counts only with the numbers that stand there, which are random for each.
// The header goes before the log's name does: whoever looks into the log by its old name, when nobody else has the database
// open any more, finds it empty and reads the tables.

import Foundation
import Journal

struct SpareLog: Sendable {
    let path: String
    /// A longer one is not kept.
    let mostBytes: Int

    var isThere: Bool { access(path, F_OK) == 0 }

    /// Of a log that nobody needs: the database's tables have all of it, on the disk, and no connection reads it for them, or
    /// the database goes. The connection that wrote it is still open. False: it stays where it is, since there is a spare one
    /// or it is too long; its header may be gone.
    func keep(_ log: String) -> Bool {
        var about = stat()
        guard !isThere, stat(log, &about) == 0, about.st_size <= mostBytes else { return false }
        let file = open(log, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return (try? emptyHeader(file)) != nil && rename(log, path) == 0
    }

    /// Becomes the log of a database that is not open and has none, durably, and is empty then. False: there is no spare one,
    /// or the database has a log. If it throws, the spare one is gone; `log` may be there, empty.
    func use(as log: String) throws(StoreFault) -> Bool {
        guard access(log, F_OK) != 0 else { return false }
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        do throws(StoreFault) {
            // Once more: it may be the spare one of a process that was killed.
            try emptyHeader(file)
            try Disk.sync(file, path)
            guard rename(path, log) == 0 else { throw StoreFault(.io, path, cause: words(errno)) }
            try Disk.sync(folder: (log as NSString).deletingLastPathComponent)
        } catch {
            // After a failed sync nobody knows what the disk has.
            unlink(path)
            throw error
        }
        return true
    }

    private func emptyHeader(_ file: Int32) throws(StoreFault) {
        let none = [UInt8](repeating: 0, count: Self.headerBytes)
        guard pwrite(file, none, none.count, 0) == none.count else {
            throw StoreFault(.io, path, cause: words(errno))
        }
    }

    /// What SQLite writes before the first page.
    private static let headerBytes = 32
}
