// Days as cards. A day that may still change is kept counted (`DayBoard`) from its first question to the scorer on; one
// that no further event can touch is sealed: its cards and its result are in the file.

import Domain
import Wire

struct BoardKey: Hashable {
    var day: CivilDay
    var definition: String
}

/// A day that is kept counted, changed in place.
final class CountedDay {
    var board: DayBoard
    init(_ board: DayBoard) { self.board = board }
}

struct SealedKey: Hashable {
    var shop: ShopID
    var definition: String
}

/// RR-6 up to and with a day after which nothing is sealed without a gap.
struct FinishedDays {
    var record = PenaltyRecord()
    var through = CivilDay(-1_000_000)
}

extension ScoreBook {
    static let firstDay = CivilDay(-1_000_000)

    /// The cards of days on which something was asked; `asked` nil: each by what is in force on it.
    func cards(
        _ tally: ShopTally, _ asked: ScoreDefinition?, from: CivilDay, to: CivilDay, at now: Timestamp
    ) throws -> [Scorecard] {
        let cards = try file.days(tally.shop, from: from, to: to).map { try card(tally, asked, $0, at: now) }
        try goOn()
        try file.keep(unsaved)
        unsaved = []
        return cards
    }

    func card(
        _ tally: ShopTally, _ asked: ScoreDefinition?, _ known: KnownDay, at now: Timestamp
    ) throws -> Scorecard {
        let day = known.day
        let definition = asked ?? tally.facts.definition(on: day)
        if let card = try sealedCard(tally.shop, definition.key, day) { return card }
        if known.pruned { throw ScoreRefusal.detailsGone }
        let running = tally.running(of: day)
        let board = try board(tally.shop, day, definition)
        let endsAt = max(tally.zone.moment(day + 1), board.endsAt, running.map(\.dayEndsAt).max() ?? .distantPast)
        let final = now >= endsAt
        let card = board.card(tally.shop, day, running: running, final: final, at: now)
        if final, seen(tally.shop) >= endsAt {
            unsaved.append(card)
            remember(card)
        }
        return card
    }

    /// Every turn of a day, ended or running, in order of their numbers.
    func turns(_ tally: ShopTally, _ known: KnownDay?, _ day: CivilDay) throws -> [Turn] {
        if known?.pruned == true { throw ScoreRefusal.detailsGone }
        var turns = tally.running(of: day)
        try file.turns(tally.shop, day) { turns.append($0) }
        return turns.sorted { $0.number < $1.number }
    }

    private func board(_ shop: ShopID, _ day: CivilDay, _ definition: ScoreDefinition) throws -> DayBoard {
        let key = BoardKey(day: day, definition: definition.key)
        if let known = boards[shop]?[key] { return known.board }
        var board = DayBoard(definition)
        try file.turns(shop, day) { board.add($0) }
        if boardCount >= settings.boards {
            boards = [:]
            boardCount = 0
        }
        boards[shop, default: [:]][key] = CountedDay(board)
        boardCount += 1
        return board
    }

    // MARK: Sealed days

    private func sealedCard(_ shop: ShopID, _ definition: String, _ day: CivilDay) throws -> Scorecard? {
        let key = SealedKey(shop: shop, definition: definition)
        if let known = sealed[key] { return known[day] }
        sealed[key] = [:]
        for card in try file.cards(shop, definition, from: Self.firstDay, to: CivilDay(1_000_000)).values {
            remember(card)
        }
        return sealed[key]?[day]
    }

    private func remember(_ card: Scorecard) {
        let key = SealedKey(shop: card.shop, definition: card.definition.key)
        if sealedAccounts > settings.sealedAccounts {
            // The present shop's are kept, so that what was just read is there.
            sealed = sealed.filter { $0.key == key }
            sealedAccounts = sealed.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.accounts.count + 1 } }
        }
        guard sealed[key]?.updateValue(card, forKey: card.day) == nil else { return }
        sealedAccounts += card.accounts.count + 1
        let board = BoardKey(day: card.day, definition: key.definition)
        if boards[card.shop]?.removeValue(forKey: board) != nil { boardCount -= 1 }
    }

    /// What of a shop's days before `today` is to be sealed now.
    func sealable(_ tally: ShopTally, before today: CivilDay, at now: Timestamp) throws -> [SealedDay] {
        let seen = seen(tally.shop)
        var found: [SealedDay] = []
        for known in try file.days(tally.shop, from: Self.firstDay, to: today + -1) where known.result == nil {
            guard seen >= tally.zone.moment(known.day + 1) else { continue }
            let standard = try card(tally, .standard, known, at: now)
            guard standard.final, try sealedCard(tally.shop, standard.definition.key, known.day) != nil else {
                continue
            }
            // That in force is kept beside it, whoever asks for it later.
            _ = try card(tally, nil, known, at: now)
            found.append(
                SealedDay(
                    shop: tally.shop, day: known.day, answered: standard.counts.answered, total: standard.counts.total))
        }
        return found
    }

    // MARK: RR-6

    /// Penalties by the days that are over at that time.
    func penaltyRecord(_ tally: ShopTally, at now: Timestamp) throws -> PenaltyRecord {
        let today = tally.zone.day(of: now)
        var base = finished[tally.shop] ?? FinishedDays()
        var record = base.record
        var gap = false
        for known in try file.days(tally.shop, from: base.through + 1, to: today + -1) {
            if let result = known.result, !gap {
                base.record.add(result, tally.facts)
                base.through = known.day
                record = base.record
                continue
            }
            gap = true
            let card = try card(tally, .standard, known, at: now)
            record.add(
                DayResult(day: card.day, answered: card.counts.answered, total: card.counts.total), tally.facts)
        }
        finished[tally.shop] = base
        record.decide(tally.facts)
        return record
    }
}
