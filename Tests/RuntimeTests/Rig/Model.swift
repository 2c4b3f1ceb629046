// What a shop must be: the pure desk alone, given the same commands at the same times, without journal, rows, failures
// or memory bounds. The shard under test must give the same answers and leave the same events.

import Domain
import Wire

struct Model {
    var desk = Desk(id: Give.shop, limits: Model.limits)
    var records: [EventRecord] = []
    private var next: UInt64 = 1
    private var random: SplitMix
    private var given = 0

    static var limits: DeskLimits {
        var limits = DeskLimits()
        limits.noteEvery = 40
        return limits
    }

    init(seed: UInt64) { random = SplitMix(seed) }

    mutating func chance(_ percent: Int) -> Bool { random.below(100) < percent }
    mutating func pick(_ range: ClosedRange<Int>) -> Int { range.lowerBound + random.below(range.count) }

    mutating func advance(to time: Timestamp) { desk.advance(to: time, next: &next, into: &records) }

    /// The answer, nil if the desk refuses; then nothing has changed.
    mutating func give(_ command: Command, at: Timestamp) -> (request: RouterRequest, answer: Answer)? {
        var trial = self
        let stamp = CommandStamp(id: CommandID(rawValue: "c\(given)"), fingerprint: UInt64(given))
        guard
            let answer = try? trial.desk.handle(command, stamp: stamp, at: at, next: &trial.next, into: &trial.records)
        else { return nil }
        trial.given += 1
        self = trial
        return (.command(ShopCommand(shop: Give.shop, at: at, stamp: stamp, command: command)), answer)
    }

    static let agents = ["ann", "ben", "cao", "dai"].map(AgentID.init(rawValue:))
    static let buyers = (1...30).map { BuyerID(rawValue: "buyer-\($0)") }

    /// A shop with four agents, one of them with a capacity.
    static let opening: [Command] =
        [.setShop(SetShop(name: "Shop"))]
        + agents.enumerated().flatMap { index, agent -> [Command] in
            [
                .setAgent(SetAgent(agent: agent, weight: 50 * (index + 1), capacity: index == 1 ? 2 : nil)),
                .setPresence(SetPresence(agent: agent, state: .online)),
            ]
        }

    /// Something that may happen in the shop now.
    mutating func command(_ now: Timestamp) -> Command {
        let buyer = Self.buyers[random.below(Self.buyers.count)]
        let agent = Self.agents[random.below(Self.agents.count)]
        let name = MessageID(rawValue: "m\(given)")
        let open = desk.openSessions(SessionFilter(page: Page(limit: 1_000))).list
        let session = open.isEmpty ? nil : open[random.below(open.count)]
        switch random.below(100) {
        case 0..<3: return .setBuyer(SetBuyer(buyer: buyer, memberLevel: random.below(3), exclusiveAgent: agent))
        case 3..<6:
            return .setOrder(
                SetOrder(
                    order: OrderID(rawValue: "o-\(buyer)"), buyer: buyer,
                    state: random.below(2) == 0 ? .unpaid : .shipped, updatedAt: now))
        case 6..<10:
            let states: [Presence] = [.online, .online, .suspended, .offline]
            return .setPresence(SetPresence(agent: agent, state: states[random.below(4)]))
        case 10..<12: return .askForHuman(AskForHuman(buyer: buyer))
        case 12..<20:
            guard let session else { break }
            return .closeSession(CloseSession(session: session.session))
        case 20..<24:
            guard let session else { break }
            return .transferSession(
                TransferSession(session: session.session, target: .agent(agent), reason: "knows it better"))
        case 24..<50:
            guard let session, let handler = session.handler.agent else { break }
            return .sendMessage(
                SendMessage(session: session.session, message: name, sender: .agent(handler), text: "yes?"))
        default: break
        }
        return .receiveMessage(
            ReceiveMessage(buyer: buyer, message: name, text: "hello", toAgent: random.below(10) == 0 ? agent : nil))
    }
}

struct SplitMix {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return ShardMap.mix(state)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
