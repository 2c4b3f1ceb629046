// One request on its way through a route: who asks, what the path and the query say, and the ways to its body, to the
// shop's desk and to a stamp.

import Domain
import HTTPTypes
import Hummingbird
import Journal
import NIOCore
import Wire

struct Call: Sendable {
    let edge: Edge
    let method: String
    let segments: [String]
    let values: [(name: String, value: String)]
    let parameters: [Target.Parameter]
    let headers: HTTPFields
    let body: RequestBody
    /// Nil on open routes.
    let principal: Principal?
    /// When the request came in.
    let now: Timestamp
    /// The connection; nil in tests without one.
    let connection: (any Channel)?

    // MARK: path and query

    func value(_ name: String) -> String { values.first { $0.name == name }?.value ?? "" }

    /// The part of the path that names such a thing.
    func id<I: Identifier>(_ name: String, _ type: I.Type = I.self) throws(Problem) -> I {
        do throws(IdentifierFault) {
            return try I(checking: value(name))
        } catch {
            throw .parameter(name, error.detail)
        }
    }

    func shop() throws(Problem) -> ShopID { try id("shop") }

    func session() throws(Problem) -> SessionID {
        guard let session = SessionID(text: value("session")) else { throw .noSuchThing }
        return session
    }

    func parameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

    func parameterID<I: Identifier>(_ name: String, _ type: I.Type = I.self) throws(Problem) -> I? {
        guard let text = parameter(name) else { return nil }
        do throws(IdentifierFault) {
            return try I(checking: text)
        } catch {
            throw .parameter(name, error.detail)
        }
    }

    /// `limit` (1…1,000, default 100) and `cursor`.
    func page() throws(Problem) -> Page {
        var page = Page()
        if let text = parameter("limit") {
            guard let limit = Int(text), (1...1_000).contains(limit) else {
                throw .parameter("limit", "must be 1 to 1000")
            }
            page.limit = limit
        }
        if let text = parameter("cursor") {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, let cursor = UInt64(parts[0]) else {
                throw .parameter("cursor", "is not a cursor that was given out")
            }
            guard parts[1] == queryTag else { throw .parameter("cursor", "is the cursor of another query") }
            page.cursor = cursor
        }
        return page
    }

    /// Of what is asked, apart from the page: a cursor holds it, so that it serves no other question.
    private var queryTag: String {
        let asked = parameters.filter { $0.name != "cursor" && $0.name != "limit" }
        let fingerprint = Fingerprint.of(
            method: method, path: segments, body: .object(asked.map { JSONMember($0.name, .text($0.value)) }),
            account: principal?.account ?? "")
        return String(fingerprint & 0xffff_ffff, radix: 36)
    }

    /// `{"data": […], "next_cursor": …}`.
    func pageReply<S: Sequence>(
        _ elements: S, next: UInt64?, _ body: (inout JSONWriter, S.Element) -> Void
    ) -> Reply {
        .page(elements, next: next.map { "\($0)-\(queryTag)" }, body)
    }

    // MARK: body

    func bodyBytes() async throws -> [UInt8] {
        try edge.checkLength(headers[.contentLength])
        let limit = edge.settings.bodyLimit
        var bytes: [UInt8] = []
        for try await buffer in body {
            guard bytes.count + buffer.readableBytes <= limit else { throw Problem.bodyTooLarge(limit: limit) }
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }

    /// The body as JSON; an empty one counts as an empty object.
    func json() async throws -> JSONValue { try Self.json(try await bodyBytes()) }

    static func json(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
        if bytes.isEmpty { return .object([]) }
        do throws(JSONFault) {
            return try JSONReader.read(bytes)
        } catch {
            throw Problem.malformed(error)
        }
    }

    // MARK: idempotency

    /// The key of a `POST`: the header's or the body's `id`, else a fresh one. 1–64 bytes; both must be the same.
    func key(bodyID: String?) throws(Problem) -> String {
        guard let header = headers[FieldName.idempotencyKey] else { return bodyID ?? edge.freshKey() }
        if headers[values: FieldName.idempotencyKey].count > 1 {
            throw .parameter("Idempotency-Key", "must come once")
        }
        // What a server's library puts in the place of bytes that are no UTF-8: two keys would become one.
        if header.unicodeScalars.contains("\u{fffd}") { throw .parameter("Idempotency-Key", "must be UTF-8") }
        let key: String
        do throws(IdentifierFault) {
            key = try CommandID(checking: header).rawValue
        } catch {
            throw .parameter("Idempotency-Key", error.detail)
        }
        if let bodyID, bodyID != key { throw .twoKeys }
        return key
    }

    func message(id: MessageID?, body: JSONValue) throws(Problem) -> MessageStamp {
        let key = try key(bodyID: id?.rawValue)
        return MessageStamp(id: id, key: key, principal: principal, fresh: edge.freshKey) { account in
            Fingerprint.of(method: method, path: segments, body: body, account: account)
        }
    }

    /// The stamp under which the desk remembers this `POST` (I9).
    func stamp(key: String, body: JSONValue) -> CommandStamp {
        CommandStamp(
            id: principal?.scoped(key) ?? CommandID(rawValue: key),
            fingerprint: Fingerprint.of(method: method, path: segments, body: body))
    }

    /// A stamp of its own, so that the edge may try again.
    func freshStamp() -> CommandStamp {
        CommandStamp(id: CommandID(rawValue: "put/" + edge.freshKey()), fingerprint: 0)
    }

    // MARK: the desk

    func give(
        _ command: Command, at: Timestamp? = nil, stamp: CommandStamp, places: BodyPlaces = .none
    ) async throws -> Answer {
        let command = ShopCommand(shop: try shop(), at: at ?? now, stamp: stamp, command: command)
        do throws(DeskError) {
            return try await edge.desks.command(command)
        } catch {
            throw Problem(error, places: places)
        }
    }

    /// The route's answer by way of its desk.
    func give(_ call: DeskCall) async throws(Problem) -> Reply {
        let result = await withCheckedContinuation { continuation in
            edge.desks.submit(call.command) { continuation.resume(returning: $0) }
        }
        return try call.reply(to: result)
    }

    func ask(_ query: Query) async throws -> View {
        do throws(DeskError) {
            return try await edge.desks.query(ShopQuery(shop: try shopOrFault(), query: query))
        } catch {
            throw Problem(error, places: .none)
        }
    }

    private func shopOrFault() throws(DeskError) -> ShopID {
        guard let shop = try? shop() else { throw .refused(.unknownShop) }
        return shop
    }

}
