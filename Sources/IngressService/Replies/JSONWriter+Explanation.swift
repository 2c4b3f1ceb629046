// Explanations as JSON (DIV-10).

import Domain
import Journal

extension JSONWriter {
    mutating func lane(_ lane: LaneKey) {
        object { json in
            switch lane {
            case .all: json.field("kind", "all")
            case .groups(let groups):
                json.field("kind", "groups")
                json.field("groups", texts: groups.map(\.rawValue))
            case .unbound: json.field("kind", "unbound")
            case .anyone: json.field("kind", "anyone")
            }
        }
    }

    mutating func explanation(_ view: Explanation) {
        field("id", view.id)
        field("at", view.at)
        field("buyer", view.buyer)
        field("session", view.session)
        field("rule", view.rule)
        field("cause", view.cause)
        name("handler")
        handler(view.handler)
        field("settingsVersion", view.settingsVersion)
        field("priorityMember", view.priorityMember)
        if let inquiry = view.inquiry { field("inquiry", object: { $0.inquiry(inquiry) }) }
        if let key = view.lane {
            name("lane")
            lane(key)
        }
        field("agents", list: view.agents) { json, agent in
            json.object { json in
                json.field("agent", agent.agent)
                json.field("presence", agent.presence)
                json.field("weight", agent.weight)
                json.field("open", agent.open)
                json.field("pending", agent.pending)
                json.field("capacity", agent.capacity)
                json.fraction("effectiveWeight", agent.effectiveWeight)
                if let excluded = agent.excluded { json.field("excluded", excluded) }
                json.field("candidate", agent.excluded == nil)
                json.field("chosen", view.handler.agent == agent.agent)
            }
        }
        field("steps", list: view.steps) { json, step in
            json.object { json in
                json.field("step", step.step)
                json.field("finding", step.finding)
                json.field("decided", step.decided)
            }
        }
        field("reason", view.reason)
        field("reproduced", view.reproduced)
    }

    private mutating func inquiry(_ inquiry: Inquiry) {
        field("named", inquiry.named)
        field("contact", inquiry.contact)
        field("contactAt", inquiry.contactAt)
        field("exclusive", inquiry.exclusive)
        field("orderState", inquiry.orderState)
        field("items", texts: inquiry.items.map(\.rawValue))
        field("withoutBot", inquiry.withoutBot)
        field("onlyGroup", inquiry.onlyGroup)
        field("notAgent", inquiry.notAgent)
    }

    mutating func diagnosis(_ view: Diagnosis) {
        field("agent", object: { $0.agent(view.agent) })
        field("reasons", list: view.reasons) { json, reason in
            json.object { json in
                json.field("code", reason.code)
                json.field("detail", reason.detail)
            }
        }
        field("lanes", list: view.lanes) { json, share in
            json.object { json in
                json.name("lane")
                json.lane(share.lane)
                json.field("orderStates", texts: share.orderStates.map(\.name))
                json.field("candidates", share.candidates)
                json.field("sharePerMillion", share.sharePerMillion)
            }
        }
    }
}
