// Golden transcripts: `> command` lines, each followed by what came of it. A run writes the file anew; it must be the
// same. Words of the commands: see `perform`. Rewrite with FENLIU_REWRITE=1, and only what you can explain.

@testable import Domain

struct Transcript {
    private var rig: DeskRig
    private var seen = 0

    init() throws {
        rig = try DeskRig()
        seen = rig.records.count
    }

    /// The text of a transcript with every reaction as it is now.
    static func run(_ text: String) throws -> String {
        var transcript = try Transcript()
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("    ") { continue }
            lines.append(String(line))
            guard line.hasPrefix("> ") else { continue }
            lines += try transcript.react(String(line.dropFirst(2))).map { "    \($0)" }
        }
        return lines.joined(separator: "\n")
    }

    private mutating func react(_ command: String) throws -> [String] {
        var lines: [String] = []
        do {
            lines = try perform(Words(command))
        } catch let refusal as Refusal {
            lines = ["refused: \(refusal.code)"]
        }
        let events = rig.records[seen...].map(describe)
        seen = rig.records.count
        let all = events + lines
        return all.isEmpty ? ["nothing changes"] : all
    }

    /// `verb subject… key=value…`
    struct Words {
        var plain: [String] = []
        var named: [String: String] = [:]

        init(_ text: String) {
            for word in text.split(separator: " ") {
                if let mark = word.firstIndex(of: "=") {
                    named[String(word[..<mark])] = String(word[word.index(after: mark)...])
                } else {
                    plain.append(String(word))
                }
            }
        }

        func word(_ place: Int) throws -> String {
            guard place < plain.count else { throw TranscriptFault.missingWord(place) }
            return plain[place]
        }

        func list(_ key: String) -> [String] { named[key].map { $0.split(separator: ",").map(String.init) } ?? [] }
        func number(_ key: String) -> Int? { named[key].flatMap { Int($0) } }
        func has(_ word: String) -> Bool { plain.contains(word) }
    }

    // MARK: Commands

    private mutating func perform(_ words: Words) throws -> [String] {
        switch try words.word(0) {
        case "settings": try rig.settings { settings in Self.change(&settings, words) }
        case "group":
            var bot: BotSettings?
            if let mode = words.named["bot"].flatMap(BotMode.init(name:)) { bot = BotSettings(mode: mode) }
            try rig.group(
                GroupID(rawValue: try words.word(1)), states: words.list("states").compactMap(OrderState.init(name:)),
                products: words.list("products").map(ItemID.init(rawValue:)), bot: bot)
        case "agent":
            try rig.give(
                .setAgent(
                    SetAgent(
                        agent: AgentID(rawValue: try words.word(1)), weight: words.number("weight") ?? 100,
                        groups: words.list("groups").map(GroupID.init(rawValue:)), capacity: words.number("capacity"))))
        case "presence":
            guard let state = Presence(name: try words.word(2)) else { throw TranscriptFault.unknownWord }
            try rig.presence(AgentID(rawValue: try words.word(1)), state)
        case "stream":
            try rig.give(
                .noteStream(
                    NoteStream(agent: AgentID(rawValue: try words.word(1)), attached: try words.word(2) == "opens")))
        case "buyer":
            try rig.member(
                BuyerID(rawValue: try words.word(1)), level: words.number("level") ?? 0,
                segments: words.list("segments"), exclusive: words.named["exclusive"].map(AgentID.init(rawValue:)))
        case "order":
            guard let state = OrderState(name: try words.word(3)) else { throw TranscriptFault.unknownWord }
            try rig.order(
                OrderID(rawValue: try words.word(1)), of: BuyerID(rawValue: try words.word(2)), state,
                items: words.list("items").map(ItemID.init(rawValue:)))
        case "say":
            try rig.hear(
                BuyerID(rawValue: try words.word(1)), words.plain.dropFirst(2).joined(separator: " "),
                to: words.named["to"].map(AgentID.init(rawValue:)),
                item: words.named["item"].map(ItemID.init(rawValue:)),
                order: words.named["order"].map(OrderID.init(rawValue:)))
        case "reply":
            try rig.reply(try session(words), automatic: words.has("automatic"), noAnswer: words.has("noAnswer"))
        case "close": try rig.close(try session(words))
        case "transfer": try transfer(words)
        case "call": try rig.give(.askForHuman(AskForHuman(buyer: BuyerID(rawValue: try words.word(1)))))
        case "wait": rig.wait(try span(words.word(1)))
        case "explain":
            guard let explanation = rig.explain(DecisionID(text: try words.word(1))) else {
                throw TranscriptFault.unknownWord
            }
            return describe(explanation)
        case "diagnose":
            guard let diagnosis = rig.desk.diagnosis(AgentID(rawValue: try words.word(1))) else {
                throw TranscriptFault.unknownWord
            }
            return describe(diagnosis)
        case "board": return board()
        default: throw TranscriptFault.unknownWord
        }
        return []
    }

    private static func change(_ settings: inout ShopSettings, _ words: Words) {
        if let mode = words.named["bot"].flatMap(BotMode.init(name:)) { settings.bot.mode = mode }
        if let pick = words.named["unboundPick"].flatMap(UnboundPick.init(name:)) {
            settings.diversion.unboundPick = pick
        }
        if let value = words.number("percent") { settings.bot.percent = value }
        if let value = words.number("queueLimit") { settings.diversion.queueLimit = value }
        if let value = words.number("autoSuspendAt") { settings.diversion.autoSuspendAt = value }
        if let value = words.named["stickyIgnoresCapacity"] {
            settings.diversion.stickyIgnoresCapacity = value == "true"
        }
        if let value = words.named["memberPriority"] { settings.memberPriority.enabled = value == "true" }
        if let question = words.named["question"], let answer = words.named["answer"] {
            settings.bot.answers.append(BotAnswer(questions: [question], answer: answer))
        }
    }

    private func session(_ words: Words) throws -> SessionID {
        guard let session = SessionID(text: try words.word(1)) else { throw TranscriptFault.unknownWord }
        return session
    }

    private mutating func transfer(_ words: Words) throws {
        let target: TransferTarget
        if let agent = words.named["agent"] {
            target = .agent(AgentID(rawValue: agent))
        } else if let group = words.named["group"] {
            target = .group(GroupID(rawValue: group))
        } else {
            target = .human
        }
        try rig.transfer(try session(words), target, forced: words.has("forced"))
    }

    /// `5s`, `30m`, `24h`, `1ms`.
    private func span(_ text: String) throws -> Domain.Span {
        guard let number = Int(text.prefix { $0.isNumber }) else { throw TranscriptFault.unknownWord }
        switch text.drop(while: \.isNumber) {
        case "ms": return Domain.Span(millis: Int64(number))
        case "s": return .seconds(number)
        case "m": return .minutes(number)
        case "h": return .hours(number)
        default: throw TranscriptFault.unknownWord
        }
    }
}

enum TranscriptFault: Error {
    case missingWord(Int)
    case unknownWord
}

// MARK: Reactions

extension Transcript {
    private func text(_ handler: Handler) -> String {
        switch handler {
        case .agent(let agent): agent.rawValue
        case .bot(nil): "the bot"
        case .bot(.some(let group)): "the bot of \(group)"
        case .queue: "the queue"
        case .pool: "the pool"
        }
    }

    private func clock(_ time: Timestamp) -> String {
        let millis = (time - DeskRig.start).millis + 9 * 3_600_000
        func pad(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let day = millis / 86_400_000
        let hours = millis / 3_600_000 % 24
        let time =
            "\(pad(hours, 2)):\(pad(millis / 60_000 % 60, 2)):\(pad(millis / 1_000 % 60, 2)).\(pad(millis % 1_000, 3))"
        return day == 0 ? time : "day \(day + 1) \(time)"
    }

    private func describe(_ record: EventRecord) -> String {
        "\(clock(record.at)) \(describe(record.event, DecisionID(record.sequence)))"
    }

    private func describe(_ event: Event, _ id: DecisionID) -> String {
        switch event {
        case .messageReceived(let body):
            var line = "\(body.session) "
            if let decision = body.decision {
                line += body.opened ? "opens: " : "moves: \(body.from.map(text) ?? "") → "
                line += "\(text(body.handler)) by \(decision.rule) (\(id)"
                if decision.cause != .arrival { line += ", \(decision.cause)" }
                line += decision.priorityMember ? ", priority member)" : ")"
            } else {
                line += "goes on with \(text(body.handler))"
            }
            if let position = body.position { line += ", position \(position)" }
            if let wait = body.estimatedWaitSeconds { line += ", about \(wait) s" }
            return line
        case .messageSent(let body):
            let who: String
            switch body.sender {
            case .agent(let agent): who = agent.rawValue
            case .bot: who = "the bot"
            }
            let kind = body.automatic ? " automatically" : body.noAnswer ? " without an answer" : ""
            return "\(body.session) \(who) replies\(kind)\(body.answered ? ", nobody waits" : "")"
        case .handlerChanged(let body):
            let start = body.opened ? "opens: " : "moves: \(text(body.from)) → "
            return "\(body.session) \(start)\(text(body.to)) by \(body.decision.rule) (\(id), \(body.decision.cause))"
        case .sessionEnded(let body): return "\(body.session) ends: \(body.end)"
        case .slowResponseReminded(let body): return "\(body.session) \(body.agent) is reminded"
        case .presenceChanged(let body): return "\(body.agent): \(body.from) → \(body.to) (\(body.cause))"
        case .streamNoted(let body): return "\(body.agent): stream \(body.attached ? "open" : "lost")"
        case .settingsChanged(let body): return "settings, version \(body.settings.version)"
        case .agentSet(let body): return "agent \(body.agent.agent) is set"
        case .groupSet(let body): return "group \(body.group.group) is set"
        case .buyerSet(let body): return "buyer \(body.buyer.buyer) is set"
        case .orderSet(let body): return "order \(body.order.order) is \(body.order.state)"
        case .commandNoted(let body): return "changes nothing: \(body.answer.handler.map(text) ?? "") has it"
        case .shopSet, .agentRemoved, .groupRemoved, .interestRecorded, .messageImported, .rosterNoted,
            .violationRecorded, .escalationDecided, .restrictionsChanged, .escalationRaised:
            return "\(event)"
        }
    }

    private func describe(_ why: Explanation) -> [String] {
        var lines = ["\(why.id): \(why.buyer) to \(text(why.handler)) by \(why.rule), settings \(why.settingsVersion)"]
        for step in why.steps { lines.append("step \(step.step): \(step.finding)\(step.decided ? " ← decided" : "")") }
        for agent in why.agents {
            let weight = agent.effectiveWeight
            lines.append(
                "\(agent.agent): \(agent.presence), weight \(agent.weight), pending \(agent.pending), "
                    + "effective \(weight.numerator)/\(weight.denominator), open \(agent.open)"
                    + (agent.excluded.map { ", excluded: \($0)" } ?? ""))
        }
        return lines + [why.reproduced ? "reproduced" : "NOT reproduced"]
    }

    private func describe(_ diagnosis: Diagnosis) -> [String] {
        diagnosis.reasons.map { "\($0.code): \($0.detail)" }
            + diagnosis.lanes.map { "share \($0.sharePerMillion) of a million among \($0.candidates) in \($0.lane)" }
    }

    private func board() -> [String] {
        let board = rig.desk.board
        return board.agents.map { "\($0.agent): \($0.presence), \($0.open) open, \($0.pending) pending" }
            + [
                "queue \(board.queued), pool \(board.pooled), with a bot \(board.withBot), waiting \(board.waitingTotal)"
            ]
    }
}
