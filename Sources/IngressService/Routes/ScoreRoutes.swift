// The three-minute response rate, its penalties, and the advice on member benefits (RR-1…RR-7, MEM-3…MEM-5). Read from
// the scorer; violations and decisions go to the shop's journal, so that anyone can compute them again.

import Domain
import HTTPTypes
import Wire

extension Routes {
    static let scores: [Route] = [
        Route(
            .get, "/v1/shops/{shop}/scorecards", .merchant, .read, parameters: ["from", "to", "definition", "format"]
        ) { call in
            let from = try call.day("from", call.parameter("from"))
            let to = try call.day("to", call.parameter("to"))
            guard from <= to else { throw Problem.parameter("to", "must not lie before from") }
            guard to - from < ScoreRange.days else {
                throw Problem.scoring(
                    "rangeTooLong", "The range is too long", "to",
                    "must not be more than \(ScoreRange.days) days with both ends")
            }
            let csv = try call.wantsCSV()
            let cards = try await call.cards(from: from, to: to)
            if csv { return .csv(ScoreCSV.text(cards)) }
            return .json { json in
                json.field("data", list: cards) { json, view in json.object { $0.card(view) } }
                json.name("next_cursor")
                json.null()
            }
        },
        Route(
            .get, "/v1/shops/{shop}/scorecards/{date}", .merchant, .read, parameters: ["definition", "format"]
        ) { call in
            let day = try call.day("date", call.value("date"))
            let csv = try call.wantsCSV()
            guard let view = try await call.cards(from: day, to: day).first else { throw Problem.internalFault }
            if csv { return .csv(ScoreCSV.text([view])) }
            return .json { $0.card(view) }
        },
        Route(
            .get, "/v1/shops/{shop}/scorecards/{date}/persontimes", .merchant, .read,
            parameters: ["definition", "limit", "cursor"]
        ) { call in
            let day = try call.day("date", call.value("date"))
            let page = try call.page()
            let ask = AskPersonTimes(
                shop: try call.shop(), at: call.now, definition: call.parameter("definition"), day: day,
                after: page.cursor ?? 0, limit: page.limit)
            guard case .personTimes(let found) = try await call.score(.personTimes(ask)) else {
                throw Problem.internalFault
            }
            return call.pageReply(found.units, next: found.next) { json, unit in json.object { $0.unit(unit) } }
        },
        Route(.get, "/v1/definitions", .open, .read) { _ in
            .json { json in
                json.field("data", list: ScoreDefinition.presets) { json, preset in
                    json.object { $0.definition(preset) }
                }
                json.name("next_cursor")
                json.null()
            }
        },
        Route(.get, "/v1/shops/{shop}/penalties", .merchant, .read) { call in
            let view = try await call.penalties()
            return .json { $0.penalties(view) }
        },
        Route(.get, "/v1/shops/{shop}/saturation", .merchant, .read) { call in
            let ask = AskShop(shop: try call.shop(), at: call.now)
            guard case .saturation(let view) = try await call.score(.saturation(ask)) else {
                throw Problem.internalFault
            }
            return .json { $0.saturation(view) }
        },
        Route(.get, "/v1/shops/{shop}/benefit-days", .merchant, .read) { call in
            let ask = AskShop(shop: try call.shop(), at: call.now)
            guard case .benefitDays(let view) = try await call.score(.benefitDays(ask)) else {
                throw Problem.internalFault
            }
            return .json { json in
                json.field("days", view.days)
                json.field("on", view.on)
            }
        },
        Route(.post, "/v1/shops/{shop}/violations", .operatorOnly, .reply) { call in
            let body = try await call.json()
            let faults = FaultList()
            var fields = Fields(body, faults: faults)
            fields.needs("kind")
            let id: CommandID? = fields.identifier("id")
            let kind: ViolationKind? = fields.named("kind")
            let note = fields.text("note", bytes: 0...ScoreRange.noteBytes)
            fields.finish()
            try faults.check()
            guard let kind else { throw Problem.internalFault }
            let key = try call.key(bodyID: id?.rawValue)
            let violation = RecordViolation(id: id?.rawValue ?? key, kind: kind, note: note)
            _ = try await call.give(.recordViolation(violation), stamp: call.stamp(key: key, body: body))
            return .json(201) { json in
                json.field("id", violation.id)
                json.field("kind", violation.kind)
                json.field("note", violation.note)
            }
        },
        Route(.post, "/v1/shops/{shop}/escalations/{escalation}/decision", .operatorOnly, .reply) { call in
            let body = try await call.json()
            let faults = FaultList()
            var fields = Fields(body, faults: faults)
            fields.needs("outcome")
            let id: CommandID? = fields.identifier("id")
            let outcome: EscalationOutcome? = fields.named("outcome")
            let until = fields.text("until", bytes: 1...64)
            if let until {
                let ends: [EscalationOutcome?] = [.campaignExclusion, .supervision, nil]
                if let day = CivilDay(text: until) {
                    if day < CivilDay.earliest(at: call.now) {
                        faults.add(fields.path("until"), "must not lie in the past")
                    }
                } else {
                    faults.add(fields.path("until"), "must be a day such as 2022-03-14")
                }
                if !ends.contains(outcome) {
                    faults.add(fields.path("until"), "is only for campaignExclusion and supervision")
                }
            }
            let note = fields.text("note", bytes: 0...ScoreRange.noteBytes)
            fields.finish()
            try faults.check()
            guard let outcome else { throw Problem.internalFault }
            let escalation = call.value("escalation")
            guard try await call.penalties().record.escalations.contains(where: { $0.id == escalation }) else {
                throw Problem.noSuchThing
            }
            let decision = DecideEscalation(
                escalation: escalation, outcome: outcome, until: until.flatMap(CivilDay.init(text:)), note: note)
            let key = try call.key(bodyID: id?.rawValue)
            _ = try await call.give(.decideEscalation(decision), stamp: call.stamp(key: key, body: body))
            return .json(201) { json in
                json.field("escalation", escalation)
                json.field("outcome", outcome)
                json.field("until", until)
                json.field("note", note)
            }
        },
    ]
}

enum ScoreRange {
    /// Longest range of scorecards.
    static let days = 366
    static let noteBytes = 1_024
}

extension Call {
    fileprivate func cards(from: CivilDay, to: CivilDay) async throws(Problem) -> [CardView] {
        let ask = AskScorecards(
            shop: try shop(), at: now, definition: parameter("definition"), from: from, to: to)
        guard case .scorecards(let cards) = try await score(.scorecards(ask)) else { throw .internalFault }
        return cards
    }

    fileprivate func penalties() async throws(Problem) -> PenaltyView {
        guard case .penalties(let view) = try await score(.penalties(AskShop(shop: try shop(), at: now))) else {
            throw .internalFault
        }
        return view
    }

    /// `format`, else what the client accepts.
    fileprivate func wantsCSV() throws(Problem) -> Bool {
        switch parameter("format") {
        case "csv": return true
        case "json": return false
        case nil: return headers[.accept]?.lowercased().contains("text/csv") == true
        default: throw .parameter("format", "must be json or csv")
        }
    }
}

extension Reply {
    fileprivate static func csv(_ text: String) -> Reply { .text(200, "text/csv; charset=utf-8", text) }
}
