// One reader per shard: from its place in the book, through whoever holds the shard now, for as long as the process
// lives. A reader asks for more only when what it has is durable, so the routers' flow control bounds what waits.

import Domain
import Logging
import Transport
import Wire

struct ShardFollowers: Sendable {
    let book: ScoreBook
    let board: RouterBoard
    /// Between two attempts to follow. Default 20 ms.
    var pause = Duration.milliseconds(20)
    /// Bytes that wait for one reader. Default 1 MiB.
    var credit = 1 << 20
    let logger: Logger

    /// Comes back when the task is cancelled; throws what the book threw.
    func run() async throws {
        let shards = await board.shards()
        await book.expect(shards: shards)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for shard in 0..<shards {
                group.addTask { try await follow(shard) }
            }
            try await group.waitForAll()
        }
    }

    private func follow(_ shard: Int) async throws {
        while !Task.isCancelled {
            if let router = board.holder(of: shard) {
                let request = RouterRequest.followShard(FollowShard(shard: shard, after: await book.place(shard)))
                let stream = router.stream(try BinaryEncoder().encode(request), credit: credit)
                do throws(WireFault) {
                    while let payload = try await stream.next() {
                        try await take(shard, [payload] + stream.buffered())
                    }
                } catch {
                    if error.code == Self.unwritten { throw error }
                    logger.debug("shard \(shard): \(error.message)")
                }
                stream.cancel()
            }
            try? await Task.sleep(for: pause)
        }
    }

    private func take(_ shard: Int, _ payloads: [[UInt8]]) async throws(WireFault) {
        guard let items = try? payloads.map({ try BinaryDecoder().decode(ShardItem.self, from: $0) }) else {
            throw WireFault(.badRequest, "an item that cannot be read")
        }
        do {
            try await book.take(shard, items)
        } catch {
            throw WireFault(Self.unwritten, "shard \(shard): \(error)")
        }
    }

    /// The scores could not be written; the process cannot go on.
    private static let unwritten = WireFault.Code(rawValue: "scoresNotWritten")
}
