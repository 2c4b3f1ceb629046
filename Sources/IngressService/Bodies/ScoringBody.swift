// The section `scoring`: `definition` is a preset's name or an object of the shop's own.

import Domain

extension ScoringSettings {
    init(_ fields: inout Fields) {
        self.init()
        switch fields.take("definition") {
        case nil: break
        case .text(let name)?: definition = name
        case let value?:
            var part = Fields(value, at: fields.path("definition"), faults: fields.faults)
            own = OwnDefinition(&part)
        }
        if let flag = fields.flag("closingPhraseExempt") { closingPhraseExempt = flag }
        closingPhrases = fields.texts(
            "closingPhrases", bytes: 1...ClosingPhrase.longest, atMost: ClosingPhrase.most)
        if let value = fields.integer("reminderSeconds", anyInteger) { reminderSeconds = value }
        if var part = fields.object("penalties") { penalties = PenaltySettings(&part) }
        fields.finish()
    }
}

extension OwnDefinition {
    init(_ fields: inout Fields) {
        self.init()
        if let value = fields.text("name", bytes: 1...IdentifierLimit.bytes) { name = value }
        if let value = fields.named("unit", ScoreUnit.self) { unit = value }
        if let value = fields.integer("opensMinute", anyInteger) { opensMinute = value }
        if let value = fields.integer("closesMinute", anyInteger) { closesMinute = value }
        if let value = fields.named("bot", BotCounting.self) { bot = value }
        if let value = fields.integer("limitSeconds", anyInteger) { limitSeconds = value }
        if let value = fields.named("turnRule", TurnRule.self) { turnRule = value }
        if let value = fields.integer("passNumerator", anyInteger) { passNumerator = value }
        if let value = fields.integer("passDenominator", anyInteger) { passDenominator = value }
        fields.finish()
    }
}

extension PenaltySettings {
    init(_ fields: inout Fields) {
        self.init()
        if let value = fields.integer("passNumerator", anyInteger) { passNumerator = value }
        if let value = fields.integer("passDenominator", anyInteger) { passDenominator = value }
        if let value = fields.integer("failingDays", anyInteger) { failingDays = value }
        if let value = fields.integer("violationDays", anyInteger) { violationDays = value }
        fields.finish()
    }
}
