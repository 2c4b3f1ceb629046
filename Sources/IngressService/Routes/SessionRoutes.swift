// Sessions: what they are, and what their handlers do in them.

import Domain
import Wire

extension Routes {
    static let sessions: [Route] = [
        Route(
            .get, "/v1/shops/{shop}/sessions", .agents, .read,
            parameters: ["state", "agent", "buyer", "limit", "cursor"]
        ) { call in
            var filter = SessionFilter(page: try call.page())
            if let text = call.parameter("state") {
                guard let state = SessionState(name: text) else {
                    throw Problem.parameter("state", "must be one of \(SessionState.names.joined(separator: ", "))")
                }
                filter.state = state
            }
            filter.agent = try call.parameterID("agent")
            filter.buyer = try call.parameterID("buyer")
            if let principal = call.principal, principal.role == .agent {
                if let named = filter.agent, named != principal.agent { throw Problem.noSuchThing }
                filter.agent = principal.agent
            }
            guard case .sessions(let sessions, let next) = try await call.ask(.sessions(filter)) else {
                throw Problem.internalFault
            }
            return call.pageReply(sessions, next: next) { json, session in json.object { $0.session(session) } }
        },
        Route(.get, "/v1/shops/{shop}/sessions/{session}", .staff, .read) { call in
            let (view, history) = try await call.ownSession()
            return .json { json in
                json.session(view)
                json.field("handlers", list: history) { $0.step($1) }
            }
        },
        Route(
            .get, "/v1/shops/{shop}/sessions/{session}/messages", .staff, .read, parameters: ["limit", "cursor"]
        ) { call in
            let session = try call.session()
            if let principal = call.principal, !principal.actsForAll { _ = try await call.ownSession() }
            let view = try await call.ask(.sessionMessages(session, page: try call.page()))
            guard case .messages(let messages, let next) = view else { throw Problem.internalFault }
            return call.pageReply(messages, next: next) { json, message in json.object { $0.message(message) } }
        },
        Route(
            .post, "/v1/shops/{shop}/sessions/{session}/messages", .staff, .reply,
            desk: { call, bytes throws(Problem) in try call.sendMessage(bytes) },
            refused: { call, problem in await call.asSeen(problem) }),
        Route(.post, "/v1/shops/{shop}/sessions/{session}/transfer", .staff, .reply) { call in
            try await call.inOwnSession { try await call.transfer() }
        },
        Route(.post, "/v1/shops/{shop}/sessions/{session}/close", .staff, .reply) { call in
            try await call.inOwnSession { try await call.close() }
        },
    ]
}

extension Call {
    fileprivate func known() throws(Problem) -> Principal {
        guard let principal else { throw .unauthorized }
        return principal
    }

    /// On whose behalf: the token's account, or the one that a token for all names; nil is the shop itself.
    fileprivate func actor(_ account: AgentID?) -> Sender? {
        switch principal?.role {
        case .agent: principal?.agent.map { .agent($0) }
        case .bot: .bot
        default: account.map { .agent($0) }
        }
    }

    /// The session of the path. To an agent only sessions that it has or had are there, to the bot those of a bot.
    fileprivate func ownSession() async throws -> (SessionView, [HandlerStep]) {
        let found: View
        do {
            found = try await ask(.session(try session()))
        } catch let problem as Problem {
            // Nobody's and another's look the same.
            throw problem.status == 404 && principal?.actsForAll == false ? .noSuchThing : problem
        }
        guard case .session(let view, let history) = found else { throw Problem.internalFault }
        let handlers = history.map(\.handler) + [view.handler]
        let isOwn =
            switch principal?.role {
            case .operator, .merchant: true
            case .agent: handlers.contains { $0.agent == principal?.agent }
            case .bot:
                handlers.contains { handler in
                    if case .bot = handler { true } else { false }
                }
            default: false
            }
        guard isOwn else { throw Problem.noSuchThing }
        return (view, history)
    }

    /// Whoever may not see the session hears that it is not there, whatever else is wrong with the request. What was
    /// done needs no look: only its handler can have done it.
    fileprivate func inOwnSession(_ act: () async throws -> Reply) async throws -> Reply {
        do {
            return try await act()
        } catch let problem as Problem {
            throw await asSeen(problem)
        }
    }

    fileprivate func asSeen(_ problem: Problem) async -> Problem {
        guard (400..<500).contains(problem.status), principal?.actsForAll == false else { return problem }
        do {
            _ = try await ownSession()
            return problem
        } catch {
            return error as? Problem ?? .internalFault
        }
    }

    fileprivate func close() async throws -> Reply {
        let session = try session()
        let principal = try known()
        let body = try await json()
        let faults = FaultList()
        var fields = Fields(body, faults: faults)
        let id: MessageID? = fields.identifier("id")
        let account = AccountField.read(&fields, principal: principal, isNeeded: false)
        fields.finish()
        try faults.check()
        let stamp = stamp(key: try key(bodyID: id?.rawValue), body: body)
        let command = CloseSession(session: session, by: actor(account))
        let answer = try await give(.closeSession(command), stamp: stamp)
        return .json { json in
            json.field("session", session)
            json.field("state", SessionState.ended)
            json.field("changed", answer.changed)
        }
    }

    fileprivate func sendMessage(_ bytes: [UInt8]) throws(Problem) -> DeskCall {
        let session = try session()
        let principal = try known()
        let shop = try shop()
        let body = try Self.json(bytes)
        let faults = FaultList()
        var fields = Fields(body, faults: faults)
        let message = SessionMessageBody(&fields, principal: principal, textLimit: edge.settings.textLimit)
        try faults.check()
        guard let sender = actor(message.account) else { throw Problem.internalFault }
        let stamped = try self.message(id: message.id, body: body)
        let command = SendMessage(
            session: session, message: stamped.id, sender: sender, text: message.text,
            messageClass: message.messageClass, automatic: message.automatic, noAnswer: message.noAnswer)
        return DeskCall(
            ShopCommand(shop: shop, at: now, stamp: stamped.stamp, command: .sendMessage(command)),
            places: .sessionMessage
        ) { answer in
            .json(201) { $0.sent(answer, as: command.message, in: session) }
        }
    }

    fileprivate func transfer() async throws -> Reply {
        let session = try session()
        let principal = try known()
        let body = try await json()
        let faults = FaultList()
        var fields = Fields(body, faults: faults)
        let id: MessageID? = fields.identifier("id")
        let transfer = TransferBody(&fields, principal: principal)
        try faults.check()
        guard let target = transfer.target else { throw Problem.internalFault }
        let command = TransferSession(
            session: session, target: target, reason: transfer.reason, forced: transfer.forced,
            by: actor(transfer.account))
        let stamp = stamp(key: try key(bodyID: id?.rawValue), body: body)
        let answer = try await give(
            .transferSession(command), stamp: stamp, places: BodyPlaces(agent: "/toAgent", group: "/toGroup"))
        return .json { json in
            json.outcome(answer)
            json.field("changed", answer.changed)
        }
    }
}
