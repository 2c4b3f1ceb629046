// What the load generator says: consults as frames, echoes, HTTP requests, and Redis's protocol. Each request is one
// template whose digits are written over, so that every buyer, message and command ID is new.

import Domain
import Foundation
import Wire

/// The text of every message: 24 bytes, as a short question has.
let benchText = "Is this one still there?"

/// Names with a fixed number of digits, which a template can be searched for.
enum BenchID {
    static func shop(_ number: UInt64) -> ShopID { ShopID(rawValue: "shop" + digits(number, 7)) }
    static func buyer(_ number: UInt64) -> BuyerID { BuyerID(rawValue: "b" + digits(number, 9)) }
    static func message(_ number: UInt64) -> MessageID { MessageID(rawValue: "m" + digits(number, 11)) }
    static func command(_ number: UInt64) -> CommandID { CommandID(rawValue: "k" + digits(number, 11)) }
    static func agent(_ number: Int) -> AgentID { AgentID(rawValue: "agent" + digits(UInt64(number), 5)) }

    static func digits(_ number: UInt64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}

/// Consults of new buyers (up to `buyers` of each shop) to routers, as frames.
struct ConsultSpeech: LoadSpeech {
    private var template: [UInt8]
    private let ticketAt = 5
    private let shopAt: Int
    private let buyerAt: Int
    private let messageAt: Int
    private let commandAt: Int
    /// Shops of each connection.
    private let shops: [[UInt64]]
    private let buyers: UInt64
    private let goodTag: UInt8
    /// Shops that are counted apart.
    var apart: Range<UInt64> = 0..<0

    /// `at`: the stamp of all requests.
    init(shops: [[UInt64]], buyers: UInt64, at: Timestamp) {
        let sample: UInt64 = 7_654_321
        let command = ShopCommand(
            shop: BenchID.shop(sample), at: at,
            stamp: CommandStamp(id: BenchID.command(sample), fingerprint: 0x1234_5678_9abc_def0),
            command: .receiveMessage(
                ReceiveMessage(buyer: BenchID.buyer(sample), message: BenchID.message(sample), text: benchText)))
        let payload = RouterRequest.command(command).encoded()
        let frame = Frame(.request, id: 0, argument: 30_000, payload: payload[...]).encoded()
        func digits(of text: String, behind prefix: Int) -> Int { places(of: text, in: frame)[0] + prefix }
        template = frame
        shopAt = digits(of: BenchID.shop(sample).rawValue, behind: 4)
        buyerAt = digits(of: BenchID.buyer(sample).rawValue, behind: 1)
        messageAt = digits(of: BenchID.message(sample).rawValue, behind: 1)
        commandAt = digits(of: BenchID.command(sample).rawValue, behind: 1)
        self.shops = shops
        self.buyers = buyers
        goodTag = RouterReply.answer(Answer(sequence: 1)).encoded()[0]
    }

    private func shop(_ number: UInt64, _ connection: Int) -> UInt64 {
        let own = shops[connection]
        return own.count == 1 ? own[0] : own[Int(ShardMap.mix(number) % UInt64(own.count))]
    }

    func isApart(_ number: UInt64, connection: Int) -> Bool {
        !apart.isEmpty && apart.contains(shop(number, connection))
    }

    mutating func append(_ number: UInt64, connection: Int, ticket: UInt64, to out: inout [UInt8]) {
        let shop = shop(number, connection)
        withUnsafeBytes(of: ticket.littleEndian) { bytes in
            for place in 0..<8 { template[ticketAt + place] = bytes[place] }
        }
        putDigits(shop, 7, at: shopAt, in: &template)
        putDigits(number % buyers, 9, at: buyerAt, in: &template)
        putDigits(number, 11, at: messageAt, in: &template)
        putDigits(number, 11, at: commandAt, in: &template)
        out.append(contentsOf: template)
    }

    func replies(_ bytes: UnsafeRawBufferPointer, _ each: (UInt64?, UnsafeRawBufferPointer?) -> Void) -> Int {
        FrameReplies.each(bytes, goodTag, each)
    }

    func words(_ bad: [UInt8]) -> String { FrameReplies.words(bad) }
}

/// Replies of agents in sessions that are open, as frames.
struct ReplySpeech: LoadSpeech {
    private struct Template {
        var bytes: [UInt8]
        var messageAt: Int
        var commandAt: Int
    }

    private var templates: [Template]
    private let goodTag = RouterReply.answer(Answer(sequence: 1)).encoded()[0]

    /// Session and handler of each; not empty.
    init(shop: UInt64, sessions: [(SessionID, AgentID)], at: Timestamp) {
        let sample: UInt64 = 7_654_321
        templates = sessions.map { session, agent in
            let command = ShopCommand(
                shop: BenchID.shop(shop), at: at,
                stamp: CommandStamp(id: BenchID.command(sample), fingerprint: 0x1234_5678_9abc_def0),
                command: .sendMessage(
                    SendMessage(
                        session: session, message: BenchID.message(sample), sender: .agent(agent), text: benchText)))
            let payload = RouterRequest.command(command).encoded()
            let frame = Frame(.request, id: 0, argument: 30_000, payload: payload[...]).encoded()
            return Template(
                bytes: frame, messageAt: places(of: BenchID.message(sample).rawValue, in: frame)[0] + 1,
                commandAt: places(of: BenchID.command(sample).rawValue, in: frame)[0] + 1)
        }
    }

    mutating func append(_ number: UInt64, connection: Int, ticket: UInt64, to out: inout [UInt8]) {
        let place = Int(number % UInt64(templates.count))
        withUnsafeBytes(of: ticket.littleEndian) { bytes in
            for index in 0..<8 { templates[place].bytes[5 + index] = bytes[index] }
        }
        putDigits(number, 11, at: templates[place].messageAt, in: &templates[place].bytes)
        putDigits(number, 11, at: templates[place].commandAt, in: &templates[place].bytes)
        out.append(contentsOf: templates[place].bytes)
    }

    func replies(_ bytes: UnsafeRawBufferPointer, _ each: (UInt64?, UnsafeRawBufferPointer?) -> Void) -> Int {
        FrameReplies.each(bytes, goodTag, each)
    }

    func words(_ bad: [UInt8]) -> String { FrameReplies.words(bad) }
}

/// Frames with the same bytes as consults, to a server that gives them back.
struct EchoSpeech: LoadSpeech {
    private var template: [UInt8]

    init(payload: Int) {
        template = Frame(.request, id: 0, argument: 30_000, payload: [UInt8](repeating: 1, count: payload)[...])
            .encoded()
    }

    mutating func append(_ number: UInt64, connection: Int, ticket: UInt64, to out: inout [UInt8]) {
        withUnsafeBytes(of: ticket.littleEndian) { bytes in
            for place in 0..<8 { template[5 + place] = bytes[place] }
        }
        out.append(contentsOf: template)
    }

    func replies(_ bytes: UnsafeRawBufferPointer, _ each: (UInt64?, UnsafeRawBufferPointer?) -> Void) -> Int {
        FrameReplies.each(bytes, 1, each)
    }
}

enum FrameReplies {
    /// Calls for each whole reply with its ticket, and its payload if that does not begin with the good tag; a fault's is
    /// not good.
    static func each(
        _ bytes: UnsafeRawBufferPointer, _ goodTag: UInt8, _ body: (UInt64?, UnsafeRawBufferPointer?) -> Void
    ) -> Int {
        var at = 0
        while bytes.count - at >= Frame.headBytes {
            let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
            let end = at + 4 + length
            guard end <= bytes.count else { break }
            let kind = bytes[at + 4]
            if kind == FrameKind.reply.rawValue || kind == FrameKind.end.rawValue {
                let ticket = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at + 5, as: UInt64.self))
                let payload = UnsafeRawBufferPointer(rebasing: bytes[min(at + Frame.headBytes, end)..<end])
                let good = kind == FrameKind.reply.rawValue && payload.first == goodTag
                body(ticket, good ? nil : payload)
            }
            at = end
        }
        return at
    }

    /// What a router's reply says.
    static func words(_ payload: [UInt8]) -> String {
        switch try? RouterReply(decoding: payload) {
        case .fault(let fault): return "\(fault.code.rawValue), \(fault.message)"
        case .refusal(let refusal): return refusal.code
        default: break
        }
        if let fault = try? WireFault(decoding: payload) { return "\(fault.code.rawValue), \(fault.message)" }
        return "\(payload.count) bytes that are no answer"
    }
}

/// One request at a time on each connection, HTTP/1.1.
struct HTTPSpeech: LoadSpeech {
    private var template: [UInt8]
    private let shopAt: Int?
    private let buyerAt: Int?
    private let messageAt: Int?
    private let buyers: UInt64
    /// Of each connection.
    private let shops: [UInt64]
    private let wanted: [UInt8]

    /// `POST …/messages` of new buyers; each connection has its own shop, the last one also those that are left.
    init(consultsOf shops: [UInt64], buyers: UInt64, token: String, port: Int) {
        let sample: UInt64 = 7_654_321
        let body = "{\"id\":\"\(BenchID.message(sample))\",\"text\":\"\(benchText)\"}"
        template = HTTPRequest.post(
            "/v1/shops/\(BenchID.shop(sample))/buyers/\(BenchID.buyer(sample))/messages", body, token: token, port: port
        )
        self.shops = shops
        shopAt = places(of: BenchID.shop(sample).rawValue, in: template)[0] + 4
        buyerAt = places(of: BenchID.buyer(sample).rawValue, in: template)[0] + 1
        messageAt = places(of: BenchID.message(sample).rawValue, in: template)[0] + 1
        self.buyers = buyers
        wanted = Array("HTTP/1.1 201".utf8)
    }

    /// `GET` of what needs no router.
    init(get path: String, port: Int) {
        template = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n".utf8)
        shops = []
        shopAt = nil
        buyerAt = nil
        messageAt = nil
        buyers = 1
        wanted = Array("HTTP/1.1 200".utf8)
    }

    mutating func append(_ number: UInt64, connection: Int, ticket: UInt64, to out: inout [UInt8]) {
        if let shopAt { putDigits(shops[min(connection, shops.count - 1)], 7, at: shopAt, in: &template) }
        if let buyerAt { putDigits(number % buyers, 9, at: buyerAt, in: &template) }
        if let messageAt { putDigits(number, 11, at: messageAt, in: &template) }
        out.append(contentsOf: template)
    }

    func replies(_ bytes: UnsafeRawBufferPointer, _ each: (UInt64?, UnsafeRawBufferPointer?) -> Void) -> Int {
        HTTPReplies.each(bytes, wanted, each)
    }

    func words(_ bad: [UInt8]) -> String { HTTPReplies.words(bad) }
}

/// Replies of agents in sessions that are open, through HTTP.
struct HTTPReplySpeech: LoadSpeech {
    private var templates: [(bytes: [UInt8], messageAt: Int)]
    private let wanted = Array("HTTP/1.1 2".utf8)

    /// Session and handler of each; not empty. The token may speak for every account.
    init(shop: UInt64, sessions: [(SessionID, AgentID)], token: String, port: Int) {
        let sample = BenchID.message(7_654_321).rawValue
        templates = sessions.map { session, agent in
            let bytes = HTTPRequest.post(
                "/v1/shops/\(BenchID.shop(shop))/sessions/\(session)/messages",
                "{\"id\":\"\(sample)\",\"text\":\"\(benchText)\",\"account\":\"\(agent)\"}", token: token, port: port)
            return (bytes, places(of: sample, in: bytes)[0] + 1)
        }
    }

    mutating func append(_ number: UInt64, connection: Int, ticket: UInt64, to out: inout [UInt8]) {
        let place = Int(number % UInt64(templates.count))
        putDigits(number, 11, at: templates[place].messageAt, in: &templates[place].bytes)
        out.append(contentsOf: templates[place].bytes)
    }

    func replies(_ bytes: UnsafeRawBufferPointer, _ each: (UInt64?, UnsafeRawBufferPointer?) -> Void) -> Int {
        HTTPReplies.each(bytes, wanted, each)
    }

    func words(_ bad: [UInt8]) -> String { HTTPReplies.words(bad) }
}

private enum HTTPRequest {
    static func post(_ path: String, _ body: String, token: String, port: Int) -> [UInt8] {
        let text = """
            POST \(path) HTTP/1.1\r
            Host: 127.0.0.1:\(port)\r
            Authorization: Bearer \(token)\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """
        return Array(text.utf8)
    }
}

private enum HTTPReplies {
    /// Calls for each whole response, with its bytes if it does not begin as wanted.
    static func each(
        _ bytes: UnsafeRawBufferPointer, _ wanted: [UInt8], _ body: (UInt64?, UnsafeRawBufferPointer?) -> Void
    ) -> Int {
        var at = 0
        while let end = end(bytes, from: at) {
            let good = bytes[at..<min(at + wanted.count, end)].elementsEqual(wanted)
            body(nil, good ? nil : UnsafeRawBufferPointer(rebasing: bytes[at..<end]))
            at = end
        }
        return at
    }

    /// The first line, and what the problem in the body is called.
    static func words(_ bad: [UInt8]) -> String {
        struct Problem: Decodable { var title: String }
        let response = Data(bad)
        guard let end = response.range(of: Data("\r\n\r\n".utf8)),
            let problem = try? JSONDecoder().decode(Problem.self, from: response[end.upperBound...])
        else { return firstLine(of: bad) }
        return "\(firstLine(of: bad)), \(problem.title)"
    }

    private static let lengthName: StaticString = "content-length:"

    /// The place behind a whole response; nil if it is not whole. Looked at line by line.
    private static func end(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var line = start
        var length = 0
        while line < bytes.count, let found = memchr(base + line, 0x0a, bytes.count - line) {
            let stop = UnsafeRawPointer(found) - base
            if stop - line <= 1 {
                let end = stop + 1 + length
                return end <= bytes.count ? end : nil
            }
            if stop - line > lengthName.utf8CodeUnitCount, isLength(base + line) {
                length = 0
                for place in (line + lengthName.utf8CodeUnitCount)..<stop where (0x30...0x39).contains(bytes[place]) {
                    length = length * 10 + Int(bytes[place] - 0x30)
                }
            }
            line = stop + 1
        }
        return nil
    }

    private static func isLength(_ line: UnsafeRawPointer) -> Bool {
        for place in 0..<lengthName.utf8CodeUnitCount
        where line.load(fromByteOffset: place, as: UInt8.self) | 0x20 != lengthName.utf8Start[place] | 0x20 {
            return false
        }
        return true
    }
}

/// `EVALSHA` of the choice, pipelined. Replies are integers.
struct RedisSpeech: LoadSpeech {
    private var template: [UInt8]
    private let buyerAt: Int
    private let buyers: UInt64

    init(sha: String, buyers: UInt64) {
        let sample: UInt64 = 7_654_321
        template = Array(Self.command(["EVALSHA", sha, "2", "loads", "c:\(BenchID.buyer(sample))"]))
        buyerAt = places(of: BenchID.buyer(sample).rawValue, in: template)[0] + 1
        self.buyers = buyers
    }

    static func command(_ words: [String]) -> [UInt8] {
        var text = "*\(words.count)\r\n"
        for word in words { text += "$\(word.utf8.count)\r\n\(word)\r\n" }
        return Array(text.utf8)
    }

    mutating func append(_ number: UInt64, connection: Int, ticket: UInt64, to out: inout [UInt8]) {
        putDigits(number % buyers, 9, at: buyerAt, in: &template)
        out.append(contentsOf: template)
    }

    func replies(_ bytes: UnsafeRawBufferPointer, _ each: (UInt64?, UnsafeRawBufferPointer?) -> Void) -> Int {
        var at = 0
        var start = 0
        while at < bytes.count {
            if bytes[at] == 0x0a {
                each(nil, bytes[start] == 0x3a ? nil : UnsafeRawBufferPointer(rebasing: bytes[start..<at]))
                start = at + 1
            }
            at += 1
        }
        return start
    }
}
