// Scores as JSON and as CSV. Rates are shown in percent with two digits, rounded down; the integers beside them decide.

import Domain
import Journal
import Wire

extension ScoreAccount {
    /// An agent's ID, or the kind of account.
    var text: String { agent?.rawValue ?? kind.name }
}

extension ScoreCounts {
    /// `77.50`; nil without units.
    var percent: String? {
        guard total > 0 else { return nil }
        let points = answered * 10_000 / total
        let digits = String(points % 100)
        return "\(points / 100).\(digits.count == 1 ? "0" : "")\(digits)"
    }
}

extension JSONWriter {
    mutating func card(_ view: CardView) {
        let card = view.card
        field("shop", card.shop)
        field("date", card.day.description)
        field(
            "definition",
            object: { json in
                json.field("name", card.definition.name)
                json.field("version", card.definition.version)
                json.field("since", card.definition.since.description)
                json.field("unit", card.definition.unit)
                json.field("threshold", "\(card.definition.passNumerator)/\(card.definition.passDenominator)")
            })
        field("final", card.final)
        counts(card.counts)
        if let passes = card.passes { field("passes", passes) }
        field("canMiss", card.canMiss)
        field(
            "closingPhrases",
            object: { json in
                json.field("included", object: { $0.counts(card.closingIncluded) })
                json.field("exempt", object: { $0.counts(card.closingExempt) })
            })
        field("agents", list: card.accounts) { json, account in
            json.object { json in
                json.field("account", account.account.text)
                json.field("kind", account.account.kind)
                json.counts(account.counts)
            }
        }
        field("penalties", texts: view.restrictions.map(\.name))
    }

    private mutating func counts(_ counts: ScoreCounts) {
        if let percent = counts.percent {
            name("rate")
            raw(Array(percent.utf8))
        } else {
            name("rate")
            null()
        }
        field("numerator", counts.answered)
        field("denominator", counts.total)
        field("servedByBot", counts.byBot)
        field("missed", counts.missed)
        field("waiting", counts.waiting)
    }

    /// A definition whole, as a client may give it for its own.
    mutating func definition(_ definition: ScoreDefinition) {
        field("name", definition.name)
        field("version", definition.version)
        field("since", definition.since.description)
        field("unit", definition.unit)
        field("opensMinute", definition.opensMinute)
        field("closesMinute", definition.closesMinute)
        field("bot", definition.bot)
        field("limitSeconds", Int(definition.limit.millis / 1_000))
        field("turnRule", definition.turnRule)
        field("passNumerator", definition.passNumerator)
        field("passDenominator", definition.passDenominator)
    }

    mutating func unit(_ unit: UnitView) {
        field("buyer", unit.buyer)
        if let account = unit.account {
            field("account", account.text)
            field("kind", account.kind)
        }
        field("counts", unit.standing?.name ?? "leftOut")
        field("turns", list: unit.turns) { json, view in
            json.object { json in
                json.field("session", view.turn.session)
                json.field("account", view.turn.account.text)
                json.field("questionAt", view.turn.questionAt)
                json.field("startedAt", view.turn.startedAt)
                json.field("messages", view.turn.messages)
                json.field("end", view.turn.end?.name)
                json.field("endedAt", view.turn.endedAt)
                json.field("deadlineAt", view.deadlineAt)
                json.field("reason", view.verdict)
            }
        }
    }

    mutating func penalties(_ view: PenaltyView) {
        field("today", view.today.description)
        field("restrictions", texts: view.restrictions.map(\.name))
        field("periods", list: view.record.periods) { json, period in
            json.object { json in
                json.field(
                    "restrictions", texts: [ShopRestriction.trafficDemotion, .listingBlock].map(\.name))
                json.field("from", period.from.description)
                json.field("until", period.until?.description)
                json.field("failedOn", texts: period.failed.map(\.description))
            }
        }
        field("escalations", list: view.record.escalations) { json, escalation in
            json.object { json in
                json.field("id", escalation.id)
                json.field("raisedOn", escalation.raisedOn.description)
                json.field("cause", escalation.cause)
                json.field("failedOn", texts: escalation.failed.map(\.description))
                json.field("violations", texts: escalation.violations)
                guard let decision = escalation.decision else { return }
                json.field(
                    "decision",
                    object: { json in
                        json.field("outcome", decision.outcome)
                        json.field("until", decision.until?.description)
                        json.field("note", decision.note)
                        json.field("at", decision.at)
                    })
            }
        }
        field("violations", list: view.violations) { json, violation in
            json.object { json in
                json.field("id", violation.id)
                json.field("kind", violation.kind)
                json.field("note", violation.note)
                json.field("at", violation.at)
            }
        }
    }

    mutating func saturation(_ view: Saturation) {
        field("from", (view.before + -view.days).description)
        field("before", view.before.description)
        field("days", view.days)
        field("consults", view.consults)
        field("agentDays", view.agentDays)
        field("limit", view.limit)
        if let hundredths = view.hundredths {
            let digits = String(hundredths % 100)
            name("perAgentAndDay")
            raw(Array("\(hundredths / 100).\(digits.count == 1 ? "0" : "")\(digits)".utf8))
        }
        if let saturated = view.saturated { field("saturated", saturated) }
        field("recommended", view.recommended)
    }
}

/// One line for the shop and one for each account of each day.
enum ScoreCSV {
    static func text(_ cards: [CardView]) -> String {
        var lines = [
            "shop,date,definition,version,final,account,kind,rate,numerator,denominator,served_by_bot,missed,waiting"
        ]
        for view in cards {
            let card = view.card
            func line(_ account: String, _ kind: String, _ counts: ScoreCounts) {
                let fields = [
                    card.shop.rawValue, card.day.description, card.definition.name, "\(card.definition.version)",
                    "\(card.final)", account, kind, counts.percent ?? "", "\(counts.answered)", "\(counts.total)",
                    "\(counts.byBot)", "\(counts.missed)", "\(counts.waiting)",
                ]
                lines.append(fields.map(quoted).joined(separator: ","))
            }
            line("", "shop", card.counts)
            for account in card.accounts { line(account.account.text, account.account.kind.name, account.counts) }
        }
        return lines.map { $0 + "\r\n" }.joined()
    }

    /// RFC 4180; what a spreadsheet would take for a formula is text (a shop's IDs are its own strings).
    static func quoted(_ text: String) -> String {
        let risky = text.first.map { "=+-@".contains($0) } ?? false
        let safe = risky ? "'" + text : text
        guard safe.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) || risky else { return safe }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }
}
