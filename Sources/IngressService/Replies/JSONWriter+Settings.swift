import Domain
import Journal

extension JSONWriter {
    mutating func settings(_ settings: ShopSettings) {
        field("version", settings.version)
        field("diversion", object: { $0.diversion(settings.diversion) })
        field("bot", object: { $0.bot(settings.bot) })
        field(
            "memberPriority",
            object: { json in
                json.field("enabled", settings.memberPriority.enabled)
                json.field("minLevel", settings.memberPriority.minLevel)
                json.field("segments", texts: settings.memberPriority.segments)
            })
        field("scoring", object: { $0.scoring(settings.scoring) })
    }

    private mutating func scoring(_ section: ScoringSettings) {
        if let own = section.own {
            field("definition", object: { $0.definition(own) })
        } else {
            field("definition", section.definition)
        }
        field("closingPhraseExempt", section.closingPhraseExempt)
        if let phrases = section.closingPhrases { field("closingPhrases", texts: phrases) }
        field("reminderSeconds", section.reminderSeconds)
        let penalties = section.penalties ?? PenaltySettings()
        field(
            "penalties",
            object: { json in
                json.field("passNumerator", penalties.passNumerator)
                json.field("passDenominator", penalties.passDenominator)
                json.field("failingDays", penalties.failingDays)
                json.field("violationDays", penalties.violationDays)
            })
    }

    private mutating func definition(_ own: OwnDefinition) {
        field("name", own.name)
        field("unit", own.unit)
        field("opensMinute", own.opensMinute)
        field("closesMinute", own.closesMinute)
        field("bot", own.bot)
        field("limitSeconds", own.limitSeconds)
        field("turnRule", own.turnRule)
        field("passNumerator", own.passNumerator)
        field("passDenominator", own.passDenominator)
    }

    private mutating func diversion(_ section: DiversionSettings) {
        field("busyThreshold", section.busyThreshold)
        field("recentContactHours", section.recentContactHours)
        field("suspendedContactHours", section.suspendedContactHours)
        field("stickyIgnoresCapacity", section.stickyIgnoresCapacity)
        field("unboundPick", section.unboundPick)
        field("completedOrderDays", section.completedOrderDays)
        field("autoSuspendAt", section.autoSuspendAt)
        field("streamLostSeconds", section.streamLostSeconds)
        field("memberBonusSeconds", section.memberBonusSeconds)
        field("queueLimit", section.queueLimit)
        field("poolPerAgentMinute", section.poolPerAgentMinute)
        field("transferLimit", section.transferLimit)
        field("transferWindowMinutes", section.transferWindowMinutes)
        field("idleMinutes", section.idleMinutes)
        field("abandonHours", section.abandonHours)
    }

    mutating func bot(_ section: BotSettings) {
        field("mode", section.mode)
        field("percent", section.percent)
        field("kind", section.kind)
        field("answers", list: section.answers) { json, entry in
            json.object { json in
                json.field("questions", texts: entry.questions)
                json.field("answer", entry.answer)
            }
        }
        field("fallback", section.fallback)
        field("humanWords", texts: section.humanWords)
        field("noAnswerLimit", section.noAnswerLimit)
    }
}
