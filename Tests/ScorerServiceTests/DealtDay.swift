import Domain
import Journal
import Wire

/// Events of several shops over some days, dealt from a seed. Shops share a shard, so their events are mixed.
struct DealtDay {
    private var state: UInt64
    private(set) var records: [EventRecord] = []
    private var time: Timestamp
    private var heads: [ShopID: UInt64] = [:]
    private var sessions: [ShopID: UInt64] = [:]
    private var open: [String: (session: UInt64, handler: Handler, waits: Bool)] = [:]

    static let start = RFC3339.parse("2022-03-14T06:00:00+08:00") ?? Timestamp(millis: 0)
    static let shops = ["a", "b", "c"].map { ShopID(rawValue: $0) }

    init(seed: UInt64, events: Int) {
        state = seed
        time = Self.start
        for shop in Self.shops { add(shop, .shopSet(ShopSet(shop: SetShop(name: shop.rawValue)))) }
        while records.count < events { step() }
    }

    private mutating func below(_ bound: UInt64) -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return ShardMap.mix(state) % bound
    }

    private mutating func add(_ shop: ShopID, _ event: Event) {
        let sequence = UInt64(records.count + 1)
        records.append(
            EventRecord(
                sequence: sequence, at: time, shop: shop, previousOfShop: heads[shop] ?? 0, event: event))
        heads[shop] = sequence
    }

    private mutating func handler() -> Handler {
        switch below(10) {
        case 0: .bot(nil)
        case 1: .pool
        case 2: .queue
        case let other: .agent(AgentID(rawValue: "x\(other % 4)"))
        }
    }

    private func decision(_ handler: Handler) -> Decision {
        Decision(
            handler: handler, rule: .unboundState, cause: .arrival, settingsVersion: 1, priorityMember: false,
            inquiry: Inquiry())
    }

    private mutating func step() {
        // Mostly seconds, sometimes hours: the days pass.
        time = time + Span(millis: Int64(below(15) == 0 ? below(7_200_000) : below(45_000)))
        let shop = Self.shops[Int(below(3))]
        let name = "b\(below(12))"
        let key = "\(shop)/\(name)"
        let buyer = BuyerID(rawValue: name)
        let message = MessageID(rawValue: "m\(records.count)")
        guard let held = open[key] else { return arrive(shop, buyer, key, message) }
        let session = SessionID(held.session)
        switch below(10) {
        case 0..<4:
            let moved = below(6) == 0 ? handler() : held.handler
            add(
                shop,
                .messageReceived(
                    MessageReceived(
                        buyer: buyer, message: message, text: below(5) == 0 ? "谢谢" : "?", session: session,
                        opened: false, handler: moved, decision: moved == held.handler ? nil : decision(moved),
                        from: moved == held.handler ? nil : held.handler, wasPending: held.waits)))
            open[key] = (held.session, moved, true)
        case 4..<7:
            let sender: Sender
            switch held.handler {
            case .agent(let agent): sender = .agent(agent)
            case .bot: sender = .bot
            case .pool, .queue: return
            }
            let automatic = below(5) == 0
            let noAnswer = sender == .bot && below(2) == 0
            add(
                shop,
                .messageSent(
                    MessageSent(
                        buyer: buyer, message: message, session: session, sender: sender, text: "!",
                        messageClass: below(8) == 0 ? .marketing : .chat, automatic: automatic,
                        answered: !automatic && !noAnswer, noAnswer: noAnswer)))
            open[key] = (held.session, held.handler, held.waits && (automatic || noAnswer))
        case 7, 8:
            let to = handler()
            guard to != held.handler else { return }
            add(
                shop,
                .handlerChanged(
                    HandlerChanged(
                        buyer: buyer, session: session, from: held.handler, to: to, decision: decision(to),
                        pending: held.waits)))
            open[key] = (held.session, to, held.waits)
        default:
            add(
                shop,
                .sessionEnded(
                    SessionEnded(
                        buyer: buyer, session: session, handler: held.handler, wasPending: held.waits, end: .closed)))
            open[key] = nil
        }
    }

    private mutating func arrive(_ shop: ShopID, _ buyer: BuyerID, _ key: String, _ message: MessageID) {
        let number = (sessions[shop] ?? 0) + 1
        sessions[shop] = number
        let first = handler()
        open[key] = (number, first, true)
        add(
            shop,
            .messageReceived(
                MessageReceived(
                    buyer: buyer, message: message, text: "?", session: SessionID(number), opened: true,
                    handler: first, decision: decision(first))))
    }

    /// The records of `range`, as a follower gets them.
    func item(_ range: Range<Int>) -> ShardItem {
        var writer = ByteWriter(reserving: 1_024)
        for record in records[range] { RecordCoding.append(record, to: &writer) }
        return ShardItem(
            first: records[range.lowerBound].sequence, last: records[range.upperBound - 1].sequence,
            body: writer.bytes)
    }

    var end: Timestamp { time + .days(30) }
}
