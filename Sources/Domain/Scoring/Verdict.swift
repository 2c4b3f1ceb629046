// RR-1…RR-4: one turn under one definition. The only place where limit and hours are compared.

/// Why a turn is on neither side of the rate.
public enum LeftOut: Int, Codable, Sendable, Named {
    /// RR-1: the question lies outside the hours.
    case outsideHours = 1
    /// RR-4: the buyer was given to this account after the question's day had ended.
    case afterItsDay = 2
    /// RR-5: the definition leaves the bot out.
    case bot = 3
    /// RR-4: it only said thanks, under `closingPhraseExempt`.
    case closingPhrase = 4
    /// It left the queue for a human within the limit; who got it has a turn of one's own.
    case queuedInTime = 5
    public var name: String { "\(self)" }
}

public enum TurnVerdict: Hashable, Sendable {
    /// By the bot.
    case served
    case inTime
    /// Answered after the limit.
    case late
    case unanswered
    /// Not decided yet; unanswered after this moment.
    case waiting(until: Timestamp)
    case leftOut(LeftOut)

    public var name: String {
        switch self {
        case .served: "served"
        case .inTime: "inTime"
        case .late: "late"
        case .unanswered: "unanswered"
        case .waiting: "waiting"
        case .leftOut(let reason): reason.name
        }
    }

    var standing: Standing? {
        switch self {
        case .served, .inTime: .answered
        case .late, .unanswered: .missed
        case .waiting: .waiting
        case .leftOut: nil
        }
    }
}

/// What one unit of a score is.
public enum Standing: Int, Codable, Sendable, Named {
    case answered = 1
    case missed = 2
    case waiting = 3
    public var name: String { "\(self)" }
}

extension ScoreDefinition {
    /// What a turn is at that moment.
    public func judge(_ turn: Turn, at now: Timestamp) -> TurnVerdict {
        if turn.startedAt >= turn.dayEndsAt { return .leftOut(.afterItsDay) }
        var wall = turn.wallMillis
        var start = turn.startedAt
        if closingPhraseExempt {
            guard let plain = turn.plainAt else { return .leftOut(.closingPhrase) }
            wall += (plain - turn.questionAt).millis
            start = max(start, plain)
        }
        guard wall >= Int64(opensMinute) * 60_000, wall < Int64(closesMinute) * 60_000 else {
            return .leftOut(.outsideHours)
        }
        if turn.account == .bot { return bot == .served ? .served : .leftOut(.bot) }
        let deadline = start + limit
        guard let end = turn.end, let endedAt = turn.endedAt else {
            // Out of the pool nobody answers.
            if turn.account == .pool || now > deadline || now >= turn.dayEndsAt { return .unanswered }
            return .waiting(until: min(deadline, Timestamp(millis: turn.dayEndsAt.millis - 1)))
        }
        switch end {
        case .answered: return endedAt <= deadline && endedAt < turn.dayEndsAt ? .inTime : .late
        case .passedOn where turn.account == .queue && endedAt <= deadline: return .leftOut(.queuedInTime)
        case .passedOn, .sessionEnded, .dayOver: return .unanswered
        }
    }

    /// RR-3: what a unit is, from its turns in order. Nil if none of them counts.
    func standing(_ verdicts: some Sequence<TurnVerdict>) -> Standing? {
        var result: Standing?
        for case let next? in verdicts.lazy.map(\.standing) {
            switch turnRule {
            case .firstTurn: return next
            case .allTurns: result = Self.worse(result, next)
            case .anyTurn: result = Self.better(result, next)
            }
        }
        return result
    }

    static func worse(_ a: Standing?, _ b: Standing) -> Standing {
        a == .missed || b == .missed ? .missed : a == .waiting || b == .waiting ? .waiting : .answered
    }

    static func better(_ a: Standing?, _ b: Standing) -> Standing {
        a == .answered || b == .answered ? .answered : a == .waiting || b == .waiting ? .waiting : .missed
    }
}
