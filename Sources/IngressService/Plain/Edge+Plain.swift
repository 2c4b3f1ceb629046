// A message from a buyer or to one whose request is plain, from its bytes to the desk's command and from the desk's
// answer to the bytes of the response, without a task, a tree or a parser. Only what is valid is taken; whatever else
// there is to say of a request is said by the rest of the edge, and what is taken here is answered there in the same
// words: tests hold the two against each other.

import Domain
import Foundation
import Hummingbird
import NIOCore
import Wire

/// A token as it stands in the field of a request, with what is known of it.
final class KnownToken: Sendable {
    /// The whole value of the field.
    let value: [UInt8]
    fileprivate let known: TokenCheck.Known

    fileprivate init(value: [UInt8], known: TokenCheck.Known) {
        self.value = value
        self.known = known
    }

    fileprivate var principal: Principal? { known.principal(at: Date()) }
}

/// The routes that plain requests are answered for: those of `PlainPath`, with the places where their answers are
/// counted, and those that ask nobody.
struct PlainRoutes: Sendable {
    /// A class, so that nothing of it is copied for a request.
    final class One: Sendable {
        let route: Route
        let places: BodyPlaces
        let created: EdgeMetrics.Series

        init(route: Route, places: BodyPlaces, created: EdgeMetrics.Series) {
            self.route = route
            self.places = places
            self.created = created
        }
    }

    let buyer: One
    let session: One
    private let told: [(target: [UInt8], route: Route)]

    init(_ table: RouteTable, _ metrics: EdgeMetrics) {
        func one(_ collection: String, _ places: BodyPlaces) -> One {
            let found = table.find(method: "POST", path: ["v1", "shops", "s", collection, "s1", "messages"])
            guard case .found(let route, _) = found else {
                preconditionFailure("no route to messages of \(collection)")
            }
            return One(
                route: route, places: places, created: metrics.series(route: route.pattern, method: "POST", status: 201)
            )
        }
        buyer = one("buyers", .buyerMessage)
        session = one("sessions", .sessionMessage)
        told = table.routes.filter { $0.told != nil && $0.method == .get }.map { (Array($0.pattern.utf8), $0) }
    }

    /// The route that is for this target and asks nobody.
    func told(_ target: UnsafeRawBufferPointer) -> Route? {
        told.first { $0.target.count == target.count && $0.target.elementsEqual(target) }?.route
    }

    subscript(_ kind: PlainPath.Kind) -> One {
        switch kind {
        case .buyer: buyer
        case .session: session
        }
    }
}

/// A plain request that was let in and has a place in hand until it is told.
struct PlainTurn: Sendable {
    fileprivate let path: PlainPath
    fileprivate let session: SessionID
    fileprivate let message: MessageID
    fileprivate let principal: Principal
    fileprivate let start: ContinuousClock.Instant
    fileprivate let now: Timestamp
    fileprivate let requestID: String
}

extension Edge {
    enum PlainOpening {
        /// The rest of the edge is to answer it.
        case rest
        /// This token was not seen before; once it was looked at, the request is to be read again.
        case look(token: String)
        case ask(PlainTurn, ShopCommand)
        /// Answered already.
        case told(Reply, Mark)
        /// There are too many.
        case refused(Reply, Mark)
    }

    /// Reads a whole plain request. A turn that is to ask must be told or let go, once.
    func open(
        _ head: PlainHead, _ bytes: UnsafeRawBufferPointer, _ token: inout KnownToken?
    ) -> PlainOpening {
        if head.method == .get { return openTold(head, bytes) }
        guard head.method == .post, head.length > 0, head.length <= settings.bodyLimit,
            let path = PlainPath(bytes, head.target)
        else { return .rest }
        let principal: Principal
        switch whoAsks(head, bytes, &token) {
        case .known(let known): principal = known
        case .nobody: return .rest
        case .unknown(let token): return .look(token: token)
        }
        let one = plain[path.kind]
        let buyer = path.kind == .buyer ? path.name : nil
        guard one.route.access.admits(principal, shop: path.shop, agent: nil, buyer: buyer),
            let body = PlainBody(UnsafeRawBufferPointer(rebasing: bytes[head.count..<head.whole])),
            let stamped = stamp(head, bytes, path, body, principal)
        else { return .rest }
        var session = SessionID(0)
        let command: Command
        switch path.kind {
        case .buyer:
            guard let received = received(path, body, stamped.id) else { return .rest }
            command = .receiveMessage(received)
        case .session:
            guard let named = SessionID(text: path.name), let sent = sent(in: named, body, stamped.id, principal) else {
                return .rest
            }
            session = named
            command = .sendMessage(sent)
        }
        let now = clock.now()
        let turn = PlainTurn(
            path: path, session: session, message: stamped.id, principal: principal, start: .now, now: now,
            requestID: requestID(head, bytes))
        guard admission.enter(one.route.load, shop: path.shop) else {
            metrics.shed(one.route.load)
            return .refused(reply(.overloaded, requestID: turn.requestID), mark(turn))
        }
        let shop = ShopID(rawValue: path.shop)
        return .ask(turn, ShopCommand(shop: shop, at: now, stamp: stamped.stamp, command: command))
    }

    private func openTold(_ head: PlainHead, _ bytes: UnsafeRawBufferPointer) -> PlainOpening {
        guard head.length == 0, let route = plain.told(UnsafeRawBufferPointer(rebasing: bytes[head.target])),
            let told = route.told
        else { return .rest }
        let mark = Mark(
            route: route.pattern, method: route.method.rawValue, now: clock.now(), requestID: requestID(head, bytes))
        return .told(told(self), mark)
    }

    private func requestID(_ head: PlainHead, _ bytes: UnsafeRawBufferPointer) -> String {
        requestID(head.requestID.map { PlainBytes.string(bytes, $0) })
    }

    private enum WhoAsks {
        case known(Principal)
        case unknown(token: String)
        case nobody
    }

    private func whoAsks(
        _ head: PlainHead, _ bytes: UnsafeRawBufferPointer, _ token: inout KnownToken?
    ) -> WhoAsks {
        guard let range = head.authorization, let base = bytes.baseAddress else { return .nobody }
        let isSame =
            token?.value.withUnsafeBytes { value in
                guard value.count == range.count, let start = value.baseAddress else { return false }
                return PlainBytes.same(start, base + range.lowerBound, value.count)
            } ?? false
        if !isSame {
            guard let text = bearer(PlainBytes.string(bytes, range)) else { return .nobody }
            guard let known = tokens.known(text) else { return .unknown(token: text) }
            token = KnownToken(value: Array(bytes[range]), known: known)
        }
        return token?.principal.map { .known($0) } ?? .nobody
    }

    /// Looks at a token that was not seen before; if it is good, it is known then.
    func look(atToken token: String, then done: @escaping @Sendable () -> Void) {
        Task {
            _ = await tokens.principal(of: token)
            done()
        }
    }

    private func stamp(
        _ head: PlainHead, _ bytes: UnsafeRawBufferPointer, _ path: PlainPath, _ body: PlainBody,
        _ principal: Principal
    ) -> MessageStamp? {
        var id: MessageID?
        if let text = body.id {
            guard let own = try? MessageID(checking: text) else { return nil }
            id = own
        }
        var key = id?.rawValue
        if let range = head.idempotencyKey {
            guard let named = try? CommandID(checking: PlainBytes.string(bytes, range)),
                key == nil || key == named.rawValue
            else { return nil }
            key = named.rawValue
        }
        return MessageStamp(id: id, key: key ?? freshKey(), principal: principal, fresh: freshKey) { account in
            Fingerprint.of(path, body: body, account: account)
        }
    }

    /// `BuyerMessageBody` of a body without a fault.
    private func received(_ path: PlainPath, _ body: PlainBody, _ id: MessageID) -> ReceiveMessage? {
        guard body.account == nil, body.kind == nil || body.kind == "text", let text = text(body),
            let buyer = try? BuyerID(checking: path.name), let order = Self.checked(body.order, OrderID.self),
            let item = Self.checked(body.item, ItemID.self), let agent = Self.checked(body.toAgent, AgentID.self),
            body.intent.map({ BodyBounds.reason.contains($0.utf8.count) }) ?? true
        else { return nil }
        return ReceiveMessage(
            buyer: buyer, message: id, text: text, order: order, item: item, toAgent: agent, intent: body.intent)
    }

    /// `SessionMessageBody` of a body without a fault.
    private func sent(
        in session: SessionID, _ body: PlainBody, _ id: MessageID, _ principal: Principal
    ) -> SendMessage? {
        guard body.intent == nil, body.item == nil, body.kind == nil, body.order == nil, body.toAgent == nil,
            let text = text(body), let account = Self.checked(body.account, AgentID.self)
        else { return nil }
        let sender: Sender
        switch (principal.role, account) {
        case (.operator, let account?), (.merchant, let account?): sender = .agent(account)
        case (.agent, nil):
            guard let agent = principal.agent else { return nil }
            sender = .agent(agent)
        case (.bot, nil): sender = .bot
        default: return nil
        }
        return SendMessage(session: session, message: id, sender: sender, text: text)
    }

    private func text(_ body: PlainBody) -> String? {
        guard let text = body.text, (1...settings.textLimit).contains(text.utf8.count) else { return nil }
        return text
    }

    /// Nil for what is no identifier, `.some(nil)` for what is not there.
    private static func checked<I: Identifier>(_ text: String?, _: I.Type) -> I?? {
        guard let text else { return .some(nil) }
        guard let id = try? I(checking: text) else { return nil }
        return id
    }
}

// MARK: the answer

extension Edge {
    enum PlainAnswer {
        case bytes(ByteBuffer)
        /// A refusal that is worth a second look, which takes a task.
        case look(@Sendable () async -> Reply)
    }

    /// Ends a turn with the desk's answer.
    func tell(
        _ turn: PlainTurn, _ result: Result<Answer, DeskError>, pen: PlainPen, closes: Bool
    ) -> PlainAnswer {
        let one = plain[turn.path.kind]
        switch result {
        case .success(let answer):
            let end = ContinuousClock.now
            admission.leave(shop: turn.path.shop, start: turn.start, now: end)
            metrics.answered(one.created, took: end - turn.start)
            return .bytes(
                pen.created(requestID: turn.requestID, now: turn.now, closes: closes) { json in
                    switch turn.path.kind {
                    case .buyer: json.received(answer, as: turn.message)
                    case .session: json.sent(answer, as: turn.message, in: turn.session)
                    }
                })
        case .failure(let error):
            let problem = Problem(error, places: one.places)
            guard let refused = one.route.refused else {
                leave(turn)
                return .bytes(bytes(problem, turn, pen: pen, closes: closes))
            }
            let call = call(turn)
            return .look { [self] in
                let seen = await refused(call, problem)
                leave(turn)
                return reply(seen, requestID: turn.requestID)
            }
        }
    }

    /// The bytes of a reply to a turn that was looked at again.
    func bytes(_ reply: Reply, _ turn: PlainTurn, pen: PlainPen, closes: Bool) -> ByteBuffer {
        bytes(reply, mark(turn), date: pen.dateText(), closes: closes)
    }

    private func bytes(_ problem: Problem, _ turn: PlainTurn, pen: PlainPen, closes: Bool) -> ByteBuffer {
        bytes(reply(problem, requestID: turn.requestID), turn, pen: pen, closes: closes)
    }

    private func mark(_ turn: PlainTurn) -> Mark {
        Mark(
            route: plain[turn.path.kind].route.pattern, method: "POST", start: turn.start, now: turn.now,
            requestID: turn.requestID)
    }

    /// What `Route.refused` is given.
    private func call(_ turn: PlainTurn) -> Call {
        let path = turn.path
        return Call(
            edge: self, method: "POST", segments: ["v1", "shops", path.shop, path.collection, path.name, "messages"],
            values: [("shop", path.shop), (path.kind == .buyer ? "buyer" : "session", path.name)], parameters: [],
            headers: [:], body: RequestBody(buffer: ByteBuffer()), principal: turn.principal, now: turn.now,
            connection: nil)
    }

    private func leave(_ turn: PlainTurn) {
        admission.leave(shop: turn.path.shop, start: turn.start, now: .now)
    }
}
