// Tells the shops' desks what the shops may not do (RR-6). Each step is told until the desk has it; the desk takes each
// once, whoever tells it and however often (`Desk.noteRestrictions`).

import Domain
import Logging
import Runtime
import Transport
import Wire

struct RestrictionHerald: Sendable {
    let book: ScoreBook
    let board: RouterBoard
    let clock: any WallClock
    let logger: Logger
    /// Between two looks. Default 200 ms.
    var pause = Duration.milliseconds(200)
    /// For a desk's answer. Default 2 s.
    var deadline = Duration.seconds(2)
    /// Looks while the clock is being reached, 20 ms apart. Default 250.
    var attempts = 250

    /// Comes back when the task is cancelled; throws what the book threw.
    func run() async throws {
        while !Task.isCancelled {
            _ = try await tell()
            try? await Task.sleep(for: pause)
        }
    }

    /// Comes back when nothing is left to tell at the clock's time, or after some attempts; `run` goes on then.
    func reachClock() async {
        for _ in 0..<attempts where !Task.isCancelled {
            if (try? await tell()) == true { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
        logger.warning("restrictions are still to be told")
    }

    /// True if every desk has all that there is.
    private func tell() async throws -> Bool {
        var told = true
        while told, !Task.isCancelled {
            let now = clock.now()
            let (notes, more) = try await book.review(at: now)
            if notes.isEmpty, !more { return true }
            var taken: [RestrictionNote] = []
            for note in notes {
                if await tell(note, at: now) { taken.append(note) }
            }
            try await book.noted(taken)
            told = taken.count == notes.count
        }
        return false
    }

    private func tell(_ note: RestrictionNote, at now: Timestamp) async -> Bool {
        let command = ShopCommand(shop: note.shop, at: now, command: .noteRestrictions(note.note))
        guard let router = board.holder(of: note.shard),
            let request = try? BinaryEncoder().encode(RouterRequest.command(command)),
            let bytes = try? await router.call(request, deadline: deadline),
            let reply = try? BinaryDecoder().decode(RouterReply.self, from: bytes)
        else { return false }
        if case .answer = reply { return true }
        logger.debug("\(note.shop): \(note.note.at.day) not noted: \(reply)")
        return false
    }
}
