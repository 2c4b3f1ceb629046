// Requests that are one command to a shop's desk, without a task: opened by their head, asked with their body, told by
// the desk's answer. Whatever is not as usual goes to `respond` like everything else: a token that was not seen
// before, a path that no such route has, a field that comes twice.

import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1

/// A request that was let in and has a place in hand until it is told or given up.
final class DeskTurn: Sendable {
    let mark: Edge.Mark
    fileprivate let call: Call
    fileprivate let work: Route.DeskWork
    fileprivate let refused: Route.Refused?
    fileprivate let shop: String?

    fileprivate init(
        _ call: Call, _ work: @escaping Route.DeskWork, _ refused: Route.Refused?, shop: String?, _ mark: Edge.Mark
    ) {
        self.refused = refused
        self.mark = mark
        self.call = call
        self.work = work
        self.shop = shop
    }
}

extension Edge {
    enum Opening {
        /// `respond` is to answer it.
        case task
        case turn(DeskTurn)
        /// Answered by its head alone.
        case told(Reply, Mark)
    }

    /// Looks at the head of a request. A turn must be given to `ask` or `giveUp`, once.
    func open(_ head: HTTPRequestHead) -> Opening {
        guard head.method == .POST, head.version == .http1_1, head.isKeepAlive, let fields = Fields(head.headers),
            let token = bearer(fields.authorization), let principal = tokens.remembered(token),
            let sought = try? seek(method: head.method.rawValue, target: head.uri), let work = sought.route.work
        else { return .task }
        let now = clock.now()
        var mark = Mark(now: now, requestID: requestID(fields.requestID))
        do throws(Problem) {
            var headers = HTTPFields()
            if let key = fields.idempotencyKey { headers[FieldName.idempotencyKey] = key }
            let call = try admit(
                sought, principal: principal, headers: headers, body: RequestBody(buffer: ByteBuffer()), now: now,
                connection: nil)
            (mark.route, mark.method) = (sought.route.pattern, call.method)
            try checkLength(fields.contentLength)
            let shop = try enter(call, sought.route)
            return .turn(DeskTurn(call, work, sought.route.refused, shop: shop, mark))
        } catch {
            return .told(reply(error, requestID: mark.requestID), mark)
        }
    }

    /// Gives the turn's command to the desk, when its shop's turn has come. On the line's loop; `told` is called once, on any
    /// thread or before this returns.
    func ask(
        _ turn: DeskTurn, body: [UInt8], line: AskLine, told: @escaping @Sendable (Reply) -> Void
    ) {
        let call: DeskCall
        do throws(Problem) {
            call = try turn.work(turn.call, body)
        } catch {
            return refuse(turn, error, told)
        }
        line.ask(call.command) { [self] result in
            do throws(Problem) {
                let reply = try call.reply(to: result)
                leave(turn)
                told(reply)
            } catch {
                refuse(turn, error, told)
            }
        }
    }

    /// A refusal may be worth a second look, which takes a task.
    private func refuse(_ turn: DeskTurn, _ problem: Problem, _ told: @escaping @Sendable (Reply) -> Void) {
        guard let refused = turn.refused else { return told(refuse(turn, problem)) }
        Task { told(refuse(turn, await refused(turn.call, problem))) }
    }

    /// Ends a turn with a problem of its own.
    func refuse(_ turn: DeskTurn, _ problem: Problem) -> Reply {
        leave(turn)
        return reply(problem, requestID: turn.mark.requestID)
    }

    /// Ends a turn whose client is gone before it was asked.
    func giveUp(_ turn: DeskTurn) { admission.leave(shop: turn.shop) }

    private func leave(_ turn: DeskTurn) {
        admission.leave(shop: turn.shop, took: ContinuousClock.now - turn.mark.start)
    }

    /// The bytes of a reply to a request that was opened, and its mark in the figures.
    func bytes(_ reply: Reply, _ mark: Mark, date: String, closes: Bool) -> ByteBuffer {
        count(reply, mark)
        return ResponseBytes.of(reply, requestID: mark.requestID, now: mark.now, date: date, closes: closes)
    }

    /// Refuses a body by the length that its head tells.
    func checkLength(_ text: String?) throws(Problem) {
        if let length = text.flatMap({ Int($0) }), length > settings.bodyLimit {
            throw Problem.bodyTooLarge(limit: settings.bodyLimit)
        }
    }

    /// The fields of a head that matter to such a request; nil if one of them comes twice.
    private struct Fields {
        var authorization: String?
        var requestID: String?
        var idempotencyKey: String?
        var contentLength: String?

        init?(_ headers: HTTPHeaders) {
            for (name, value) in headers {
                switch name.utf8.count {
                case 12 where Self.same(name, "x-request-id"):
                    guard requestID == nil else { return nil }
                    requestID = value
                case 13 where Self.same(name, "authorization"):
                    guard authorization == nil else { return nil }
                    authorization = value
                case 14 where Self.same(name, "content-length"):
                    guard contentLength == nil else { return nil }
                    contentLength = value
                case 15 where Self.same(name, "idempotency-key"):
                    guard idempotencyKey == nil else { return nil }
                    idempotencyKey = value
                default: continue
                }
            }
        }

        private static func same(_ name: String, _ lowercase: StaticString) -> Bool {
            var place = 0
            for byte in name.utf8 {
                let lower = (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
                guard lower == lowercase.utf8Start[place] else { return false }
                place += 1
            }
            return true
        }
    }
}
