// Plays a day against a shop in the order of simulated time: rows of the file, answers of the agents, looks at the
// board. Driven by `fenliu play`. Everything is one ordered sequence of calls, each after the answer to the one before,
// so the same decisions give the same day, however many processes there are behind the shop.

import Domain

public struct PlaySettings: Sendable {
    /// Connections that make buyers and orders, 1…64. Default 4.
    public var connections = 4
    /// How long a call is tried again that got no answer or 503, in seconds. Default 60.
    public var retrySeconds = 60
    /// How often idle agents look whether they were given somebody who waited in line, in simulated seconds.
    /// 1…3,600, default 10.
    public var lookSeconds = 10

    public init() {}
}

public struct PlayProgress: Sendable {
    /// Time of the day that is played.
    public var at: Timestamp
    /// Since the day's start.
    public var elapsed: Span
    public var rowsDone: Int
    public var rows: Int
}

public struct Player<Shop: PlayedShop>: Sendable {
    private let day: DayFile
    private let shop: Shop
    private let look: Span
    private let progress: @Sendable (PlayProgress) -> Void
    private let efforts: [String: Double]

    private var floor: ShopFloor
    private var tally: PlayTally
    private var now: Timestamp
    private var lookedAt: Timestamp
    private var answers = 0

    public init(
        _ day: DayFile, _ shop: Shop, settings: PlaySettings = .init(),
        progress: @escaping @Sendable (PlayProgress) -> Void = { _ in }
    ) {
        self.day = day
        self.shop = shop
        self.progress = progress
        look = .seconds(max(1, settings.lookSeconds))
        var efforts: [String: Double] = [:]
        for row in day.rows {
            if case .message(let message) = row.deed { efforts[Self.id(row)] = message.effort }
        }
        self.efforts = efforts
        floor = ShopFloor(day.agents)
        tally = PlayTally(agents: day.agents.map(\.id))
        now = day.shop.start
        lookedAt = day.shop.start
    }

    private static func id(_ row: DayFile.Row) -> String { "m\(row.seq)" }

    /// The whole day; ends with the clock at 24:00. The shop's clock must stand at or before the day's start.
    public consuming func play() async throws -> PlayTally {
        var next = 0
        while true {
            let row = next < day.rows.count ? day.rows[next] : nil
            let work = floor.nextDone.flatMap { $0.doneAt < day.shop.end ? $0 : nil }
            let looks = floor.expectsFromLine ? max(now, lookedAt + look) : nil
            if let row, row.at <= work?.doneAt ?? .distantFuture, row.at <= looks ?? .distantFuture {
                try await move(to: row.at)
                try await perform(row)
                next += 1
                progress(
                    PlayProgress(at: now, elapsed: now - day.shop.start, rowsDone: next, rows: day.rows.count))
            } else if let work, work.doneAt <= looks ?? .distantFuture {
                try await move(to: work.doneAt)
                try await answer(work)
            } else if let looks, looks < day.shop.end {
                try await move(to: looks)
            } else {
                break
            }
            if floor.expectsFromLine { try await lookAtBoard() }
            floor.takeUp(at: now)
        }
        try await move(to: day.shop.end)
        for conversation in floor.conversations.values where conversation.first != nil {
            tally.left(with: conversation.handler)
        }
        return tally
    }

    private mutating func move(to time: Timestamp) async throws {
        guard time > now else { return }
        try await shop.moveClock(to: time)
        now = time
    }

    private mutating func perform(_ row: DayFile.Row) async throws {
        switch row.deed {
        case .presence(let agent, let state):
            try await shop.setPresence(agent, state, key: "p\(row.seq)")
            floor.setPresence(agent, state, at: now)
        case .message(let message):
            let id = Self.id(row)
            let placed = try await shop.say(message, id: id)
            let question = ShopFloor.Question(message: id, at: now, effort: message.effort)
            let known = floor.session(of: message.buyer)
            if known == placed.session, let former = floor.conversations[placed.session] {
                if former.handler == placed.handler {
                    floor.said(question, in: placed.session)
                } else {
                    // It was moved, now or since the last look.
                    try await refresh(placed.session, of: message.buyer, counts: placed.rule == "continued")
                }
            } else {
                if let known { leave(known) }
                floor.set(
                    placed.session,
                    ShopFloor.Conversation(
                        buyer: message.buyer, handler: placed.handler, givenAt: now, first: question))
            }
            tally.message(id, placed)
        }
    }

    private mutating func answer(_ work: ShopFloor.Work) async throws {
        answers += 1
        let id = "r\(answers)"
        let taken = try await shop.answer(work.session, by: work.agent, id: id)
        floor.finish(work, at: now, answered: taken)
        if taken {
            tally.answer(id, work.session, by: work.agent, at: now, waited: now - work.question.at)
        } else if let conversation = floor.conversations[work.session] {
            try await refresh(work.session, of: conversation.buyer, counts: true)
        }
    }

    /// Who was given a session that waited in line?
    private mutating func lookAtBoard() async throws {
        lookedAt = now
        let board = try await shop.waiting()
        for session in floor.inLine {
            guard let conversation = floor.conversations[session] else { continue }
            switch board.handlers[session] {
            case .line?: continue
            case nil where !board.isWhole: continue
            default: try await refresh(session, of: conversation.buyer, counts: true)
            }
        }
    }

    /// Takes over how a session stands. `counts`: a change of handler was nobody's message, so it is counted here.
    private mutating func refresh(_ session: SessionID, of buyer: BuyerID, counts: Bool) async throws {
        let current = try await shop.session(session)
        guard current.isOpen else {
            leave(session)
            return
        }
        if counts, floor.conversations[session]?.handler != current.handler {
            tally.given(session, to: current.handler, by: current.rule, at: current.givenAt)
        }
        let first = current.waiting.map {
            ShopFloor.Question(message: $0.message, at: $0.since, effort: efforts[$0.message] ?? 0)
        }
        floor.set(
            session,
            ShopFloor.Conversation(
                buyer: buyer, handler: current.handler, givenAt: current.givenAt, first: first))
    }

    /// The session has ended.
    private mutating func leave(_ session: SessionID) {
        if let conversation = floor.conversations[session], conversation.first != nil {
            tally.left(with: conversation.handler)
        }
        floor.forget(session)
    }
}
