// What the scorer answers, from its book. Days, zones and unknown names are judged here, where the shop is known.

import Domain
import Wire

extension ScoreBook {
    public func answer(_ request: ScorerRequest) -> ScorerReply {
        do {
            switch request {
            case .scorecards(let ask): return .scorecards(try scorecards(ask))
            case .personTimes(let ask): return .personTimes(try personTimes(ask))
            case .penalties(let ask): return .penalties(try penalties(ask))
            case .saturation(let ask): return .saturation(try saturation(ask))
            case .benefitDays(let ask): return .benefitDays(try benefitDays(ask))
            case .status: return .status(status)
            }
        } catch let refusal as ScoreRefusal {
            return .refusal(refusal)
        } catch {
            return .fault(WireFault(.internalFault, "\(error)"))
        }
    }

    /// Nil is what each day is scored by.
    private func definition(_ name: String?, _ facts: ShopFacts) throws(ScoreRefusal) -> ScoreDefinition? {
        guard let name else { return nil }
        guard let found = ScoreDefinition.find(name, in: definitions) ?? facts.ownDefinition(name) else {
            throw .unknownDefinition
        }
        return found
    }

    private func scorecards(_ ask: AskScorecards) throws -> [CardView] {
        let tally = try tally(ask.shop)
        let definition = try definition(ask.definition, tally.facts)
        let today = tally.zone.day(of: ask.at)
        guard ask.from <= today else { throw ScoreRefusal.futureDay }
        let record = try penaltyRecord(tally, at: ask.at)
        let cards = try cards(tally, definition, from: ask.from, to: ask.to, at: ask.at)
        if cards.isEmpty, ask.from == ask.to {
            // A day without questions: no rate (RR-4).
            let card = (definition ?? tally.facts.definition(on: ask.from)).card(
                ask.shop, ask.from, [], final: ask.from < today, at: ask.at)
            return [CardView(card: card, restrictions: record.restrictions(on: ask.from, tally.facts))]
        }
        return cards.map { CardView(card: $0, restrictions: record.restrictions(on: $0.day, tally.facts)) }
    }

    private func personTimes(_ ask: AskPersonTimes) throws -> PersonTimePage {
        let tally = try tally(ask.shop)
        let definition = try definition(ask.definition, tally.facts)
        guard ask.day <= tally.zone.day(of: ask.at) else { throw ScoreRefusal.futureDay }
        let known = try file.days(ask.shop, from: ask.day, to: ask.day).first
        let units = (definition ?? tally.facts.definition(on: ask.day)).units(
            try turns(tally, known, ask.day), at: ask.at)
        let first = Int(clamping: ask.after)
        let page = units.dropFirst(first).prefix(max(1, min(ask.limit, 1_000)))
        let next = first + page.count
        return PersonTimePage(
            units: page.map { UnitView($0) }, next: next < units.count ? UInt64(next) : nil)
    }

    private func penalties(_ ask: AskShop) throws -> PenaltyView {
        let tally = try tally(ask.shop)
        let record = try penaltyRecord(tally, at: ask.at)
        let today = tally.zone.day(of: ask.at)
        return PenaltyView(
            today: today, record: record, violations: tally.facts.violations,
            restrictions: record.restrictions(on: today, tally.facts))
    }

    private func saturation(_ ask: AskShop) throws -> Saturation {
        let tally = try tally(ask.shop)
        let today = tally.zone.day(of: ask.at)
        let sum = try workload(ask.shop, from: today + -Saturation.standardDays, before: today)
        return Saturation(before: today, consults: sum.consults, agentDays: sum.agentDays)
    }

    private func benefitDays(_ ask: AskShop) throws -> BenefitView {
        let tally = try tally(ask.shop)
        return BenefitView(
            days: tally.facts.benefitDays(at: ask.at, zone: tally.zone), on: tally.facts.benefitOn)
    }
}

extension UnitView {
    init(_ unit: ScoredUnit) {
        self.init(
            buyer: unit.buyer, account: unit.account, standing: unit.standing,
            turns: zip(unit.turns, unit.verdicts).map { turn, verdict in
                var deadline: Timestamp?
                if case .waiting(let until) = verdict { deadline = until }
                return TurnView(turn: turn, verdict: verdict.name, deadlineAt: deadline)
            })
    }
}
