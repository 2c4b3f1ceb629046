// Reads a journal's dump and a client's log and says what is wrong with them. It knows the rules on its own: sequence
// numbers without gaps, one answer per command ID, every acknowledged message in exactly one session (I1, I5, I9), one
// open session per buyer, who has a session and how many an agent has (I6), capacity, order within a client.

import Foundation

struct JournalChecker {
    private struct Session {
        var buyer: String
        var handler: String
        var open = true
    }

    private struct Place: Equatable {
        var index: Int
        var session: String
        var handler: String
    }

    private struct Shop {
        var last = 0
        var sessions: [String: Session] = [:]
        var openOf: [String: String] = [:]
        var loads: [String: Int] = [:]
        var capacity: [String: Int] = [:]
        var presence: [String: String] = [:]
        var commands: Set<String> = []
        var messages: [String: Place] = [:]
        var sent: [String: Place] = [:]
    }

    private(set) var violations: [String] = []
    private(set) var events = 0
    private var shops: [String: Shop] = [:]
    private var sequence = 0
    private var index = 0

    /// `dump`: one JSON object a line, the shards one after the other, each from its first event.
    init(dump: String) {
        for line in dump.split(separator: "\n") {
            guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)),
                let record = object as? [String: Any]
            else {
                violations.append("not a JSON object: \(line.prefix(100))")
                continue
            }
            read(record)
        }
    }

    private mutating func complain(_ what: String) {
        // A journal that is wrong once is wrong everywhere after it.
        if violations.count < 50 { violations.append("event \(sequence): \(what)") }
    }

    private mutating func read(_ record: [String: Any]) {
        events += 1
        index += 1
        let number = record["sequence"] as? Int ?? 0
        if number != 1, number != sequence + 1 { complain("\(number) follows \(sequence)") }
        sequence = number
        guard let name = record["shop"] as? String, let event = record["event"] as? String,
            let data = record["data"] as? [String: Any]
        else { return complain("no shop or no event") }
        var shop = shops[name] ?? Shop()
        if (record["previousOfShop"] as? Int ?? 0) != shop.last { complain("the chain of shop \(name) is broken") }
        shop.last = number
        if let command = (record["command"] as? [String: Any])?["id"] as? String,
            !shop.commands.insert(command).inserted
        {
            complain("command \(command) of shop \(name) was carried out twice")
        }
        take(event, data, &shop)
        shops[name] = shop
    }

    private mutating func take(_ event: String, _ data: [String: Any], _ shop: inout Shop) {
        switch event {
        case "agentSet":
            let agent = data["agent"] as? [String: Any] ?? [:]
            shop.capacity[agent["agent"] as? String ?? ""] = agent["capacity"] as? Int
        case "presenceChanged":
            let agent = data["agent"] as? String ?? ""
            let from = data["from"] as? String
            if shop.presence[agent, default: "offline"] != from { complain("\(agent) was not \(from ?? "")") }
            shop.presence[agent] = data["to"] as? String
        case "messageReceived": received(data, &shop)
        case "messageSent": sent(data, &shop)
        case "handlerChanged": changed(data, &shop)
        case "sessionEnded": ended(data, &shop)
        default: break
        }
    }

    private mutating func received(_ data: [String: Any], _ shop: inout Shop) {
        let handler = Self.handler(data["handler"])
        guard let id = data["message"] as? String, let buyer = data["buyer"] as? String,
            let session = data["session"] as? String
        else { return complain("a message without its fields") }
        if data["opened"] as? Bool == true {
            open(session, buyer, handler, &shop)
        } else if let held = shop.sessions[session] {
            if !held.open { complain("message \(id) in session \(session), which has ended") }
            if held.buyer != buyer { complain("message \(id) of \(buyer) in a session of \(held.buyer)") }
            if data["decision"] == nil, held.handler != handler { complain("session \(session) changed its handler") }
            move(session, to: handler, &shop)
        } else {
            complain("message \(id) in session \(session), which was never opened")
        }
        if shop.messages[id] != nil { complain("message \(id) is there twice") }
        shop.messages[id] = Place(index: index, session: session, handler: handler)
    }

    private mutating func sent(_ data: [String: Any], _ shop: inout Shop) {
        guard let id = data["message"] as? String, let session = data["session"] as? String,
            let held = shop.sessions[session]
        else { return complain("a reply without its session") }
        let sender = Self.handler(data["sender"])
        if !held.open { complain("reply \(id) in session \(session), which has ended") }
        if held.handler != sender { complain("reply \(id) by \(sender), but \(held.handler) has the session") }
        if shop.sent[id] != nil { complain("reply \(id) is there twice") }
        shop.sent[id] = Place(index: index, session: session, handler: sender)
    }

    private mutating func changed(_ data: [String: Any], _ shop: inout Shop) {
        guard let session = data["session"] as? String, let buyer = data["buyer"] as? String else {
            return complain("a change of handler without its session")
        }
        let handler = Self.handler(data["to"])
        if data["opened"] as? Bool == true { return open(session, buyer, handler, &shop) }
        guard let held = shop.sessions[session], held.open else { return complain("\(session) is not open") }
        if held.handler != Self.handler(data["from"]) { complain("\(held.handler) has \(session)") }
        move(session, to: handler, &shop)
    }

    private mutating func ended(_ data: [String: Any], _ shop: inout Shop) {
        guard let session = data["session"] as? String, let held = shop.sessions[session], held.open else {
            return complain("a session ended that was not open")
        }
        move(session, to: "", &shop)
        shop.sessions[session]?.open = false
        shop.openOf[held.buyer] = nil
    }

    private mutating func open(_ session: String, _ buyer: String, _ handler: String, _ shop: inout Shop) {
        if shop.sessions[session] != nil { complain("session \(session) was opened twice") }
        if let other = shop.openOf[buyer] { complain("\(buyer) has \(other) and \(session)") }
        shop.openOf[buyer] = session
        shop.sessions[session] = Session(buyer: buyer, handler: "")
        move(session, to: handler, &shop)
    }

    private mutating func move(_ session: String, to handler: String, _ shop: inout Shop) {
        let former = shop.sessions[session]?.handler ?? ""
        if former == handler { return }
        shop.sessions[session]?.handler = handler
        if former.hasPrefix("agent:") { shop.loads[former, default: 0] -= 1 }
        guard handler.hasPrefix("agent:") else { return }
        shop.loads[handler, default: 0] += 1
        let agent = String(handler.dropFirst(6))
        if let most = shop.capacity[agent], shop.loads[handler, default: 0] > most {
            complain("\(agent) has \(shop.loads[handler, default: 0]) sessions, \(most) are the most")
        }
        if shop.presence[agent] == "offline" { complain("\(agent) got \(session) while offline") }
    }

    private static func handler(_ value: Any?) -> String {
        guard let fields = value as? [String: Any], let kind = fields["kind"] as? String else { return "?" }
        return (fields["agent"] as? String).map { "agent:\($0)" } ?? kind
    }

    // MARK: The log

    /// Everything that was acknowledged is there, as it was acknowledged, once, and in order.
    mutating func check(_ log: ClientLog) {
        violations += log.complaints
        for message in log.messages {
            guard let place = shops[message.shop]?.messages[message.id] else {
                violations.append("message \(message.id) was acknowledged and is lost")
                continue
            }
            if place.session != message.session || place.handler != message.handler {
                violations.append("message \(message.id): told \(message), written \(place)")
            }
        }
        for reply in log.replies where shops[reply.shop]?.sent[reply.id]?.session != reply.session {
            violations.append("reply \(reply.id) was acknowledged and is lost")
        }
        let clients = Dictionary(grouping: log.messages) { "\($0.shop) \($0.client)" }
        for (client, messages) in clients {
            let places = messages.sorted { $0.number < $1.number }.compactMap { message in
                shops[message.shop]?.messages[message.id]?.index
            }
            if places != places.sorted() { violations.append("client \(client): not in the order of sending") }
        }
    }

    /// I6: a shop's board shows what its open sessions add up to.
    mutating func check(board: [String: any Sendable], of shop: String) {
        let state = shops[shop] ?? Shop()
        for case let agent as [String: Any] in board["agents"] as? [Any] ?? [] {
            let name = agent["agent"] as? String ?? ""
            let shown = agent["open"] as? Int ?? -1
            let counted = state.loads["agent:\(name)"] ?? 0
            if shown != counted { violations.append("\(shop): \(name) shows \(shown) sessions and has \(counted)") }
        }
        let open = state.sessions.values.filter(\.open).count
        if board["open"] as? Int != open { violations.append("\(shop): the board's open sessions are not \(open)") }
    }
}
