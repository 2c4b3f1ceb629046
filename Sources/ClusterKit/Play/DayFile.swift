// A day of a shop as a file: one JSON object a line, first the shop, its groups, agents, buyers and orders, then the
// day's rows. The rows say what buyers do and when agents are there; who serves whom is for the cluster to decide.
//
//   {"kind":"shop","shop","name","timeZone","date","settings":{…}}     {"kind":"group","group",…}
//   {"kind":"agent","agent","pace",…}  {"kind":"buyer","buyer",…}      {"kind":"order","order",…}
//   {"kind":"presence","at","seq","agent","state"}
//   {"kind":"message","at","seq","buyer","effortSec","text"}           or "type":"orderCard","order" for the text
//
// … are the fields of the API's `PUT` of that thing. Driven by Player; Deploy/demo-day.ndjson is one.

import Domain
import Foundation
import IngressService

public struct DayFile: Sendable {
    public var shop: Shop
    public var groups: [Entry]
    public var agents: [Agent]
    public var buyers: [Entry]
    public var orders: [Entry]
    /// In order of (`at`, `seq`).
    public var rows: [Row]

    public struct Shop: Sendable {
        public var id: ShopID
        public var name: String
        public var timeZone: String
        /// `2025-12-11`.
        public var date: String
        /// 00:00 and 24:00 of the date in the shop's zone.
        public var start: Timestamp
        public var end: Timestamp
        /// Section by section, as the file has them.
        public var settings: [JSONMember]
    }

    /// A thing with its ID, and the fields that the API's `PUT` takes.
    public struct Entry: Sendable {
        public var id: String
        public var body: JSONValue
    }

    public struct Agent: Sendable {
        public var id: AgentID
        public var body: JSONValue
        /// Seconds of work for each second of effort, 0.01…100.
        public var pace: Double
    }

    public struct Row: Sendable {
        public var at: Timestamp
        public var seq: Int
        public var deed: Deed
    }

    public enum Deed: Sendable {
        case presence(AgentID, Presence)
        case message(Message)
    }

    public struct Message: Sendable {
        public var buyer: BuyerID
        /// Seconds of an agent's work, 0…86,400.
        public var effort: Double
        public var text: String?
        public var order: OrderID?
    }
}

/// A line that cannot be read.
public struct DayFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// From 1.
    public var line: Int
    /// Nil if the whole line is wrong.
    public var field: String?
    public var detail: String

    public var description: String { "line \(line)\(field.map { ", field \($0)" } ?? ""): \(detail)" }
}

extension DayFile {
    /// Longest line, in bytes.
    public static let lineLimit = 1 << 20

    public init(_ bytes: [UInt8]) throws(DayFault) {
        var shop: Shop?
        groups = []
        agents = []
        buyers = []
        orders = []
        rows = []
        var names: Set<String> = []
        var seqs: Set<Int> = []
        var number = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x0d || $0 == 0x09 }) { continue }
            let fields = try DayLine(line, number: number)
            let kind = try fields.text("kind")
            if shop == nil, kind != "shop" { throw fields.fault("kind", "the first line must be the shop") }
            switch kind {
            case "shop":
                guard shop == nil else { throw fields.fault("kind", "there is a shop already") }
                shop = try Shop(fields)
            case "group": groups.append(try fields.entry("group", among: &names))
            case "agent":
                let entry = try fields.entry("agent", without: ["pace"], among: &names)
                agents.append(
                    Agent(
                        id: AgentID(rawValue: entry.id), body: entry.body,
                        pace: try fields.number("pace", 0.01...100, otherwise: 1)))
            case "buyer": buyers.append(try fields.entry("buyer", among: &names))
            case "order": orders.append(try fields.entry("order", among: &names))
            case "presence", "message":
                let row = try Row(fields, kind: kind)
                guard seqs.insert(row.seq).inserted else { throw fields.fault("seq", "\(row.seq) was there before") }
                if case .presence(let agent, _) = row.deed, !names.contains("agent \(agent)") {
                    throw fields.fault("agent", "there is no agent \(agent) in this file")
                }
                if let shop, row.at < shop.start || row.at >= shop.end {
                    throw fields.fault("at", "lies outside \(shop.date) in \(shop.timeZone)")
                }
                rows.append(row)
            default:
                throw fields.fault("kind", "must be one of shop, group, agent, buyer, order, presence, message")
            }
        }
        guard let shop else { throw DayFault(line: max(1, number), field: nil, detail: "the file is empty") }
        self.shop = shop
        rows.sort { ($0.at, $0.seq) < ($1.at, $1.seq) }
    }
}

extension DayFile.Shop {
    init(_ fields: DayLine) throws(DayFault) {
        id = try fields.identifier("shop")
        name = try fields.text("name")
        timeZone = try fields.text("timeZone", otherwise: "Asia/Shanghai")
        guard let zone = TimeZone(identifier: timeZone) else {
            throw fields.fault("timeZone", "is not the name of a time zone")
        }
        date = try fields.text("date")
        guard let midnight = RFC3339.parse("\(date)T00:00:00Z") else {
            throw fields.fault("date", "must be a date such as 2025-12-11")
        }
        start = Self.local(midnight, zone)
        end = Self.local(midnight + .days(1), zone)
        settings = try fields.members("settings")
    }

    /// The moment at which a clock on the wall of that zone shows what `shown` shows in UTC.
    private static func local(_ shown: Timestamp, _ zone: TimeZone) -> Timestamp {
        func offset(_ time: Timestamp) -> Span {
            .seconds(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.millis) / 1_000)))
        }
        return shown - offset(shown - offset(shown))
    }
}

extension DayFile.Row {
    init(_ fields: DayLine, kind: String) throws(DayFault) {
        at = try fields.time("at")
        seq = try fields.integer("seq")
        if kind == "presence" {
            let state = try fields.text("state")
            guard let presence = Presence(name: state) else {
                throw fields.fault("state", "must be one of \(Presence.names.joined(separator: ", "))")
            }
            deed = .presence(try fields.identifier("agent"), presence)
            return
        }
        var message = DayFile.Message(
            buyer: try fields.identifier("buyer"), effort: try fields.number("effortSec", 0...86_400, otherwise: nil))
        let type = try fields.text("type", otherwise: "text")
        switch type {
        case "text": message.text = try fields.text("text")
        case "orderCard": message.order = try fields.identifier("order")
        default: throw fields.fault("type", "must be text or orderCard")
        }
        deed = .message(message)
    }
}
