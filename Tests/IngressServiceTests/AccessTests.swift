// Every route against every role: what a token may not see is answered as if it were not there.

import Domain
import Foundation
import Testing

@testable import IngressService

@Suite struct AccessTests {
    /// The path of a route with shop s1, agent a1, buyer b1 and things that the made-up desks have.
    private func path(_ route: Route) -> String {
        route.pattern.replacing("{shop}", with: "s1").replacing("{agent}", with: "a1").replacing("{buyer}", with: "b1")
            .replacing("{group}", with: "g1").replacing("{order}", with: "o1").replacing("{session}", with: "s1")
            .replacing("{decision}", with: "d5")
    }

    /// Passed the check: whatever the route then says about the empty body, it is not "nothing here".
    private func isLetIn(_ reply: EdgeReply) throws -> Bool {
        if reply.status == 401 { return false }
        return try reply.status != 404 || reply.code != "notFound"
    }

    /// Who may call a route with a token of its own shop, agent or buyer, written down apart from `Access.admits`.
    private func expected(_ access: Access) -> Set<TokenRole> {
        switch access {
        case .open: Set(TokenRole.allCases)
        case .operatorOnly: [.operator]
        case .merchant: [.operator, .merchant]
        case .namedAgent, .agents: [.operator, .merchant, .agent]
        case .namedBuyer: [.operator, .merchant, .buyer]
        case .staff: [.operator, .merchant, .agent, .bot]
        case .agentsOrNamedBuyer: [.operator, .merchant, .agent, .buyer]
        case .members: [.operator, .merchant, .agent, .bot, .buyer]
        }
    }

    @Test func everyRouteLetsInExactlyItsRoles() async throws {
        let bench = try await EdgeBench(
            desks: FakeDesks(onQuery: { query in
                // A session that a bot had, so that a bot's token has something to see.
                if case .session = query.query {
                    let step = HandlerStep(
                        at: Timestamp(millis: 0), handler: .bot(nil), decision: DecisionID(1), rule: .bot,
                        cause: .arrival,
                        reason: nil)
                    return .success(.session(FakeDesks.sessionView, history: [step]))
                }
                return .success(FakeDesks.view(query.query))
            }))
        for route in bench.edge.table.routes where route.access != .open {
            for role in TokenRole.allCases {
                let reply = try await bench.send(route.method, path(route), token: bench.roleToken(role, own: true))
                #expect(
                    try isLetIn(reply) == expected(route.access).contains(role),
                    "\(route.method.rawValue) \(route.pattern) as \(role): \(reply.status)")
            }
        }
    }

    @Test func anotherTenantsTokenFindsNothingAndChangesNothing() async throws {
        let bench = try await EdgeBench()
        for route in bench.edge.table.routes where route.access != .open {
            for role in TokenRole.allCases where role != .operator {
                let reply = try await bench.send(route.method, path(route), token: bench.roleToken(role, own: false))
                #expect(reply.status == 404, "\(route.method.rawValue) \(route.pattern) as \(role)")
                #expect(try reply.code == "notFound")
            }
        }
        #expect(bench.desks.commands.isEmpty)
        #expect(bench.desks.queries.isEmpty)
    }

    @Test func withoutAValidTokenNothingIsAnswered() async throws {
        let bench = try await EdgeBench()
        let other = TokenMint(secret: try TokenSecret(bytes: [UInt8](repeating: 8, count: 32)))
        let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJyb2xlIjoib3BlcmF0b3IifQ."
        let tokens: [String?] = [
            nil, "", "x", "a.b.c", none, try await other.mint(role: .operator),
            try await bench.token(.operator, expires: Date(timeIntervalSince1970: 1_000)),
            try await bench.token(.merchant), try await bench.token(.agent, shop: "s1"),
            try await bench.token(.buyer, shop: "s1"),
        ]
        for token in tokens {
            let reply = try await bench.send(.get, "/v1/shops/s1/board", token: token)
            #expect(reply.status == 401)
            #expect(reply.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
        }
    }

    @Test func aTokenThatExpiresIsRefusedThoughItWasKnown() async throws {
        let check = await TokenCheck(secret: try TokenSecret(bytes: [UInt8](repeating: 7, count: 32)), remembered: 8)
        let bench = try await EdgeBench()
        let end = Date().addingTimeInterval(3_600)
        let token = try await bench.token(.operator, expires: end)
        #expect(await check.principal(of: token)?.role == .operator)
        #expect(await check.principal(of: token, now: end.addingTimeInterval(1)) == nil)
    }

    @Test func anAgentSeesOnlyItsOwnSessionsBuyersAndDecisions() async throws {
        let bench = try await EdgeBench()
        let own = try await bench.token(.agent, shop: "s1", agent: "a1")
        let other = try await bench.token(.agent, shop: "s1", agent: "a9")
        for path in [
            "/v1/shops/s1/sessions/s1", "/v1/shops/s1/sessions/s1/messages", "/v1/shops/s1/buyers/b1",
            "/v1/shops/s1/buyers/b1/messages", "/v1/shops/s1/decisions/d5",
        ] {
            #expect(try await bench.send(.get, path, token: own).status == 200, "\(path)")
            #expect(try await bench.send(.get, path, token: other).status == 404, "\(path)")
        }
        _ = try await bench.send(.get, "/v1/shops/s1/sessions", token: other)
        let filter = bench.desks.queries.compactMap { query in
            if case .sessions(let filter) = query.query { filter } else { nil }
        }.last
        #expect(filter?.agent == AgentID(rawValue: "a9"))
        #expect(try await bench.send(.get, "/v1/shops/s1/sessions?agent=a1", token: other).status == 404)
    }

    /// Of what is another's and of what is not there at all, an agent and a bot hear the same, whatever they ask.
    @Test func whatOneMayNotSeeLooksAsIfItWereNotThere() async throws {
        let missing = FakeDesks(
            onCommand: { command in
                if case .closeSession(let close) = command.command {
                    return .failure(.refused(.unknownSession(close.session)))
                }
                return .failure(.refused(.unknownSession(SessionID(1))))
            },
            onQuery: { query in
                switch query.query {
                case .session(let id): .failure(.refused(.unknownSession(id)))
                case .buyer(let id): .failure(.refused(.unknownBuyer(id)))
                case .decision(let id): .failure(.refused(.unknownDecision(id)))
                default: .success(FakeDesks.view(query.query))
                }
            })
        let others = FakeDesks(onCommand: { _ in .failure(.refused(.notHandler)) })
        let calls: [(RouteMethod, String, String)] = [
            (.get, "/sessions/s1", ""), (.get, "/sessions/s1/messages", ""),
            (.post, "/sessions/s1/close", "{}"), (.post, "/sessions/s1/close", #"{"x":1}"#),
            (.post, "/sessions/s1/transfer", #"{"toAgent":"a1"}"#), (.post, "/sessions/s1/transfer", "{}"),
            (.post, "/sessions/s1/messages", #"{"text":"hi"}"#), (.post, "/sessions/s1/messages", "{}"),
            (.post, "/sessions/s1/messages", "{"),
        ]
        let agents: [(RouteMethod, String, String)] = [
            (.get, "/buyers/b1", ""), (.get, "/buyers/b1/messages", ""), (.get, "/decisions/d5", ""),
        ]
        for role in [TokenRole.agent, .bot] {
            for (method, path, body) in role == .agent ? calls + agents : calls {
                var replies: [JSONValue] = []
                for desks in [missing, others] {
                    let bench = try await EdgeBench(desks: desks)
                    let token = try await bench.token(role, shop: "s1", agent: role == .agent ? "a9" : nil)
                    let reply = try await bench.send(
                        method, "/v1/shops/s1" + path, token: token, headers: [FieldName.requestID: "r"], body: body)
                    #expect(reply.status == 404, "\(role) \(method.rawValue) \(path) \(body)")
                    replies.append(try reply.json)
                }
                #expect(replies[0] == replies[1], "\(role) \(method.rawValue) \(path) \(body)")
            }
        }
    }

    @Test func aHandlerHearsWhatIsWrong() async throws {
        let bench = try await EdgeBench(desks: FakeDesks(onCommand: { _ in .failure(.refused(.targetOffline)) }))
        let token = try await bench.token(.agent, shop: "s1", agent: "a1")
        let path = "/v1/shops/s1/sessions/s1/transfer"
        #expect(try await bench.send(.post, path, token: token, body: #"{"toAgent":"a2"}"#).code == "targetOffline")
        #expect(try await bench.send(.post, path, token: token, body: "{}").code == "invalid")
    }

    @Test func unknownPathsAndMethodsAreToldApart() async throws {
        let bench = try await EdgeBench()
        #expect(try await bench.send(.get, "/v1/nothing").status == 404)
        #expect(try await bench.send(.get, "/v1/shops/s1/board/").status == 404)
        let reply = try await bench.send(.delete, "/v1/shops/s1")
        #expect(reply.status == 405)
        #expect(reply.headers[.allow] == "GET, PUT")
        #expect(try await bench.send("HEAD", "/healthz", bytes: []).status == 200)
        #expect(try await bench.send("HEAD", "/healthz", bytes: []).bytes.isEmpty)
    }
}
