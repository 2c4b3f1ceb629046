// Turns and cards as bytes of the scorer's own file: fields in a fixed order, numbers as varints, times as distances
// from the question. Whoever changes this makes the file anew (`ScoreFile.migrations`).

import Domain
import Wire

enum PackedTurn {
    static func write(_ turn: Turn, into w: inout ByteWriter) {
        w.varint(turn.number)
        w.text(turn.buyer.rawValue)
        w.varint(turn.session.number)
        account(turn.account, into: &w)
        w.zigzag(Int64(turn.day.number))
        w.zigzag(turn.wallMillis)
        let question = turn.questionAt.millis
        w.zigzag(question)
        w.zigzag(turn.dayEndsAt.millis - question)
        w.zigzag(turn.startedAt.millis - question)
        w.zigzag(turn.plainAt.map { $0.millis - question } ?? -1)
        w.zigzag(Int64(turn.messages))
        w.varint(UInt64(turn.end?.rawValue ?? 0))
        w.zigzag((turn.endedAt?.millis ?? question) - question)
    }

    /// All turns of a body.
    static func read(_ body: UnsafeRawBufferPointer, _ take: (Turn) -> Void) throws(CodingFault) {
        var r = ByteReader(body)
        while r.remaining > 0 { take(try read(&r)) }
    }

    static func read(_ r: inout ByteReader) throws(CodingFault) -> Turn {
        let number = try r.rawVarint()
        let buyer = BuyerID(rawValue: try r.rawText())
        let session = SessionID(try r.rawVarint())
        let account = try account(&r)
        let day = CivilDay(Int(try r.rawSigned()))
        let wall = try r.rawSigned()
        let question = try r.rawSigned()
        let ends = question + (try r.rawSigned())
        let started = question + (try r.rawSigned())
        let plain = try r.rawSigned()
        let messages = Int(try r.rawSigned())
        let end = TurnEnd(rawValue: Int(try r.rawVarint()))
        let ended = question + (try r.rawSigned())
        return Turn(
            number: number, buyer: buyer, session: session, account: account, day: day, wallMillis: wall,
            dayEndsAt: Timestamp(millis: ends), questionAt: Timestamp(millis: question),
            startedAt: Timestamp(millis: started), plainAt: plain < 0 ? nil : Timestamp(millis: question + plain),
            messages: messages, end: end, endedAt: end == nil ? nil : Timestamp(millis: ended))
    }

    fileprivate static func account(_ account: ScoreAccount, into w: inout ByteWriter) {
        w.varint(UInt64(account.kind.rawValue))
        if let agent = account.agent { w.text(agent.rawValue) }
    }

    fileprivate static func account(_ r: inout ByteReader) throws(CodingFault) -> ScoreAccount {
        switch try r.rawVarint() {
        case 1: return .agent(AgentID(rawValue: try r.rawText()))
        case 2: return .bot
        case 3: return .queue
        case 4: return .pool
        default: throw .unknownCase
        }
    }
}

/// What one transaction changed of a shop's running turns: how far it goes, numbers of turns that run no more, what agents
/// were given, and turns as they are now.
enum PackedRun {
    struct Read {
        var head: UInt64
        var lastTurn: UInt64
        var dropped: [UInt64] = []
        var loads: [AgentLoad] = []
        var turns: [Turn] = []
        var entries: Int { dropped.count + turns.count }
    }

    /// Turns at `places`; `days` gets those of their questions, some more than once.
    static func write(
        _ tally: ShopTally, _ changes: TallyChanges, _ places: [Int32], days: inout [CivilDay], into w: inout ByteWriter
    ) {
        w.varint(tally.head)
        w.varint(tally.lastTurn)
        w.varint(UInt64(changes.dropped.count))
        for number in changes.dropped { w.varint(number) }
        w.varint(UInt64(changes.loads.count))
        for load in changes.loads {
            w.zigzag(Int64(load.day.number))
            w.text(load.agent.rawValue)
            w.varint(UInt64(load.consults))
        }
        for place in places {
            let turn = tally.turn(at: place)
            if days.last != turn.day { days.append(turn.day) }
            PackedTurn.write(turn, into: &w)
        }
    }

    static func read(_ body: UnsafeRawBufferPointer) throws(CodingFault) -> Read {
        var r = ByteReader(body)
        var run = Read(head: try r.rawVarint(), lastTurn: try r.rawVarint())
        for _ in 0..<(try r.elements()) { run.dropped.append(try r.rawVarint()) }
        for _ in 0..<(try r.elements()) {
            let day = CivilDay(Int(try r.rawSigned()))
            let agent = AgentID(rawValue: try r.rawText())
            run.loads.append(AgentLoad(day: day, agent: agent, consults: Int(try r.rawVarint())))
        }
        while r.remaining > 0 { run.turns.append(try PackedTurn.read(&r)) }
        return run
    }
}

/// The card of a day that is over, without shop and day, which are its row's.
enum PackedCard {
    static func body(_ card: Scorecard) throws -> [UInt8] {
        var w = ByteWriter(reserving: 128 + card.accounts.count * 24)
        w.blob(try BinaryEncoder().encode(card.definition))
        counts(card.counts, &w)
        counts(card.closingIncluded, &w)
        counts(card.closingExempt, &w)
        w.varint(UInt64(card.accounts.count))
        for account in card.accounts {
            PackedTurn.account(account.account, into: &w)
            counts(account.counts, &w)
        }
        return w.bytes
    }

    static func card(_ shop: ShopID, _ day: CivilDay, _ body: UnsafeRawBufferPointer) throws -> Scorecard {
        var r = ByteReader(body)
        let definition = try BinaryDecoder().decode(ScoreDefinition.self, from: try r.rawBlob())
        let whole = try counts(&r)
        let included = try counts(&r)
        let exempt = try counts(&r)
        let count = try r.elements()
        var accounts: [AccountCounts] = []
        accounts.reserveCapacity(count)
        for _ in 0..<count {
            accounts.append(AccountCounts(account: try PackedTurn.account(&r), counts: try counts(&r)))
        }
        return Scorecard(
            shop: shop, day: day, definition: definition, final: true, counts: whole, closingIncluded: included,
            closingExempt: exempt, accounts: accounts)
    }

    private static func counts(_ counts: ScoreCounts, _ w: inout ByteWriter) {
        for number in [counts.total, counts.answered, counts.byBot, counts.missed, counts.waiting] {
            w.zigzag(Int64(number))
        }
    }

    private static func counts(_ r: inout ByteReader) throws(CodingFault) -> ScoreCounts {
        var counts = ScoreCounts()
        counts.total = Int(try r.rawSigned())
        counts.answered = Int(try r.rawSigned())
        counts.byBot = Int(try r.rawSigned())
        counts.missed = Int(try r.rawSigned())
        counts.waiting = Int(try r.rawSigned())
        return counts
    }
}
