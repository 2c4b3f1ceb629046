// The desk's views as JSON, in one place. Numbers of sessions and decisions are texts (`s17`, `d123`), enumerations
// their names, times RFC 3339; a field without a value is left out. Schemas: Protocols/openapi.yaml.

import Domain
import Journal

extension JSONWriter {
    mutating func handler(_ handler: Handler, position: Int? = nil, estimatedWaitSeconds: Int? = nil) {
        object { json in
            switch handler {
            case .agent(let agent):
                json.field("kind", "agent")
                json.field("agent", agent)
            case .bot(let group):
                json.field("kind", "bot")
                json.field("group", group)
            case .queue:
                json.field("kind", "queue")
                json.field("position", position)
                json.field("estimatedWaitSeconds", estimatedWaitSeconds)
            case .pool: json.field("kind", "pool")
            }
        }
    }

    mutating func fraction(_ name: StaticString, _ value: Fraction) {
        part(name) { json in
            json.field("numerator", value.numerator)
            json.field("denominator", value.denominator)
        }
    }

    private mutating func part(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        field(name, object: body)
    }

    mutating func shop(_ id: ShopID, _ shop: SetShop) {
        field("shop", id)
        field("name", shop.name)
        field("timeZone", shop.timeZone)
        field("toolLevel", shop.toolLevel)
        field("relationVolume", shop.relationVolume)
        field("pilotStandard", shop.pilotStandard)
    }

    mutating func agent(_ view: AgentView) {
        field("agent", view.agent)
        field("name", view.name)
        field("groups", texts: view.groups.map(\.rawValue))
        field("weight", view.weight)
        field("capacity", view.capacity)
        field("presence", view.presence)
        field("autoSuspended", view.autoSuspended)
        field("open", view.open)
        field("pending", view.pending)
        fraction("effectiveWeight", view.effectiveWeight)
        field("busy", view.busy)
        field("streaming", view.streaming)
    }

    mutating func agent(_ agent: SetAgent) {
        field("agent", agent.agent)
        field("name", agent.name)
        field("weight", agent.weight)
        field("groups", texts: agent.groups.map(\.rawValue))
        field("capacity", agent.capacity)
    }

    mutating func group(_ group: SetGroup) {
        field("group", group.group)
        field("name", group.name)
        field("orderStates", texts: group.orderStates.map(\.name))
        field("products", texts: group.products.map(\.rawValue))
        if let bot = group.bot { part("bot") { $0.bot(bot) } }
    }

    mutating func buyer(_ buyer: SetBuyer) {
        field("buyer", buyer.buyer)
        field("memberLevel", buyer.memberLevel)
        field("segments", texts: buyer.segments)
        field("exclusiveAgent", buyer.exclusiveAgent)
        if let since = buyer.relationSince { part("relation") { $0.field("since", since) } }
        field("updatedAt", buyer.updatedAt)
    }

    mutating func buyer(_ view: BuyerView) {
        buyer(view.buyer)
        field("orderState", view.orderState)
        field("orders", list: view.orders) { json, order in json.object { $0.order(order) } }
        if let contact = view.contact {
            part("recentContact") { json in
                json.field("agent", contact)
                json.field("at", view.contactAt)
            }
        }
        field("session", view.session)
    }

    mutating func order(_ order: SetOrder) {
        field("order", order.order)
        field("buyer", order.buyer)
        field("state", order.state)
        field("updatedAt", order.updatedAt)
        field("packages", list: order.packages) { json, package in
            json.object { json in
                json.field("id", package.id)
                json.field("carrier", package.carrier)
            }
        }
        field("items", texts: order.items.map(\.rawValue))
        field("total", order.total)
    }

    mutating func board(_ view: BoardView) {
        field("at", view.at)
        field("agents", list: view.agents) { json, agent in json.object { $0.agent(agent) } }
        field("open", view.open)
        field("queued", view.queued)
        field("pooled", view.pooled)
        field("withBot", view.withBot)
        field("waitingTotal", view.waitingTotal)
        field("waiting", list: view.waiting) { json, waiting in
            json.object { json in
                json.field("session", waiting.session)
                json.field("buyer", waiting.buyer)
                json.name("handler")
                json.handler(waiting.handler)
                json.field("message", waiting.message)
                json.field("since", waiting.since)
                json.field("deadlineAt", waiting.deadlineAt)
            }
        }
    }

    mutating func session(_ view: SessionView) {
        field("session", view.session)
        field("buyer", view.buyer)
        field("state", view.state)
        name("handler")
        handler(view.handler, position: view.position)
        field("openedAt", view.openedAt)
        field("lastAt", view.lastAt)
        field("handlerSince", view.handlerSince)
        if let message = view.waitingMessage, let since = view.waitingSince {
            part("waiting") { json in
                json.field("message", message)
                json.field("since", since)
            }
        }
        field("endedAt", view.endedAt)
        if let end = view.end { field("end", end) }
    }

    mutating func step(_ step: HandlerStep) {
        object { json in
            json.field("at", step.at)
            json.name("handler")
            json.handler(step.handler)
            json.field("decision", step.decision)
            json.field("rule", step.rule)
            json.field("cause", step.cause)
            json.field("reason", step.reason)
        }
    }

    mutating func message(_ view: MessageView) {
        field("message", view.message)
        field("session", view.session)
        field("at", view.at)
        name("from")
        object { json in
            switch view.author {
            case .buyer: json.field("kind", "buyer")
            case .agent(let agent):
                json.field("kind", "agent")
                json.field("agent", agent)
            case .bot: json.field("kind", "bot")
            }
        }
        field("kind", view.kind)
        field("text", view.text)
        field("order", view.order)
        field("class", view.messageClass)
        field("auto", view.automatic)
    }
}
