// Bodies of messages, both ways, and of what is done with a session. Who a message is from is the token's to say.

import Domain

/// A buyer's message, `{id?, kind: text / orderCard, text?, order?, item?, toAgent?, intent?, at?}`.
struct BuyerMessageBody {
    var id: MessageID?
    var kind: MessageKind
    var text: String
    var order: OrderID?
    var item: ItemID?
    var toAgent: AgentID?
    var intent: String?
    /// When the buyer wrote it; nil for now.
    var at: Timestamp?

    init(_ fields: inout Fields, mayDate: Bool, textLimit: Int, now: Timestamp) {
        id = fields.identifier("id")
        kind = fields.named("kind") ?? .text
        if kind == .text { fields.needs("text") } else { fields.needs("order") }
        text = fields.text("text", bytes: (kind == .text ? 1 : 0)...textLimit) ?? ""
        order = fields.identifier("order")
        item = fields.identifier("item")
        toAgent = fields.identifier("toAgent")
        intent = fields.text("intent", bytes: BodyBounds.reason)
        at = fields.time("at", notAfter: now)
        if fields.has("at"), !mayDate {
            fields.faults.add(fields.path("at"), "is only for a merchant's or an operator's token")
        }
        fields.finish()
    }
}

/// A message to the buyer, `{id?, text, class?, auto?, noAnswer?, account?}`.
struct SessionMessageBody {
    var id: MessageID?
    var text: String
    var messageClass: MessageClass
    var automatic: Bool
    var noAnswer: Bool
    /// The agent for whom a merchant's or operator's token speaks.
    var account: AgentID?

    init(_ fields: inout Fields, principal: Principal, textLimit: Int) {
        fields.needs("text")
        id = fields.identifier("id")
        text = fields.text("text", bytes: 1...textLimit) ?? ""
        messageClass = fields.named("class") ?? .chat
        automatic = fields.flag("auto") ?? false
        noAnswer = fields.flag("noAnswer") ?? false
        if fields.has("noAnswer"), principal.role != .bot {
            fields.faults.add(fields.path("noAnswer"), "is only for a bot's token")
        }
        account = AccountField.read(&fields, principal: principal, isNeeded: true)
        fields.finish()
    }
}

/// `account`: for whom a token acts that may act for every account of its shop.
enum AccountField {
    static func read(_ fields: inout Fields, principal: Principal, isNeeded: Bool) -> AgentID? {
        if principal.actsForAll, isNeeded { fields.needs("account") }
        let account: AgentID? = fields.identifier("account")
        if !principal.actsForAll, fields.has("account"), account != principal.agent || principal.agent == nil {
            fields.faults.add(fields.path("account"), "must be the token's own account")
        }
        return account
    }
}

/// `{toAgent / toGroup / toHuman, reason, force?, account?}`. Exactly one target.
struct TransferBody {
    var target: TransferTarget?
    var reason: String
    var forced: Bool
    var account: AgentID?

    init(_ fields: inout Fields, principal: Principal) {
        let agent: AgentID? = fields.identifier("toAgent")
        let group: GroupID? = fields.identifier("toGroup")
        let human = fields.flag("toHuman")
        let given = ["toAgent", "toGroup", "toHuman"].filter { fields.has($0) }
        if given.count != 1 { fields.faults.add(fields.pointer, "must have one of toAgent, toGroup, toHuman") }
        if human == false { fields.faults.add(fields.path("toHuman"), "must be true if it is there") }
        target = agent.map { .agent($0) } ?? group.map { .group($0) } ?? (human == true ? .human : nil)
        reason = fields.text("reason", bytes: BodyBounds.reason) ?? ""
        forced = fields.flag("force") ?? false
        account = AccountField.read(&fields, principal: principal, isNeeded: false)
        fields.finish()
    }
}

extension ImportMessage {
    /// `{id, buyer, at, agent?, text}` of a line of an import.
    init?(_ fields: inout Fields, textLimit: Int, now: Timestamp) {
        fields.needs("id", "buyer", "at", "text")
        let id: MessageID? = fields.identifier("id")
        let buyer: BuyerID? = fields.identifier("buyer")
        let at = fields.time("at", notAfter: now)
        let agent: AgentID? = fields.identifier("agent")
        let text = fields.text("text", bytes: 1...textLimit)
        fields.finish()
        guard let id, let buyer, let at, let text else { return nil }
        self.init(buyer: buyer, message: id, at: at, agent: agent, text: text)
    }
}
