// Buyers with their orders, interests and messages. The main call is here.

import Domain
import Wire

extension Routes {
    static let buyers: [Route] = [
        Route(.get, "/v1/shops/{shop}/buyers/{buyer}", .agents, .read) { call in
            let view = try await call.buyer()
            return .json { $0.buyer(view) }
        },
        Route(.put, "/v1/shops/{shop}/buyers/{buyer}", .merchant, .reply) { call in
            _ = try call.shop()
            let faults = FaultList()
            var fields = Fields(try await call.json(), faults: faults)
            let buyer = SetBuyer(&fields, buyer: try call.id("buyer"), now: call.now)
            try faults.check()
            let answer = try await call.give(
                .setBuyer(buyer), stamp: call.freshStamp(), places: BodyPlaces(agent: "/exclusiveAgent"))
            return .json { json in
                json.buyer(buyer)
                json.field("changed", answer.changed)
            }
        },
        Route(.put, "/v1/shops/{shop}/orders/{order}", .merchant, .reply) { call in
            _ = try call.shop()
            let faults = FaultList()
            var fields = Fields(try await call.json(), faults: faults)
            let order = SetOrder(&fields, order: try call.id("order"), now: call.now)
            try faults.check()
            guard let order else { throw Problem.internalFault }
            let answer = try await call.give(
                .setOrder(order), stamp: call.freshStamp(), places: BodyPlaces(buyer: "/buyer"))
            return .json { json in
                json.order(order)
                json.field("changed", answer.changed)
            }
        },
        Route(.post, "/v1/shops/{shop}/interests", .merchant, .reply) { call in
            _ = try call.shop()
            let body = try await call.json()
            let faults = FaultList()
            var fields = Fields(body, faults: faults)
            let id: MessageID? = fields.identifier("id")
            let interest = RecordInterest(&fields, now: call.now)
            try faults.check()
            guard let interest else { throw Problem.internalFault }
            let stamp = call.stamp(key: try call.key(bodyID: id?.rawValue), body: body)
            let answer = try await call.give(
                .recordInterest(interest), stamp: stamp, places: BodyPlaces(buyer: "/buyer"))
            return .json(201) { $0.field("changed", answer.changed) }
        },
        Route(
            .post, "/v1/shops/{shop}/buyers/{buyer}/messages", .namedBuyer, .consult,
            desk: { call, bytes throws(Problem) in try call.receiveMessage(bytes) }),
        Route(
            .get, "/v1/shops/{shop}/buyers/{buyer}/messages", .agentsOrNamedBuyer, .read,
            parameters: ["limit", "cursor"]
        ) { call in
            let buyer: BuyerID = try call.id("buyer")
            if call.principal?.role == .agent { _ = try await call.buyer() }
            let view = try await call.ask(.buyerMessages(buyer, page: try call.page()))
            guard case .messages(let messages, let next) = view else { throw Problem.internalFault }
            return call.pageReply(messages, next: next) { json, message in json.object { $0.message(message) } }
        },
        Route(.post, "/v1/shops/{shop}/buyers/{buyer}/human", .namedBuyer, .consult) { call in
            let buyer: BuyerID = try call.id("buyer")
            let body = try await call.json()
            let faults = FaultList()
            var fields = Fields(body, faults: faults)
            let id: MessageID? = fields.identifier("id")
            fields.finish()
            try faults.check()
            let stamp = call.stamp(key: try call.key(bodyID: id?.rawValue), body: body)
            let answer = try await call.give(.askForHuman(AskForHuman(buyer: buyer)), stamp: stamp)
            return .json { json in
                json.outcome(answer)
                json.field("changed", answer.changed)
            }
        },
    ]
}

extension Call {
    /// The buyer of the path. To an agent only its own buyers are there: those whose last contact it is.
    fileprivate func buyer() async throws -> BuyerView {
        let isAgents = principal?.role == .agent
        do {
            guard case .buyer(let view) = try await ask(.buyer(try id("buyer"))) else { throw Problem.internalFault }
            if isAgents, view.contact != principal?.agent { throw Problem.noSuchThing }
            return view
        } catch let problem as Problem {
            // Nobody's and another's look the same.
            throw isAgents && problem.status == 404 ? .noSuchThing : problem
        }
    }

    fileprivate func receiveMessage(_ bytes: [UInt8]) throws(Problem) -> DeskCall {
        let shop = try shop()
        let buyer: BuyerID = try id("buyer")
        let body = try Self.json(bytes)
        let faults = FaultList()
        var fields = Fields(body, faults: faults)
        let message = BuyerMessageBody(
            &fields, mayDate: principal?.actsForAll ?? false, textLimit: edge.settings.textLimit, now: now)
        try faults.check()
        let stamped = try self.message(id: message.id, body: body)
        let command = ReceiveMessage(
            buyer: buyer, message: stamped.id, kind: message.kind, text: message.text,
            order: message.order, item: message.item, toAgent: message.toAgent, intent: message.intent)
        return DeskCall(
            ShopCommand(
                shop: shop, at: message.at ?? now, stamp: stamped.stamp,
                command: .receiveMessage(command)),
            places: .buyerMessage
        ) { answer in
            .json(201) { $0.received(answer, as: command.message) }
        }
    }
}
