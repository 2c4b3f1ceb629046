import Foundation
import Testing

@testable import JournalSQLite

/// What becomes of the room of files that go.
struct HeldRoomTests {
    private let scratch: Scratch
    private let path: String
    /// Ours, to see what becomes of a file without a name.
    private let file: FileHandle
    private var settings = SQLiteSettings()

    init() throws {
        scratch = try Scratch()
        path = scratch.path + "/large"
        try Data(repeating: 1, count: 100_000).write(to: URL(fileURLWithPath: path))
        file = try #require(FileHandle(forReadingAtPath: path))
        settings.moveBytes = 4_096
        settings.movePauseMicros = 0
    }

    private func length() throws -> UInt64 {
        HeldRoom.settle()
        return try file.seekToEnd()
    }

    @Test func theRoomOfAFileWithoutANameGoesInSteps() throws {
        let room = HeldRoom([path, scratch.path + "/none"])
        try FileManager.default.removeItem(atPath: path)
        #expect(try length() == 100_000)
        room.giveBack(settings)
        // The rest goes when the file is closed.
        #expect(try length() == 100_000 % 4_096)
    }

    @Test func aFileThatHasItsNameStaysAsItIs() throws {
        HeldRoom([path]).giveBack(settings)
        #expect(try length() == 100_000)
    }

    @Test func beyondTheBoundFilesGoAtOnce() throws {
        var settings = settings
        settings.mostHeldFiles = 0
        let room = HeldRoom([path])
        try FileManager.default.removeItem(atPath: path)
        room.giveBack(settings)
        #expect(try length() == 100_000)
    }
}
