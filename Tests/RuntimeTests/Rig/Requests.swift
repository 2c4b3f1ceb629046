import Domain
import Journal
import Wire

@testable import Runtime

/// Short names for what tests ask.
enum Give {
    static let shop = ShopID(rawValue: "shop")

    static func command(
        _ command: Command, id: String? = nil, fingerprint: UInt64 = 1, at: Timestamp = RuntimeRig.start,
        shop: ShopID = shop
    ) -> RouterRequest {
        let stamp = id.map { CommandStamp(id: CommandID(rawValue: $0), fingerprint: fingerprint) }
        return .command(ShopCommand(shop: shop, at: at, stamp: stamp, command: command))
    }

    static func shopSet(_ shop: ShopID = shop) -> RouterRequest { command(.setShop(SetShop(name: "Shop")), shop: shop) }

    static func agent(_ agent: String, weight: Int = 100, capacity: Int? = nil) -> RouterRequest {
        command(.setAgent(SetAgent(agent: AgentID(rawValue: agent), weight: weight, capacity: capacity)))
    }

    static func online(_ agent: String) -> RouterRequest {
        command(.setPresence(SetPresence(agent: AgentID(rawValue: agent), state: .online)))
    }

    /// A buyer's message whose ID is the command's too.
    static func say(
        _ buyer: String, _ id: String, _ text: String = "hello", at: Timestamp = RuntimeRig.start,
        fingerprint: UInt64 = 1, shop: ShopID = shop
    ) -> RouterRequest {
        let message = ReceiveMessage(
            buyer: BuyerID(rawValue: buyer), message: MessageID(rawValue: id), text: text)
        return command(.receiveMessage(message), id: id, fingerprint: fingerprint, at: at, shop: shop)
    }

    static func ask(_ query: Query, shop: ShopID = shop) -> RouterRequest {
        .query(ShopQuery(shop: shop, query: query))
    }

    /// A shop with one agent online, as one batch.
    static let opening = [shopSet(), agent("a"), online("a")]
}

extension RouterReply {
    var answer: Answer? { if case .answer(let answer) = self { answer } else { nil } }
    var refusal: Refusal? { if case .refusal(let refusal) = self { refusal } else { nil } }
    var fault: WireFault.Code? { if case .fault(let fault) = self { fault.code } else { nil } }
    var board: BoardView? { if case .view(.board(let board)) = self { board } else { nil } }
}

extension MemoryDisk {
    /// Every record, in order.
    func records() throws -> [EventRecord] {
        try rows.flatMap { try RecordCoding.decode($0.body).compactMap(\.record) }
    }
}
