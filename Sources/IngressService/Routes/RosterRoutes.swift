// Agents with their presence, and groups.

import Domain

extension Routes {
    static let agents: [Route] = [
        Route(.get, "/v1/shops/{shop}/agents", .merchant, .read) { call in
            guard case .agents(let agents) = try await call.ask(.agents) else { throw Problem.internalFault }
            return .page(agents, next: nil) { json, agent in json.object { $0.agent(agent) } }
        },
        Route(.get, "/v1/shops/{shop}/agents/{agent}", .namedAgent, .read) { call in
            guard case .diagnosis(let view) = try await call.ask(.diagnosis(try call.id("agent"))) else {
                throw Problem.internalFault
            }
            return .json { $0.agent(view.agent) }
        },
        Route(.put, "/v1/shops/{shop}/agents/{agent}", .merchant, .reply) { call in
            _ = try call.shop()
            let faults = FaultList()
            var fields = Fields(try await call.json(), faults: faults)
            let agent = SetAgent(&fields, agent: try call.id("agent"))
            try faults.check()
            let answer = try await call.give(
                .setAgent(agent), stamp: call.freshStamp(), places: BodyPlaces(groups: agent.groups))
            return .json { json in
                json.agent(agent)
                json.field("changed", answer.changed)
            }
        },
        Route(.delete, "/v1/shops/{shop}/agents/{agent}", .merchant, .reply) { call in
            let agent: AgentID = try call.id("agent")
            let answer = try await call.give(.removeAgent(RemoveAgent(agent: agent)), stamp: call.freshStamp())
            return .json { json in
                json.field("agent", agent)
                json.field("changed", answer.changed)
            }
        },
        Route(.post, "/v1/shops/{shop}/agents/{agent}/presence", .namedAgent, .reply) { call in
            let agent: AgentID = try call.id("agent")
            let body = try await call.json()
            let faults = FaultList()
            var fields = Fields(body, faults: faults)
            fields.needs("state")
            let id: MessageID? = fields.identifier("id")
            let state: Presence? = fields.named("state")
            fields.finish()
            try faults.check()
            guard let state else { throw Problem.internalFault }
            let stamp = call.stamp(key: try call.key(bodyID: id?.rawValue), body: body)
            let answer = try await call.give(.setPresence(SetPresence(agent: agent, state: state)), stamp: stamp)
            return .json { json in
                json.field("agent", agent)
                json.field("state", state)
                json.field("changed", answer.changed)
            }
        },
    ]

    static let groups: [Route] = [
        Route(.get, "/v1/shops/{shop}/groups", .merchant, .read) { call in
            guard case .groups(let groups) = try await call.ask(.groups) else { throw Problem.internalFault }
            return .page(groups, next: nil) { json, group in json.object { $0.group(group) } }
        },
        Route(.get, "/v1/shops/{shop}/groups/{group}", .merchant, .read) { call in
            let id: GroupID = try call.id("group")
            guard case .groups(let groups) = try await call.ask(.groups) else { throw Problem.internalFault }
            guard let group = groups.first(where: { $0.group == id }) else {
                throw Problem(.unknownGroup(id), places: .none)
            }
            return .json { $0.group(group) }
        },
        Route(.put, "/v1/shops/{shop}/groups/{group}", .merchant, .reply) { call in
            _ = try call.shop()
            let faults = FaultList()
            var fields = Fields(try await call.json(), faults: faults)
            let group = SetGroup(&fields, group: try call.id("group"))
            try faults.check()
            let answer = try await call.give(.setGroup(group), stamp: call.freshStamp())
            return .json { json in
                json.group(group)
                json.field("changed", answer.changed)
            }
        },
        Route(.delete, "/v1/shops/{shop}/groups/{group}", .merchant, .reply) { call in
            let group: GroupID = try call.id("group")
            let answer = try await call.give(.removeGroup(RemoveGroup(group: group)), stamp: call.freshStamp())
            return .json { json in
                json.field("group", group)
                json.field("changed", answer.changed)
            }
        },
    ]
}
