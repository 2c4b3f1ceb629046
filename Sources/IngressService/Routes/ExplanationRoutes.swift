// Why a buyer went where it went, and why an agent gets nothing (DIV-10).

import Domain

extension Routes {
    static let explanations: [Route] = [
        Route(.get, "/v1/shops/{shop}/decisions/{decision}", .agents, .read) { call in
            guard let id = DecisionID(text: call.value("decision")) else { throw Problem.noSuchThing }
            guard case .decision(let view) = try await call.ask(.decision(id)) else { throw Problem.internalFault }
            if let principal = call.principal, principal.role == .agent, view.handler.agent != principal.agent {
                throw Problem.noSuchThing
            }
            return .json { $0.explanation(view) }
        },
        Route(.get, "/v1/shops/{shop}/agents/{agent}/diagnosis", .namedAgent, .read) { call in
            guard case .diagnosis(let view) = try await call.ask(.diagnosis(try call.id("agent"))) else {
                throw Problem.internalFault
            }
            return .json { $0.diagnosis(view) }
        },
    ]
}
