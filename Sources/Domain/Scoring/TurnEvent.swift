// What scoring reads of a conversation's events (RR-1…RR-4, MEM-4): nothing of it is a figure yet. Made from an event, or
// read straight from the journal's bytes (`RecordScanner.scored`); both are the same.

public enum TurnEvent: Hashable, Sendable {
    /// A buyer's message. `text` is nil if it is certain to be no closing phrase.
    case asked(BuyerID, SessionID, ScoreAccount, text: String?, consult: ConsultGiven?)
    /// RR-2: a human's own reply, or a bot that had an answer.
    case answered(BuyerID, by: ScoreAccount)
    case handedOver(BuyerID, SessionID, to: ScoreAccount, pending: Bool, consult: ConsultGiven?)
    case ended(BuyerID)
}

/// MEM-4: an agent was given a buyer.
public struct ConsultGiven: Hashable, Sendable {
    public var agent: AgentID
    /// The consult reached no agent before.
    public var first: Bool

    /// Nil if `to` is no agent, or the same as before.
    public init?(to: AgentID?, from: AgentID?, opened: Bool) {
        guard let to, from != to else { return nil }
        agent = to
        first = opened || from == nil
    }
}

extension TurnEvent {
    public var buyer: BuyerID {
        switch self {
        case .asked(let buyer, _, _, _, _), .handedOver(let buyer, _, _, _, _): buyer
        case .answered(let buyer, _), .ended(let buyer): buyer
        }
    }

    /// Nil of an event that moves no turn.
    public init?(_ event: Event) {
        switch event {
        case .messageReceived(let body):
            var consult: ConsultGiven?
            if let decision = body.decision {
                consult = ConsultGiven(to: decision.handler.agent, from: body.from?.agent, opened: body.opened)
            }
            self = .asked(
                body.buyer, body.session, ScoreAccount(body.handler), text: Self.short(body.text), consult: consult)
        case .messageSent(let body):
            guard
                let account = Self.answer(
                    body.sender, body.messageClass, automatic: body.automatic, noAnswer: body.noAnswer)
            else { return nil }
            self = .answered(body.buyer, by: account)
        case .handlerChanged(let body):
            let from = body.opened ? nil : body.from.agent
            self = .handedOver(
                body.buyer, body.session, to: ScoreAccount(body.to), pending: body.pending,
                consult: ConsultGiven(to: body.decision.handler.agent, from: from, opened: body.opened))
        case .sessionEnded(let body): self = .ended(body.buyer)
        default: return nil
        }
    }

    public static func short(_ text: String) -> String? {
        text.utf8.count <= ClosingPhrase.longest ? text : nil
    }

    /// RR-2. Nil if it answers nothing.
    public static func answer(
        _ sender: Sender, _ messageClass: MessageClass, automatic: Bool, noAnswer: Bool
    ) -> ScoreAccount? {
        switch sender {
        case .agent(let agent):
            !automatic && (messageClass == .chat || messageClass == .service) ? .agent(agent) : nil
        case .bot: noAnswer ? nil : .bot
        }
    }
}
