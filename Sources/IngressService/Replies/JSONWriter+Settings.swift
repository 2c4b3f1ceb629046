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
