// Who reads a stream, and which events are its own. A buyer sees the conversation and who has it, never why.

import Domain
import Journal

enum Audience: Equatable {
    /// The shop itself: everything.
    case shop
    /// Sessions that the agent has, gets or gives away, and its own account.
    case agent(AgentID)
    /// Sessions that a bot has, gets or gives away.
    case bot
    case buyer(BuyerID)

    init?(_ principal: Principal) {
        switch principal.role {
        case .operator, .merchant: self = .shop
        case .agent:
            guard let agent = principal.agent else { return nil }
            self = .agent(agent)
        case .bot: self = .bot
        case .buyer:
            guard let buyer = principal.buyer else { return nil }
            self = .buyer(buyer)
        case .courier: return nil
        }
    }

    func sees(_ event: Event) -> Bool {
        switch self {
        case .shop:
            switch event {
            case .rosterNoted, .commandNoted: false
            default: true
            }
        case .agent(let agent): Self.concerns(event, agent)
        case .bot: Self.concernsBot(event)
        case .buyer(let buyer): Self.conversation(event) == buyer
        }
    }

    private static func concerns(_ event: Event, _ agent: AgentID) -> Bool {
        switch event {
        case .messageReceived(let event): event.handler.agent == agent || event.from?.agent == agent
        case .messageSent(let event): event.sender == .agent(agent)
        case .handlerChanged(let event): event.from.agent == agent || event.to.agent == agent
        case .sessionEnded(let event): event.handler.agent == agent
        case .presenceChanged(let event): event.agent == agent
        case .slowResponseReminded(let event): event.agent == agent
        case .agentSet(let event): event.agent.agent == agent
        case .agentRemoved(let event): event.agent == agent
        default: false
        }
    }

    private static func concernsBot(_ event: Event) -> Bool {
        func isBot(_ handler: Handler?) -> Bool {
            if case .bot = handler { true } else { false }
        }
        return switch event {
        case .messageReceived(let event): isBot(event.handler) || isBot(event.from)
        case .messageSent(let event): event.sender == .bot
        case .handlerChanged(let event): isBot(event.from) || isBot(event.to)
        case .sessionEnded(let event): isBot(event.handler)
        default: false
        }
    }

    /// Of whose conversation the event is a part.
    private static func conversation(_ event: Event) -> BuyerID? {
        switch event {
        case .messageReceived(let event): event.buyer
        case .messageSent(let event): event.buyer
        case .handlerChanged(let event): event.buyer
        case .sessionEnded(let event): event.buyer
        default: nil
        }
    }

    /// The event as this reader gets it.
    func json(_ record: EventRecord) -> [UInt8] {
        guard case .buyer = self else { return RecordJSON.text(record) }
        return JSONWriter.object { json in
            json.field("sequence", number: record.sequence)
            json.field("at", record.at)
            json.field("event", RecordJSON.name(of: record.event))
            json.field("data", object: { $0.conversation(record.event) })
        }
    }
}

extension JSONWriter {
    fileprivate mutating func conversation(_ event: Event) {
        switch event {
        case .messageReceived(let event):
            field("message", event.message)
            field("session", event.session)
            field("from", object: { $0.field("kind", "buyer") })
            field("kind", event.kind)
            field("text", event.text)
            field("order", event.order)
            name("handler")
            handler(event.handler, position: event.position, estimatedWaitSeconds: event.estimatedWaitSeconds)
        case .messageSent(let event):
            field("message", event.message)
            field("session", event.session)
            field(
                "from",
                object: { json in
                    switch event.sender {
                    case .agent(let agent):
                        json.field("kind", "agent")
                        json.field("agent", agent)
                    case .bot: json.field("kind", "bot")
                    }
                })
            field("text", event.text)
            field("class", event.messageClass)
            field("auto", event.automatic)
        case .handlerChanged(let event):
            field("session", event.session)
            name("handler")
            handler(event.to)
        case .sessionEnded(let event):
            field("session", event.session)
            field("end", event.end)
        default: break
        }
    }
}
