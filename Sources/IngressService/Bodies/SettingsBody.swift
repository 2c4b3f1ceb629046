// The sections of the settings. A section that is there replaces the one before; fields that it leaves out take their
// defaults. Ranges are the desk's to check (`ShopSettings.faults`).

import Domain

extension SetSettings {
    /// `version` may be there, as a `GET` gives it: it then counts as `If-Match` does.
    init(_ fields: inout Fields) {
        self.init()
        fields.refuseNulls()
        if fields.names.allSatisfy({ $0 == "version" }) {
            fields.faults.add(fields.pointer, "must have at least one section")
        }
        ifVersion = fields.integer("version", 0...Int.max)
        if var section = fields.object("diversion") { diversion = DiversionSettings(&section) }
        if var section = fields.object("bot") { bot = BotSettings(&section) }
        if var section = fields.object("memberPriority") { memberPriority = MemberPrioritySettings(&section) }
        if var section = fields.object("scoring") { scoring = ScoringSettings(&section) }
        fields.finish()
        let found =
            (diversion?.faults().map { $0.under("diversion") } ?? []) + (bot?.faults().map { $0.under("bot") } ?? [])
            + (memberPriority?.faults().map { $0.under("memberPriority") } ?? [])
            + (scoring?.faults().map { $0.under("scoring") } ?? [])
        for fault in found { fields.faults.add(fault.pointer, fault.detail) }
    }
}

let anyInteger = Int(Int32.min)...Int(Int32.max)

extension DiversionSettings {
    init(_ fields: inout Fields) {
        self.init()
        func read(_ name: String, _ path: WritableKeyPath<DiversionSettings, Int>, _ fields: inout Fields) {
            if let value = fields.integer(name, anyInteger) { self[keyPath: path] = value }
        }
        read("busyThreshold", \.busyThreshold, &fields)
        read("recentContactHours", \.recentContactHours, &fields)
        read("suspendedContactHours", \.suspendedContactHours, &fields)
        if let flag = fields.flag("stickyIgnoresCapacity") { stickyIgnoresCapacity = flag }
        if let pick = fields.named("unboundPick", UnboundPick.self) { unboundPick = pick }
        read("completedOrderDays", \.completedOrderDays, &fields)
        autoSuspendAt = fields.integer("autoSuspendAt", anyInteger)
        read("streamLostSeconds", \.streamLostSeconds, &fields)
        read("memberBonusSeconds", \.memberBonusSeconds, &fields)
        read("queueLimit", \.queueLimit, &fields)
        read("poolPerAgentMinute", \.poolPerAgentMinute, &fields)
        read("transferLimit", \.transferLimit, &fields)
        read("transferWindowMinutes", \.transferWindowMinutes, &fields)
        read("idleMinutes", \.idleMinutes, &fields)
        read("abandonHours", \.abandonHours, &fields)
        fields.finish()
    }
}

extension BotSettings {
    init(_ fields: inout Fields) {
        self.init()
        if let value = fields.named("mode", BotMode.self) { mode = value }
        if let value = fields.integer("percent", anyInteger) { percent = value }
        if let value = fields.named("kind", BotKind.self) { kind = value }
        let text = 0...Self.textLimit
        if let entries = fields.list("answers", atMost: Self.answersLimit) {
            answers = entries.map { entry in
                var part = Fields(entry.value, at: entry.pointer, faults: fields.faults)
                part.needs("questions", "answer")
                let questions = part.texts("questions", bytes: text, atMost: 100) ?? []
                let answer = part.text("answer", bytes: text) ?? ""
                part.finish()
                return BotAnswer(questions: questions, answer: answer)
            }
        }
        if let value = fields.text("fallback", bytes: text) { fallback = value }
        if let value = fields.texts("humanWords", bytes: text, atMost: Self.humanWordsLimit) { humanWords = value }
        if let value = fields.integer("noAnswerLimit", anyInteger) { noAnswerLimit = value }
        fields.finish()
    }
}

extension MemberPrioritySettings {
    init(_ fields: inout Fields) {
        self.init()
        if let value = fields.flag("enabled") { enabled = value }
        if let value = fields.integer("minLevel", anyInteger) { minLevel = value }
        if let value = fields.texts("segments", bytes: BodyBounds.segment, atMost: BodyBounds.list) { segments = value }
        fields.finish()
    }
}
