// The room on the disk of files that go. A large file that is removed at once keeps the disk from commits meanwhile, most
// of all where the file system tells the device of it (`discard`): 18 MB for 7 ms. So its room is held, its name goes, and
// then the room goes a little at a time.

import Foundation
import Journal
import Synchronization

final class HeldRoom: Sendable {
    /// Gives room back; one after the other, each with the pauses of its settings.
    private static let queue = SideQueue("fenliu.room")
    /// Files whose room waits there.
    private static let waiting = Atomic<Int>(0)

    private let files: [Int32]

    /// To be made while the files have their names. Those that are not there, or of which no more can be open, are left out.
    /// Never of a database that a connection may have open: closing it drops SQLite's locks.
    init(_ paths: [String]) {
        files = paths.compactMap { path in
            let file = open(path, O_WRONLY | O_CLOEXEC)
            return file >= 0 ? file : nil
        }
    }

    deinit { for file in files { close(file) } }

    /// Gives back the room of those whose names are gone, beside all else. The others stay as they are.
    func giveBack(_ settings: SQLiteSettings) {
        guard Self.waiting.add(files.count, ordering: .relaxed).newValue <= settings.mostHeldFiles else {
            Self.waiting.subtract(files.count, ordering: .relaxed)
            return
        }
        Self.queue.async { [self] in
            for file in files { Self.shorten(file, settings) }
            Self.waiting.subtract(files.count, ordering: .relaxed)
        }
    }

    /// Takes the only name of a file away that nobody reads, and gives its room back.
    static func remove(_ path: String, _ settings: SQLiteSettings) {
        let room = HeldRoom([path])
        unlink(path)
        room.giveBack(settings)
    }

    private static func shorten(_ file: Int32, _ settings: SQLiteSettings) {
        var about = stat()
        guard fstat(file, &about) == 0, about.st_nlink == 0 else { return }
        var length = Int(about.st_size)
        while length > settings.moveBytes {
            length -= settings.moveBytes
            if ftruncate(file, off_t(length)) != 0 { return }
            usleep(settings.movePauseMicros)
        }
    }

    /// A seam for tests: nothing is on its way.
    static func settle() { queue.settle() }
}
