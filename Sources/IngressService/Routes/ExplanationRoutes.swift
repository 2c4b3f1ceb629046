// Why a buyer went where it went, and why an agent gets nothing (DIV-10).

import Domain

extension Routes {
    static let explanations: [Route] = [
        Route(.get, "/v1/shops/{shop}/decisions/{decision}", .agents, .read) { call in
            guard let id = DecisionID(text: call.value("decision")) else { throw Problem.noSuchThing }
            let isAgents = call.principal?.role == .agent
            do {
                guard case .decision(let view) = try await call.ask(.decision(id)) else { throw Problem.internalFault }
                if isAgents, view.handler.agent != call.principal?.agent { throw Problem.noSuchThing }
                return .json { $0.explanation(view) }
            } catch let problem as Problem {
                // Nobody's and another's look the same.
                throw isAgents && problem.status == 404 ? .noSuchThing : problem
            }
        },
        Route(.get, "/v1/shops/{shop}/agents/{agent}/diagnosis", .namedAgent, .read) { call in
            guard case .diagnosis(let view) = try await call.ask(.diagnosis(try call.id("agent"))) else {
                throw Problem.internalFault
            }
            return .json { $0.diagnosis(view) }
        },
    ]
}
