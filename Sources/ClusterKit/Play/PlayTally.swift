// What came of a played day: who got how many and why, and a fingerprint by which two runs compare at a glance.

import Domain
import IngressService

public struct PlayTally: Sendable, Equatable {
    /// What one handler got.
    public struct Share: Sendable, Equatable {
        /// Consults by the rule that gave them, those out of the line included.
        public var consults: [String: Int] = [:]
        /// Of these, the ones that had waited in the queue or the pool.
        public var fromLine = 0
        /// Messages that went on in a session.
        public var continued = 0
        public var answers = 0
        /// RR-1: within three minutes of the first message of the turn.
        public var inTime = 0
        /// Turns that no human had answered when the session or the day ended; those with a bot are not known.
        public var left = 0

        public var total: Int { consults.values.reduce(0, +) }
    }

    /// 180 s.
    public static let answerLimit = Span.minutes(3)

    public private(set) var shares: [String: Share] = [:]
    public private(set) var messages = 0
    public private(set) var sessions = 0
    private var lastSession = SessionID(0)
    private var hash: UInt64 = 0xcbf2_9ce4_8422_2325

    init(agents: [AgentID]) {
        for agent in agents { shares[agent.rawValue] = Share() }
    }

    public var answers: Int { shares.values.reduce(0) { $0 + $1.answers } }
    public var inTime: Int { shares.values.reduce(0) { $0 + $1.inTime } }
    public var left: Int { shares.values.reduce(0) { $0 + $1.left } }

    /// FNV-1a of 64 bits over every message, gift out of the line and answer, in order; 16 hexadecimal digits.
    public var fingerprint: String {
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }

    mutating func message(_ id: String, _ placed: Placement) {
        messages += 1
        if placed.session > lastSession {
            lastSession = placed.session
            sessions += 1
        }
        if placed.rule == "continued" {
            shares[placed.handler.name, default: Share()].continued += 1
        } else {
            shares[placed.handler.name, default: Share()].consults[placed.rule, default: 0] += 1
        }
        mix("\(id) \(placed.session) \(placed.handler.name) \(placed.rule)")
    }

    mutating func given(_ session: SessionID, to handler: PlayHandler, by rule: String, at time: Timestamp) {
        shares[handler.name, default: Share()].consults[rule, default: 0] += 1
        shares[handler.name, default: Share()].fromLine += 1
        mix("\(session) \(handler.name) \(rule) \(time.millis)")
    }

    mutating func answer(_ id: String, _ session: SessionID, by agent: AgentID, at time: Timestamp, waited: Span) {
        shares[agent.rawValue, default: Share()].answers += 1
        if waited <= Self.answerLimit { shares[agent.rawValue, default: Share()].inTime += 1 }
        mix("\(id) \(session) \(agent) \(time.millis)")
    }

    mutating func left(with handler: PlayHandler) { shares[handler.name, default: Share()].left += 1 }

    private mutating func mix(_ line: String) {
        for byte in line.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ 0x0a) &* 0x100_0000_01b3
    }
}

extension PlayTally {
    /// Rules that gave anything, in the order of DIV-1; names that are new to this program come last.
    private var rules: [String] {
        let found = Set(shares.values.flatMap(\.consults.keys))
        let known = Rule.names.filter { found.contains($0) }
        return known + found.subtracting(known).sorted()
    }

    /// A table for people.
    public var table: String {
        let rules = rules
        var rows = [["", "consults"] + rules + ["from line", "continued", "answers", "in 3 min", "left"]]
        for (name, share) in shares.sorted(by: { $0.key < $1.key }) {
            rows.append(
                [name, "\(share.total)"] + rules.map { rule in share.consults[rule].map { "\($0)" } ?? "·" }
                    + [share.fromLine, share.continued, share.answers, share.inTime, share.left].map { "\($0)" })
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }.joined(separator: "  ")
        }
        return lines.joined(separator: "\n")
            + "\n\(messages) messages in \(sessions) sessions; \(answers) answers, \(inTime) of them within 3 minutes; "
            + "\(left) turns without an answer\nfingerprint \(fingerprint)"
    }

    /// The same for programs.
    public func json(_ day: DayFile) -> [UInt8] {
        let list = shares.sorted { $0.key < $1.key }.map { name, share in
            JSONValue.fields([
                ("handler", .text(name)),
                ("consults", .integer(Int64(share.total))),
                (
                    "rules",
                    .object(
                        share.consults.sorted { $0.key < $1.key }
                            .map { JSONMember($0.key, .integer(Int64($0.value))) })
                ),
                ("fromLine", .integer(Int64(share.fromLine))),
                ("continued", .integer(Int64(share.continued))),
                ("answers", .integer(Int64(share.answers))),
                ("inTime", .integer(Int64(share.inTime))),
                ("left", .integer(Int64(share.left))),
            ])
        }
        return JSONValue.fields([
            ("shop", .text(day.shop.id.rawValue)),
            ("date", .text(day.shop.date)),
            ("messages", .integer(Int64(messages))),
            ("sessions", .integer(Int64(sessions))),
            ("answers", .integer(Int64(answers))),
            ("inTime", .integer(Int64(inTime))),
            ("left", .integer(Int64(left))),
            ("shares", .list(list)),
            ("fingerprint", .text(fingerprint)),
        ]).jsonBytes
    }
}
