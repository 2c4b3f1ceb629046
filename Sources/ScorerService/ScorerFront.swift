// The scorer's socket. A question about a shop is answered from everything that was durable when it came in: the front
// asks the shop's router how far its shard is and lets the book catch up, for a bounded time.

import Domain
import NIOCore
import Transport
import Wire

final class ScorerFront: FrameService {
    private let book: ScoreBook
    private let board: RouterBoard
    /// For the router's answer and for catching up. Default 2 s.
    private let patience: Duration

    init(book: ScoreBook, board: RouterBoard, patience: Duration = .seconds(2)) {
        self.book = book
        self.board = board
        self.patience = patience
    }

    func connected(_ connection: ServerConnection) {}
    func disconnected(_ connection: ServerConnection) {}

    func received(_ batch: [Frame], on connection: ServerConnection) {
        for frame in batch {
            switch frame.kind {
            case .open: connection.end(frame.id, WireFault(.badRequest, "the scorer has no streams"))
            case .request:
                guard let request = try? BinaryDecoder().decode(ScorerRequest.self, from: frame.payload) else {
                    connection.fail(frame.id, WireFault(.badRequest, "cannot read the request"))
                    continue
                }
                let id = frame.id
                Task {
                    let reply = await self.answer(request)
                    connection.post { connection in
                        do {
                            connection.reply(id, try BinaryEncoder().encode(reply))
                        } catch {
                            connection.fail(id, WireFault(.internalFault, "\(error)"))
                        }
                    }
                }
            default: break
            }
        }
    }

    private func answer(_ request: ScorerRequest) async -> ScorerReply {
        if let shop = request.shop { await catchUp(shop) }
        return await book.answer(request)
    }

    private func catchUp(_ shop: ShopID) async {
        let shard = ShardMap.shard(of: shop, shards: await board.shards())
        guard let head = await board.head(of: shard, deadline: patience), await book.place(shard) < head else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [book] in await book.reach(shard, head) }
            group.addTask { [patience] in try? await Task.sleep(for: patience) }
            await group.next()
            group.cancelAll()
        }
    }
}

extension ScorerRequest {
    /// Whose scores it is about.
    var shop: ShopID? {
        switch self {
        case .scorecards(let ask): ask.shop
        case .personTimes(let ask): ask.shop
        case .penalties(let ask), .saturation(let ask), .benefitDays(let ask): ask.shop
        case .status: nil
        }
    }
}
