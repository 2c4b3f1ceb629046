import Domain
import IngressService

@testable import ClusterKit

/// A shop in memory: the desk itself, without a cluster around it.
actor DeskShop: PlayedShop {
    private var desk = Desk(id: ShopID(rawValue: "s"))
    private var next: UInt64 = 1
    private var now: Timestamp
    private var steps: [SessionID: HandlerStep] = [:]
    /// The journal.
    private var records: [EventRecord] = []
    private let rereadEvery: Int?
    private var calls = 0
    private(set) var looks = 0
    /// Agents' answers as (message, agent, at).
    private(set) var answers: [(id: String, agent: AgentID, at: Timestamp)] = []

    /// With `rereadEvery`, the desk is put together anew from its journal after every so many calls, as after the end
    /// of its router.
    init(
        _ day: DayFile, poolPerAgentMinute: Int = 5, bot: BotMode = .off, capacity: Int? = nil,
        rereadEvery: Int? = nil
    ) throws {
        now = day.shop.start
        self.rereadEvery = rereadEvery
        var diversion = DiversionSettings()
        diversion.poolPerAgentMinute = poolPerAgentMinute
        var commands: [Command] = [
            .setShop(SetShop(name: day.shop.name)),
            .setSettings(SetSettings(diversion: diversion, bot: BotSettings(mode: bot))),
            .setGroup(SetGroup(group: GroupID(rawValue: "g"))),
        ]
        commands += day.groups.map { .setGroup($0.asGroup) }
        commands += day.agents.map { .setAgent($0.asAgent(capacity: capacity)) }
        commands += day.buyers.map { .setBuyer($0.asBuyer) }
        commands += day.orders.map { .setOrder($0.asOrder) }
        for command in commands { _ = try desk.handle(command, at: now, next: &next, into: &records) }
    }

    private func give(_ command: Command) throws(Refusal) -> Answer {
        reread()
        var events: [EventRecord] = []
        defer { note(events) }
        return try desk.handle(command, at: now, next: &next, into: &events)
    }

    private func note(_ events: [EventRecord]) {
        records += events
        for record in events {
            if let session = record.event.session, let step = HandlerStep(record) { steps[session] = step }
        }
    }

    private func reread() {
        calls += 1
        guard let rereadEvery, calls % rereadEvery == 0 else { return }
        desk = Desk(id: ShopID(rawValue: "s"))
        for record in records { desk.apply(record) }
        advance()
    }

    private func advance() {
        var events: [EventRecord] = []
        desk.advance(to: now, next: &next, into: &events)
        note(events)
    }

    func moveClock(to time: Timestamp) {
        precondition(time >= now)
        now = time
        advance()
    }

    func setPresence(_ agent: AgentID, _ state: Presence, key: String) throws {
        _ = try give(.setPresence(SetPresence(agent: agent, state: state)))
    }

    func say(_ message: DayFile.Message, id: String) throws -> Placement {
        let answer = try give(
            .receiveMessage(
                ReceiveMessage(
                    buyer: message.buyer, message: MessageID(rawValue: id), text: message.text ?? "",
                    order: message.order)))
        guard let session = answer.session, let handler = answer.handler, let rule = answer.rule else {
            throw Refusal.unknownShop
        }
        return Placement(session: session, handler: Self.handler(handler), rule: rule.name)
    }

    func answer(_ session: SessionID, by agent: AgentID, id: String) throws -> Bool {
        do throws(Refusal) {
            _ = try give(
                .sendMessage(
                    SendMessage(
                        session: session, message: MessageID(rawValue: id), sender: .agent(agent), text: "ok")))
        } catch {
            switch error {
            case .notHandler, .sessionEnded: return false
            default: throw error
            }
        }
        answers.append((id, agent, now))
        return true
    }

    func waiting() -> WaitingBoard {
        looks += 1
        let board = desk.board
        var handlers: [SessionID: PlayHandler] = [:]
        for entry in board.waiting { handlers[entry.session] = Self.handler(entry.handler) }
        return WaitingBoard(handlers: handlers, isWhole: board.waitingTotal == board.waiting.count)
    }

    func session(_ session: SessionID) throws -> SessionNow {
        guard let view = desk.openSessionView(session)?.view else {
            return SessionNow(
                session: session, isOpen: false, handler: .line("pool"), givenAt: now, rule: "", waiting: nil)
        }
        var waiting: (message: String, since: Timestamp)?
        if let message = view.waitingMessage, let since = view.waitingSince { waiting = (message.rawValue, since) }
        return SessionNow(
            session: session, isOpen: true, handler: Self.handler(view.handler), givenAt: view.handlerSince,
            rule: steps[session]?.rule.name ?? "", waiting: waiting)
    }

    private static func handler(_ handler: Handler) -> PlayHandler {
        switch handler {
        case .agent(let agent): .agent(agent)
        case .queue: .line("queue")
        case .pool: .line("pool")
        case .bot: .other("bot")
        }
    }
}

extension DayFile.Entry {
    var asGroup: SetGroup {
        let states = (body["orderStates"]?.asList ?? []).compactMap(\.asText).compactMap(OrderState.init(name:))
        return SetGroup(group: GroupID(rawValue: id), orderStates: states)
    }

    var asBuyer: SetBuyer {
        SetBuyer(
            buyer: BuyerID(rawValue: id), memberLevel: body["memberLevel"]?.asInteger ?? 0,
            exclusiveAgent: body["exclusiveAgent"]?.asText.map { AgentID(rawValue: $0) })
    }

    var asOrder: SetOrder {
        SetOrder(
            order: OrderID(rawValue: id), buyer: BuyerID(rawValue: body["buyer"]?.asText ?? ""),
            state: body["state"]?.asText.flatMap(OrderState.init(name:)) ?? .unpaid,
            updatedAt: body["updatedAt"]?.asText.flatMap(RFC3339.parse) ?? Timestamp(millis: 0))
    }
}

extension DayFile.Agent {
    /// In the group `g`, if the file names none.
    func asAgent(capacity: Int?) -> SetAgent {
        SetAgent(
            agent: id, weight: body["weight"]?.asInteger ?? 100,
            groups: (body["groups"]?.asList ?? [.text("g")]).compactMap(\.asText).map { GroupID(rawValue: $0) },
            capacity: capacity)
    }
}
