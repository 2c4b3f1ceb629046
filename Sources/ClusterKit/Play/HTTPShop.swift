// The shop of a running cluster, spoken to as the shop's own backend does: an operator's or merchant's token that names
// the account in each call. Paths and fields: Protocols/openapi.yaml.

import Domain
import IngressService

public struct HTTPShop: PlayedShop {
    private let shop: String
    private let date: String
    private let calls: ShopCalls

    public init(_ day: DayFile.Shop, at address: ShopAddress, settings: PlaySettings = .init()) {
        shop = day.id.rawValue
        date = day.date
        calls = ShopCalls(address, settings: settings)
    }

    public func close() async { await calls.close() }

    /// Another day has other keys, so its messages are not taken for this one's. A message's key is its ID too.
    private func key(_ id: String) -> String { "play-\(date)-\(id)" }

    /// The player's own name of a message.
    private func name(_ message: String) -> String {
        message.hasPrefix(key("")) ? String(message.dropFirst(key("").count)) : message
    }

    public func moveClock(to time: Timestamp) async throws {
        _ = try await calls.call("POST", ["clock"], .fields([("now", .text(RFC3339.text(time)))]))
    }

    public func setPresence(_ agent: AgentID, _ state: Presence, key id: String) async throws {
        _ = try await calls.call(
            "POST", ["shops", shop, "agents", agent.rawValue, "presence"], key: key(id),
            .fields([("state", .text(state.name))]))
    }

    public func say(_ message: DayFile.Message, id: String) async throws -> Placement {
        let answer = try await calls.call(
            "POST", ["shops", shop, "buyers", message.buyer.rawValue, "messages"], key: key(id),
            .fields([
                ("kind", .text(message.order == nil ? "text" : "orderCard")),
                ("text", message.text.map { .text($0) }),
                ("order", message.order.map { .text($0.rawValue) }),
            ]))
        guard let session = answer.body["session"]?.asText.flatMap(SessionID.init(text:)),
            let handler = Self.handler(answer.body["handler"]), let rule = answer.body["decision"]?["rule"]?.asText
        else { throw strange("a message", answer.body) }
        return Placement(session: session, handler: handler, rule: rule)
    }

    /// What the player's agents say; the day is about who answers and when.
    private static let text = "您好，已经为您处理好了。"

    public func answer(_ session: SessionID, by agent: AgentID, id: String) async throws -> Bool {
        let answer = try await calls.call(
            "POST", ["shops", shop, "sessions", session.description, "messages"], key: key(id),
            .fields([("account", .text(agent.rawValue)), ("text", .text(Self.text))]),
            expecting: [409])
        if answer.status != 409 { return true }
        guard answer.code == "notHandler" || answer.code == "sessionEnded" else {
            throw ClusterFault(.refused, "session \(session), answer \(id): \(answer.code ?? "409")")
        }
        return false
    }

    public func waiting() async throws -> WaitingBoard {
        let board = try await calls.call("GET", ["shops", shop, "board"]).body
        guard let list = board["waiting"]?.asList else { throw strange("the board", board) }
        var handlers: [SessionID: PlayHandler] = [:]
        for entry in list {
            guard let session = entry["session"]?.asText.flatMap(SessionID.init(text:)),
                let handler = Self.handler(entry["handler"])
            else { throw strange("the board", entry) }
            handlers[session] = handler
        }
        return WaitingBoard(
            handlers: handlers, isWhole: (board["waitingTotal"]?.asInteger ?? handlers.count) <= handlers.count)
    }

    public func session(_ session: SessionID) async throws -> SessionNow {
        let view = try await calls.call("GET", ["shops", shop, "sessions", session.description]).body
        guard let state = view["state"]?.asText, let handler = Self.handler(view["handler"]),
            let since = view["handlerSince"]?.asText.flatMap(RFC3339.parse)
        else { throw strange("a session", view) }
        var waiting: (message: String, since: Timestamp)?
        if let entry = view["waiting"] {
            guard let message = entry["message"]?.asText, let since = entry["since"]?.asText.flatMap(RFC3339.parse)
            else { throw strange("a session", view) }
            waiting = (name(message), since)
        }
        return SessionNow(
            session: session, isOpen: state == "open", handler: handler, givenAt: since,
            rule: view["handlers"]?.asList?.last?["rule"]?.asText ?? "", waiting: waiting)
    }

    private static func handler(_ value: JSONValue?) -> PlayHandler? {
        switch value?["kind"]?.asText {
        case "agent"?: value?["agent"]?.asText.map { .agent(AgentID(rawValue: $0)) }
        case let kind? where kind == "queue" || kind == "pool": .line(kind)
        case let kind?: .other(kind)
        case nil: nil
        }
    }

    private func strange(_ what: String, _ body: JSONValue) -> ClusterFault {
        ClusterFault(
            .refused, "the answer about \(what) is not understood: \(String(decoding: body.jsonBytes, as: UTF8.self))")
    }
}
